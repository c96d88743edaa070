public import AsyncHTTPClient
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
        /// For one call and its answer; D1 itself gives up after 30 seconds.
        public var deadline: Duration
        /// For failures that pass; the rate limit has its own waits.
        public var retry: RetryPolicy
        /// The longest wait that a rate limit may ask for before the call fails instead.
        public var longestRateLimitWait: Duration
        /// Calls in ``window`` that all clients of a token make together.
        public var calls: Int
        public var window: Duration
        /// Whether to count calls to this machine as well, where nothing limits them.
        public var pacesLoopback: Bool
        /// Bytes of one answer.
        public var largestAnswer: Int

        public init(
            deadline: Duration = .seconds(45),
            retry: RetryPolicy = RetryPolicy(
                maximumAttempts: 6,
                firstDelay: .milliseconds(50),
                maximumDelay: .seconds(2)
            ),
            longestRateLimitWait: Duration = .seconds(330),
            calls: Int = 1200,
            window: Duration = .seconds(300),
            pacesLoopback: Bool = false,
            largestAnswer: Int = 96 << 20
        ) {
            self.deadline = deadline
            self.retry = retry
            self.longestRateLimitWait = longestRateLimitWait
            self.calls = calls
            self.window = window
            self.pacesLoopback = pacesLoopback
            self.largestAnswer = largestAnswer
        }
    }

    private static let rateLimitRetries = 3

    private let url: String
    private let token: Secret
    private let httpClient: HTTPClient
    private let logger: Logger
    private let configuration: Configuration
    private let pacer: CallPacer?
    private let counter = CallCounter()

    /// - Parameter httpClient: does not follow redirects, so that the token goes to one address only.
    public init(
        settings: StorageSettings,
        httpClient: HTTPClient,
        logger: Logger,
        configuration: Configuration = Configuration()
    ) {
        url = "\(settings.databaseBaseURL)/accounts/\(settings.accountID)/d1/database/\(settings.databaseID)/raw"
        token = settings.databaseToken
        self.httpClient = httpClient
        self.logger = logger
        self.configuration = configuration
        // Plain http is taken on loopback only.
        let isLoopback = url.hasPrefix("http://")
        pacer =
            isLoopback && !configuration.pacesLoopback
            ? nil : CallPacer.shared(for: token, calls: configuration.calls, length: configuration.window)
    }

    /// How many calls this client has made, repeats included.
    public var callCount: Int { counter.count.load(ordering: .relaxed) }

    /// What the last answer said of the calls that are left; `nil` when none did.
    public var callsLeft: CallsLeft? { counter.left.withLock { $0 } }

    public func batch(_ statements: [Statement], isIdempotent: Bool) async throws -> [StatementResult] {
        if statements.isEmpty { return [] }
        try DatabaseLimits.check(statements)
        let body = ByteBuffer(bytes: D1RequestBody.bytes(statements))
        var attempt = 0
        var rateLimitRetries = 0
        var hasTriedAgain = false
        while true {
            do {
                return try await send(body, count: statements.count)
            } catch let failure as D1Answer.Failure {
                let wait: Duration
                switch failure.retry {
                case .never: throw failure.error
                case .once:
                    guard !hasTriedAgain else { throw failure.error }
                    hasTriedAgain = true
                    wait = configuration.retry.firstDelay
                case .refused(let delay):
                    rateLimitRetries += 1
                    guard rateLimitRetries <= Self.rateLimitRetries,
                        let named = delay ?? nextDelay(&attempt), named <= configuration.longestRateLimitWait
                    else { throw failure.error }
                    pacer?.hold(for: named)
                    wait = named
                case .ifIdempotent:
                    guard isIdempotent, let delay = nextDelay(&attempt) else { throw failure.error }
                    wait = delay
                }
                logger.debug(
                    "A database call is made again",
                    metadata: [
                        "reason": "\(failure.error.message)", "code": "\(failure.error.code ?? 0)",
                        "wait_ms": "\(wait.milliseconds)",
                    ]
                )
                try await Task.sleep(for: wait)
            }
        }
    }

    private func nextDelay(_ attempt: inout Int) -> Duration? {
        attempt += 1
        var generator = SystemRandomNumberGenerator()
        return configuration.retry.delay(afterAttempt: attempt, using: &generator)
    }

    /// Makes the call once.
    ///
    /// - Throws: ``D1Answer/Failure``; `CancellationError`.
    private func send(_ body: ByteBuffer, count: Int) async throws -> [StatementResult] {
        try await pacer?.waitForTurn()
        counter.count.add(1, ordering: .relaxed)
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = ["Authorization": "Bearer \(token.revealed)", "Content-Type": "application/json"]
        request.body = .bytes(body)
        let answer: D1Answer
        do {
            answer = try await withDeadline(configuration.deadline) { [request] in
                let response = try await httpClient.execute(request, timeout: .hours(1))
                if let header = response.headers.first(name: "Ratelimit").flatMap(RateLimitHeader.init) {
                    counter.left.withLock {
                        $0 = CallsLeft(remaining: header.remaining, resetAfter: header.resetAfter)
                    }
                    pacer?.learn(header)
                }
                let body = try await response.body.collect(upTo: configuration.largestAnswer)
                return D1Answer(
                    status: Int(response.status.code),
                    retryAfter: response.headers.first(name: "retry-after"),
                    body: Array(body.readableBytesView)
                )
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw failure(error)
        }
        return try answer.results(count: count)
    }

    private func failure(_ error: any Error) -> D1Answer.Failure {
        if error is NIOTooManyBytesError {
            return D1Answer.Failure(
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
        return D1Answer.Failure(
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
