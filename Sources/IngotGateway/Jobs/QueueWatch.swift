/// Measures the promise that no job which could start waits for longer than a second.
struct QueueWatch: Sendable, Equatable {
    /// How long a job that could start may wait.
    static let tolerance: Duration = .seconds(1)

    /// Since when a job that could start has been seen waiting without a break; `nil` when none does.
    private var since: ContinuousClock.Instant?
    /// The longest time that one was seen waiting.
    private(set) var longest: Duration = .zero
    /// How often the promise was broken.
    private(set) var violations = 0
    /// Whether it is broken now.
    private(set) var isBroken = false

    /// Notes that a waiting job was found that nobody would have started.
    mutating func noteLostJob() { violations += 1 }

    /// Notes whether a job that could start waits now.
    ///
    /// - Returns: whether the promise has just been broken.
    mutating func observe(hasStartable: Bool, at now: ContinuousClock.Instant) -> Bool {
        guard hasStartable else {
            since = nil
            isBroken = false
            return false
        }
        let start = since ?? now
        since = start
        longest = max(longest, now - start)
        guard !isBroken, now - start > QueueWatch.tolerance else { return false }
        isBroken = true
        violations += 1
        return true
    }
}
