import AsyncHTTPClient
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Signs requests, sends them, and repeats those whose failure may pass.
final class S3Connection: Sendable {
    private static let largestErrorBody = 64 << 10

    /// A successful answer: its head, and its body unless that was streamed elsewhere.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        /// Lower-case hexadecimal MD5 of the body that was sent.
        var sentMD5: String?
        /// An earlier attempt of this request may have been carried out.
        var mayHaveRunBefore: Bool

        var etag: String? { headers.first(name: "etag")?.filter { $0 != "\"" } }
    }

    private let settings: StorageSettings
    private let host: String
    private let httpClient: HTTPClient
    private let logger: Logger
    private let configuration: S3Client.Configuration
    private let signature: SigV4
    private let gate: CallGate
    /// What to add to this machine's clock, in milliseconds.
    private let clockOffset = Mutex<Int64>(0)

    init(settings: StorageSettings, httpClient: HTTPClient, logger: Logger, configuration: S3Client.Configuration) {
        self.settings = settings
        let authority = settings.objectEndpoint.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        // The default port is not part of the host that is signed.
        let isDefaultPort = settings.objectEndpoint.hasPrefix("https://") && authority.hasSuffix(":443")
        host = String(isDefaultPort ? authority.dropLast(4) : authority).lowercased()
        self.httpClient = httpClient
        self.logger = logger
        self.configuration = configuration
        signature = SigV4(
            accessKeyID: settings.accessKeyID,
            secretAccessKey: settings.secretAccessKey,
            region: configuration.region
        )
        gate = CallGate(limit: configuration.concurrency)
    }

    /// Makes the request and reads its answer.
    ///
    /// - Parameters:
    ///   - limit: of the answer's body in bytes.
    ///   - accepted: statuses that are no failure, beside 200 to 299.
    ///   - check: looks at a successful answer; an `S3Failure` that it throws is a reason to try again.
    /// - Throws: `ObjectStoreError`; `CancellationError`.
    func answer(
        to request: S3Request,
        limit: Int,
        accepted: Set<Int> = [],
        check: @Sendable (Answer) throws -> Void = { _ in }
    ) async throws -> Answer {
        let isWrite = request.method == .PUT || request.method == .DELETE
        return try await gate.run(writing: isWrite ? request.key : nil) {
            var attempt = 1
            var hasSetClock = false
            var mayHaveRun = false
            while true {
                do {
                    var answer = try await send(request, limit: limit, accepted: accepted)
                    answer.mayHaveRunBefore = mayHaveRun
                    try check(answer)
                    return answer
                } catch let failure as S3Failure {
                    if let serverTime = failure.serverTime, !hasSetClock {
                        hasSetClock = true
                        let offset = serverTime.millisecondsSinceEpoch - configuration.clock().millisecondsSinceEpoch
                        clockOffset.withLock { $0 = offset }
                        logger.warning(
                            "This machine's clock is off, so the store's is taken",
                            metadata: ["offset_s": "\(offset / 1000)"]
                        )
                        continue
                    }
                    var generator = SystemRandomNumberGenerator()
                    guard failure.isRetryable,
                        let delay = configuration.retry.delay(afterAttempt: attempt, using: &generator)
                    else { throw failure.error }
                    mayHaveRun = mayHaveRun || failure.error.kind == .unavailable
                    attempt += 1
                    let wait = max(delay, failure.retryAfter ?? .zero)
                    logger.debug(
                        "A request to the object store is made again",
                        metadata: ["reason": "\(failure.error)", "wait_ms": "\(wait.milliseconds)"]
                    )
                    try await Task.sleep(for: wait)
                }
            }
        }
    }

    /// The address of an object that opens without credentials for a while.
    func presignedURL(_ key: String, lifetime: Duration) -> String {
        let path = path(of: key)
        let request = CanonicalRequest(
            method: "GET",
            path: path,
            headers: [("host", host)],
            payloadHash: SigV4.unsignedPayload
        )
        let query = signature.presignedQuery(for: request, at: SigningTime(now), lifetime: lifetime)
        return "\(settings.objectEndpoint)\(path)?\(query)"
    }

    // MARK: - One attempt

    private func send(_ request: S3Request, limit: Int, accepted: Set<Int>) async throws -> Answer {
        let sent = SentDigest()
        let signed = try sign(request, sent: sent)
        do {
            return try await withDeadline(configuration.deadline) { [self] in
                let response = try await httpClient.execute(signed, timeout: .hours(24), logger: nil)
                let status = Int(response.status.code)
                let isSuccess = (200...299).contains(status) || accepted.contains(status)
                let isHead = request.method == .HEAD
                if isSuccess, let length = response.headers.first(name: "content-length").flatMap({ Int($0) }),
                    length > limit, !isHead
                {
                    throw ObjectStoreError(
                        kind: .tooLarge,
                        key: request.key,
                        message: "\(length) bytes, and \(limit) are allowed"
                    )
                }
                let body = try await body(of: response, limit: isSuccess ? limit : Self.largestErrorBody)
                guard isSuccess else {
                    throw S3Failure(
                        status: status,
                        date: response.headers.first(name: "date"),
                        retryAfter: response.headers.first(name: "retry-after"),
                        body: body,
                        key: request.key
                    )
                }
                return Answer(
                    status: status,
                    headers: response.headers,
                    body: body,
                    sentMD5: sent.text,
                    mayHaveRunBefore: false
                )
            }
        } catch let failure as S3Failure {
            throw failure
        } catch let error as ObjectStoreError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if error is NIOTooManyBytesError {
                throw ObjectStoreError(
                    kind: .tooLarge,
                    key: request.key,
                    message: "the answer has more bytes than the \(limit) that are allowed"
                )
            }
            throw S3Failure.broken(.unavailable, "the connection broke: \(error)", key: request.key)
        }
    }

    private func body(of response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        if let length = response.headers.first(name: "content-length").flatMap({ Int($0) }) {
            bytes.reserveCapacity(min(length, limit))
        }
        for try await buffer in response.body {
            guard bytes.count + buffer.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    private func sign(_ request: S3Request, sent: SentDigest) throws -> HTTPClientRequest {
        let time = SigningTime(now)
        let payloadHash = request.payloadHash
        let canonical = CanonicalRequest(
            method: request.method.rawValue,
            path: path(of: request.key),
            query: request.query,
            headers: request.headers + [
                ("host", host), ("x-amz-content-sha256", payloadHash), ("x-amz-date", time.basic),
            ],
            payloadHash: payloadHash
        )
        let query = canonical.canonicalQuery
        var signed = HTTPClientRequest(
            url: "\(settings.objectEndpoint)\(canonical.path)\(query.isEmpty ? "" : "?\(query)")"
        )
        signed.method = request.method
        for (name, value) in canonical.headers { signed.headers.add(name: name, value: value) }
        signed.headers.add(name: "Authorization", value: signature.authorization(for: canonical, at: time))
        switch request.body {
        case .none: break
        case .bytes(let bytes):
            sent.update(bytes)
            signed.body = .bytes(ByteBuffer(bytes: bytes))
        case .object(let body):
            let pieces = try body.open().map { piece in
                sent.update(piece)
                return ByteBuffer(bytes: piece)
            }
            signed.body = .stream(pieces, length: .known(body.size))
        }
        return signed
    }

    private func path(of key: String?) -> String {
        "/\(PercentEncoding.encode(settings.bucket))" + (key.map { "/\(PercentEncoding.encodePath($0))" } ?? "")
    }

    private var now: Timestamp {
        configuration.clock().advanced(by: .milliseconds(clockOffset.withLock { $0 }))
    }
}
