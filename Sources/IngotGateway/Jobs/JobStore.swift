public import IngotCore

/// The rows of `ingest_jobs` and `ingest_job_units`.
///
/// Each change of state is one update that names the state it starts from, so that a terminal state is never left
/// even when a caller is wrong. All writes may be repeated: whether one took effect is read from the row after it.
public struct JobStore: Sendable {
    private let database: any Database
    private let onEnd: @Sendable (JobID) -> Void

    /// - Parameter onEnd: called whenever a job has ended, after its end is durable.
    public init(database: any Database, onEnd: @escaping @Sendable (JobID) -> Void = { _ in }) {
        self.database = database
        self.onEnd = onEnd
    }

    /// Makes the tables that are missing.
    ///
    /// - Throws: `DatabaseError`.
    public func prepare() async throws {
        try await JobSchema.prepare(database)
        _ = try await database.batch(WebhookSchema.statements + Self.indexes, isIdempotent: true)
    }

    func rows(_ sql: String, _ parameters: [SQLValue]) async throws -> [Row] {
        try await database.rows(sql, parameters)
    }

    /// Answers when the database does.
    ///
    /// - Throws: `DatabaseError`.
    func check() async throws {
        _ = try await database.rows("SELECT 1")
    }

    /// What became of a request for a new job.
    enum Creation: Sendable {
        case created(Job)
        /// The idempotency key belongs to an earlier request with the same source, parameters and options.
        case existing(Job)
        /// The idempotency key belongs to another request.
        case conflict(JobID)
    }

    /// Writes a new job unless its idempotency key is taken.
    ///
    /// - Parameters:
    ///   - gateway: the gateway that the job belongs to.
    ///   - host: the host of its upstream.
    ///   - trace: what its request is part of.
    func create(
        _ job: Job,
        gateway: String? = nil,
        host: String? = nil,
        trace: TraceContext? = nil
    ) async throws -> Creation {
        let insert = try JobStore.insertion(of: StoredJob(job: job, gateway: gateway, host: host, trace: trace))
        let select = Statement(
            "SELECT \(StoredJob.columns) FROM ingest_jobs WHERE id = ?1 OR idempotency_key = ?2",
            [.text(job.id.rawValue), SQLValue(job.idempotencyKey)]
        )
        let stored = try await lastRow(of: [insert, select], id: job.id)
        if stored.job.id == job.id { return .created(stored.job) }
        let isSame =
            stored.job.source == job.source && stored.job.parameters.canonicalText == job.parameters.canonicalText
            && stored.job.priority == job.priority && stored.job.maxAttempts == job.maxAttempts
            && stored.job.limits == job.limits && stored.job.definitionID == job.definitionID
        return isSame ? .existing(stored.job) : .conflict(stored.job.id)
    }

    /// The statement that writes a new job's row, unless its id or its idempotency key is taken.
    ///
    /// - Parameters:
    ///   - condition: what must hold besides, as SQL whose placeholders come after the ones of the row.
    ///   - parameters: the values of the condition's placeholders.
    static func insertion(
        of stored: StoredJob,
        where condition: (_ firstPlaceholder: Int) -> String = { _ in "1" },
        _ parameters: [SQLValue] = []
    ) throws -> Statement {
        let job = stored.job
        let values: [SQLValue] = [
            .text(job.id.rawValue), .text(job.source), .text(job.parameters.canonicalText),
            .text(job.createdAt.description), SQLValue(job.maxAttempts), SQLValue(job.idempotencyKey),
            SQLValue(job.priority), SQLValue(try job.limits.map { try JSONText.string($0) }),
            SQLValue(job.retryOf?.rawValue), SQLValue(job.createdBy), SQLValue(stored.gateway), SQLValue(stored.host),
            SQLValue(stored.trace?.parent), SQLValue(stored.trace?.state), SQLValue(job.definitionID),
            SQLValue(job.scheduleID), SQLValue(job.scheduledFor?.description),
            SQLValue(try job.endlessRetries.map { try JSONText.string($0) }), SQLValue(job.deadlineAt?.description),
            SQLValue(try job.hostTerms.map { try JSONText.string($0) }),
        ]
        return Statement(
            """
            INSERT INTO ingest_jobs
                (id, source, status, params_json, created_at, updated_at, max_attempts, idempotency_key,
                priority, limits_json, retry_of, created_by, gateway, host, trace_parent, trace_state,
                definition_id, schedule_id, scheduled_for, endless_json, deadline_at, host_terms_json)
            SELECT ?1, ?2, 'queued', ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20
            WHERE \(condition(values.count + 1))
            ON CONFLICT DO NOTHING
            """,
            values + parameters
        )
    }

