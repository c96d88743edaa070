import IngotCore

/// How the queue is, as `/healthz` shows it.
struct QueueHealth: Sendable, Encodable, Equatable {
    /// `ok`; `degraded` while changes of jobs cannot be written; `failing` while the queue stands still, and for
    /// a minute (``QueueWatch/memory``) after it did.
    enum Status: String, Sendable, Encodable { case ok, degraded, failing }

    var status: Status
    /// Jobs that wait for a slot.
    var waiting: Int
    var running: Int
    /// Jobs that wait for their next attempt.
    var retrying: Int
    var slots: Int
    /// The longest time that a job was seen waiting although a slot that fits it was free, in milliseconds.
    var longestStartableWait: Int64
    /// How often that was more than a second.
    var violations: Int
    /// Jobs with a change that the store does not take now.
    var unwritten: Int
    /// Why it does not, in the words of `DatabaseError`: for example `full` or `unavailable`.
    var storeFailure: String?

    init(
        waiting: Int,
        running: Int,
        retrying: Int,
        slots: Int,
        watch: QueueWatch,
        trouble: (jobs: Int, kind: String)?,
        at now: ContinuousClock.Instant = .now
    ) {
        self.waiting = waiting
        self.running = running
        self.retrying = retrying
        self.slots = slots
        longestStartableWait = watch.longest.milliseconds
        violations = watch.violations
        unwritten = trouble?.jobs ?? 0
        storeFailure = trouble?.kind
        status = watch.isFailing(at: now) ? .failing : trouble == nil ? .ok : .degraded
    }

    enum CodingKeys: String, CodingKey {
        case status, waiting, running, retrying, slots, violations, unwritten
        case longestStartableWait = "longest_startable_wait_ms"
        case storeFailure = "store_failure"
    }
}
