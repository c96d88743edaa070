import AsyncHTTPClient
import FoundationEssentials
import Glibc
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SystemPackage
import Testing

@testable import IngotGateway

/// A folder of a test's own.
struct ScratchFolder: Sendable {
    let path: FilePath

    init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/ingot-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    func remove() { try? FileManager.default.removeItem(atPath: path.string) }

    static func with<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        return try await body(folder.path)
    }
}

/// The programs that the package has built, beside the test's own executable.
enum BuiltProducts {
    static let runner: FilePath = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let own = FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
        return own.removingLastComponent().appending("ingot-runner")
    }()
}

/// A gateway that really listens, with real runners, for the time of one test.
struct GatewayFixture: Sendable {
    let gateway: Gateway
    let address: String
    let client: HTTPClient

    static let quiet: Logger = {
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }()

    static func configuration(_ folder: FilePath) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            dataFolder: folder.appending("data"),
            runner: BuiltProducts.runner,
            logger: quiet
        )
        configuration.port = 0
        configuration.enablesProbe = true
        configuration.slots = 4
        // Tests of failures see them at once; those of retries ask for them.
        configuration.maximumAttempts = 1
        // A receiver that other tests hold up must not count as one that does not answer.
        configuration.webhooks.timeout = .seconds(120)
        configuration.runnerEnvironment = GatewayConfiguration.runnerEnvironment(
            from: ProcessInfo.processInfo.environment
        )
        return configuration
    }

    /// Runs `body` against a gateway in a folder of its own.
    static func with(
        _ configure: (inout GatewayConfiguration) -> Void = { _ in },
        catalog: SourceCatalog? = nil,
        _ body: (GatewayFixture) async throws -> Void
    ) async throws {
        try await ScratchFolder.with { folder in
            try await with(folder: folder, configure, catalog: catalog, body)
        }
    }

    /// Runs `body` against a gateway in `folder`, which stays.
    static func with(
        folder: FilePath,
        _ configure: (inout GatewayConfiguration) -> Void = { _ in },
        catalog: SourceCatalog? = nil,
        _ body: (GatewayFixture) async throws -> Void
    ) async throws {
        var configuration = configuration(folder)
        configure(&configuration)
        let gateway = try await Gateway(configuration: configuration, catalog: catalog)
        let group = ServiceGroup(services: [gateway], logger: quiet)
        var settings = HTTPClient.Configuration()
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1000
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let running = Task { try await group.run() }
        do {
            let fixture = GatewayFixture(gateway: gateway, address: try await gateway.address, client: client)
            try await body(fixture)
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
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> JSONValue { try JSONValue(parsing: body) }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value { try JSONText.decode(type, from: body) }
}

extension GatewayFixture {
    /// Whose key a request carries.
    enum Sender: Sendable {
        /// The data folder's own.
        case local
        case nobody
        case holder(String)
    }

    /// Sends a key along, unless the request says itself who it is from.
    func authorize(_ request: inout HTTPClientRequest, as sender: Sender = .local) {
        guard !request.headers.contains(name: "authorization") else { return }
        switch sender {
        case .local: request.headers.add(name: "authorization", value: "Bearer \(gateway.localKey.revealed)")
        case .nobody: break
        case .holder(let key): request.headers.add(name: "authorization", value: "Bearer \(key)")
        }
    }

    func send(
        _ method: HTTPMethod,
        _ path: String,
        from sender: Sender = .local,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        authorize(&request, as: sender)
        if let body { request.body = .bytes(body) }
        let response = try await client.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(bytes.readableBytesView)
        )
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.GET, path, headers: headers)
    }

    func post(_ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.POST, path, headers: headers, body: body?.canonicalBytes)
    }

    /// Makes a key over the API.
    func makeKey(_ role: Role, sources: [String]? = nil) async throws -> (id: String, key: String) {
        var body: [String: JSONValue] = ["role": .string(role.rawValue)]
        if let sources { body["sources"] = .array(sources.map(JSONValue.string)) }
        let answer = try await post("/api/keys", .object(body))
        try #require(answer.status == 201, "\(answer.text)")
        let made = try answer.json()
        return (try #require(made["id"]?.stringValue), try #require(made["key"]?.stringValue))
    }

    /// Posts a probe job and gives its id.
    func startProbe(_ parameters: JSONValue = [:]) async throws -> JobID {
        let answer = try await post("/api/ingest/probe", parameters)
        try #require(answer.status == 202, "\(answer.text)")
        return try #require(JobID(try answer.json()["jobId"]?.stringValue ?? ""))
    }

    /// Runs a probe job to its end.
    func runProbe(_ parameters: JSONValue = [:]) async throws -> Job {
        let answer = try await post("/api/ingest/probe", parameters, headers: [("Prefer", "wait=100")])
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.decoded(Job.self)
    }

    func job(_ id: JobID) async throws -> Job {
        try await get("/api/ingest/jobs/\(id)").decoded(Job.self)
    }

    /// Waits for the end of a job by watching it.
    func end(of id: JobID) async throws -> Job {
        for try await event in events(of: id) where event.kind == "done" { return try event.decoded(Job.self) }
        throw StreamEndedEarly()
    }

    /// Waits until the job has shown progress, and so its runner runs the source.
    func waitForProgress(of id: JobID) async throws {
        for try await event in events(of: id, after: 0) where event.kind == "progress" {
            if try event.json()["message"] != nil { return try await waitForHandle(of: id) }
        }
        throw StreamEndedEarly()
    }

    /// A runner may report before the gateway has noted what its launcher calls it.
    private func waitForHandle(of id: JobID) async throws {
        while true {
            let job = try await job(id)
            if job.runnerHandle != nil || job.status != .running { return }
            await Task.yield()
        }
    }

    struct StreamEndedEarly: Error {}
}