    /// Reads a job; `nil` when there is none of that id.
    func job(_ id: JobID) async throws -> StoredJob? {
        try await database.rows(
            "SELECT \(StoredJob.columns) FROM ingest_jobs WHERE id = ?1",
            [.text(id.rawValue)]
        ).first.map(StoredJob.init(row:))
    }

    /// Reads one page of the jobs, the newest first.
    ///
    /// - Parameters:
    ///   - sources: the only ones whose jobs the reader may see; `nil`: all.
    ///   - cursor: the last id of the page before.
    ///   - oldest: a job that all are to be newer than; the page is then the one next to it.
    func page(
        status: JobStatus?,
        source: String?,
        amongSources sources: Set<String>? = nil,
        before cursor: JobID?,
        newerThan oldest: JobID? = nil,
        limit: Int
    ) async throws -> [Job] {
        var conditions: [String] = []
        var parameters: [SQLValue] = []
        func require(_ condition: String, _ value: String) {
            parameters.append(.text(value))
            conditions.append("\(condition) ?\(parameters.count)")
        }
        if let status { require("status =", status.rawValue) }
        if let source { require("source =", source) }
        if let cursor { require("id <", cursor.rawValue) }
        if let oldest { require("id >", oldest.rawValue) }
        if let sources {
            parameters.append(.text(try JSONText.string(sources.sorted())))
            conditions.append("source IN (SELECT value FROM json_each(?\(parameters.count)))")
        }
        parameters.append(SQLValue(limit))
        let rows = try await database.rows(
            "SELECT \(StoredJob.columns) FROM ingest_jobs"
                + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
                + " ORDER BY id \(oldest == nil ? "DESC" : "ASC") LIMIT CAST(?\(parameters.count) AS INTEGER)",
            parameters
        )
        let jobs = try rows.map { try StoredJob(row: $0).job }
        return oldest == nil ? jobs : jobs.reversed()
    }

    /// All jobs that are queued or running, the oldest first.
    func unfinished() async throws -> [StoredJob] {
        var jobs: [StoredJob] = []
        // Page by page, as one answer of a database is bounded and a queue is not.
        while true {
            let page = try await database.rows(
                """
                SELECT \(StoredJob.columns) FROM ingest_jobs WHERE status IN ('queued', 'running') AND id > ?1
                ORDER BY id LIMIT 500
                """,
                [.text(jobs.last?.job.id.rawValue ?? "")]
            )
            jobs += try page.map(StoredJob.init(row:))
            if page.count < 500 { return jobs }
        }
    }

    /// When a job of each source succeeded last.
    func lastSuccesses() async throws -> [(source: String, time: Timestamp)] {
        try await database.rows(
            """
            SELECT source, MAX(finished_at) AS finished_at FROM ingest_jobs
            WHERE status = 'succeeded' AND finished_at IS NOT NULL GROUP BY source
            """
        ).map { (try $0.string("source"), try $0.requiredTime("finished_at")) }
    }

    /// One page of a job's units, in the order of its plan.
    func units(of job: JobID, offset: Int, limit: Int) async throws -> [JobUnit] {
        try await database.rows(
            """
            SELECT unit, position, status, attempt, counts_json, error_json, started_at, finished_at
            FROM ingest_job_units WHERE job_id = ?1 ORDER BY position, unit
            LIMIT CAST(?2 AS INTEGER) OFFSET CAST(?3 AS INTEGER)
            """,
            [.text(job.rawValue), SQLValue(limit), SQLValue(offset)]
        ).map(JobUnit.init(row:))
    }

