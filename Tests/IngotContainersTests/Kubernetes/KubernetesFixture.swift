import IngotCore
import IngotEmbedded
import IngotTesting
import Logging
import Synchronization
import Testing

@testable import IngotContainers

/// A launcher on a stand-in, with runners that report to nobody.
struct KubernetesFixture: Sendable {
    let standIn: KubernetesStandIn
    let launcher: KubernetesLauncher
    let folder: TemporaryFolder
    let storage: StorageSettings

    static func with(
        credential: ClusterAccess.Credential = .token(Secret(KubernetesStandIn.token)),
        _ change: (inout KubernetesOptions) -> Void = { _ in },
        _ body: @Sendable @escaping (KubernetesFixture) async throws -> Void
    ) async throws {
        var options = KubernetesOptions(image: "ingot-runner:dev")
        options.deletionPatience = .seconds(4)
        change(&options)
        let chosen = options
        try await withEmbeddedCloud { cloud in
            try await KubernetesStandIn.run { standIn in
                let folder = try TemporaryFolder()
                let fixture = KubernetesFixture(
                    standIn: standIn,
                    launcher: try launcher(standIn, credential, chosen, folder),
                    folder: folder,
                    storage: cloud.settings
                )
                try await body(fixture)
                try await standIn.expectNothingLeft()
            }
        }
    }

    /// Another gateway's launcher of the same name, as after a restart.
    func nextLauncher() throws -> KubernetesLauncher {
        try Self.launcher(
            standIn,
            .token(Secret(KubernetesStandIn.token)),
            KubernetesOptions(image: "ingot-runner:dev"),
            folder
        )
    }

    private static func launcher(
        _ standIn: KubernetesStandIn,
        _ credential: ClusterAccess.Credential,
        _ options: KubernetesOptions,
        _ folder: TemporaryFolder
    ) throws -> KubernetesLauncher {
        try KubernetesLauncher(
            ClusterAccess(
                server: standIn.address,
                credential: credential,
                namespace: "runners"
            ),
            options: options,
            surroundings: LauncherSurroundings(
                gateway: "0123456789abcdef0123456789abcdef",
                notesFolder: folder.path("notes"),
                grace: .seconds(2),
                usesEmbeddedStores: false
            ),
            logger: .silent
        )
    }

    func assignment(_ parameters: JSONValue) -> Assignment {
        Assignment(
            job: .make(),
            source: "probe",
            parameters: parameters,
            attempt: 1,
            token: nil,
            gateway: nil,
            origin: nil,
            storage: storage
        )
    }

    /// Runs one runner to its end, and does something once it runs.
    func run(
        _ parameters: JSONValue,
        limits: JobLimits = JobLimits(),
        output: PodOutput = PodOutput(),
        whenStarted: @escaping @Sendable (_ handle: String) async throws -> Void = { _ in }
    ) async throws -> RunnerExit {
        try await run(assignment(parameters), limits: limits, output: output, whenStarted: whenStarted)
    }

    func run(
        _ assignment: Assignment,
        limits: JobLimits = JobLimits(),
        output: PodOutput,
        whenStarted: @escaping @Sendable (_ handle: String) async throws -> Void = { _ in }
    ) async throws -> RunnerExit {
        try await launcher.run(
            assignment,
            limits: limits,
            started: { handle in
                do { try await whenStarted(handle) } catch { Issue.record(error) }
            },
            output: { output.append($0) }
        )
    }
}

/// What a pod has written.
final class PodOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var waiting: [(text: String, continuation: AsyncStream<Void>.Continuation)] = []
    }

    private let state = Mutex(State())

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    var probeLines: [Int] {
        text.split(separator: "\n").compactMap { line in
            line.firstRange(of: "probe log line ").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
        }
    }

    func append(_ bytes: [UInt8]) {
        state.withLock { state in
            state.bytes += bytes
            let text = String(decoding: state.bytes, as: UTF8.self)
            for waiting in state.waiting where text.contains(waiting.text) { waiting.continuation.finish() }
        }
    }

    /// Returns once the text was written.
    func wait(for text: String) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if String(decoding: state.bytes, as: UTF8.self).contains(text) { continuation.finish() }
            state.waiting.append((text, continuation))
        }
        for await _ in stream {}
    }
}
