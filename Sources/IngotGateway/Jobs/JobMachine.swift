import IngotCore

/// The decisions about one job: which changes of state are legal, and what a runner's report may still do.
///
/// The arrows: queued → running, cancelled, failed; running → queued (a retry), succeeded, failed, cancelled;
/// terminal states → nothing.
struct JobMachine: Sendable, Equatable {
    private(set) var status: JobStatus
    /// The current attempt; 0 before the first.
    private(set) var attempt: Int
    /// The number of the newest event that was taken from the current attempt's runner.
    private(set) var accepted: Int64 = 0
    private(set) var stopReason: StopReason?
    /// Whether the runner has said that it stopped because it was asked to.
    private(set) var reportedCancelled = false

    init(status: JobStatus, attempt: Int) {
        self.status = status
        self.attempt = attempt
    }

    /// What may be done with a report.
    enum Decision: Equatable {
        /// The events that are new, in order; perhaps none.
        case take([RunnerEvent])
        /// The attempt is not the job's current one, or the job is not running.
        case superseded
        /// The job has ended.
        case ended(JobStatus)
    }

    /// Decides about a report of the attempt with this number; changes nothing.
    func decide(attempt reporting: Int, events: [RunnerEvent]) -> Decision {
        if status.isTerminal { return .ended(status) }
        guard status == .running, reporting == attempt else { return .superseded }
        var newest = accepted
        var taken: [RunnerEvent] = []
        for event in events where event.sequence > newest {
            newest = event.sequence
            taken.append(event)
            // Nothing counts after the event that says that it is the last.
            if event.kind == .finished { break }
        }
        return .take(taken)
    }

    /// Notes that an event has been taken.
    mutating func accept(_ event: RunnerEvent) {
        accepted = max(accepted, event.sequence)
        if event.kind == .finished, event.outcome == .cancelled { reportedCancelled = true }
    }

    /// Starts the next attempt of a queued job.
    ///
    /// - Returns: the attempt's number; `nil` when the job is not queued.
    mutating func begin() -> Int? {
        guard status == .queued else { return nil }
        status = .running
        attempt += 1
        accepted = 0
        reportedCancelled = false
        return attempt
    }

    /// Notes that the runner has to stop; the first reason stays, but that somebody cancelled the job counts more.
    mutating func requestStop(_ reason: StopReason) {
        if !status.isTerminal { stopReason = reason == .cancelled ? reason : stopReason ?? reason }
    }

    /// Whether another attempt follows one that failed so: its cause can pass, attempts are left, and nobody stopped
    /// the job.
    func mayRetry(_ failure: JobFailure, of job: Job) -> Bool {
        guard status == .running, failure.isTransient, job.endlessRetries != nil || attempt < job.maxAttempts else {
            return false
        }
        switch stopReason {
        case nil, .leaseExpired: return true
        case .cancelled, .gatewayStopping: return false
        }
    }

    /// Takes the state of the job's row, which a write that did not say so may have brought about.
    mutating func take(_ stored: JobStatus, attempt current: Int) {
        guard !status.isTerminal, status != stored || attempt != current else { return }
        let isCancelled = stopReason == .cancelled
        self = JobMachine(status: stored, attempt: current)
        if isCancelled { requestStop(.cancelled) }
    }

    /// Moves to the next state when there is an arrow to it.
    ///
    /// - Returns: whether it moved.
    mutating func move(to next: JobStatus) -> Bool {
        guard status.mayBecome(next) else { return false }
        status = next
        // What stopped one attempt does not stop the next; only a cancellation is about the job.
        if next == .queued, stopReason != .cancelled { stopReason = nil }
        return true
    }
}