    func lastRow(of statements: [Statement], id: JobID) async throws -> StoredJob {
        let results = try await database.batch(statements, isIdempotent: true)
        guard let row = results.last?.named.first else {
            throw DatabaseError(kind: .malformedAnswer, message: "the row of job \(id) is not there after its write")
        }
        return try StoredJob(row: row)
    }
}

// MARK: - Changes of state

extension JobStore {
    /// The start of an attempt.
    struct Beginning: Sendable {
        var job: JobID
        /// The new attempt's number.
        var attempt: Int
        var tokenHash: String
        var launcher: String
        var now: Timestamp
        var leaseExpiresAt: Timestamp
        /// The number of the event that tells it.
        var sequence: Int64
        /// The gateway that runs it.
        var gateway: String?
    }

    /// queued → running, durable before a runner is started.
    ///
    /// - Returns: `nil` when the job is not queued any more or is to be cancelled, or another gateway has begun this
    ///   attempt.
    func begin(_ beginning: Beginning) async throws -> StoredJob? {
        let update = Statement(
            """
            UPDATE ingest_jobs SET status = 'running', attempt = ?2,
                token_hash = CASE WHEN token_hash IS NULL THEN ?3
                    ELSE substr(token_hash || ' ' || ?3, -\(StoredJob.tokenHashesLength)) END,
                launcher = ?4, runner_handle = NULL, started_at = COALESCE(started_at, ?5), updated_at = ?5,
                lease_expires_at = ?6, last_seq = MAX(last_seq, ?7), next_attempt_at = NULL, error_json = NULL,
                gateway = COALESCE(?8, gateway)
            WHERE id = ?1 AND status = 'queued' AND attempt = ?2 - 1 AND cancel_requested_at IS NULL
            """,
            [
                .text(beginning.job.rawValue), SQLValue(beginning.attempt), .text(beginning.tokenHash),
                .text(beginning.launcher), .text(beginning.now.description),
                .text(beginning.leaseExpiresAt.description), .integer(beginning.sequence), SQLValue(beginning.gateway),
            ]
        )
        let stored = try await lastRow(
            of: [update, attemptBegun(beginning)] + attemptsForgotten(beginning) + [selection(of: beginning.job)],
            id: beginning.job
        )
        guard stored.job.status == .running, stored.job.attempt == beginning.attempt,
            stored.tokenHashes.last == beginning.tokenHash
        else { return nil }
        return stored
    }

    /// Notes what the launcher calls the runner.
    func recordHandle(_ handle: String, job: JobID, attempt: Int) async throws {
        let values: [SQLValue] = [.text(job.rawValue), SQLValue(attempt), .text(handle)]
        _ = try await database.batch(
            [
                Statement(
                    """
                    UPDATE ingest_jobs SET runner_handle = ?3
                    WHERE id = ?1 AND attempt = ?2 AND status = 'running'
                    """,
                    values
                ),
                Statement(
                    """
                    UPDATE ingest_job_attempts SET runner_handle = ?3 WHERE job_id = ?1 AND attempt = ?2
                    """,
                    values
                ),
            ],
            isIdempotent: true
        )
    }

    /// Saves how far a running attempt is, unless the row knows of a newer event, and renews its lease.
    func saveProgress(of job: Job, leaseExpiresAt: Timestamp) async throws {
        let identity: [SQLValue] = [.text(job.id.rawValue), SQLValue(job.attempt)]
        _ = try await database.batch(
            [
                Statement(
                    """
                    UPDATE ingest_jobs SET progress = ?3, message = ?4, updated_at = ?5, last_seq = ?6
                    WHERE id = ?1 AND attempt = ?2 AND status = 'running' AND last_seq < ?6
                    """,
                    identity + [
                        SQLValue(job.progress), SQLValue(job.message), .text(job.updatedAt.description),
                        .integer(job.lastSequence),
                    ]
                ),
                Statement(
                    """
                    UPDATE ingest_jobs SET lease_expires_at = ?3
                    WHERE id = ?1 AND attempt = ?2 AND status = 'running'
                    """,
                    identity + [.text(leaseExpiresAt.description)]
                ),
            ],
            isIdempotent: true
        )
    }

