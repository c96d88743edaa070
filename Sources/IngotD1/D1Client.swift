public import AsyncHTTPClient
public import CoreMetrics
public import IngotCore
public import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// D1 over its REST interface
/// (<https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/raw/>).
///
/// It keeps below the limit of calls, which counts all clients of a token together, obeys `retry-after`, and repeats
/// what may be repeated. A call that is too large to be one transaction is refused, never split.
public struct D1Client: Database {
    public struct Configuration: Sendable {
        /// For one attempt and its answer, the wait for its turn not included; D1 itself gives up after 30 seconds.
        public var attemptDeadline: Duration
        /// For the whole call, with all its attempts and waits; a rate limit may ask to wait for five minutes.
        public var totalDeadline: Duration
        /// For failures that pass; the rate limit has its own waits.
        public var retry: RetryPolicy
        /// The wait for a rate limit that does not say how long.
        public var rateLimitWait: Duration
        /// Calls in ``window`` that all clients of a token make together.
        public var calls: Int
        public var window: Duration
        /// Whether to count calls to this machine as well, where nothing limits them.
        public var pacesLoopback: Bool
        /// Bytes of one answer.
        public var largestAnswer: Int

        public init(
            attemptDeadline: Duration = .seconds(45),
            totalDeadline: Duration = .seconds(900),
            retry: RetryPolicy = RetryPolicy(
                maximumAttempts: 6,
                firstDelay: .milliseconds(50),
                maximumDelay: .seconds(2)
            ),
            rateLimitWait: Duration = .seconds(60),
            calls: Int = 1200,
            window: Duration = .seconds(300),
            pacesLoopback: Bool = false,
            largestAnswer: Int = 96 << 20
        ) {
            self.attemptDeadline = attemptDeadline
            self.totalDeadline = totalDeadline
            self.retry = retry
            self.rateLimitWait = rateLimitWait
            self.calls = calls
            self.window = window
            self.pacesLoopback = pacesLoopback
            self.largestAnswer = largestAnswer
        }
    }

    private let url: String
    private let token: Secret
    private let httpClient: @Sendable () -> HTTPClient
    private let logger: Logger
    private let configuration: Configuration
    private let clock: CallClock
    private let pacer: CallPacer?
    private let counter = CallCounter()
    private let metrics: D1Metrics
    private let trace: TraceContext?

    /// - Parameters:
    ///   - httpClient: does not follow redirects, so that the token goes to one address only. Asked for at the first call.
    ///   - metrics: counts the calls, and the rows that they read and write.
    ///   - trace: what the calls are part of.
    public init(
        settings: StorageSettings,
        httpClient: @autoclosure @escaping @Sendable () -> HTTPClient,
        logger: Logger,
        configuration: Configuration = Configuration(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        trace: TraceContext? = nil
    ) {
        self.init(
            settings: settings,
            httpClient: httpClient(),
            logger: logger,
            configuration: configuration,
            clock: .continuous,
            metrics: metrics,
            trace: trace
        )
    }

    init(
        settings: StorageSettings,
        httpClient: @autoclosure @escaping @Sendable () -> HTTPClient,
        logger: Logger,
        configuration: Configuration,
        clock: CallClock,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        trace: TraceContext? = nil
    ) {
        self.metrics = D1Metrics(metrics)
        self.trace = trace
        url = "\(settings.databaseBaseURL)/accounts/\(settings.accountID)/d1/database/\(settings.databaseID)/raw"
        token = settings.databaseToken
        self.httpClient = httpClient
        self.logger = logger
        self.configuration = configuration
        self.clock = clock
        // Plain http is taken on loopback only.
        let isLoopback = url.hasPrefix("http://")
        pacer =
            isLoopback && !configuration.pacesLoopback
            ? nil
            : CallPacer.shared(
                for: token,
                calls: configuration.calls,
                length: configuration.window,
                clock: clock
            )
    }

    /// How many calls this client has made, repeats included.
    public var callCount: Int { counter.count.load(ordering: .relaxed) }

    /// What the last answer said of the calls that are left; `nil` when none did.
    public var callsLeft: CallsLeft? { counter.left.withLock { $0 } }

    public func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        if statements.isEmpty { return [] }
        try DatabaseLimits.check(statements)
        try DatabaseLimits.checkSizes(statements)
        let call = Call(
            body: ByteBuffer(bytes: D1RequestBody.bytes(statements)),
            statements: statements.count,
            isIdempotent: isIdempotent,
            end: clock.now() + configuration.totalDeadline,
            history: CallHistory()
        )
        do {
            return try await withDeadline(configuration.totalDeadline) { try await repeating(call) }
        } catch is DeadlineExceeded {
            throw call.history.outOfTime(configuration.totalDeadline)
        }
    }

    /// One call with all its attempts.
    private struct Call: Sendable {
        var body: ByteBuffer
        var statements: Int
        var isIdempotent: Bool
        /// When the whole of it must have ended, by the client's clock.
        var end: Duration
        var history: CallHistory
    }

