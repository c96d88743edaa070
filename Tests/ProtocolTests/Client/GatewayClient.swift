import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import Testing

/// A client that knows nothing of the gateway but HTTP.
struct GatewayClient: Sendable {
    /// With what a request says who sends it.
    enum Credential: Sendable {
        /// The gateway's key.
        case key
        case none
        case bearer(Secret)
    }

    /// One answer.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }

        func json() throws -> JSONValue { try JSONValue(parsing: bytes) }
    }

    let gateway: any ProtocolGateway

    /// Streams are connections that stay.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    var http: HTTPClient { Self.http }

    func request(
        _ method: HTTPMethod,
        _ path: String,
        headers: [(String, String)] = [],
        as credential: Credential = .key
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: gateway.address + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        switch credential {
        case .key: request.headers.add(name: "authorization", value: "Bearer \(gateway.key.revealed)")
        case .none: break
        case .bearer(let token): request.headers.add(name: "authorization", value: "Bearer \(token.revealed)")
        }
        return request
    }

    /// Sends one request with bytes as its body.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        bytes: [UInt8]? = nil,
        headers: [(String, String)] = [],
        as credential: Credential = .key
    ) async throws -> Answer {
        var request = request(method, path, headers: headers, as: credential)
        if let bytes { request.body = .bytes(bytes) }
        let response = try await http.execute(request, timeout: .seconds(90))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            bytes: Array(body.readableBytesView)
        )
    }

    /// Sends one request with JSON as its body.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        json: JSONValue,
        headers: [(String, String)] = [],
        as credential: Credential = .key
    ) async throws -> Answer {
        let all = headers + [("content-type", "application/json")]
        return try await send(method, path, bytes: json.canonicalBytes, headers: all, as: credential)
    }

    func get(_ path: String, as credential: Credential = .key) async throws -> Answer {
        try await send(.GET, path, as: credential)
    }

    // MARK: - Jobs

    static func path(of job: String, _ rest: String = "") -> String { "/api/ingest/jobs/\(job)\(rest)" }

    /// Starts a job; its id.
    func submit(
        _ parameters: JSONValue = [:],
        to source: String = "probe",
        options: String = "",
        location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let answer = try await send(.POST, "/api/ingest/\(source)\(options)", json: parameters)
        try #require(answer.status == 202, "\(answer.text)", sourceLocation: location)
        return try #require(try answer.json()["jobId"]?.stringValue, sourceLocation: location)
    }

    func job(_ id: String) async throws -> JSONValue {
        let answer = try await get(Self.path(of: id))
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json()
    }

    /// Waits for a job's end; the final job.
    func end(of id: String) async throws -> JSONValue {
        let reading = try await read(eventsOf: id)
        let last = try #require(reading.events.last)
        try #require(last.name == "done", "the stream of job \(id) ended with \(last.name)")
        return last.data
    }

    /// Starts a job and waits for its end.
    func run(_ parameters: JSONValue, options: String = "") async throws -> JSONValue {
        try await end(of: try await submit(parameters, options: options))
    }

    /// Starts a probe that has reported once and then sleeps for a minute; its id.
    func submitSleeper(_ extra: [String: JSONValue] = [:], options: String = "") async throws -> String {
        var parameters: [String: JSONValue] = ["events": 1, "sleep_ms": 60_000]
        parameters.merge(extra) { $1 }
        let id = try await submit(.object(parameters), options: options)
        try await waitForReport(of: id)
        return id
    }

    /// Waits until a runner of the job has reported progress.
    ///
    /// - Parameter attempt: which one.
    func waitForReport(of id: String, attempt: Int64 = 1) async throws {
        // A gateway that forgets breaks its streams and asks for another try.
        for _ in 0..<2000 {
            let reading: EventReading
            do {
                reading = try await read(eventsOf: id) { event in
                    let isReport = event.name == "snapshot" || event.name == "progress"
                    return isReport && event.data["attempt"]?.integerValue == attempt
                        && event.data["message"]?.stringValue?.hasPrefix("event ") == true
                }
            } catch let error where Self.isBreak(error) { continue }
            if reading.status == 200, !reading.isComplete { return }
            try #require(reading.status == 200 || reading.status == 503, "\(reading.status)")
            try #require(reading.events.last?.name != "done", "job \(id) ended before attempt \(attempt) reported")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw GatewayTrouble("job \(id) has not reported")
    }

    func cancel(_ id: String) async throws -> Answer { try await send(.POST, Self.path(of: id, "/cancel")) }

    /// Cancels and waits for the end.
    func dispose(of id: String) async throws {
        let answer = try await cancel(id)
        try #require([200, 202, 409].contains(answer.status), "\(answer.text)")
        _ = try await end(of: id)
    }

    /// What a runner's report is answered.
    func report(
        _ events: [JSONValue],
        job: String,
        attempt: Int64 = 1,
        token: Secret
    ) async throws -> Answer {
        try await send(
            .POST,
            Self.path(of: job, "/progress"),
            json: ["attempt": .integer(attempt), "events": .array(events)],
            as: .bearer(token)
        )
    }
}
