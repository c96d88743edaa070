import IngotCore

extension JobStore {
    /// An attempt that failed and is to be followed by another.
    struct Requeuing: Sendable {
        /// The job as it is now, running.
        var job: Job
        /// Why its attempt failed.
        var failure: JobFailure
        /// What the job says while it waits.
        var message: String
        var now: Timestamp
        /// When the next attempt is due.
        var nextAttemptAt: Timestamp
        /// The number of the event that tells it.
        var sequence: Int64
        /// What the attempt's runner used.
        var use = AttemptUse()
    }

    /// running → queued, with the time of the next attempt.
    ///
    /// When the attempt has committed its result to the row, the job has succeeded instead.
    ///
    /// - Returns: the row after it; it is neither queued nor succeeded when the job was not running this attempt.
    func requeue(_ requeuing: Requeuing) async throws -> StoredJob {
        let job = requeuing.job
        let update = Statement(
            """
            UPDATE ingest_jobs SET
                status = CASE WHEN result_json IS NULL THEN 'queued' ELSE 'succeeded' END,
                error_json = CASE WHEN result_json IS NULL THEN ?3 END,
                last_error_json = CASE WHEN result_json IS NULL THEN ?3 END,
                next_attempt_at = CASE WHEN result_json IS NULL THEN ?4 END,
                finished_at = CASE WHEN result_json IS NULL THEN NULL ELSE ?5 END,
                progress = CASE WHEN result_json IS NULL THEN ?6 ELSE 100 END,
                message = CASE WHEN result_json IS NULL THEN ?7 ELSE message END,
                updated_at = ?5, lease_expires_at = NULL, runner_handle = NULL, last_seq = MAX(last_seq + 1, ?8)
            WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running'
            """,
            [
                .text(job.id.rawValue), SQLValue(job.attempt), .text(try JSONText.string(requeuing.failure)),
                .text(requeuing.nextAttemptAt.description), .text(requeuing.now.description),
                SQLValue(job.progress), .text(requeuing.message), .integer(requeuing.sequence),
            ]
        )
        // The unit that the dead runner was at is done again by the next one.
        let unit = Statement(
            """
            UPDATE ingest_job_units SET status = 'pending'
            WHERE job_id = ?1 AND status = 'running'
                AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?1 AND status = 'queued')
            """,
            [.text(job.id.rawValue)]
        )
        let attempt = try attemptEnded(
            job.id,
            attempt: job.attempt,
            at: requeuing.now,
            failure: requeuing.failure,
            use: requeuing.use
        )
        return try await lastRow(of: [update, unit, attempt, selection(of: job.id)], id: job.id)
    }

    /// A few waiting jobs of a gateway, the oldest first.
    ///
    /// - Parameter cursor: the last one of the page before.
    func waiting(of gateway: String, after cursor: JobID?) async throws -> [JobID] {
        try await rows(
            """
            SELECT id FROM ingest_jobs WHERE status = 'queued' AND gateway = ?1 AND id > ?2 ORDER BY id LIMIT 500
            """,
            [.text(gateway), .text(cursor?.rawValue ?? "")]
        ).compactMap { JobID(try $0.string("id")) }
    }

    /// Running jobs of a gateway whose leases have run out at a moment, the oldest first; a few hundred at most.
    func running(of gateway: String, leaseBefore moment: Timestamp) async throws -> [StoredJob] {
        try await rows(
            """
            SELECT \(StoredJob.columns) FROM ingest_jobs
            WHERE status = 'running' AND gateway = ?1 AND (lease_expires_at IS NULL OR lease_expires_at < ?2)
            ORDER BY id LIMIT 500
            """,
            [.text(gateway), .text(moment.description)]
        ).map(StoredJob.init(row:))
    }

    /// All jobs of other gateways that are queued or running, the oldest first.
    func unfinished(ofOthersThan gateway: String) async throws -> [StoredJob] {
        var jobs: [StoredJob] = []
        while true {
            let page = try await rows(
                """
                SELECT \(StoredJob.columns) FROM ingest_jobs
                WHERE status IN ('queued', 'running') AND id > ?1 AND gateway <> ?2
                ORDER BY id LIMIT 500
                """,
                [.text(jobs.last?.job.id.rawValue ?? ""), .text(gateway)]
            )
            jobs += try page.map(StoredJob.init(row:))
            if page.count < 500 { return jobs }
        }
    }

    /// Makes an unfinished job of another gateway this one's, unless its row has changed since it was read.
    ///
    /// - Returns: whether it is this gateway's now.
    func takeOver(_ stored: StoredJob, for gateway: String) async throws -> Bool {
        let update = Statement(
            """
            UPDATE ingest_jobs SET gateway = ?2
            WHERE id = ?1 AND status = ?6 AND attempt = CAST(?3 AS INTEGER)
                AND gateway IS ?4 AND lease_expires_at IS ?5
            """,
            [
                .text(stored.job.id.rawValue), .text(gateway), SQLValue(stored.job.attempt), SQLValue(stored.gateway),
                SQLValue(stored.job.leaseExpiresAt?.description), .text(stored.job.status.rawValue),
            ]
        )
        let after = try await lastRow(of: [update, selection(of: stored.job.id)], id: stored.job.id)
        return after.gateway == gateway && after.job.status == stored.job.status
            && after.job.attempt == stored.job.attempt
    }
}
