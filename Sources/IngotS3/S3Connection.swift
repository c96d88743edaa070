import AsyncHTTPClient
import CoreMetrics
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Signs requests, sends them, and repeats those whose failure may pass.
final class S3Connection: Sendable {
    /// What is read of the body of an answer that is no success; it may be longer.
    private static let keptOfFailure = 64 << 10

    /// An answer that is no failure.
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
    private let httpClient: @Sendable () -> HTTPClient
    private let logger: Logger
    private let configuration: S3Client.Configuration
    private let signature: SigV4
    private let gate: CallGate
    private let metrics: S3Metrics
    private let trace: TraceContext?
    /// What to add to this machine's clock, in milliseconds.
    private let clockOffset = Mutex<Int64>(0)

    init(
        settings: StorageSettings,
        httpClient: @autoclosure @escaping @Sendable () -> HTTPClient,
        logger: Logger,
        configuration: S3Client.Configuration,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        trace: TraceContext? = nil
    ) {
        self.metrics = S3Metrics(metrics)
        self.trace = trace
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
    ///   - limit: of the body of an answer of 200 to 299, in bytes; of any other answer the beginning is read.
    ///   - accepted: statuses that are no failure, beside 200 to 299.
    ///   - read: takes what is asked for from an answer; an `S3Failure` that it throws may be a reason to try again, and
    ///     so is an answer that is not what it says it is.
    /// - Throws: `ObjectStoreError`; `CancellationError`; what reading the request's body throws.
    func call<Value: Sendable>(
        _ request: S3Request,
        limit: Int = 64 << 10,
        accepted: Set<Int> = [],
        read: @Sendable (Answer) throws -> Value
    ) async throws -> Value {
        try await gate.run(writing: request.writesKey ? request.key : nil) {
            let end = ContinuousClock.now.advanced(by: configuration.totalDeadline)
            var attempt = 1
            var hasSetClock = false
            var mayHaveRun = false
            while true {
                let failure: S3Failure
                do {
                    let left = ContinuousClock.now.duration(to: end)
                    var answer = try await send(
                        request,
                        limit: limit,
                        accepted: accepted,
                        deadline: min(configuration.deadline, left)
                    )
                    answer.mayHaveRunBefore = mayHaveRun
                    return try read(answer)
                } catch let caught as S3Failure {
                    failure = caught
                } catch let error as ObjectStoreError where error.kind == .corrupted {
                    failure = S3Failure(error: error, isRetryable: true)
                }
                metrics.failed(failure.error)
                if let serverTime = failure.serverTime, !hasSetClock {
                    hasSetClock = true
                    setClock(serverTime)
                    continue
                }
                mayHaveRun = mayHaveRun || failure.error.kind == .unavailable || failure.error.kind == .corrupted
                try await waitBeforeAttempt(after: failure, attempt: attempt, end: end)
                metrics.retried(failure.error)
                attempt += 1
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
        let query = signature.presignedQuery(
            for: request,
            at: SigningTime(now),
            lifetime: lifetime,
            sessionToken: settings.sessionToken?.revealed
        )
        return "\(settings.objectEndpoint)\(path)?\(query)"
    }

    // MARK: - Between attempts

    private func waitBeforeAttempt(
        after failure: S3Failure,
        attempt: Int,
        end: ContinuousClock.Instant
    ) async throws {
        guard failure.isRetryable else { throw failure.error }
        var generator = SystemRandomNumberGenerator()
        guard let delay = configuration.retry.delay(afterAttempt: attempt, using: &generator) else {
            throw failure.givenUp(after: attempt, because: "")
        }
        let wait = max(delay, failure.retryAfter ?? .zero)
        guard wait <= configuration.longestRetryAfter else {
            throw failure.givenUp(after: attempt, because: ", as the store asks to wait \(wait.components.seconds) s")
        }
        guard ContinuousClock.now.advanced(by: wait) < end else {
            throw failure.givenUp(after: attempt, because: ", as the time for it is over")
        }
        logger.debug(
            "A request to the object store is made again",
            metadata: ["reason": "\(failure.error)", "wait_ms": "\(wait.milliseconds)"]
        )
        try await Task.sleep(for: wait)
    }

    private func setClock(_ serverTime: Timestamp) {
        let offset = serverTime.millisecondsSinceEpoch - configuration.clock().millisecondsSinceEpoch
        clockOffset.withLock { $0 = offset }
        logger.warning(
            "This machine's clock is off, so the store's is taken",
            metadata: ["offset_s": "\(offset / 1000)"]
        )
    }

    private var now: Timestamp {
        configuration.clock().advanced(by: .milliseconds(clockOffset.withLock { $0 }))
    }

    // MARK: - One attempt

    private func send(
        _ request: S3Request,
        limit: Int,
        accepted: Set<Int>,
        deadline: Duration
    ) async throws -> Answer {
        let time = SigningTime(now)
        let canonical = canonicalRequest(request, at: time)
        let sent = SentRecord()
        let signed = try httpRequest(request, canonical, at: time, sent: sent)
        metrics.requested(request)
        defer { metrics.sentBytes.increment(by: sentBytes(request, sent)) }
        do {
            return try await withDeadline(deadline) { [self] in
                // The deadline is ours; the client's own would be another error.
                let response = try await httpClient().execute(signed, timeout: .hours(24), logger: nil)
                let status = Int(response.status.code)
                let isSuccess = (200...299).contains(status)
                if isSuccess, let length = response.headers.first(name: "content-length").flatMap({ Int($0) }),
                    length > limit, request.method != .HEAD
                {
                    throw tooLarge(length, limit: limit, key: request.key)
                }
                let body =
                    isSuccess
                    ? try await body(of: response, limit: limit)
                    : try await beginning(of: response, count: Self.keptOfFailure)
                metrics.receivedBytes.increment(by: body.count)
                guard isSuccess || accepted.contains(status) else {
                    throw S3Failure(
                        status: status,
                        headers: response.headers,
                        body: body,
                        key: request.key,
                        now: time.timestamp
                    )
                }
                return Answer(
                    status: status,
                    headers: response.headers,
                    body: body,
                    sentMD5: sentMD5(request, sent),
                    mayHaveRunBefore: false
                )
            }
        } catch let failure as S3Failure {
            if let echo = failure.echo { log(echo, canonical, at: time) }
            throw failure
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw describe(error, sent: sent, limit: limit, key: request.key)
        }
    }

    private func sentBytes(_ request: S3Request, _ sent: SentRecord) -> Int64 {
        switch request.body {
        case .none: 0
        case .buffer(let buffer): Int64(buffer.buffer.readableBytes)
        case .object: sent.size
        }
    }

    private func sentMD5(_ request: S3Request, _ sent: SentRecord) -> String? {
        switch request.body {
        case .none: nil
        case .buffer(let buffer): hexadecimal(buffer.md5)
        case .object: sent.md5
        }
    }

    /// What an attempt that had no answer says.
    private func describe(_ error: any Error, sent: SentRecord, limit: Int, key: String?) -> any Error {
        if let failure = sent.failure {
            // The body itself is wrong, and the next try would read the same one.
            return (failure as? ObjectStoreError).map { S3Failure(error: $0, isRetryable: false) } ?? failure
        }
        if error is ObjectStoreError { return error }
        if error is NIOTooManyBytesError { return tooLarge(nil, limit: limit, key: key) }
        if let deadline = error as? DeadlineExceeded {
            return S3Failure.broken(.unavailable, "\(deadline)", key: key)
        }
        return S3Failure.broken(
            .unavailable,
            "the connection broke: \(error); check \(StorageSettings.Name.objectEndpoint) and the network",
            key: key
        )
    }

    private func tooLarge(_ length: Int?, limit: Int, key: String?) -> ObjectStoreError {
        ObjectStoreError(
            kind: .tooLarge,
            key: key,
            message: "\(length.map { "\($0)" } ?? "more") bytes, and \(limit) are allowed"
        )
    }

    private func body(of response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        if let length = response.headers.first(name: "content-length").flatMap({ Int($0) }) {
            bytes.reserveCapacity(min(max(length, 0), limit))
        }
        for try await buffer in response.body {
            guard bytes.count + buffer.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The first bytes of a body; the connection of a longer one is closed.
    private func beginning(of response: HTTPClientResponse, count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in response.body {
            bytes.append(contentsOf: buffer.readableBytesView.prefix(count - bytes.count))
            if bytes.count == count { break }
        }
        return bytes
    }

    // MARK: - Signing

    private func canonicalRequest(_ request: S3Request, at time: SigningTime) -> CanonicalRequest {
        var headers = request.headers
        headers.append(("host", host))
        headers.append(("x-amz-content-sha256", request.payloadHash))
        headers.append(("x-amz-date", time.basic))
        if let md5 = request.contentMD5 { headers.append(("content-md5", md5)) }
        if let token = settings.sessionToken { headers.append(("x-amz-security-token", token.revealed)) }
        return CanonicalRequest(
            method: request.method.rawValue,
            path: path(of: request.key),
            query: request.query,
            headers: headers,
            payloadHash: request.payloadHash
        )
    }

    private func httpRequest(
        _ request: S3Request,
        _ canonical: CanonicalRequest,
        at time: SigningTime,
        sent: SentRecord
    ) throws -> HTTPClientRequest {
        let query = canonical.canonicalQuery
        var signed = HTTPClientRequest(
            url: "\(settings.objectEndpoint)\(canonical.path)\(query.isEmpty ? "" : "?\(query)")"
        )
        signed.method = request.method
        for (name, value) in canonical.headers { signed.headers.add(name: name, value: value) }
        signed.headers.add(
            name: "Authorization",
            value: signature.authorization(for: canonical, at: time)
        )
        // Not signed, as something on the way may put its own span there.
        trace?.newSpan().headers.forEach { signed.headers.add(name: $0.name, value: $0.value) }
        switch request.body {
        case .none: break
        case .buffer(let hashed): signed.body = .bytes(hashed.buffer)
        case .object(let body):
            let watched = SentBody(base: try body.open(), size: body.size, record: sent)
            signed.body = .stream(watched, length: .known(body.size))
        }
        return signed
    }

    private func path(of key: String?) -> String {
        "/\(PercentEncoding.encode(settings.bucket))" + (key.map { "/\(PercentEncoding.encodePath($0))" } ?? "")
    }

    /// Shows side by side what the store signed and what this client did, for an operator to compare.
    private func log(_ echo: SigningEcho, _ canonical: CanonicalRequest, at time: SigningTime) {
        logger.debug(
            "The object store signs the request otherwise",
            metadata: [
                "canonical_request": "\(hidingToken(canonical.text))",
                "canonical_request_of_store": "\(hidingToken(echo.canonicalRequest))",
                "string_to_sign": "\(signature.stringToSign(canonical, at: time))",
                "string_to_sign_of_store": "\(echo.stringToSign)",
            ]
        )
    }

    /// The token is a secret, and one of the headers that are signed.
    private func hidingToken(_ text: String) -> String {
        guard let token = settings.sessionToken?.revealed else { return text }
        return text.replacing(token, with: "<secret>").replacing(PercentEncoding.encode(token), with: "<secret>")
    }
}
