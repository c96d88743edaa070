import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1

/// Speaks a gateway's HTTP API: starts jobs, watches them, and reads the law.
///
/// ```swift
/// import IngotClient
///
/// try await GatewayClient.with(address: "http://127.0.0.1:8005", key: Secret("ingot_…")) { gateway in
///     let job = try await gateway.submit("usc", parameters: ["titles": ["1"]])
///     for try await update in gateway.events(of: job) {
///         if case .progress(let progress) = update.content { print(progress.percent, progress.message ?? "") }
///     }
///     print(try await gateway.text(of: "/us/usc/t1/s1"))
/// }
/// ```
///
/// Errors are of two kinds: what the gateway refuses is a ``GatewayProblem``, and when no whole answer comes it is a
/// ``GatewayConnectionError``. Cancelling the task ends a request.
public struct GatewayClient: Sendable {
    /// The gateway's address, without a slash at its end.
    public let address: String
    /// What is taken from the gateway at most.
    public let limits: GatewayLimits
    private let key: Secret?
    private let client: HTTPClient

    /// A client that sends its requests with an HTTP client of the caller's.
    ///
    /// - Parameters:
    ///   - address: for example `http://127.0.0.1:8005`.
    ///   - key: the API key that opens the gateway; `nil`: requests are sent without one. It is sent over whatever the
    ///     address says, so it should be `https`, or `http` on this machine only.
    ///   - httpClient: the caller's, who shuts it down. One that follows redirects would send the key along.
    ///   - limits: what is taken from the gateway at most.
    public init(address: String, key: Secret? = nil, httpClient: HTTPClient, limits: GatewayLimits = GatewayLimits()) {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
        self.key = key
        self.limits = limits
        client = httpClient
    }

