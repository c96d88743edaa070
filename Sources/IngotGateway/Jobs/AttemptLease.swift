import Synchronization

/// The right of an attempt to be the job's running one for as long as it reports.
///
/// It is counted on a clock that only goes forward; the time in the job's row is written for others to read.
final class AttemptLease: Sendable {
    /// How long an attempt may be silent unless the gateway is told otherwise.
    static let standardDuration: Duration = .seconds(20)

    let duration: Duration
    private let end: Mutex<ContinuousClock.Instant>

    init(duration: Duration = AttemptLease.standardDuration, from now: ContinuousClock.Instant = .now) {
        self.duration = duration
        end = Mutex(now + duration)
    }

    /// Grants the whole time anew.
    func renew(at now: ContinuousClock.Instant = .now) {
        end.withLock { $0 = max($0, now + duration) }
    }

    /// Adds time in which nobody could have reported.
    func extend(by time: Duration) {
        end.withLock { $0 += time }
    }

    func hasExpired(at now: ContinuousClock.Instant) -> Bool {
        end.withLock { now >= $0 }
    }
}
