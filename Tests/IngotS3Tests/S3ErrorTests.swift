import IngotCore
import IngotTesting
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import IngotS3

/// One error that R2 answers (<https://developers.cloudflare.com/r2/api/error-codes/>).
struct ErrorRow: Sendable, CustomTestStringConvertible {
    var status: Int
    var code: String
    var kind: ObjectStoreError.Kind
    /// Whether the request is made again.
    var isRetried: Bool
    /// What the advice has to name.
    var advice: String

    var testDescription: String { "\(status) \(code)" }

    init(
        _ status: Int,
        _ code: String,
        _ kind: ObjectStoreError.Kind,
        isRetried: Bool = false,
        advice: String
    ) {
        self.status = status
        self.code = code
        self.kind = kind
        self.isRetried = isRetried
        self.advice = advice
    }

    static let all = [
        ErrorRow(400, "InvalidArgument", .invalidRequest, advice: "R2_ENDPOINT, R2_SESSION_TOKEN"),
        ErrorRow(400, "InvalidRequest", .invalidRequest, advice: "R2_ENDPOINT"),
        ErrorRow(401, "Unauthorized", .access, advice: "R2_ACCESS_KEY_ID"),
        ErrorRow(403, "SignatureDoesNotMatch", .access, advice: "R2_SECRET_ACCESS_KEY"),
        ErrorRow(403, "RequestTimeTooSkewed", .access, advice: "set this machine's clock"),
        ErrorRow(403, "AccessDenied", .access, advice: "the right to read and write"),
        ErrorRow(403, "NotEntitled", .access, advice: "turn R2 on"),
        ErrorRow(403, "ObjectLockedByBucketPolicy", .access, advice: "lock rule"),
        ErrorRow(403, "ExpiredRequest", .access, advice: "clock"),
        ErrorRow(400, "ExpiredRequest", .access, advice: "clock"),
        ErrorRow(404, "NoSuchBucket", .notFound, advice: "R2_BUCKET_NAME"),
        ErrorRow(404, "NoSuchKey", .notFound, advice: "store it again"),
        ErrorRow(404, "NoSuchUpload", .notFound, advice: "store the object again"),
        ErrorRow(404, "RouteNotFound", .notFound, advice: "R2_ENDPOINT"),
        ErrorRow(400, "InvalidObjectName", .invalidRequest, advice: "1024 bytes"),
        ErrorRow(400, "EntityTooLarge", .tooLarge, advice: "4.995 TiB"),
        ErrorRow(400, "MetadataTooLarge", .invalidRequest, advice: "less metadata"),
        ErrorRow(400, "IncompleteBody", .corrupted, isRetried: true, advice: "network"),
        ErrorRow(400, "ClientDisconnect", .unavailable, isRetried: true, advice: "network"),
        ErrorRow(409, "BucketNotEmpty", .invalidRequest, advice: "empty the bucket"),
        ErrorRow(409, "BucketConflict", .invalidRequest, advice: "try again later"),
        ErrorRow(411, "MissingContentLength", .invalidRequest, advice: "proxy"),
        ErrorRow(412, "PreconditionFailed", .invalidRequest, advice: "somebody else"),
        ErrorRow(416, "InvalidRange", .invalidRange, advice: "bytes that the object has"),
        ErrorRow(429, "TooManyRequests", .overloaded, isRetried: true, advice: "one write a second"),
        ErrorRow(500, "InternalError", .unavailable, isRetried: true, advice: "try again later"),
        ErrorRow(501, "NotImplemented", .invalidRequest, advice: "R2_ENDPOINT"),
        ErrorRow(503, "ServiceUnavailable", .overloaded, isRetried: true, advice: "try again later"),
        // Beside the table: uploads, digests, and what temporary credentials and other stores answer.
        ErrorRow(400, "BadDigest", .corrupted, isRetried: true, advice: "network"),
        ErrorRow(400, "XAmzContentSHA256Mismatch", .corrupted, isRetried: true, advice: "network"),
        ErrorRow(400, "InvalidDigest", .invalidRequest, advice: "proxy"),
        ErrorRow(400, "InvalidPart", .invalidRequest, advice: "store it again"),
        ErrorRow(400, "EntityTooSmall", .invalidRequest, advice: "5 MiB"),
        ErrorRow(400, "MalformedXML", .invalidRequest, advice: "proxy"),
        ErrorRow(403, "InvalidAccessKeyId", .access, advice: "R2_ACCESS_KEY_ID"),
        ErrorRow(400, "ExpiredToken", .access, advice: "R2_SESSION_TOKEN"),
        ErrorRow(503, "SlowDown", .overloaded, isRetried: true, advice: "fewer requests"),
        // Without a code, as proxies answer.
        ErrorRow(302, "", .invalidRequest, advice: "R2_ENDPOINT"),
        ErrorRow(403, "", .access, advice: "R2_SECRET_ACCESS_KEY"),
        ErrorRow(408, "", .unavailable, isRetried: true, advice: "try again later"),
        ErrorRow(413, "", .tooLarge, advice: "proxy"),
        ErrorRow(418, "", .invalidRequest, advice: "R2_ENDPOINT"),
        ErrorRow(502, "", .unavailable, isRetried: true, advice: "try again later"),
        ErrorRow(504, "", .unavailable, isRetried: true, advice: "try again later"),
        ErrorRow(507, "", .full, advice: "make room"),
    ]