    /// Runs the body with a client of its own, and closes its connections.
    ///
    /// ```swift
    /// let sources = try await GatewayClient.with(address: "http://127.0.0.1:8005") { try await $0.sources() }
    /// ```
    public static func with<Value>(
        address: String,
        key: Secret? = nil,
        limits: GatewayLimits = GatewayLimits(),
        _ body: (GatewayClient) async throws -> Value
    ) async throws -> Value {
        let client = HTTPClient(configuration: httpConfiguration)
        let value: Value
        do {
            value = try await body(GatewayClient(address: address, key: key, httpClient: client, limits: limits))
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
        return value
    }

    /// How connections to a gateway are made: a gateway does not redirect, and one that is away is known at once.
    ///
    /// ```swift
    /// let client = HTTPClient(configuration: GatewayClient.httpConfiguration)
    /// let gateway = GatewayClient(address: address, key: key, httpClient: client)
    /// ```
    public static var httpConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5))
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    // MARK: - Answers

    /// Gets a JSON document.
    package func get<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        try decode(type, try await body(of: send(.GET, path)))
    }

    /// Posts a JSON document; the answer's.
    package func post<Value: Decodable>(
        _ type: Value.Type,
        _ path: String,
        body: JSONValue = .object([:]),
        headers: [(String, String)] = []
    ) async throws -> Value {
        try decode(type, try await self.body(of: send(.POST, path, body: body, headers: headers)))
    }

    /// Deletes something; the answer.
    package func delete<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        try decode(type, try await body(of: send(.DELETE, path)))
    }

    /// Changes what is at a path by a JSON document; the answer's.
    package func patch<Value: Decodable>(_ type: Value.Type, _ path: String, body: JSONValue) async throws -> Value {
        try decode(type, try await self.body(of: send(.PATCH, path, body: body)))
    }

    /// Deletes what is at a path.
    package func delete(_ path: String) async throws {
        _ = try await body(of: send(.DELETE, path))
    }

    /// Gets all pages of a list as one answer: the first one, with the items of all.
    ///
    /// - Parameter list: the member that holds the items; `next` holds the cursor of the next page.
    package func getAllPages(_ path: String, list: String) async throws -> JSONValue {
        var answer: JSONValue?
        for try await page in pages(path) {
            guard case .object(var members) = answer else {
                answer = page
                continue
            }
            members[list] = .array((members[list]?.arrayValue ?? []) + (page[list]?.arrayValue ?? []))
            members["next"] = page["next"] ?? .null
            answer = .object(members)
        }
        return answer ?? .null
    }

    /// The pages of a list as the gateway answers them.
    package func pages(_ path: String) -> GatewayPages<JSONValue> {
        GatewayPages { cursor in
            let page = try await get(JSONValue.self, GatewayPath.path(path, ["cursor": cursor]))
            return (page, page["next"]?.stringValue)
        } whenRepeated: {
            unexpected("a page leads to itself")
        }
    }

    /// Gets a body piece by piece.
    package func stream(_ path: String, _ take: (ByteBuffer) async throws -> Void) async throws {
        let pieces = try await open(path).pieces
        while let piece = try await next(of: pieces) { try await take(piece) }
    }

    /// The next piece of a body, with what goes wrong in this client's words.
    func next(of pieces: BodyPieces) async throws -> ByteBuffer? {
        do { return try await pieces.next() } catch { throw streamFailure(error) }
    }

    // MARK: - Requests

    /// Sends a request whose answer is read as it comes.
    ///
    /// - Parameter silence: how long nothing may come; `nil`: for ever.
    func open(
        _ path: String,
        headers: [(String, String)] = [],
        silence: Duration? = nil
    ) async throws -> (status: Int, pieces: BodyPieces) {
        let response: HTTPClientResponse
        if let silence {
            do {
                response = try await withDeadline(silence) { try await send(.GET, path, headers: headers) }
            } catch {
                throw streamFailure(error)
            }
        } else {
            response = try await send(.GET, path, headers: headers)
        }
        return (Int(response.status.code), BodyPieces(response.body, silence: silence))
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key.revealed)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body.canonicalBytes)
        }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch {
            try Task.checkCancellation()
            throw GatewayConnectionError(.unreachable, address, Self.reason(error))
        }
        guard (200..<300).contains(response.status.code) else { throw try await problem(response) }
        return response
    }

    private func body(of response: HTTPClientResponse) async throws -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: limits.answerBytes)
        } catch {
            try Task.checkCancellation()
            throw streamFailure(error)
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: ByteBuffer) throws -> Value {
        do {
            return try JSONText.decode(type, from: bytes.readableBytesView)
        } catch {
            throw unexpected("not the JSON that was expected")
        }
    }

    /// What the gateway says of a request that it did not fulfil.
    private func problem(_ response: HTTPClientResponse) async throws -> any Error {
        let bytes: ByteBuffer
        do {
            bytes = try await response.body.collect(upTo: limits.problemBytes)
        } catch is NIOTooManyBytesError {
            bytes = ByteBuffer()
        } catch {
            try Task.checkCancellation()
            return streamFailure(error)
        }
        return GatewayProblem(
            document: try? JSONValue(parsing: bytes.readableBytesView),
            status: Int(response.status.code),
            retryAfter: response.headers.first(name: "retry-after")
        )
    }

    func unexpected(_ reason: String) -> GatewayConnectionError {
        GatewayConnectionError(.unexpectedAnswer, address, reason)
    }

    /// An error of reading in this client's words.
    func streamFailure(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError, is GatewayProblem, is GatewayConnectionError: error
        case let error as DeadlineExceeded: GatewayConnectionError(.silent, address, "\(error)")
        case let error as NIOTooManyBytesError:
            GatewayConnectionError(.tooLarge, address, "the answer is longer than \(error.maxBytes ?? 0) bytes")
        case EventStreamError.tooLong, is LineTooLong: GatewayConnectionError(.tooLarge, address, "\(error)")
        case is EventStreamError: unexpected("\(error)")
        default: GatewayConnectionError(.brokenOff, address, Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? HTTPClientError)?.shortDescription ?? "\(error)"
    }
}
