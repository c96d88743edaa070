import IngotCore

extension Job {
    /// Whether no attempt may follow the current one.
    var hasNoAttemptsLeft: Bool { endlessRetries == nil && attempt >= maxAttempts }

    /// What is left of the time that the job has, in whole seconds and at least one; `nil` when it has no deadline.
    func secondsLeft(at now: Timestamp) -> Int? {
        deadlineAt.map { max(1, Int(($0.millisecondsSinceEpoch - now.millisecondsSinceEpoch + 999) / 1000)) }
    }
}

extension JobFailure {
    /// The end of a job that had only until a moment.
    ///
    /// - Parameter last: why its last attempt failed; `nil` when none was made.
    static func deadlineExceeded(_ deadline: Timestamp, last: JobFailure?) -> JobFailure {
        var failure = JobFailure(
            code: "job_deadline",
            message: "The job had until \(deadline) to succeed. "
                + (last.map { "Its last attempt failed: \($0)" } ?? "No attempt of it could be started."),
            unit: last?.unit,
            place: last?.place,
            advice: "Look at why its attempts failed; then run it again, with a later deadline if it needs more time."
        )
        failure.exit = last?.exit
        failure.logTail = last?.logTail
        failure.attempts = last?.attempts
        failure.peakMemoryBytes = last?.peakMemoryBytes
        failure.cpuSeconds = last?.cpuSeconds
        return failure
    }
}
