import AsyncHTTPClient
import FoundationEssentials
import Glibc
import IngotClient
import IngotCore
import IngotGateway
import IngotTesting
import Logging
import ServiceLifecycle
import SystemPackage
import Testing

/// A gateway that really listens, with real runners, for the time of one body.
struct RunningGateway: Sendable {
    let address: String
    let key: Secret

    /// The port, for a gateway that comes after this one.
    var port: Int { Int(address.split(separator: ":").last ?? "") ?? 0 }

    /// - Parameters:
    ///   - folder: stays, so that another gateway can be run on it.
    ///   - port: 0 picks a free one.
    static func run<Value: Sendable>(
        in folder: TemporaryFolder,
        port: Int = 0,
        origins: [String: String] = [:],
        _ body: @Sendable (RunningGateway) async throws -> Value
    ) async throws -> Value {
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        var configuration = GatewayConfiguration(
            dataFolder: FilePath(folder.path("data")),
            runner: runner,
            logger: logger
        )
        configuration.port = port
        configuration.enablesProbe = true
        configuration.origins = origins
        // Its runners outlive it, as they do when a gateway is restarted.
        configuration.shutdown = .drain(atMost: .zero)
        configuration.runnerEnvironment = GatewayConfiguration.runnerEnvironment(
            from: ProcessInfo.processInfo.environment
        )
        let gateway = try await Gateway(configuration: configuration)
        let group = ServiceGroup(services: [gateway], logger: logger)
        let running = Task { try await group.run() }
        let value: Value
        do {
            value = try await body(RunningGateway(address: try await gateway.address, key: gateway.localKey))
        } catch {
            await group.triggerGracefulShutdown()
            _ = await running.result
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
        return value
    }

    /// Runs the body with a client of the gateway.
    func withClient<Value: Sendable>(
        limits: GatewayLimits = GatewayLimits(),
        _ body: (GatewayClient) async throws -> Value
    ) async throws -> Value {
        try await GatewayClient.with(address: address, key: key, limits: limits, body)
    }

    /// The runner that the package has built, beside the test's own executable.
    private static let runner: FilePath = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let own = FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
        return own.removingLastComponent().appending("ingot-runner")
    }()
}
