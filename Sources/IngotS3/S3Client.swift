public import AsyncHTTPClient
import Crypto
import FoundationEssentials
public import IngotCore
public import Logging
import NIOCore
import NIOHTTP1

/// An object store over the S3 protocol, path-style, as R2 speaks it
/// (<https://developers.cloudflare.com/r2/api/s3/api/>).
///
/// Bodies are sent with their real hash and length, because R2 refuses signed streams. What comes back is checked
/// against its length and, where it is one, the MD5 in its entity tag.
public struct S3Client: ObjectStore {
    public struct Configuration: Sendable {
        public var region: String
        /// Requests at once.
        public var concurrency: Int
        public var retry: RetryPolicy
        /// For one attempt of one request, its bodies included.
        public var deadline: Duration
        /// Bytes that ``S3Client/stream(_:)`` asks for at a time and holds in memory.
        public var pieceSize: Int
        /// This machine's clock.
        var clock: @Sendable () -> Timestamp = { .now() }

        public init(
            region: String = "auto",
            concurrency: Int = 16,
            retry: RetryPolicy = RetryPolicy(
                maximumAttempts: 6,
                firstDelay: .milliseconds(200),
                maximumDelay: .seconds(10)
            ),
            deadline: Duration = .seconds(600),
            pieceSize: Int = 4 << 20
        ) {
            self.region = region
            self.concurrency = concurrency
            self.retry = retry
            self.deadline = deadline
            self.pieceSize = pieceSize
        }
    }

    private static let largestListing = 8 << 20
    private static let keysPerDeletion = 1000

    private let connection: S3Connection
    private let pieceSize: Int

    /// - Parameter httpClient: made with ``AsyncHTTPClient/HTTPClient/Configuration/storage``, or as strict.
    public init(
        settings: StorageSettings,
        httpClient: HTTPClient,
        logger: Logger,
        configuration: Configuration = Configuration()
    ) {
        connection = S3Connection(
            settings: settings,
            httpClient: httpClient,
            logger: logger,
            configuration: configuration
        )
        pieceSize = configuration.pieceSize
    }

