public import AsyncHTTPClient
public import CoreMetrics
import Crypto
public import IngotCore
public import Logging
import NIOCore
import NIOHTTP1

/// An object store over the S3 protocol, path-style, as R2 speaks it
/// (<https://developers.cloudflare.com/r2/api/s3/api/>).
///
/// Bodies are sent with their real hashes and length, because R2 refuses signed streams, and large ones in parts. What
/// comes back is checked against its length and, where it is one, the MD5 in its entity tag.
public struct S3Client: ObjectStore {
    public struct Configuration: Sendable {
        public var region: String
        /// Requests at once.
        public var concurrency: Int
        public var retry: RetryPolicy
        /// For one attempt of one request, its bodies included.
        public var deadline: Duration
        /// For all attempts of one request and the waits between them.
        public var totalDeadline: Duration
        /// The longest wait that a `retry-after` header may ask for before the request fails instead.
        public var longestRetryAfter: Duration
        /// Bytes that ``S3Client/stream(_:)`` asks for at a time and holds in memory.
        public var pieceSize: Int
        /// A body of more bytes is sent in parts.
        public var multipartThreshold: Int64
        /// Bytes of a part; a larger size is taken where a body would have too many.
        ///
        /// R2 takes parts of 5 MiB to 5 GiB.
        public var partSize: Int
        /// Parts of one body that are sent at once; as many and one more are in memory.
        public var partsAtOnce: Int
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
            totalDeadline: Duration = .seconds(1800),
            longestRetryAfter: Duration = .seconds(300),
            pieceSize: Int = 4 << 20,
            multipartThreshold: Int64 = 100 << 20,
            partSize: Int = 16 << 20,
            partsAtOnce: Int = 3
        ) {
            self.region = region
            self.concurrency = concurrency
            self.retry = retry
            self.deadline = deadline
            self.totalDeadline = totalDeadline
            self.longestRetryAfter = longestRetryAfter
            self.pieceSize = pieceSize
            self.multipartThreshold = multipartThreshold
            self.partSize = partSize
            self.partsAtOnce = partsAtOnce
        }
    }

    private static let largestListing = 8 << 20
    private static let keysPerDeletion = 1000

    private let connection: S3Connection
    private let configuration: Configuration
    private let logger: Logger

    /// - Parameter httpClient: made with `HTTPClient.Configuration.storage`, or as strict. Asked for at the first call.
    public init(
        settings: StorageSettings,
        httpClient: @autoclosure @escaping @Sendable () -> HTTPClient,
        logger: Logger,
        configuration: Configuration = Configuration(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        trace: TraceContext? = nil
    ) {
        connection = S3Connection(
            settings: settings,
            httpClient: httpClient(),
            logger: logger,
            configuration: configuration,
            metrics: metrics,
            trace: trace
        )
        self.configuration = configuration
        self.logger = logger
    }

    @discardableResult
    public func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try ObjectKey.check(key)
        guard body.size > configuration.multipartThreshold else {
            return try await putWhole(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
        }
        guard body.size <= MultipartLimits.largestObject else {
            throw ObjectStoreError(
                kind: .tooLarge,
                key: key,
                message: "\(body.size) bytes, and R2 takes \(MultipartLimits.largestObject) an object"
            )
        }
        // Asked before, so that a body that is there already is not sent at all.
        if onlyIfAbsent, try await connection.head(key) != nil { return false }
        let upload = MultipartPut(
            connection: connection,
            logger: logger,
            key: key,
            body: body,
            contentType: contentType,
            onlyIfAbsent: onlyIfAbsent,
            partSize: MultipartPut.partSize(of: body.size, atLeast: configuration.partSize),
            partsAtOnce: configuration.partsAtOnce
        )
        return try await upload.run()
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
        let pieceSize = configuration.pieceSize
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
        return try await connection.head(key)
    }

    public func list(prefix: String, after token: String?) async throws -> ObjectPage {
        var request = S3Request(method: .GET)
        request.query = [QueryItem("list-type", "2"), QueryItem("encoding-type", "url"), QueryItem("prefix", prefix)]
        if let token { request.query.append(QueryItem("continuation-token", token)) }
        return try await connection.call(request, limit: Self.largestListing) { answer in
            let result = try ListResult.parse(answer.body)
            guard result.isTruncated else { return ObjectPage(objects: result.objects, next: nil) }
            // A page that leads back to itself would be read for ever.
            guard result.nextToken != token else { throw FlatXML.error("the next page is the same one") }
            return ObjectPage(objects: result.objects, next: result.nextToken)
        }
    }

    public func delete(_ keys: [String]) async throws {
        for key in keys { try ObjectKey.check(key) }
        if keys.count == 1 { return try await deleteOne(keys[0]) }
        var failures: [DeleteResult.Failure] = []
        var rest = keys[...]
        while !rest.isEmpty {
            failures += try await deleteTogether(rest.prefix(Self.keysPerDeletion))
            rest = rest.dropFirst(Self.keysPerDeletion)
        }
        if let error = DeleteResult.error(failures) { throw error }
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

    // MARK: - Single requests

    private func putWhole(
        _ key: String,
        _ body: ObjectBody,
        contentType: String,
        onlyIfAbsent: Bool
    ) async throws -> Bool {
        var request = S3Request(
            method: .PUT,
            key: key,
            headers: [("content-type", contentType)],
            body: body.bytes.map { .buffer(HashedBuffer(ByteBuffer(bytes: $0), sha256: body.sha256)) } ?? .object(body),
            writesKey: true
        )
        if onlyIfAbsent { request.headers.append(("if-none-match", "*")) }
        let answer = try await connection.call(request, accepted: onlyIfAbsent ? [412] : []) { answer in
            guard answer.status != 412, let stored = answer.etag?.plainMD5, let sent = answer.sentMD5, stored != sent
            else { return answer }
            // Only a put without a condition can be made again to replace them.
            throw S3Failure(
                error: ObjectStoreError(
                    kind: .corrupted,
                    key: key,
                    message: "the store has other bytes than were sent; delete the object and store it again"
                ),
                isRetryable: !onlyIfAbsent
            )
        }
        guard answer.status == 412 else { return true }
        // An attempt whose answer was lost may have stored the object that now stands in the way.
        guard answer.mayHaveRunBefore, let info = try await connection.head(key), let sent = answer.sentMD5 else {
            return false
        }
        let md5 = body.bytes == nil ? try await md5(of: body) : sent
        return info.size == body.size && info.etag == md5
    }

    private func deleteOne(_ key: String) async throws {
        let request = S3Request(method: .DELETE, key: key, writesKey: true)
        try await connection.call(request, accepted: [404]) { answer in
            // R2 answers 204 for a key that is not there, other stores 404. A proxy's 404 says nothing of the object.
            guard answer.status == 404, S3ErrorDocument(answer.body)?.code != "NoSuchKey" else { return }
            throw S3Failure(status: 404, headers: answer.headers, body: answer.body, key: key, now: .now())
        }
    }

    /// Deletes up to a thousand objects, and again those whose failure may pass.
    ///
    /// - Returns: the objects that are still there.
    private func deleteTogether(_ keys: ArraySlice<String>) async throws -> [DeleteResult.Failure] {
        var rest = Array(keys)
        var lasting: [DeleteResult.Failure] = []
        var attempt = 1
        var generator = SystemRandomNumberGenerator()
        while true {
            let objects = rest.map { "<Object><Key>\(xmlEscaped($0))</Key></Object>" }.joined()
            let document = "<Delete><Quiet>false</Quiet>\(objects)</Delete>"
            let request = S3Request(
                method: .POST,
                query: [QueryItem("delete", "")],
                headers: [("content-type", "application/xml")],
                body: .buffer(HashedBuffer(ByteBuffer(string: document)))
            )
            let result = try await connection.call(request, limit: Self.largestListing) { [rest] answer in
                try DeleteResult.parse(answer.body, keys: rest)
            }
            lasting += result.failures.filter { !$0.meaning.isRetryable }
            let passing = result.failures.filter(\.meaning.isRetryable)
            if passing.isEmpty { return lasting }
            guard let delay = configuration.retry.delay(afterAttempt: attempt, using: &generator) else {
                return lasting + passing
            }
            attempt += 1
            rest = passing.map(\.key)
            try await Task.sleep(for: delay)
        }
    }

    /// Reads an object or a part of it, and checks that it is what the store says it is.
    private func read(_ key: String, range: Range<Int64>?, limit: Int, etag: String?) async throws -> Piece {
        var request = S3Request(method: .GET, key: key)
        if let range { request.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let etag { request.headers.append(("if-match", "\"\(etag)\"")) }
        return try await connection.call(request, limit: limit, accepted: etag == nil ? [] : [412]) { answer in
            guard answer.status != 412 else { throw ObjectReading.replaced(key: key) }
            let contentRange = answer.headers.first(name: "content-range").flatMap(ContentRange.init)
            if let length = answer.headers.first(name: "content-length").flatMap({ Int($0) }),
                length != answer.body.count
            {
                throw S3Failure.broken(.unavailable, "the answer is shorter than it says", key: key)
            }
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
            return Piece(
                bytes: answer.body,
                total: contentRange?.total ?? Int64(answer.body.count),
                etag: answer.etag ?? ""
            )
        }
    }

    /// Lower-case hexadecimal MD5 of a body whose answer was lost.
    private func md5(of body: ObjectBody) async throws -> String {
        if let md5 = body.md5 { return md5 }
        var hash = Insecure.MD5()
        for try await piece in try body.open() { hash.update(data: piece) }
        return hexadecimal(hash.finalize())
    }
}

extension S3Connection {
    /// What the store knows of the object; `nil` when there is none.
    func head(_ key: String) async throws -> ObjectInfo? {
        try await call(S3Request(method: .HEAD, key: key), limit: 0, accepted: [404]) { answer in
            if answer.status == 404 { return nil }
            guard let size = answer.headers.first(name: "content-length").flatMap({ Int64($0) }),
                let etag = answer.etag
            else {
                throw ObjectStoreError(
                    kind: .corrupted,
                    key: key,
                    message: "the answer has no length or no entity tag"
                )
            }
            return ObjectInfo(
                key: key,
                size: size,
                etag: etag,
                lastModified: answer.headers.first(name: "last-modified").flatMap(HTTPDate.parse)
            )
        }
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
        // Trying again is the decision of the clients of the stores, with their waits.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
