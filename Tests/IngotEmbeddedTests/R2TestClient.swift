import Crypto
import IngotCore
import IngotS3
import NIOCore
import NIOPosix

/// Sends requests to an embedded R2 byte by byte as a test wants them, and signs them first.
struct R2TestClient: Sendable {
    let settings: StorageSettings

    /// A request before it is signed.
    ///
    /// Each property can be made wrong by itself.
    struct Request: Sendable {
        var method = "GET"
        /// Encoded, with the bucket.
        var path: String
        /// Encoded, without its question mark.
        var query = ""
        /// Signed, beside `host`, `x-amz-date` and `x-amz-content-sha256`.
        var headers: [(name: String, value: String)] = []
        /// Sent and not signed.
        var unsignedHeaders: [(name: String, value: String)] = []
        var body: [UInt8] = []
        var time = Timestamp.now()
        /// `nil`: of the body.
        var payloadHash: String?
        var region = "auto"
        var service = "s3"
        var accessKeyID: String?
        var secretAccessKey: Secret?
        /// Whether `content-length` is sent.
        var sendsLength = true
        /// Changes what is signed before it is sent.
        var change: @Sendable (inout Signed) -> Void = { _ in }

        init(_ method: String = "GET", _ path: String, query: String = "", body: String = "") {
            self.method = method
            self.path = path
            self.query = query
            self.body = Array(body.utf8)
        }

        func with(_ headers: (name: String, value: String)...) -> Request {
            var request = self
            request.headers += headers
            return request
        }
    }

    /// A signed request.
    struct Signed: Sendable {
        var method: String
        var path: String
        var query: String
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        mutating func set(_ name: String, _ value: String?) {
            headers.removeAll { $0.name == name }
            if let value { headers.append((name, value)) }
        }

        mutating func replace(in name: String, _ old: String, _ new: String) {
            for index in headers.indices where headers[index].name == name {
                headers[index].value = headers[index].value.replacing(old, with: new)
            }
        }
    }

    struct Answer: Sendable {
        var status: Int
        /// By lower-case name.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var code: String? { element("Error", "Code") }
        var message: String? { element("Error", "Message") }

        /// The text of the first element of that path.
        func element(_ path: String...) -> String? { elements(path).first }

        func elements(_ path: [String]) -> [String] {
            var texts: [String] = []
            try? FlatXML.read(body) { found, text in if found == path { texts.append(text) } }
            return texts
        }
    }

    var bucket: String { settings.bucket }
    private var host: String { settings.objectEndpoint.replacing("http://", with: "") }

    func send(_ request: Request) async throws -> Answer { try await exchange(sign(request)) }

    func sign(_ request: Request) -> Signed {
        let signer = signer(request)
        let time = SigningTime(request.time)
        let hash = request.payloadHash ?? hexadecimal(SHA256.hash(data: request.body))
        let headers =
            [("host", host), ("x-amz-content-sha256", hash), ("x-amz-date", time.basic)] + request.headers
        let canonical = CanonicalRequest(
            method: request.method,
            path: request.path,
            query: Self.items(request.query),
            headers: headers,
            payloadHash: hash
        )
        var signed = Signed(
            method: request.method,
            path: request.path,
            query: request.query,
            headers: headers + [("authorization", signer.authorization(for: canonical, at: time))],
            body: request.body
        )
        if request.sendsLength { signed.headers.append(("content-length", String(request.body.count))) }
        signed.headers += request.unsignedHeaders
        request.change(&signed)
        return signed
    }

    /// Signs the address instead of the headers.
    func presign(_ request: Request, lifetime: Duration, sessionToken: String? = nil) -> Signed {
        let headers = [("host", host)] + request.headers
        let canonical = CanonicalRequest(
            method: request.method,
            path: request.path,
            query: Self.items(request.query),
            headers: headers,
            payloadHash: SigV4.unsignedPayload
        )
        let query = signer(request).presignedQuery(
            for: canonical,
            at: SigningTime(request.time),
            lifetime: lifetime,
            sessionToken: sessionToken
        )
        var signed = Signed(
            method: request.method,
            path: request.path,
            query: query,
            headers: headers + [("content-length", String(request.body.count))],
            body: request.body
        )
        request.change(&signed)
        return signed
    }

