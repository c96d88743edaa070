public import IngotCore

/// The rows of `ingest_jobs` and `ingest_job_units`.
///
/// Each change of state is one update that names the state it starts from, so that a terminal state is never left
/// even when a caller is wrong. All writes may be repeated: whether one took effect is read from the row after it.
public struct JobStore: Sendable {
    private let database: any Database
    private let onEnd: @Sendable () -> Void

    /// - Parameter onEnd: called whenever a job has ended, after its end is durable.
    public init(database: any Database, onEnd: @escaping @Sendable () -> Void = {}) {
        self.database = database
        self.onEnd = onEnd
    }

    /// Makes the tables that are missing.
    ///
    /// - Throws: `DatabaseError`.
    public func prepare() async throws {
        _ = try await database.batch(JobSchema.statements + WebhookSchema.statements, isIdempotent: true)
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
        /// The idempotency key belongs to an earlier request with the same source and parameters.
        case existing(Job)
        /// The idempotency key belongs to another request.
        case conflict(JobID)
    }

    /// Writes a new job unless its idempotency key is taken.
    func create(_ job: Job) async throws -> Creation {
        let insert = Statement(
            """
            INSERT INTO ingest_jobs
                (id, source, status, params_json, created_at, updated_at, max_attempts, idempotency_key)
            VALUES (?1, ?2, 'queued', ?3, ?4, ?4, ?5, ?6)
            ON CONFLICT DO NOTHING
            """,
            [
                .text(job.id.rawValue), .text(job.source), .text(job.parameters.canonicalText),
                .text(job.createdAt.description), SQLValue(job.maxAttempts), SQLValue(job.idempotencyKey),
            ]
        )
        let select = Statement(
            "SELECT \(StoredJob.columns) FROM ingest_jobs WHERE id = ?1 OR idempotency_key = ?2",
            [.text(job.id.rawValue), SQLValue(job.idempotencyKey)]
        )
        let stored = try await lastRow(of: [insert, select], id: job.id)
        if stored.job.id == job.id { return .created(stored.job) }
        let isSame =
            stored.job.source == job.source && stored.job.parameters.canonicalText == job.parameters.canonicalText
        return isSame ? .existing(stored.job) : .conflict(stored.job.id)
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
    /// - Parameter cursor: the last id of the page before.
    func page(status: JobStatus?, source: String?, before cursor: JobID?, limit: Int) async throws -> [Job] {
        var conditions: [String] = []
        var parameters: [SQLValue] = []
        func require(_ condition: String, _ value: String) {
            parameters.append(.text(value))
            conditions.append("\(condition) ?\(parameters.count)")
        }
        if let status { require("status =", status.rawValue) }
        if let source { require("source =", source) }
        if let cursor { require("id <", cursor.rawValue) }
        parameters.append(SQLValue(limit))
        let rows = try await database.rows(
            "SELECT \(StoredJob.columns) FROM ingest_jobs"
                + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
                + " ORDER BY id DESC LIMIT CAST(?\(parameters.count) AS INTEGER)",
            parameters
        )
        return try rows.map { try StoredJob(row: $0).job }
    }

    /// All jobs that are queued or running, the oldest first.
    func unfinished() async throws -> [Job] {
        try await database.rows(
            "SELECT \(StoredJob.columns) FROM ingest_jobs WHERE status IN ('queued', 'running') ORDER BY id"
        ).map { try StoredJob(row: $0).job }
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

    private func lastRow(of statements: [Statement], id: JobID) async throws -> StoredJob {
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
    }

    /// queued → running, durable before a runner is started.
    ///
    /// - Returns: `nil` when the job is not queued any more, or another gateway has begun this attempt.
    func begin(_ beginning: Beginning) async throws -> StoredJob? {
        let update = Statement(
            """
            UPDATE ingest_jobs SET status = 'running', attempt = ?2,
                token_hash = CASE WHEN token_hash IS NULL THEN ?3 ELSE token_hash || ' ' || ?3 END,
                launcher = ?4, runner_handle = NULL, started_at = COALESCE(started_at, ?5), updated_at = ?5,
                lease_expires_at = ?6, last_seq = MAX(last_seq, ?7)
            WHERE id = ?1 AND status = 'queued' AND attempt = ?2 - 1
            """,
            [
                .text(beginning.job.rawValue), SQLValue(beginning.attempt), .text(beginning.tokenHash),
                .text(beginning.launcher), .text(beginning.now.description),
                .text(beginning.leaseExpiresAt.description), .integer(beginning.sequence),
            ]
        )
        let stored = try await lastRow(of: [update, selection(of: beginning.job)], id: beginning.job)
        guard stored.job.status == .running, stored.job.attempt == beginning.attempt,
            stored.tokenHashes.last == beginning.tokenHash
        else { return nil }
        return stored
    }

    /// Notes what the launcher calls the runner.
    func recordHandle(_ handle: String, job: JobID, attempt: Int) async throws {
        try await database.run(
            Statement(
                """
                UPDATE ingest_jobs SET runner_handle = ?3
                WHERE id = ?1 AND attempt = ?2 AND status = 'running'
                """,
                [.text(job.rawValue), SQLValue(attempt), .text(handle)]
            )
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

    /// Writes a terminal state over the state that `job` has.
    ///
    /// When the attempt has committed its result to the row, the job has succeeded, whatever `ending` says.
    ///
    /// - Parameters:
    ///   - job: as it is now, with its latest progress and message.
    ///   - sequence: the number of the event that will tell it.
    /// - Returns: the row after it; its state may be another terminal one that was there before.
    func end(_ job: Job, _ ending: JobEnding, at now: Timestamp, sequence: Int64) async throws -> StoredJob {
        var error: String?
        var result: String?
        switch ending {
        case .succeeded(let value): result = value.canonicalText
        case .failed(let failure): error = try JSONText.string(failure)
        case .cancelled: break
        }
        let update = Statement(
            """
            UPDATE ingest_jobs SET
                status = CASE WHEN result_json IS NULL THEN ?4 ELSE 'succeeded' END,
                error_json = CASE WHEN result_json IS NULL THEN ?5 END,
                result_json = COALESCE(result_json, ?6),
                progress = CASE WHEN result_json IS NOT NULL OR ?4 = 'succeeded' THEN 100 ELSE ?7 END,
                message = ?8, updated_at = ?9, finished_at = ?9, lease_expires_at = NULL,
                last_seq = MAX(last_seq + 1, ?10)
            WHERE id = ?1 AND status = ?2 AND attempt = ?3 AND status IN ('queued', 'running')
            """,
            [
                .text(job.id.rawValue), .text(job.status.rawValue), SQLValue(job.attempt),
                .text(ending.status.rawValue), SQLValue(error), SQLValue(result), SQLValue(job.progress),
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
        let notices = WebhookOutbox.statements(job: job.id, at: now)
        let stored = try await lastRow(of: [update, unit] + notices + [selection(of: job.id)], id: job.id)
        if stored.job.status.isTerminal { onEnd() }
        return stored
    }

    private func selection(of job: JobID) -> Statement {
        Statement("SELECT \(StoredJob.columns) FROM ingest_jobs WHERE id = ?1", [.text(job.rawValue)])
    }
}
