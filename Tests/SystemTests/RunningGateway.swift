import AsyncHTTPClient
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Testing

/// A real `ingot serve` process, and what tests ask of it.
struct RunningGateway: Sendable {
    let url: String
    /// The key that lies in its data folder.
    let key: Secret
    let client: HTTPClient

    /// Starts a gateway on a free port, runs the body, and stops the gateway as an operator would.
    ///
    /// - Parameter errors: a file for what it writes to standard error.
    static func run(
        data: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        errors: String = "/dev/null",
        _ body: @escaping @Sendable (RunningGateway) async throws -> Void
    ) async throws {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await ServingCommand.run(
                ["serve", "--port", "0", "--data", data, "--enable-probe"] + arguments,
                environment: environment,
                lines: 1,
                errors: errors
            ) { lines in
                let prefix = "listening on "
                let first = try #require(lines.first)
                #expect(first.hasPrefix(prefix))
                let key = try localKey(of: data)
                try await body(RunningGateway(url: String(first.dropFirst(prefix.count)), key: key, client: client))
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// The key that lies in a data folder.
    static func localKey(of data: String) throws -> Secret {
        Secret(String(try WholeFile.text("\(data)/local.key").prefix { !$0.isWhitespace }))
    }

    /// Posts a job; its id.
    func submit(_ source: String, _ parameters: JSONValue) async throws -> String {
        let answer = try await send(.POST, "/api/ingest/\(source)", parameters)
        #expect(answer.status == 202)
        return try #require(answer.body["jobId"]?.stringValue)
    }

    func job(_ id: String) async throws -> Job {
        let answer = try await send(.GET, "/api/ingest/jobs/\(id)", nil)
        return try JSONText.decode(Job.self, from: answer.body.canonicalBytes)
    }

    private func authorize(_ request: inout HTTPClientRequest) {
        request.headers.add(name: "authorization", value: "Bearer \(key.revealed)")
    }

    /// Sends one request with a JSON body.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSONValue?,
        headers: [(String, String)] = []
    ) async throws -> (status: Int, body: JSONValue) {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !request.headers.contains(name: "authorization") { authorize(&request) }
        if let body { request.body = .bytes(body.canonicalBytes) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return (Int(response.status.code), try JSONValue(parsing: bytes.readableBytesView))
    }

    /// One event as it came over the wire.
    struct Event: Equatable, Sendable {
        var id: Int64
        var name: String
        var data: JSONValue
    }

    /// The events of a job until the stream ends, or until the body says that it has seen enough.
    @discardableResult
    func events(
        of job: String,
        after: Int64? = nil,
        _ isEnough: (Event) async throws -> Bool = { _ in false }
    ) async throws -> [Event] {
        var request = HTTPClientRequest(url: "\(url)/api/ingest/jobs/\(job)/events")
        authorize(&request)
        if let after { request.headers.add(name: "last-event-id", value: String(after)) }
        let response = try await client.execute(request, timeout: .minutes(5))
        #expect(response.status == .ok)
        var events: [Event] = []
        var text = ""
        for try await piece in response.body {
            text += String(decoding: piece.readableBytesView, as: UTF8.self)
            while let end = text.firstRange(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                guard let event = try Self.event(block) else { continue }
                events.append(event)
                if try await isEnough(event) { return events }
            }
        }
        return events
    }

    static func event(_ block: some StringProtocol) throws -> Event? {
        var fields: [String: String] = [:]
        for line in block.split(separator: "\n") where !line.hasPrefix(":") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        guard let name = fields["event"], let data = fields["data"] else { return nil }
        return Event(
            id: try #require(fields["id"].flatMap(Int64.init)),
            name: name,
            data: try JSONValue(parsing: data.utf8)
        )
    }
}