    /// Sends the request and reads all that comes back.
    func exchange(_ request: Signed) async throws -> Answer {
        let (channel, answer) = try await connect()
        // What the server does not want to read cannot be written; its answer comes all the same.
        try? await channel.writeAndFlush(ByteBuffer(bytes: Self.bytes(request)))
        return try Self.answer(in: try await answer.get(), isHead: request.method == "HEAD")
    }

    private static func bytes(_ request: Signed) -> [UInt8] {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        let lines = request.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("\(request.method) \(request.path)\(query) HTTP/1.1\r\n\(lines)connection: close\r\n\r\n".utf8)
            + request.body
    }

    private func connect() async throws -> (any Channel, EventLoopFuture<[UInt8]>) {
        let parts = host.split(separator: ":")
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: [UInt8].self)
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AllBytes(promise))
                    }
                }
                .connect(host: String(parts[0]), port: Int(parts[1]) ?? 0)
                .get()
            return (channel, promise.futureResult)
        } catch {
            promise.fail(error)
            throw error
        }
    }

    private func signer(_ request: Request) -> SigV4 {
        SigV4(
            accessKeyID: request.accessKeyID ?? settings.accessKeyID,
            secretAccessKey: request.secretAccessKey ?? settings.secretAccessKey,
            region: request.region,
            service: request.service
        )
    }

    private static func items(_ query: String) -> [QueryItem] {
        query.split(separator: "&").map { item in
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return QueryItem(
                PercentEncoding.decode(sides[0]) ?? "",
                PercentEncoding.decode(sides.count > 1 ? sides[1] : "") ?? ""
            )
        }
    }

    private static func answer(in bytes: [UInt8], isHead: Bool) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw BrokenAnswer(bytes: bytes) }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw BrokenAnswer(bytes: bytes)
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            headers[sides[0].lowercased()] = String(sides[1].drop { $0 == " " })
        }
        let body = Array(bytes[end.upperBound...])
        let expected = isHead || status == 304 || status == 204 ? 0 : headers["content-length"].flatMap { Int($0) }
        guard expected == nil || expected == body.count else { throw BrokenAnswer(bytes: bytes) }
        return Answer(status: status, headers: headers, body: body)
    }
}

/// The server's bytes are no answer.
struct BrokenAnswer: Error, CustomStringConvertible {
    let bytes: [UInt8]
    var description: String { "no answer of HTTP: \(String(decoding: bytes.prefix(500), as: UTF8.self))" }
}

/// Gathers what comes until the other side closes.
private final class AllBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }
}

extension R2TestClient {
    /// Puts an object that a test needs.
    @discardableResult
    func put(_ key: String, _ body: String, headers: (name: String, value: String)...) async throws -> Answer {
        var request = Request("PUT", path(key), body: body)
        request.headers = headers
        return try await send(request)
    }

    func get(_ key: String, headers: (name: String, value: String)...) async throws -> Answer {
        var request = Request("GET", path(key))
        request.headers = headers
        return try await send(request)
    }

    /// The path of a key, with every byte encoded that may be.
    func path(_ key: String) -> String { "/\(bucket)/\(PercentEncoding.encodePath(key))" }
}

// MARK: - Requests that take their time

extension R2TestClient {
    /// A put whose head has been sent, and whose body is still to come.
    struct SlowPut: Sendable {
        fileprivate let channel: any Channel
        fileprivate let answer: EventLoopFuture<[UInt8]>

        /// Closes the connection without the body.
        func hangUp() async throws { try await channel.close() }

        /// Sends a part of the body, and says that nothing follows.
        func cutShort(_ body: [UInt8]) async throws -> Answer {
            try await channel.writeAndFlush(ByteBuffer(bytes: body))
            try await channel.close(mode: .output)
            return try R2TestClient.answer(in: try await answer.get(), isHead: false)
        }

        func finish(_ body: [UInt8]) async throws -> Answer {
            try await channel.writeAndFlush(ByteBuffer(bytes: body))
            return try R2TestClient.answer(in: try await answer.get(), isHead: false)
        }
    }

    func startSlowPut(_ key: String, length: Int) async throws -> SlowPut {
        var request = Request("PUT", path(key))
        request.payloadHash = SigV4.unsignedPayload
        request.alsoChanging { $0.set("content-length", String(length)) }
        let (channel, answer) = try await connect()
        try await channel.writeAndFlush(ByteBuffer(bytes: Self.bytes(sign(request))))
        return SlowPut(channel: channel, answer: answer)
    }
}
