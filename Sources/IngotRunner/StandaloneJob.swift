import IngotCore

/// The row of a job that runs without a gateway: the runner writes it itself.
struct StandaloneJob: Sendable {
    let database: any Database
    let id: JobID
    let attempt: Int

    /// Writes the row as running, making the tables and the row that are missing.
    ///
    /// - Parameter assignment: its attempt's number counts when it is larger than the row's.
    /// - Throws: `JobFailure` `job_ended` when the job has ended already; what the database throws.
    static func begin(_ assignment: Assignment, database: any Database, now: Timestamp = .now()) async throws
        -> StandaloneJob
    {
        _ = try await database.batch(JobSchema.statements, isIdempotent: true)
        let id = SQLValue.text(assignment.job.rawValue)
        let time = SQLValue.text(now.description)
        // This start's own mark: a copy of the call, sent because an answer was lost, finds it and changes nothing.
        let mark = SQLValue.text("standalone \(JobID.make())")
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO ingest_jobs
                        (id, source, status, params_json, created_at, started_at, updated_at, attempt, launcher,
                        runner_handle)
                    VALUES (?1, ?2, 'running', ?3, ?4, ?4, ?4, ?5, 'standalone', ?6)
                    ON CONFLICT (id) DO UPDATE SET
                        status = 'running', attempt = MAX(attempt + 1, excluded.attempt), updated_at = ?4,
                        started_at = COALESCE(started_at, ?4), launcher = 'standalone', runner_handle = ?6
                    WHERE status IN ('queued', 'running') AND runner_handle IS NOT ?6
                    """,
                    [
                        id, .text(assignment.source), .text(assignment.parameters.canonicalText), time,
                        SQLValue(assignment.attempt), mark,
                    ]
                ),
                Statement("SELECT status, attempt FROM ingest_jobs WHERE id = ?1", [id]),
            ],
            isIdempotent: true
        )
        guard let row = results.last?.named.first, try row.string("status") == JobStatus.running.rawValue else {
            throw JobFailure(
                code: "job_ended",
                message: "Job \(assignment.job) has ended already.",
                advice: "Leave \(Assignment.Name.job) out to make a new job."
            )
        }
        return StandaloneJob(database: database, id: assignment.job, attempt: Int(try row.integer("attempt")))
    }

    /// Writes the terminal state, unless another attempt has become the current one.
    func end(_ outcome: AttemptOutcome, now: Timestamp = .now()) async throws {
        var error: String?
        var result: String?
        var status = JobStatus.cancelled
        switch outcome {
        case .succeeded(let value):
            result = value.canonicalText
            status = .succeeded
        case .failed(let failure):
            error = try JSONText.string(failure)
            status = .failed
        case .cancelled: break
        }
        try await database.run(
            Statement(
                """
                UPDATE ingest_jobs SET
                    status = CASE WHEN result_json IS NULL THEN ?3 ELSE 'succeeded' END,
                    error_json = CASE WHEN result_json IS NULL THEN ?4 END,
                    result_json = COALESCE(result_json, ?5),
                    progress = CASE WHEN result_json IS NOT NULL OR ?3 = 'succeeded' THEN 100 ELSE progress END,
                    updated_at = ?6, finished_at = ?6
                WHERE id = ?1 AND attempt = ?2 AND status = 'running'
                """,
                [
                    .text(id.rawValue), SQLValue(attempt), .text(status.rawValue), SQLValue(error),
                    SQLValue(result), .text(now.description),
                ]
            )
        )
    }
}
