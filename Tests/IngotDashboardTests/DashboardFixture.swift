import AsyncHTTPClient
import FoundationEssentials
import Glibc
import IngotCore
import IngotDashboard
import IngotGateway
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SystemPackage
import Testing

/// A gateway that really listens, with real runners and the pages, for the time of one test.
struct DashboardFixture: Sendable {
    let gateway: Gateway
    let address: String
    let client: HTTPClient

    static let quiet: Logger = {
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }()

    /// The executable that the package has built beside the test's own.
    static let runner: FilePath = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let own = FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
        return own.removingLastComponent().appending("ingot-runner")
    }()

    /// Runs `body` against a gateway in a folder of its own.
    ///
    /// - Parameter catalog: the sources; `nil`: those of the runner, with the probe.
    static func with(
        catalog: SourceCatalog? = nil,
        _ configure: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (DashboardFixture) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        var configuration = GatewayConfiguration(
            dataFolder: FilePath(folder.path("data")),
            runner: runner,
            logger: quiet
        )
        configuration.port = 0
        configuration.enablesProbe = true
        configuration.maximumAttempts = 1
        configuration.runnerEnvironment = GatewayConfiguration.runnerEnvironment(
            from: ProcessInfo.processInfo.environment
        )
        configure(&configuration)
        let dashboard = try Dashboard()
        let gateway = try await Gateway(
            configuration: configuration,
            catalog: catalog,
            routes: [dashboard.addRoutes]
        )
        let group = ServiceGroup(services: [gateway], logger: quiet)
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let running = Task { try await group.run() }
        do {
            try await body(DashboardFixture(gateway: gateway, address: try await gateway.address, client: client))
        } catch {
            await group.triggerGracefulShutdown()
            _ = await running.result
            try await client.shutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try await client.shutdown()
    }
}

/// An answer, read whole.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var text: String

    func json() throws -> JSONValue { try JSONValue(parsing: text.utf8) }
}

extension DashboardFixture {
    /// - Parameter key: whose answer it is; `nil`: that of the data folder's own key, which opens everything.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        key: String? = nil,
        headers: [(String, String)] = [],
        body: JSONValue? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        request.headers.add(name: "authorization", value: "Bearer \(key ?? gateway.localKey.revealed)")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body.canonicalBytes)
        }
        let response = try await client.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            text: String(decoding: bytes.readableBytesView, as: UTF8.self)
        )
    }

    /// The HTML of a page that must be there.
    func page(_ path: String, key: String? = nil) async throws -> String {
        let answer = try await send(.GET, path, key: key)
        try #require(answer.status == 200, "\(path): \(answer.status) \(answer.text)")
        return answer.text
    }

    /// Makes a key over the API.
    func makeKey(_ role: String, sources: [String]? = nil) async throws -> String {
        var body: [String: JSONValue] = ["role": .string(role)]
        if let sources { body["sources"] = .array(sources.map(JSONValue.string)) }
        let answer = try await send(.POST, "/api/keys", body: .object(body))
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(try answer.json()["key"]?.stringValue)
    }

    /// Posts a job and gives its id.
    func start(_ source: String = "probe", _ parameters: JSONValue = [:]) async throws -> String {
        let answer = try await send(.POST, "/api/ingest/\(source)", body: parameters)
        try #require(answer.status == 202, "\(answer.text)")
        return try #require(try answer.json()["jobId"]?.stringValue)
    }

    /// Runs a job to its end and gives it.
    func run(_ source: String = "probe", _ parameters: JSONValue = [:]) async throws -> JSONValue {
        let answer = try await send(
            .POST,
            "/api/ingest/\(source)",
            headers: [("prefer", "wait=100")],
            body: parameters
        )
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json()
    }
}