    @discardableResult
    public func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try ObjectKey.check(key)
        var request = S3Request(method: .PUT, key: key, body: .object(body))
        request.headers.append(("content-type", contentType))
        if onlyIfAbsent { request.headers.append(("if-none-match", "*")) }
        let answer = try await connection.answer(
            to: request,
            limit: 64 << 10,
            accepted: onlyIfAbsent ? [412] : []
        ) { answer in
            if answer.status == 412 { return }
            guard let stored = answer.etag?.plainMD5, let sent = answer.sentMD5, stored != sent else { return }
            throw S3Failure.broken(.corrupted, "the store has other bytes than were sent", key: key)
        }
        guard answer.status == 412 else { return true }
        // An attempt whose answer was lost may have stored the object that now stands in the way.
        guard answer.mayHaveRunBefore, let info = try await head(key) else { return false }
        let md5 = try await md5(of: body)
        return info.size == body.size && info.etag == md5
    }

    public func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try ObjectKey.check(key)
        guard let range else { return try await read(key, range: nil, limit: limit, etag: nil).bytes }
        guard range.lowerBound >= 0, !range.isEmpty else {
            throw ObjectStoreError(kind: .invalidRange, key: key, message: "the range \(range) holds no bytes")
        }
        guard range.count <= limit else {
            throw ObjectStoreError(
                kind: .tooLarge,
                key: key,
                message: "\(range.count) bytes, and \(limit) are allowed"
            )
        }
        return try await read(key, range: range, limit: limit, etag: nil).bytes
    }

    public func stream(_ key: String) async throws -> ByteStream {
        try ObjectKey.check(key)
        let size = Int64(pieceSize)
        let first: Piece
        do {
            first = try await read(key, range: 0..<size, limit: pieceSize, etag: nil)
        } catch let error as ObjectStoreError where error.kind == .invalidRange {
            // No range of an empty object can be read.
            let bytes = try await get(key, range: nil, limit: 0)
            let isSent = OnceFlag()
            return ByteStream { isSent.set() && !bytes.isEmpty ? bytes : nil }
        }
        let reading = ObjectReading(first: first, pieceSize: size) { range, etag in
            try await read(key, range: range, limit: pieceSize, etag: etag)
        }
        return ByteStream { try await reading.next() }
    }

    public func head(_ key: String) async throws -> ObjectInfo? {
        try ObjectKey.check(key)
        let answer = try await connection.answer(
            to: S3Request(method: .HEAD, key: key),
            limit: 0,
            accepted: [404]
        )
        if answer.status == 404 { return nil }
        guard let size = answer.headers.first(name: "content-length").flatMap({ Int64($0) }), let etag = answer.etag
        else {
            throw ObjectStoreError(kind: .corrupted, key: key, message: "the answer has no length or no entity tag")
        }
        return ObjectInfo(
            key: key,
            size: size,
            etag: etag,
            lastModified: answer.headers.first(name: "last-modified").flatMap(HTTPDate.parse)
        )
    }

    public func list(prefix: String, after token: String?) async throws -> ObjectPage {
        var request = S3Request(method: .GET)
        request.query = [QueryItem("list-type", "2"), QueryItem("encoding-type", "url"), QueryItem("prefix", prefix)]
        if let token { request.query.append(QueryItem("continuation-token", token)) }
        let answer = try await connection.answer(to: request, limit: Self.largestListing)
        let result = try ListResult.parse(answer.body)
        return ObjectPage(objects: result.objects, next: result.isTruncated ? result.nextToken : nil)
    }

    public func delete(_ keys: [String]) async throws {
        for key in keys { try ObjectKey.check(key) }
        if keys.count == 1 {
            _ = try await connection.answer(
                to: S3Request(method: .DELETE, key: keys[0]),
                limit: 64 << 10,
                accepted: [404]
            )
            return
        }
        var rest = keys[...]
        while !rest.isEmpty {
            try await deleteTogether(rest.prefix(Self.keysPerDeletion))
            rest = rest.dropFirst(Self.keysPerDeletion)
        }
    }

    /// The address of an object that opens without credentials for a while.
    ///
    /// - Parameter lifetime: one second to seven days.
    /// - Throws: `ObjectStoreError` of kind `invalidRequest`.
    public func presignedURL(_ key: String, lifetime: Duration) throws -> String {
        try ObjectKey.check(key)
        guard lifetime >= .seconds(1), lifetime <= .seconds(604_800) else {
            throw ObjectStoreError(kind: .invalidRequest, key: key, message: "an address lives 1 to 604800 seconds")
        }
        return connection.presignedURL(key, lifetime: lifetime)
    }

    // MARK: - Parts

    private func deleteTogether(_ keys: ArraySlice<String>) async throws {
        let objects = keys.map { "<Object><Key>\(xmlEscaped($0))</Key></Object>" }.joined()
        let body = Array("<Delete><Quiet>true</Quiet>\(objects)</Delete>".utf8)
        var request = S3Request(method: .POST, query: [QueryItem("delete", "")], body: .bytes(body))
        request.headers = [
            ("content-type", "application/xml"),
            ("content-md5", Data(Insecure.MD5.hash(data: body)).base64EncodedString()),
        ]
        let answer = try await connection.answer(to: request, limit: Self.largestListing)
        var (key, code) = (String?.none, String?.none)
        try FlatXML.read(answer.body) { path, text in
            switch path {
            case ["DeleteResult", "Error", "Key"]: key = text
            case ["DeleteResult", "Error", "Code"]: code = text
            case ["DeleteResult", "Error"]:
                throw ObjectStoreError(kind: .unavailable, code: code, key: key, message: "the object was not deleted")
            default: break
            }
        }
    }

    /// Reads an object or a part of it, and checks that it is what the store says it is.
    private func read(_ key: String, range: Range<Int64>?, limit: Int, etag: String?) async throws -> Piece {
        var request = S3Request(method: .GET, key: key)
        if let range { request.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let etag { request.headers.append(("if-match", "\"\(etag)\"")) }
        let answer = try await connection.answer(to: request, limit: limit) { answer in
            let contentRange = answer.headers.first(name: "content-range").flatMap(ContentRange.init)
            if let range {
                guard answer.status == 206, let contentRange, contentRange.bytes.lowerBound == range.lowerBound,
                    contentRange.bytes.upperBound == min(range.upperBound, contentRange.total),
                    contentRange.bytes.count == answer.body.count
                else { throw S3Failure.broken(.corrupted, "the answer is another range than was asked for", key: key) }
            } else if let md5 = answer.etag?.plainMD5 {
                guard hexadecimal(Insecure.MD5.hash(data: answer.body)) == md5 else {
                    throw S3Failure.broken(.corrupted, "the bytes do not have the hash of the object", key: key)
                }
            }
            if let length = answer.headers.first(name: "content-length").flatMap({ Int($0) }),
                length != answer.body.count
            {
                throw S3Failure.broken(.unavailable, "the answer is shorter than it says", key: key)
            }
        }
        let total = answer.headers.first(name: "content-range").flatMap(ContentRange.init)?.total
        return Piece(bytes: answer.body, total: total ?? Int64(answer.body.count), etag: answer.etag ?? "")
    }

    private func md5(of body: ObjectBody) async throws -> String {
        let digest = SentDigest()
        for try await piece in try body.open() { digest.update(piece) }
        return digest.text
    }
}

extension HTTPClient.Configuration {
    /// What the clients of both stores need: HTTP/1.1, no redirects that would carry signatures elsewhere, time limits,
    /// and a bounded pool of connections.
    public static var storage: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: Timeout(connect: .seconds(10), read: .seconds(60), write: .seconds(60)),
            connectionPool: ConnectionPool(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 32),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        return configuration
    }
}
