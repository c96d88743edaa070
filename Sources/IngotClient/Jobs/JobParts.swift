import IngotCore

/// One unit of a job: a title of the Code, a chapter of the statutes.
public struct JobUnit: Sendable, Decodable, Equatable {
    /// The unit's name in its source, for example `42`.
    public var unit: String
    /// The unit's place in the job's plan.
    public var position: Int64
    public var status: UnitStatus
    /// The attempt that worked on it last.
    public var attempt: Int
    /// What was done, by name, for example `nodes`.
    public var counts: [String: Int64]?
    /// Why it failed.
    public var error: JobFailure?
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case unit, position, status, attempt, counts, error
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}

/// One attempt of a job: one run of one runner.
public struct JobAttempt: Sendable, Decodable, Equatable {
    /// Counts from 1.
    public var attempt: Int
    public var startedAt: Timestamp
    public var finishedAt: Timestamp?
    /// How it ended; `nil` while it runs.
    public var outcome: JobStatus?
    public var launcher: String?
    /// What the launcher calls the runner, for example a process id.
    public var runnerHandle: String?
    /// Why it failed.
    public var error: JobFailure?
    /// How its runner ended.
    public var exit: RunnerExit?
    /// The most memory that its runner held, in bytes; of attempts that have ended.
    public var peakMemoryBytes: Int64?
    /// Processor time that its runner used, in seconds; of attempts that have ended.
    public var cpuSeconds: Double?

    enum CodingKeys: String, CodingKey {
        case attempt, outcome, launcher, error, exit
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case runnerHandle = "runner_handle"
    }
}
