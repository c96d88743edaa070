import IngotCore

/// Decides how long to wait before a connection to a gateway is tried again, and when to give up.
struct Reconnection {
    private let limits: GatewayLimits
    private var awaySince: ContinuousClock.Instant?
    private var failures = 0
    private var generator = SystemRandomNumberGenerator()

    init(limits: GatewayLimits) { self.limits = limits }

    /// Notes that the gateway has said something.
    ///
    /// - Returns: whether it was away before.
    mutating func answered() -> Bool {
        let wasAway = awaySince != nil
        awaySince = nil
        failures = 0
        return wasAway
    }

    /// Notes a failure.
    ///
    /// - Returns: whether it is the first one since the gateway was there.
    /// - Throws: the failure, when it is not that the gateway is away, or when that lasts too long.
    mutating func failed(_ failure: any Error) throws -> Bool {
        guard Self.isTransient(failure) else { throw failure }
        let now = ContinuousClock.now
        let since = awaySince ?? now
        defer { awaySince = since }
        guard now - since < limits.patience else { throw failure }
        return awaySince == nil
    }

    /// Waits before the next try: full jitter below a bound that doubles.
    mutating func pause(after failure: any Error) async throws {
        failures += 1
        let policy = RetryPolicy(
            maximumAttempts: .max,
            firstDelay: min(.milliseconds(500), limits.longestPause),
            maximumDelay: limits.longestPause
        )
        let pause = policy.delay(afterAttempt: failures, using: &generator) ?? limits.longestPause
        // A gateway that asks to be left alone is, but not for longer than it is waited for.
        let wish = (failure as? GatewayProblem)?.retryAfter ?? .zero
        try await Task.sleep(for: max(pause, min(wish, limits.patience)))
    }

    private static func isTransient(_ failure: any Error) -> Bool {
        switch failure {
        case let problem as GatewayProblem: problem.isTransient
        case let error as GatewayConnectionError: error.isTransient
        default: false
        }
    }
}
