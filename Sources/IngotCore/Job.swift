/// Where a job is in its life: `queued → running → succeeded | failed | cancelled`.
///
/// A queued job may also be cancelled or, when it cannot be started, failed. Terminal states absorb:
/// nothing leaves them.
public enum JobStatus: String, Sendable, Codable, CaseIterable {
    case queued
    case running
    case succeeded
    case failed
    case cancelled

    public var isTerminal: Bool {
        switch self {
        case .queued, .running: false
        case .succeeded, .failed, .cancelled: true
        }
    }

    /// Whether the status machine has an arrow from this state to `next`.
    public func mayBecome(_ next: JobStatus) -> Bool {
        switch (self, next) {
        case (.queued, .running), (.queued, .cancelled), (.queued, .failed): true
        case (.running, .succeeded), (.running, .failed), (.running, .cancelled): true
        // A retry puts a job back into the queue with the next attempt.
        case (.running, .queued): true
        default: false
        }
    }
}

/// One ingest request as the API shows it: one row of `ingest_jobs`.
public struct Job: Sendable, Codable, Equatable {
    public var id: JobID
    public var source: String
    public var status: JobStatus
    /// 0 to 100.
    public var progress: Int
    public var message: String?
    public var parameters: JSONValue
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var updatedAt: Timestamp
    public var finishedAt: Timestamp?
    public var result: JSONValue?
    public var error: JobFailure?
    /// The current attempt, from 1; 0 while the job has never been started.
    public var attempt: Int
    public var maxAttempts: Int
    public var leaseExpiresAt: Timestamp?
    /// The number of the newest event that the store knows of.
    public var lastSequence: Int64
    public var idempotencyKey: String?
    public var launcher: String?
    /// What the launcher calls the runner, for example a process id.
    public var runnerHandle: String?
    /// Which of the waiting jobs goes first: -100 to 100, the higher the sooner.
    public var priority: Int
    /// What the request allows one attempt to use at most, where it says so.
    public var limits: JobLimits?
    /// When the next attempt of a job that waits for it is due.
    public var nextAttemptAt: Timestamp?
    /// The ended job that this one does again.
    public var retryOf: JobID?
    /// Who asked for it.
    public var createdBy: String?
    /// The job definition that it is a run of.
    public var definitionID: Int64?
    /// The schedule whose tick has started it.
    public var scheduleID: Int64?
    /// When that tick was due.
    public var scheduledFor: Timestamp?
    /// The pauses of a job that is tried again without end, whatever ``maxAttempts`` says; `nil` for any other.
    public var endlessRetries: EndlessRetries?
    /// When the job is given up if it has not ended.
    public var deadlineAt: Timestamp?
    /// Why the attempt before the current one failed; stays until the job ends.
    public var lastError: JobFailure?
    /// How often its host may be asked, in the place of the source's published terms.
    public var hostTerms: HostTerms?
    /// The trace that its request is part of, by W3C Trace Context.
    public var traceID: String?

    public init(
        id: JobID,
        source: String,
        status: JobStatus = .queued,
        progress: Int = 0,
        message: String? = nil,
        parameters: JSONValue,
        createdAt: Timestamp,
        maxAttempts: Int = 1,
        idempotencyKey: String? = nil,
        priority: Int = 0,
        limits: JobLimits? = nil
    ) {
        self.id = id
        self.source = source
        self.status = status
        self.progress = progress
        self.message = message
        self.parameters = parameters
        self.createdAt = createdAt
        self.updatedAt = createdAt
        self.attempt = 0
        self.maxAttempts = maxAttempts
        self.lastSequence = 0
        self.idempotencyKey = idempotencyKey
        self.priority = priority
        self.limits = limits
    }

    enum CodingKeys: String, CodingKey {
        case id, source, status, progress, message, parameters, result, error, attempt, launcher, priority, limits
        case createdAt = "created_at"
        case startedAt = "started_at"
        case updatedAt = "updated_at"
        case finishedAt = "finished_at"
        case maxAttempts = "max_attempts"
        case leaseExpiresAt = "lease_expires_at"
        case lastSequence = "last_seq"
        case idempotencyKey = "idempotency_key"
        case runnerHandle = "runner_handle"
        case nextAttemptAt = "next_attempt_at"
        case retryOf = "retry_of"
        case createdBy = "created_by"
        case traceID = "trace_id"
        case definitionID = "definition_id"
        case scheduleID = "schedule_id"
        case scheduledFor = "scheduled_for"
        case endlessRetries = "endless_retries"
        case deadlineAt = "deadline_at"
        case lastError = "last_error"
        case hostTerms = "host_terms"
    }
}
