/// Measures the promise that no job which could start waits for longer than a second.
struct QueueWatch: Sendable, Equatable {
    /// How long a job that could start may wait.
    static let tolerance: Duration = .seconds(1)
    /// How long a promise that was broken counts as a failure, so that whoever asks for the health now and then
    /// learns of it.
    static let memory: Duration = .seconds(60)

    /// Since when a job that could start has been seen waiting without a break; `nil` when none does.
    private var since: ContinuousClock.Instant?
    /// The longest time that one was seen waiting.
    private(set) var longest: Duration = .zero
    /// How often the promise was broken.
    private(set) var violations = 0
    /// Whether it is broken now.
    private(set) var isBroken = false
    private var lastViolation: ContinuousClock.Instant?

    /// Whether it is broken now, or was a short while ago.
    func isFailing(at now: ContinuousClock.Instant) -> Bool {
        isBroken || lastViolation.map { now - $0 < QueueWatch.memory } ?? false
    }

    /// Notes that a waiting job was found that nobody would have started.
    mutating func noteLostJob(at now: ContinuousClock.Instant = .now) {
        violations += 1
        lastViolation = now
    }

    /// Notes whether a job that could start waits now.
    ///
    /// - Parameter earlier: since when it could start, where that is known; otherwise it counts from the first look.
    /// - Returns: whether the promise has just been broken.
    mutating func observe(
        hasStartable: Bool,
        since earlier: ContinuousClock.Instant? = nil,
        at now: ContinuousClock.Instant
    ) -> Bool {
        guard hasStartable else {
            since = nil
            isBroken = false
            return false
        }
        let start = min(since ?? now, earlier ?? now)
        since = start
        longest = max(longest, now - start)
        guard !isBroken, now - start > QueueWatch.tolerance else { return false }
        isBroken = true
        violations += 1
        lastViolation = now
        return true
    }
}
