import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// Speaks a gateway's HTTP API.
struct GatewayClient {
    let baseURL: String
    private let key: Secret?
    private let client: HTTPClient

    /// - Parameter key: that opens the gateway; `nil`: requests are sent without one.
    init(baseURL: String, key: Secret?, client: HTTPClient) {
        var baseURL = baseURL
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        self.baseURL = baseURL
        self.key = key
        self.client = client
    }

    /// The largest JSON answer that is taken.
    private static let maximumAnswerBytes = 64 << 20

    /// Gets a JSON document.
    func get<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        let bytes = try await body(of: send(.GET, path))
        return try decode(type, bytes)
    }

    /// Gets all pages of a list as one answer: the first one, with the items of all.
    ///
    /// - Parameter list: the member that holds the items; `next` holds the cursor of the next page.
    func getAllPages(_ path: String, list: String) async throws -> JSONValue {
        var answer = try await get(JSONValue.self, path)
        var items = answer[list]?.arrayValue ?? []
        while let cursor = answer["next"]?.stringValue {
            let page = try await get(JSONValue.self, GatewayPath.path(path, ["cursor": cursor]))
            items += page[list]?.arrayValue ?? []
            var members = answer.objectValue ?? [:]
            members[list] = .array(items)
            members["next"] = page["next"] ?? .null
            answer = .object(members)
        }
        return answer
    }

    /// Posts a JSON document; the answer's status and body.
    func post<Value: Decodable>(
        _ type: Value.Type,
        _ path: String,
        body: JSONValue = .object([:]),
        headers: [(String, String)] = []
    ) async throws -> Value {
        let bytes = try await self.body(of: send(.POST, path, body: body, headers: headers))
        return try decode(type, bytes)
    }

    /// Deletes something; the answer's body.
    func delete<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        try decode(type, try await body(of: send(.DELETE, path)))
    }

    /// Gets a body piece by piece.
    func stream(
        _ path: String,
        headers: [(String, String)] = [],
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let response = try await send(.GET, path, headers: headers)
        do {
            for try await piece in response.body { try await take(piece) }
        } catch let error as CommandFailure {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CommandFailure(
                message: "the answer of the gateway at \(baseURL) broke off, so it is not complete: \(reason(error))",
                exitCode: CommandFailure.unreachable
            )
        }
    }

    /// Gets a body and prints it as it comes.
    func print(_ path: String) async throws {
        try await stream(path) { piece in try StandardOutput.write(Array(piece.readableBytesView)) }
    }

    /// Deletes what is at a path.
    func delete(_ path: String) async throws {
        _ = try await body(of: send(.DELETE, path))
    }

    /// The status of a request, whatever it is, without its body.
    func status(_ path: String, headers: [(String, String)]) async throws -> Int {
        Int(try await send(.GET, path, headers: headers).status.code)
    }

    // MARK: - Requests

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key.revealed)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body.canonicalBytes)
        }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: .hours(24))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw unreachable(error)
        }
        guard (200..<300).contains(response.status.code) else {
            throw try await problem(response)
        }
        return response
    }

    private func body(of response: HTTPClientResponse) async throws -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: Self.maximumAnswerBytes)
        } catch {
            throw unreachable(error)
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: ByteBuffer) throws -> Value {
        do {
            return try JSONText.decode(type, from: bytes.readableBytesView)
        } catch {
            throw CommandFailure(
                message: "\(baseURL) answers something that is not this version's API; is it an Ingot gateway?",
                exitCode: CommandFailure.unreachable
            )
        }
    }

    /// What the gateway says of a request that it did not fulfil.
    private func problem(_ response: HTTPClientResponse) async throws -> CommandFailure {
        let bytes: ByteBuffer
        do { bytes = try await response.body.collect(upTo: 1 << 20) } catch { throw unreachable(error) }
        let message = ProblemMessage(
            problem: try? JSONValue(parsing: bytes.readableBytesView),
            status: Int(response.status.code)
        )
        return CommandFailure(message: message.text, exitCode: message.exitCode)
    }

    private func unreachable(_ error: any Error) -> CommandFailure {
        CommandFailure(
            message: "cannot reach the gateway at \(baseURL): \(reason(error))",
            exitCode: CommandFailure.unreachable
        )
    }

    private func reason(_ error: any Error) -> String { (error as? HTTPClientError)?.shortDescription ?? "\(error)" }
}
