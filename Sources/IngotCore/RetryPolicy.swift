/// How often and how long to wait before the same call is made again: full jitter between zero and a bound that
/// doubles (see "Exponential Backoff And Jitter", AWS Architecture Blog).
public struct RetryPolicy: Sendable {
    public var maximumAttempts: Int
    public var firstDelay: Duration
    public var maximumDelay: Duration

    public init(maximumAttempts: Int, firstDelay: Duration, maximumDelay: Duration) {
        self.maximumAttempts = maximumAttempts
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
    }

    /// The wait after the attempt with this number (from 1) failed; `nil` when it was the last one.
    public func delay(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration? {
        guard attempt < maximumAttempts else { return nil }
        let doublings = min(attempt - 1, 30)
        let bound = min(firstDelay * (1 << doublings), maximumDelay)
        return bound * Double.random(in: 0...1, using: &generator)
    }
}
