import IngotCore

/// One attempt of a job as the API shows it: one row of `ingest_job_attempts`.
struct JobAttempt: Sendable, Encodable, Equatable {
    var attempt: Int64
    var startedAt: Timestamp
    var finishedAt: Timestamp?
    /// How it ended; `nil` while it runs.
    var outcome: JobStatus?
    var launcher: String?
    var runnerHandle: String?
    /// Why it failed.
    var error: JobFailure?
    /// How its runner ended, as far as that was known when the attempt ended.
    var exit: RunnerExit?
    /// The most memory that its runner held, in bytes; of attempts that have ended.
    var peakMemoryBytes: Int64?
    /// Processor time that its runner used, in seconds; of attempts that have ended.
    var cpuSeconds: Double?

    init(row: Row) throws {
        attempt = try row.integer("attempt")
        startedAt = try row.requiredTime("started_at")
        finishedAt = try row.time("finished_at")
        outcome = try row.optionalString("outcome").flatMap(JobStatus.init)
        launcher = try row.optionalString("launcher")
        runnerHandle = try row.optionalString("runner_handle")
        error = try row.decoded(JobFailure.self, "error_json")
        exit = try row.decoded(RunnerExit.self, "exit_json")
        peakMemoryBytes = try row.optionalInteger("peak_memory_bytes")
        cpuSeconds = try row.optionalReal("cpu_seconds")
    }

    enum CodingKeys: String, CodingKey {
        case attempt, outcome, launcher, error, exit
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case runnerHandle = "runner_handle"
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
    }
}

extension JobStore {
    /// The most attempts of one job that have rows.
    static let keptAttempts = 200

    /// All attempts of a job that have rows, the first one first.
    func attempts(of job: JobID) async throws -> [JobAttempt] {
        try await rows(
            """
            SELECT attempt, started_at, finished_at, outcome, launcher, runner_handle, error_json, exit_json,
                peak_memory_bytes, cpu_seconds
            FROM ingest_job_attempts WHERE job_id = ?1 ORDER BY attempt
            """,
            [.text(job.rawValue)]
        ).map(JobAttempt.init(row:))
    }

    /// What the runners of a job's ended attempts used over time, the first attempt first.
    func samples(of job: JobID) async throws -> [(attempt: Int, samples: [ResourceSamples.Sample])] {
        try await rows(
            """
            SELECT attempt, samples_json FROM ingest_job_attempts
            WHERE job_id = ?1 AND samples_json IS NOT NULL ORDER BY attempt
            """,
            [.text(job.rawValue)]
        ).map { row in
            (Int(try row.integer("attempt")), try row.decoded([ResourceSamples.Sample].self, "samples_json") ?? [])
        }
    }

    /// Writes the attempt that the job's row has begun with this token.
    func attemptBegun(_ beginning: Beginning) -> Statement {
        Statement(
            """
            INSERT INTO ingest_job_attempts (job_id, attempt, started_at, launcher)
            SELECT id, attempt, ?3, launcher FROM ingest_jobs
            WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running'
                AND substr(token_hash, -length(?4)) = ?4
            ON CONFLICT DO NOTHING
            """,
            [
                .text(beginning.job.rawValue), SQLValue(beginning.attempt), .text(beginning.now.description),
                .text(beginning.tokenHash),
            ]
        )
    }

    /// Deletes the older ones of very many attempts, for a job that is tried again without end; the first one stays.
    func attemptsForgotten(_ beginning: Beginning) -> [Statement] {
        guard beginning.attempt > JobStore.keptAttempts else { return [] }
        return [
            Statement(
                "DELETE FROM ingest_job_attempts WHERE job_id = ?1 AND attempt > 1 AND attempt < CAST(?2 AS INTEGER)",
                [.text(beginning.job.rawValue), SQLValue(beginning.attempt - JobStore.keptAttempts + 2)]
            )
        ]
    }

    /// Writes how the attempt ended that the job's row has just left.
    ///
    /// - Parameters:
    ///   - attempt: the attempt that the row was at.
    ///   - failure: why it failed, if it did.
    ///   - use: what its runner used, as far as it was told.
    func attemptEnded(
        _ job: JobID,
        attempt: Int,
        at now: Timestamp,
        failure: JobFailure?,
        use: AttemptUse
    ) throws -> Statement {
        Statement(
            """
            UPDATE ingest_job_attempts SET finished_at = ?3,
                outcome = (SELECT CASE status WHEN 'queued' THEN 'failed' ELSE status END
                    FROM ingest_jobs WHERE id = ?1),
                error_json = (SELECT CASE status WHEN 'succeeded' THEN NULL ELSE ?4 END
                    FROM ingest_jobs WHERE id = ?1),
                exit_json = ?5, samples_json = ?6, peak_memory_bytes = ?7, cpu_seconds = ?8
            WHERE job_id = ?1 AND attempt = CAST(?2 AS INTEGER) AND finished_at IS NULL
                AND EXISTS (SELECT 1 FROM ingest_jobs
                    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status <> 'running')
            """,
            [
                .text(job.rawValue), SQLValue(attempt), .text(now.description),
                SQLValue(try failure.map { try JSONText.string($0) }),
                SQLValue(try failure?.exit.map { try JSONText.string($0) }), SQLValue(use.samples),
                // A failure knows what the launcher has measured as well.
                SQLValue(failure?.peakMemoryBytes ?? use.peakMemoryBytes),
                (failure?.cpuSeconds ?? use.cpuSeconds).map(SQLValue.real) ?? .null,
            ]
        )
    }
}
