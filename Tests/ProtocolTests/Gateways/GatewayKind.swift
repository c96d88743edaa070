import Glibc
import IngotTesting
import Testing

/// The kinds of gateway that keep the protocol, by what runs their runners.
enum GatewayKind: String, CaseIterable, Sendable {
    case process
    case sandbox
    case container
    case kubernetes
    case worker

    /// What a job's `launcher` says.
    var launcher: String {
        switch self {
        case .process, .sandbox: "process"
        case .container: "container"
        case .kubernetes: "kubernetes"
        case .worker: "cloudflare"
        }
    }

    /// Whether what runners write comes to it; where not, only what they report does.
    var keepsOutput: Bool { self != .worker }

    /// Whether a runner has its name before it can end; engines give it when they have started it.
    var namesRunnersFirst: Bool { self != .container && self != .kubernetes }
    /// Whether a job has the trace of the request that made it.
    var tracesJobs: Bool { self != .worker }

    /// Whether a runner is the first process of its system, which the kernel keeps from most of its own signals.
    var runsFirstProcesses: Bool { self == .container }

    /// What a job's error may say of a runner that was killed: an engine may not tell that from too little memory.
    var codesOfKilling: Set<String> {
        self == .container ? ["runner_killed", "out_of_memory_or_killed"] : ["runner_killed"]
    }

    /// Why there is none here; `nil` when there can be one.
    var absence: String? {
        get async {
            switch self {
            case .process: nil
            case .sandbox: Self.isOnPath("bwrap") ? nil : "bubblewrap (bwrap) is not installed"
            case .container: await ServedGateway.containerAbsence
            case .kubernetes: ServedGateway.clusterAbsence
            case .worker: WorkerGateway.absence
            }
        }
    }

    /// Starts one with a data folder of its own.
    func start(_ options: GatewayOptions = GatewayOptions()) async throws -> any ProtocolGateway {
        switch self {
        case .process: try await ServedGateway.start(self, options)
        case .sandbox: try await ServedGateway.start(self, options) { _ in LauncherParts(arguments: ["--sandbox"]) }
        case .container: try await ServedGateway.start(self, options, LauncherParts.engine)
        case .kubernetes: try await ServedGateway.start(self, options, LauncherParts.cluster)
        case .worker: try await WorkerGateway.start(options)
        }
    }

    static func isOnPath(_ program: String) -> Bool {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }
}

/// The gateway of the suite whose tests run.
enum CurrentGateway {
    @TaskLocal static var value: (any ProtocolGateway)?
}

/// A trait of suites whose tests share one gateway: it is started before the first and ended after the last.
struct ServesGateway: SuiteTrait, TestScoping {
    /// One gateway, with its runners, is enough for the machine.
    private static let places = Places(1)

    let kind: GatewayKind

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Self.places.within {
            let gateway = try await kind.start()
            do { try await CurrentGateway.$value.withValue(gateway) { try await body() } } catch {
                await gateway.stop()
                throw error
            }
            await gateway.stop()
        }
    }
}

extension Trait where Self == ServesGateway {
    /// Gives the suite's tests a gateway.
    static func serving(_ kind: GatewayKind) -> Self { Self(kind: kind) }
}

extension Trait where Self == ConditionTrait {
    /// Skips the suite, and says why, where there is no such gateway.
    static func whereAvailable(_ kind: GatewayKind) -> Self {
        .enabled("there is no gateway of the kind \(kind.rawValue) here: scripts/setup --tests installs its parts") {
            guard let absence = await kind.absence else { return true }
            print("\(kind.rawValue): \(absence)")
            return false
        }
    }
}