    private func repeating(_ call: Call) async throws -> [StatementResult] {
        var retries = CallRetries(
            policy: configuration.retry,
            rateLimitWait: configuration.rateLimitWait,
            isIdempotent: call.isIdempotent
        )
        var generator = SystemRandomNumberGenerator()
        while true {
            do {
                return try await attempt(call)
            } catch let failure as CallFailure {
                call.history.note(failure.error)
                metrics.failed(failure.error)
                guard let wait = retries.wait(after: failure, using: &generator) else { throw failure.error }
                // The limit counts all calls of the token, so all of them wait.
                if failure.retry == .whenAdmitted { pacer?.hold(for: wait) }
                let again = clock.now() + wait
                guard again < call.end else { throw call.history.outOfTime(configuration.totalDeadline) }
                logger.debug(
                    "A database call is made again",
                    metadata: [
                        "reason": "\(failure.error.message)", "code": "\(failure.error.code ?? 0)",
                        "wait_ms": "\(wait.milliseconds)",
                    ]
                )
                try await clock.sleep(again)
                metrics.retried(failure.error)
            }
        }
    }

    /// Makes the call once.
    ///
    /// - Throws: ``CallFailure``; `CancellationError`.
    private func attempt(_ call: Call) async throws -> [StatementResult] {
        try await pacer?.waitForTurn()
        counter.count.add(1, ordering: .relaxed)
        metrics.calls.increment()
        call.history.noteAttempt()
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = ["Authorization": "Bearer \(token.revealed)", "Content-Type": "application/json"]
        trace?.newSpan().headers.forEach { request.headers.add(name: $0.name, value: $0.value) }
        request.body = .bytes(call.body)
        let answer: D1Answer
        do {
            let start = ContinuousClock.now
            answer = try await withDeadline(configuration.attemptDeadline) { [request] in
                let response = try await httpClient().execute(request, timeout: .hours(1))
                let headers = RetryHeaders { name in
                    let values = response.headers[name]
                    return values.isEmpty ? nil : values.joined(separator: ",")
                }
                pacer?.learn(headers.policies)
                if let scarcest = headers.policies.min(by: { $0.remaining < $1.remaining }) {
                    counter.left.withLock {
                        $0 = CallsLeft(remaining: scarcest.remaining, resetAfter: scarcest.resetAfter)
                    }
                }
                let body = try await response.body.collect(upTo: configuration.largestAnswer)
                return D1Answer(
                    status: Int(response.status.code),
                    headers: headers,
                    body: Array(body.readableBytesView),
                    duration: .now - start
                )
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw failure(error)
        }
        metrics.duration.recordNanoseconds(Int64(answer.duration.seconds * 1_000_000_000))
        let read = try answer.read(count: call.statements)
        metrics.rowsRead.increment(by: read.rowsRead)
        metrics.rowsWritten.increment(by: read.rowsWritten)
        return read.results
    }

    private func failure(_ error: any Error) -> CallFailure {
        if error is NIOTooManyBytesError {
            return CallFailure(
                error: DatabaseError(
                    kind: .statement,
                    message: "the answer is over \(configuration.largestAnswer) bytes",
                    advice: "read the rows in pages"
                ),
                retry: .never
            )
        }
        // The description of a client error names what broke and holds no header.
        let reason = (error as? DeadlineExceeded)?.description ?? "\(error)"
        return CallFailure(
            error: DatabaseError(
                kind: .unavailable,
                message: "no answer: \(reason); whether the statements ran is unknown",
                advice: "check that the database can be reached, and try again"
            ),
            retry: .ifIdempotent
        )
    }
}

/// How many calls the server still takes.
public struct CallsLeft: Sendable, Equatable {
    public var remaining: Int
    /// The time until the server counts anew.
    public var resetAfter: Duration
}

private final class CallCounter: Sendable {
    let count = Atomic<Int>(0)
    let left = Mutex<CallsLeft?>(nil)
}

/// What has become of one call so far.
private final class CallHistory: Sendable {
    private struct State {
        var attempts = 0
        var failures = 0
        var last: DatabaseError?
    }

    private let state = Mutex(State())

    func noteAttempt() { state.withLock { $0.attempts += 1 } }

    func note(_ error: DatabaseError) {
        state.withLock { state in
            state.failures += 1
            state.last = error
        }
    }

    /// The error of a call that has used up its time.
    func outOfTime(_ limit: Duration) -> DatabaseError {
        let state = state.withLock { $0 }
        var message = "no success within the \(limit.milliseconds) ms of a call, in \(state.attempts) attempts"
        if state.attempts > state.failures {
            message += "; one of them had no answer yet, so whether the statements ran is unknown"
        } else if state.last == nil {
            message += ": the limit of calls left no turn to it"
        }
        if let last = state.last { message += "; the last failure: \(last.message)" }
        return DatabaseError(
            kind: state.last?.kind ?? (state.attempts == 0 ? .overloaded : .unavailable),
            code: state.last?.code,
            message: message,
            advice: state.last?.advice ?? "check that the database can be reached, and try again"
        )
    }
}