    /// The answer as R2 writes it.
    var answer: String {
        let document =
            code.isEmpty
            ? "<html><body>no XML & no end"
            : #"<?xml version="1.0" encoding="UTF-8"?><Error><Code>\#(code)</Code><Message>It says so.</Message></Error>"#
        return "HTTP/1.1 \(status) Answer\r\ncontent-type: application/xml\r\n"
            + "content-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
    }
}

@Suite("Errors of the object store")
struct S3ErrorTests {
    @Test("Each says what happened and what to do, and is tried again when that helps", arguments: ErrorRow.all)
    func row(_ row: ErrorRow) async throws {
        let server = try await RawServer([row.answer])
        let client = makeClient(try unreachableSettings(endpoint: server.url)) { $0.retry.maximumAttempts = 2 }
        let error = try #require(
            await #expect(throws: ObjectStoreError.self) { try await client.get("k", range: nil, limit: 100) }
        )
        #expect(error.kind == row.kind)
        #expect(error.code == (row.code.isEmpty ? nil : row.code))
        #expect(error.key == "k")
        #expect(error.message.contains("the store answered \(row.status)"))
        #expect(error.message.contains(row.advice), "\(error)")
        #expect(row.code.isEmpty || error.message.contains("It says so."))
        #expect(server.connections == (row.isRetried ? 2 : 1))
        try await server.close()
    }

    @Test(
        "A wait that the store asks for is read",
        arguments: [
            ("7", Duration.seconds(7)), ("0", .zero), ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", .zero), ("-1", nil), ("soon", nil), ("", nil),
        ]
    )
    func retryAfter(_ header: String, _ expected: Duration?) throws {
        let now = try #require(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect(S3Failure.wait(header, now: now) == expected)
    }

    @Test("A wait that the store asks for is kept")
    func waits() async throws {
        let server = try await RawServer([
            "HTTP/1.1 429 Slow\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 404 None\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ])
        let start = ContinuousClock.now
        #expect(try await makeClient(try unreachableSettings(endpoint: server.url)).head("k") == nil)
        #expect(start.duration(to: .now) >= .seconds(1))
        try await server.close()
    }

    @Test(
        "A wait that is too long ends the request at once, and is told",
        arguments: ["301", "Tue, 01 Jan 2999 00:00:00 GMT"]
    )
    func waitIsTooLong(_ header: String) async throws {
        let server = try await RawServer([
            "HTTP/1.1 503 Slow\r\nretry-after: \(header)\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ])
        let error = await #expect(throws: ObjectStoreError.self) {
            try await makeClient(try unreachableSettings(endpoint: server.url)).head("k")
        }
        #expect(error?.kind == .overloaded)
        #expect(error?.message.contains("asks to wait") == true)
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("A connection that is refused says where to look")
    func unreachable() async throws {
        let port = try FreePorts.take(1)[0]
        let client = makeClient(try unreachableSettings(endpoint: "http://127.0.0.1:\(port)"))
        let error = await #expect(throws: ObjectStoreError.self) { try await client.head("k") }
        #expect(error?.kind == .unavailable && error?.message.contains("R2_ENDPOINT") == true)
    }

    @Test("A refused signature is logged for comparison, without the secrets")
    func echo() async throws {
        let document =
            "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>theirs 1</StringToSign>"
            + "<CanonicalRequest>theirs 2 the+token the%2Btoken</CanonicalRequest></Error>"
        let server = try await RawServer([
            "HTTP/1.1 403 No\r\ncontent-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
        ])
        var settings = try unreachableSettings(endpoint: server.url)
        settings.sessionToken = Secret("the+token")
        let lines = LogLines()
        let client = makeClient(settings, logger: lines.logger)
        let error = await #expect(throws: ObjectStoreError.self) { try await client.get("k", range: nil, limit: 1) }
        #expect(error?.code == "SignatureDoesNotMatch")
        let log = lines.text
        #expect(log.contains("theirs 1") && log.contains("theirs 2"))
        #expect(log.contains("AWS4-HMAC-SHA256\n") && log.contains("x-amz-security-token:<secret>"))
        for secret in ["the+token", "the%2Btoken", "the-secret-key"] {
            #expect(!log.contains(secret) && error?.description.contains(secret) == false)
        }
        try await server.close()
    }

    @Test("Objects that are not deleted are all named, and those are tried again that may go")
    func partialDeletion() async throws {
        func answer(_ document: String) -> String {
            "HTTP/1.1 200 OK\r\ncontent-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
        }
        func errors(_ items: [(String, String)], deleted: [String]) -> String {
            answer(
                "<DeleteResult>" + deleted.map { "<Deleted><Key>\($0)</Key></Deleted>" }.joined()
                    + items.map { "<Error><Key>\($0.0)</Key><Code>\($0.1)</Code></Error>" }.joined()
                    + "</DeleteResult>"
            )
        }
        let answers = Mutex(
            [
                errors([("a", "AccessDenied"), ("b", "InternalError"), ("c", "SlowDown")], deleted: ["d"]),
                errors([("b", "NoSuchBucket")], deleted: ["c"]),
            ][...]
        )
        let silent = try await SilentServer()
        let server = try await InterceptingProxy.start(before: silent.url) { _ in
            .answer(answers.withLock { $0.popFirst() } ?? "")
        }
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        let error = await #expect(throws: ObjectStoreError.self) { try await client.delete(["a", "b", "c", "d"]) }
        #expect(error?.kind == .access && error?.code == "AccessDenied" && error?.key == nil)
        #expect(error?.message.contains("2 objects were not deleted: a (AccessDenied), b (NoSuchBucket)") == true)
        #expect(server.requests.count == 2)
        try await server.close()
        try await silent.close()
    }

    @Test(
        "An answer to a deletion that leaves a key out is none",
        arguments: [
            "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>", "<DeleteResult/>", "<html/>", "",
            "<DeleteResult><Error><Code>x</Code></Error></DeleteResult>",
        ]
    )
    func incompleteDeletion(_ document: String) {
        #expect(throws: ObjectStoreError.self) { try DeleteResult.parse(Array(document.utf8), keys: ["a", "b"]) }
    }

    @Test("A message names a hundred keys and counts the rest")
    func manyFailures() throws {
        let failures = (0..<150).map { DeleteResult.Failure(key: "key-\($0)", code: "AccessDenied") }
        let error = try #require(DeleteResult.error(failures))
        #expect(error.message.contains("key-99 (AccessDenied) and 50 more") && error.key == nil)
        #expect(error.kind == .access && error.message.contains("150 objects"))
        #expect(DeleteResult.error([]) == nil)
    }

    @Test("An answer about one of two keys that look the same says nothing of the other")
    func keysThatLookTheSame() throws {
        let document = "<DeleteResult><Deleted><Key>caf\u{E9}</Key></Deleted></DeleteResult>"
        #expect(throws: ObjectStoreError.self) {
            try DeleteResult.parse(Array(document.utf8), keys: ["caf\u{E9}", "cafe\u{301}"])
        }
        #expect(try DeleteResult.parse(Array(document.utf8), keys: ["caf\u{E9}"]).failures.isEmpty)
    }

    @Test("Only the store's own word for a missing key counts as a deletion")
    func deletionBeforeProxy() async throws {
        func deletion(_ document: String) async throws {
            let server = try await RawServer([failure(404, document)])
            let client = makeClient(try unreachableSettings(endpoint: server.url))
            do { try await client.delete(["k"]) } catch {
                try await server.close()
                throw error
            }
            try await server.close()
        }
        try await deletion("<Error><Code>NoSuchKey</Code></Error>")
        for document in ["", "<html><body>no such page</body></html>", "<Error><Code>NoSuchBucket</Code></Error>"] {
            let error = await #expect(throws: ObjectStoreError.self, "\(document)") { try await deletion(document) }
            #expect(error?.kind == .notFound && error?.key == "k")
        }
    }

    /// An answer with more headers, a line each with its end.
    private func failure(_ status: Int, headers: String = "", _ document: String) -> String {
        "HTTP/1.1 \(status) Answer\r\n\(headers)content-length: \(document.utf8.count)\r\n"
            + "connection: close\r\n\r\n\(document)"
    }

    private static let padding = String(repeating: "x", count: 300_000)

    @Test("A long answer to a failure is what its status says, and is tried again")
    func longFailure() async throws {
        let server = try await RawServer([
            failure(503, "<html>\(Self.padding)</html>"), failure(404, "<Error><Code>NoSuchKey</Code></Error>"),
        ])
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        let error = await #expect(throws: ObjectStoreError.self) { try await client.get("k", range: nil, limit: 1) }
        #expect(error?.kind == .notFound && error?.code == "NoSuchKey")
        #expect(server.connections == 2)
        try await server.close()
    }

    @Test("A long answer to a failure keeps the wait that it asks for")
    func longFailureWithWait() async throws {
        let server = try await RawServer([failure(503, headers: "retry-after: 301\r\n", Self.padding)])
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        let error = await #expect(throws: ObjectStoreError.self) { try await client.get("k", range: nil, limit: 1) }
        #expect(error?.kind == .overloaded && error?.message.contains("asks to wait 301 s") == true)
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("A long answer to a failure keeps the code at its beginning")
    func longFailureWithCode() async throws {
        let document = "<Error><Code>AccessDenied</Code><Message>m</Message><Bytes>\(Self.padding)</Bytes></Error>"
        let server = try await RawServer([failure(403, document)])
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        let error = await #expect(throws: ObjectStoreError.self) { try await client.get("k", range: nil, limit: 1) }
        #expect(error?.kind == .access && error?.code == "AccessDenied")
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("A page that leads back to itself is refused")
    func endlessListing() async throws {
        let document =
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
            + "</ListBucketResult>"
        let server = try await RawServer([
            "HTTP/1.1 200 OK\r\ncontent-length: \(document.utf8.count)\r\nconnection: close\r\n\r\n\(document)"
        ])
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        #expect(try await client.list(prefix: "", after: nil).next == "t")
        let error = await #expect(throws: ObjectStoreError.self) { try await client.list(prefix: "", after: "t") }
        #expect(error?.kind == .corrupted)
        try await server.close()
    }
}

/// Keeps what is logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    private let arriving = AsyncStream<String>.makeStream()

    /// Returns when a line with this text is written; one test waits once.
    func line(containing text: String) async throws {
        for await line in arriving.stream where line.contains(text) { return }
        throw CancellationError()
    }

    /// Ends the wait for a line that does not come.
    func finish() { arriving.continuation.finish() }

    private func append(_ line: String) {
        lines.withLock { $0.append(line) }
        arriving.continuation.yield(line)
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
            lines.append("\(event.message)\n\(values)")
        }
    }
}
