/// The time by which calls are counted and repeated; tests have one of their own.
struct CallClock: Sendable {
    /// Since some beginning.
    var now: @Sendable () -> Duration
    /// Returns at that moment, or throws `CancellationError`.
    var sleep: @Sendable (_ until: Duration) async throws -> Void

    static let continuous: CallClock = {
        let beginning = ContinuousClock.now
        return CallClock(
            now: { ContinuousClock.now - beginning },
            sleep: { try await Task.sleep(until: beginning + $0, clock: .continuous) }
        )
    }()
}
