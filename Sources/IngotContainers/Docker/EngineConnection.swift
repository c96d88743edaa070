import AsyncHTTPClient
import IngotCore
import NIOCore
import NIOHTTP1
import Synchronization

/// Speaks the Docker Engine API over a Unix socket.
final class EngineConnection: Sendable {
    /// Both Docker since 20.10 and Podman since 3 speak it.
    static let standardVersion = APIVersion(major: 1, minor: 41)
    /// The most that an ordinary answer may have.
    static let maximumAnswer = 4 << 20
    /// The most of an engine's own words that go into a failure.
    private static let maximumMessage = 500

    let socket: String
    private let client: HTTPClient
    private let version = Mutex(EngineConnection.standardVersion)

    init(socket: String) {
        self.socket = socket
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(5)
        // Each running container holds connections for its log and its end.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        // Whoever calls tries again, and says when it gives up.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        let client = client
        Task { try? await client.shutdown() }
    }

    /// A version of the API, which is part of each call's path.
    struct APIVersion: Sendable, Comparable, CustomStringConvertible {
        var major: Int
        var minor: Int

        var description: String { "\(major).\(minor)" }

        static func < (left: APIVersion, right: APIVersion) -> Bool {
            (left.major, left.minor) < (right.major, right.minor)
        }
    }

    /// Speaks another version from now on.
    func speak(_ version: APIVersion) { self.version.withLock { $0 = version } }

    /// An answer of the engine.
    struct Answer: Sendable {
        var status: Int
        var bytes: [UInt8]

        /// The body; `nil` when it is not JSON.
        var json: JSONValue? { try? JSONParser.parse(bytes, maximumDepth: 64) }
    }

    /// One call with a bounded answer.
    ///
    /// - Parameter accepting: the statuses that are no errors.
    /// - Throws: ``ContainerEngineError``; `CancellationError`.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        query: [(String, String)] = [],
        body: JSONValue? = nil,
        accepting: Set<Int> = [200, 201, 204],
        within limit: Duration = .seconds(30)
    ) async throws -> Answer {
        let request = request(method, path, query, body)
        let operation = "\(method.rawValue) \(path)"
        return try await translating(operation) { [client] in
            try await withDeadline(limit) {
                let response = try await client.execute(request, deadline: .distantFuture)
                let buffer: ByteBuffer
                do {
                    buffer = try await response.body.collect(upTo: Self.maximumAnswer)
                } catch is NIOTooManyBytesError {
                    throw Self.malformed(operation, "is larger than \(Self.maximumAnswer) bytes")
                }
                let answer = Answer(status: Int(response.status.code), bytes: Array(buffer.readableBytesView))
                guard accepting.contains(answer.status) else { throw Self.refusal(operation, answer) }
                return answer
            }
        }
    }

    /// One call whose answer is read as it comes, until its end.
    ///
    /// - Parameters:
    ///   - limit: for the answer to begin.
    ///   - piece: awaited before more is read.
    /// - Throws: ``ContainerEngineError``; `CancellationError`; what `piece` throws.
    func stream(
        _ method: HTTPMethod,
        _ path: String,
        query: [(String, String)] = [],
        within limit: Duration = .seconds(30),
        _ piece: (ByteBuffer) async throws -> Void
    ) async throws {
        let request = request(method, path, query, nil)
        let operation = "\(method.rawValue) \(path)"
        let response = try await translating(operation) { [client] in
            try await withDeadline(limit) {
                let response = try await client.execute(request, deadline: .distantFuture)
                guard response.status == .ok else {
                    let buffer = try? await response.body.collect(upTo: 1 << 16)
                    let bytes = buffer.map { Array($0.readableBytesView) } ?? []
                    throw Self.refusal(operation, Answer(status: Int(response.status.code), bytes: bytes))
                }
                return response
            }
        }
        var iterator = response.body.makeAsyncIterator()
        while true {
            var next: ByteBuffer?
            do { next = try await iterator.next() } catch { throw Self.translated(error, operation, socket) }
            guard let next else { return }
            try await piece(next)
        }
    }

    private func request(
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)],
        _ body: JSONValue?
    ) -> HTTPClientRequest {
        // Each engine tells its versions without one.
        var target = path == "/version" ? path : "/v\(version.withLock { $0 })\(path)"
        if !query.isEmpty {
            target += "?" + query.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        }
        var request = HTTPClientRequest(url: "http+unix://\(PercentEncoding.encode(socket))\(target)")
        request.method = method
        // A socket has no host, and Go's servers refuse the one that would be made of its path.
        request.headers.add(name: "host", value: "engine")
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.canonicalBytes))
        }
        return request
    }

    private func translating<Value>(_ operation: String, _ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch { throw Self.translated(error, operation, socket) }
    }

    private static func translated(_ error: any Error, _ operation: String, _ socket: String) -> any Error {
        if error is ContainerEngineError || error is CancellationError || Task.isCancelled { return error }
        if let late = error as? DeadlineExceeded {
            return ContainerEngineError(
                .noAnswer,
                "The container engine did not answer within \(late.limit) (\(operation)).",
                advice: "Look at the engine's own log and at the load of its machine."
            )
        }
        return ContainerEngineError(
            .unreachable,
            "The container engine at \(socket) cannot be reached (\(operation)): \(error).",
            advice: "Start it (systemctl start docker, or podman.socket), and look at the rights of its socket."
        )
    }

    private static func refusal(_ operation: String, _ answer: Answer) -> ContainerEngineError {
        let said = answer.json?["message"]?.stringValue ?? String(decoding: answer.bytes, as: UTF8.self)
        let words = said.filter { $0 == " " || !$0.isWhitespace }.prefix(maximumMessage)
        return ContainerEngineError(
            .refused(status: answer.status),
            "The container engine answered \(answer.status) to \(operation): \(words).",
            advice: "Look at the engine's own log, and at the launcher's settings."
        )
    }

    static func malformed(_ operation: String, _ what: String) -> ContainerEngineError {
        ContainerEngineError(
            .malformed,
            "The container engine's answer to \(operation) \(what).",
            advice: "Use Docker 20.10 or Podman 3 or later, and look at what stands before its socket."
        )
    }
}