    /// Notes that an unfinished job is to be cancelled.
    ///
    /// - Returns: the row after it; `nil` when there is none.
    func requestCancel(_ job: JobID, at now: Timestamp) async throws -> StoredJob? {
        let update = Statement(
            """
            UPDATE ingest_jobs SET cancel_requested_at = ?2
            WHERE id = ?1 AND status IN ('queued', 'running') AND cancel_requested_at IS NULL
            """,
            [.text(job.rawValue), .text(now.description)]
        )
        let results = try await database.batch([update, selection(of: job)], isIdempotent: true)
        return try results.last?.named.first.map(StoredJob.init(row:))
    }

    /// Writes a terminal state over the unfinished state of the attempt that `job` is at.
    ///
    /// The row may be queued where `job` still runs: a return to the queue takes effect even when nobody is told.
    ///
    /// When the attempt has committed its result to the row, the job has succeeded, whatever `ending` says.
    ///
    /// - Parameters:
    ///   - job: as it is now, with its latest progress and message.
    ///   - sequence: the number of the event that will tell it.
    ///   - use: what the attempt's runner used.
    /// - Returns: the row after it; its state may be another terminal one that was there before.
    func end(
        _ job: Job,
        _ ending: JobEnding,
        at now: Timestamp,
        sequence: Int64,
        use: AttemptUse = AttemptUse()
    ) async throws -> StoredJob {
        var failure: JobFailure?
        var error: String?
        var result: String?
        switch ending {
        case .succeeded(let value): result = value.canonicalText
        case .failed(let reason):
            failure = reason
            error = try JSONText.string(reason)
        case .cancelled: break
        }
        let update = Statement(
            """
            UPDATE ingest_jobs SET
                status = CASE WHEN result_json IS NULL THEN ?3 ELSE 'succeeded' END,
                error_json = CASE WHEN result_json IS NULL THEN ?4 END,
                result_json = COALESCE(result_json, ?5),
                progress = CASE WHEN result_json IS NOT NULL OR ?3 = 'succeeded' THEN 100 ELSE ?6 END,
                message = ?7, updated_at = ?8, finished_at = ?8, lease_expires_at = NULL,
                next_attempt_at = NULL, last_error_json = NULL, last_seq = MAX(last_seq + 1, ?9)
            WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running')
            """,
            [
                .text(job.id.rawValue), SQLValue(job.attempt), .text(ending.status.rawValue),
                SQLValue(error), SQLValue(result), SQLValue(job.progress),
                SQLValue(job.message), .text(now.description), .integer(sequence),
            ]
        )
        // A runner that was killed could not say what became of the unit that it was at.
        let unit = Statement(
            """
            UPDATE ingest_job_units SET status = 'failed', finished_at = ?2, error_json = ?3
            WHERE job_id = ?1 AND status = 'running'
                AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?1 AND status IN ('failed', 'cancelled'))
            """,
            [
                .text(job.id.rawValue), .text(now.description),
                .text(try error ?? JSONText.string(JobFailure(code: "cancelled", message: "The job was cancelled."))),
            ]
        )
        let attempt = try attemptEnded(job.id, attempt: job.attempt, at: now, failure: failure, use: use)
        let notices = WebhookOutbox.statements(job: job.id, at: now)
        let stored = try await lastRow(of: [update, unit, attempt] + notices + [selection(of: job.id)], id: job.id)
        if stored.job.status.isTerminal { onEnd(stored.job.id) }
        return stored
    }

    func selection(of job: JobID) -> Statement {
        Statement("SELECT \(StoredJob.columns) FROM ingest_jobs WHERE id = ?1", [.text(job.rawValue)])
    }
}
