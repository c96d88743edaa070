import Glibc
import IngotCore
import IngotDashboard
import IngotGateway
import Logging
import ServiceLifecycle
import SystemPackage
import UnixSignals

/// The gateway that this process is: for good (`ingot serve`), or for as long as one command runs.
struct OwnGateway {
    private var configuration: GatewayConfiguration
    /// What is served besides the API.
    private var routes: [Gateway.RouteGroup] = []

    /// - Parameters:
    ///   - logLevel: of what goes to standard error.
    ///   - logHandler: writes it there.
    init(
        dataFolder: String,
        logLevel: Logger.Level,
        logHandler: (_ label: String) -> any LogHandler = { StreamLogHandler.standardError(label: $0) }
    ) throws {
        var logger = Logger(label: "ingot", factory: logHandler)
        logger.logLevel = logLevel
        configuration = GatewayConfiguration(
            dataFolder: FilePath(try absolutePath(dataFolder)),
            runner: FilePath(try Self.runnerPath()),
            logger: logger
        )
        let variables = processEnvironment()
        configuration.runnerEnvironment = GatewayConfiguration.runnerEnvironment(from: variables)
        do {
            let settings = Settings(variables) { path in
                try wholeFile(path, limit: FetchSettings.maximumCertificateBytes)
            }
            configuration.storage = try StorageSettings.ifConfigured(in: settings)
            configuration.fetchSettings = try FetchSettings(settings: settings)
        } catch let error as SettingsError {
            throw CommandFailure(message: error.description, exitCode: CommandFailure.usage)
        }
    }

    /// Changes how the gateway runs.
    mutating func configure(_ change: (inout GatewayConfiguration) throws -> Void) rethrows {
        try change(&configuration)
    }

    /// Serves the pages for people as well.
    mutating func addPages() throws { routes.append(try Dashboard().addRoutes) }

    /// Runs until the process is asked to end.
    ///
    /// - Parameter accepting: told the address once the gateway accepts.
    func serve(accepting: @escaping @Sendable (String) -> Void) async throws {
        try await running { gateway, group in
            // The first signal lets the gateway wait for its runners, the second ends the wait.
            let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
            let stopping = Task {
                var isStopping = false
                for await _ in signals {
                    if isStopping { gateway.leaveAtOnce() }
                    isStopping = true
                    await group.triggerGracefulShutdown()
                }
            }
            defer { stopping.cancel() }
            // The gateway's end without an address is reported by its own task.
            if let address = try? await gateway.address { accepting(address) }
            await gateway.waitUntilStopped()
        }
    }

    /// Runs for as long as the body does.
    ///
    /// - Parameter body: gets the gateway's address and the key that opens it.
    func use(_ body: @escaping @Sendable (_ address: String, _ key: Secret) async throws -> Void) async throws {
        configuration.logger.debug("starting a gateway for this command")
        try await running { gateway, group in
            guard let address = try? await gateway.address else { return }
            do {
                try await body(address, gateway.localKey)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
        }
    }

    /// Looks whether what a gateway of this configuration needs is there and works.
    func examine(report: @escaping @Sendable (Finding) async throws -> Void) async throws {
        try await Examination(configuration: configuration).run(report: report)
    }

    /// Serves the embedded stores alone until the process is asked to end.
    ///
    /// - Parameter accepting: told where they are and where their credentials lie, a line each.
    func serveStores(accepting: @escaping @Sendable (String) -> Void) async throws {
        do {
            let stores = try await StoresServer(configuration: configuration)
            let group = ServiceGroup(
                configuration: .init(
                    services: [stores],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: configuration.logger
                )
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    // What ended them before they accepted is told by their own task.
                    guard (try? await stores.ready()) != nil else { return }
                    accepting("database: \(stores.settings.databaseBaseURL)")
                    accepting("objects: \(stores.settings.objectEndpoint)")
                    accepting("credentials: \(stores.environmentFile)")
                }
                try await tasks.waitForAll()
            }
        } catch let error as GatewayError {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.failed)
        }
    }

    /// How often a gateway whose ports somebody else took in the moment of its start is started in all.
    private static let maximumStarts = 3

    private func running(
        _ body: @escaping @Sendable (Gateway, ServiceGroup) async throws -> Void
    ) async throws {
        for start in 1...Self.maximumStarts {
            do {
                return try await runningOnce(body)
            } catch let error as GatewayError where error.code == .addressUnusable && start < Self.maximumStarts {
                // It has not accepted anything yet, and the next start picks free ports for its stores again.
                configuration.logger.debug("starting again", metadata: ["why": "\(error)"])
            } catch let error as GatewayError {
                throw CommandFailure(message: "\(error)", exitCode: CommandFailure.failed)
            } catch let error as DatabaseError {
                throw CommandFailure(message: "\(error)", exitCode: CommandFailure.failed)
            }
        }
    }

    private func runningOnce(
        _ body: @escaping @Sendable (Gateway, ServiceGroup) async throws -> Void
    ) async throws {
        let gateway = try await Gateway(configuration: configuration, routes: routes)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: configuration.logger
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { try await body(gateway, group) }
            var failure: (any Error)?
            while let outcome = await tasks.nextResult() {
                // Who waited for the gateway is cancelled when it fails; the gateway says why.
                if case .failure(let error) = outcome, failure == nil || failure is CancellationError {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
    }

    /// The runner's executable: the one that the environment names, or the one beside this program.
    private static func runnerPath() throws -> String {
        if let path = environment("INGOT_RUNNER") { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else {
            throw CommandFailure(
                message: "cannot tell where this program lies; name the runner in INGOT_RUNNER",
                exitCode: CommandFailure.usage
            )
        }
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return FilePath(own).removingLastComponent().appending("ingot-runner").string
    }
}

/// The process's environment by name.
func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        next += 1
    }
    return variables
}

/// A small file's whole text, for settings.
///
/// - Throws: `Errno`, also when the file is larger than the limit.
func wholeFile(_ path: String, limit: Int = 65_536) throws -> String {
    let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    return try file.closeAfter {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let piece = try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        guard bytes.count <= limit else { throw Errno.fileTooLarge }
        return String(decoding: bytes, as: UTF8.self)
    }
}
