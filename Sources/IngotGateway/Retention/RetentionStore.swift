import IngotCore

/// The statements of a retention sweep: each removes one bounded batch, and may run twice.
struct RetentionStore: Sendable {
    let database: any Database

    /// Ended jobs that nothing live hangs on, and of which all webhooks that are there have been told.
    private static let removable = """
        j.status IN ('succeeded', 'failed', 'cancelled')
        AND NOT EXISTS (SELECT 1 FROM revisions r JOIN sources s ON s.id = r.source_id AND s.live = r.number
            WHERE r.job_id = j.id)
        AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
            WHERE d.job_id = j.id AND d.delivered_at IS NULL AND d.gave_up_at IS NULL)
        """

    /// The tables that hold something of a job under `job_id`, as far as they are there.
    private static let tablesOfJobs = ["ingest_job_units", "ingest_job_attempts", "webhook_deliveries"]

    /// The tables that there are.
    func tables() async throws -> Set<String> {
        Set(
            try await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'").map { try $0.string("name") }
        )
    }

    /// The oldest jobs that ended before `time`.
    func jobs(endedBefore time: Timestamp, limit: Int) async throws -> [JobID] {
        // No job ends before it is made, and ids sort by that: so the primary key finds the candidates.
        try await ids(
            "j.id < ?1 AND j.finished_at < ?2",
            [.text(JobID.lowest(at: time)), .text(time.description)],
            limit
        )
    }

    /// The oldest jobs that are not among the newest `count`.
    func jobs(beyondNewest count: Int, limit: Int) async throws -> [JobID] {
        try await ids(
            "j.id < (SELECT id FROM ingest_jobs ORDER BY id DESC LIMIT 1 OFFSET CAST(?1 AS INTEGER) - 1)",
            [SQLValue(max(1, count))],
            limit
        )
    }

    private func ids(_ condition: String, _ parameters: [SQLValue], _ limit: Int) async throws -> [JobID] {
        try await database.rows(
            """
            SELECT j.id FROM ingest_jobs j WHERE \(condition) AND \(Self.removable)
            ORDER BY j.id LIMIT CAST(?\(parameters.count + 1) AS INTEGER)
            """,
            parameters + [SQLValue(limit)]
        ).compactMap { JobID(try $0.string("id")) }
    }

    /// Removes jobs with all rows that hang on them, unless one has become live meanwhile.
    func remove(_ jobs: [JobID], tables: Set<String>) async throws {
        let list = SQLValue.text(JSONValue.array(jobs.map { .string($0.rawValue) }).canonicalText)
        let removal = Statement(
            """
            DELETE FROM ingest_jobs WHERE id IN (SELECT j.id FROM ingest_jobs j
                WHERE j.id IN (SELECT value FROM json_each(?1)) AND \(Self.removable))
            """,
            [list]
        )
        let rest = Self.tablesOfJobs.filter(tables.contains).map { table in
            Statement(
                """
                DELETE FROM \(table) WHERE job_id IN (SELECT value FROM json_each(?1))
                    AND NOT EXISTS (SELECT 1 FROM ingest_jobs j WHERE j.id = \(table).job_id)
                """,
                [list]
            )
        }
        _ = try await database.batch([removal] + rest, isIdempotent: true)
    }

    /// Whether each of the jobs has ended or is not there; the others may still need what they have.
    func isOver(_ jobs: [JobID]) async throws -> Set<JobID> {
        let list = SQLValue.text(JSONValue.array(jobs.map { .string($0.rawValue) }).canonicalText)
        let rows = try await database.rows(
            """
            SELECT id FROM ingest_jobs WHERE id IN (SELECT value FROM json_each(?1))
                AND status IN ('queued', 'running')
            """,
            [list]
        )
        return Set(jobs).subtracting(try rows.compactMap { JobID(try $0.string("id")) })
    }

    /// The jobs that are not there.
    func withoutRow(_ jobs: [JobID]) async throws -> Set<JobID> {
        let list = SQLValue.text(JSONValue.array(jobs.map { .string($0.rawValue) }).canonicalText)
        let rows = try await database.rows(
            "SELECT id FROM ingest_jobs WHERE id IN (SELECT value FROM json_each(?1))",
            [list]
        )
        return Set(jobs).subtracting(try rows.compactMap { JobID(try $0.string("id")) })
    }

    /// Removes a batch of notices that are settled.
    ///
    /// - Returns: how many.
    func removeDeliveries(before time: Timestamp, limit: Int) async throws -> Int {
        try await database.run(
            Statement(
                """
                DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries
                    WHERE created_at < ?1 AND (delivered_at IS NOT NULL OR gave_up_at IS NOT NULL)
                    ORDER BY created_at LIMIT CAST(?2 AS INTEGER))
                """,
                [.text(time.description), SQLValue(limit)]
            )
        ).changes
    }

    /// Removes a batch of the API keys that open nothing any more.
    ///
    /// - Returns: how many.
    func removeKeys(deadBefore time: Timestamp, limit: Int) async throws -> Int {
        try await database.run(
            Statement(
                """
                DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys
                    WHERE revoked_at < ?1 OR expires_at < ?1 LIMIT CAST(?2 AS INTEGER))
                """,
                [.text(time.description), SQLValue(limit)]
            )
        ).changes
    }

    /// Removes a batch of the audit log.
    ///
    /// - Returns: how many.
    func removeAudit(before time: Timestamp, limit: Int) async throws -> Int {
        try await database.run(
            Statement(
                """
                DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < ?1
                    ORDER BY at LIMIT CAST(?2 AS INTEGER))
                """,
                [.text(time.description), SQLValue(limit)]
            )
        ).changes
    }
}

extension JobID {
    /// What sorts before every id of this moment and after every earlier one.
    fileprivate static func lowest(at time: Timestamp) -> String {
        let digits = String(UInt64(clamping: time.millisecondsSinceEpoch), radix: 16)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return "\(padded.prefix(8))-\(padded.dropFirst(8).prefix(4))-"
    }

    /// When the id was made.
    var madeAt: Timestamp {
        let digits = rawValue.prefix(8) + rawValue.dropFirst(9).prefix(4)
        return Timestamp(millisecondsSinceEpoch: Int64(digits, radix: 16) ?? 0)
    }
}
