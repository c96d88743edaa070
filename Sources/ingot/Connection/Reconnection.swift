import IngotCore

/// Goes on after a connection to a gateway has ended, as one that is being restarted comes back.
struct Reconnection {
    /// How long a gateway may be away.
    static let patience: Duration = .seconds(120)
    private static let pauses = RetryPolicy(
        maximumAttempts: .max,
        firstDelay: .milliseconds(500),
        maximumDelay: .seconds(5)
    )

    private var awaySince: ContinuousClock.Instant?
    private var failures = 0
    private var hasTold = false
    private var generator = SystemRandomNumberGenerator()

    /// Notes that the gateway has answered.
    mutating func answered() {
        awaySince = nil
        failures = 0
        hasTold = false
    }

    /// Waits after a failure; tells people, once.
    ///
    /// - Throws: the failure, when it is not that the gateway is away, or when that lasts too long.
    mutating func wait(after failure: CommandFailure) async throws {
        guard failure.exitCode == CommandFailure.unreachable else { throw failure }
        let now = ContinuousClock.now
        let since = awaySince ?? now
        awaySince = since
        guard now - since < Self.patience else { throw failure }
        if !hasTold { StandardError.line("the gateway is away; trying again") }
        hasTold = true
        try await pause()
    }

    /// Waits before the next connection to a gateway that ends them but is there.
    mutating func pause() async throws {
        failures += 1
        guard let pause = Self.pauses.delay(afterAttempt: failures, using: &generator) else { return }
        try await Task.sleep(for: pause)
    }
}
