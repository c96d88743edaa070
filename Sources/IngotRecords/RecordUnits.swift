public import IngotCore

/// The units of a job of records: a page, a day, one record's details.
///
/// What one attempt has finished is not asked for again by the next.
public struct RecordUnits: Sendable {
    let database: any Database
    let job: JobID
    let attempt: Int
    let progress: any ProgressReporting

    /// The unit that stands for the run as a whole, from its first attempt on.
    static let whole = "run"
    /// What the names of units begin with that are the details of one record.
    private static let detailPrefix = "detail-"

    /// The unit of one record's details, by a name that does not tell whose they are: units are kept for longer than
    /// records.
    func detail(_ key: String) -> String {
        Self.detailPrefix + Record.hash(of: Array("\(job) \(key)".utf8)).prefix(24)
    }

    /// What earlier attempts have left.
    public struct Beginning: Sendable {
        /// When the first attempt began.
        public var at: Timestamp
        /// The counts of the units that are finished.
        public var finished: [String: [String: Int64]]
    }

    /// Begins the attempt.
    ///
    /// - Throws: `JobFailure` `attempt_superseded`; `DatabaseError`.
    func begin(at now: Timestamp = .now()) async throws -> Beginning {
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO ingest_job_units (job_id, unit, position, status, attempt, started_at)
                    SELECT ?1, ?3, 0, 'running', CAST(?2 AS INTEGER), ?4 WHERE \(RecordWriter.fence)
                    ON CONFLICT (job_id, unit) DO UPDATE SET
                        status = 'running', attempt = excluded.attempt, error_json = NULL, finished_at = NULL
                    """,
                    who + [.text(Self.whole), .text(now.description)]
                ),
                Statement(
                    "SELECT unit, status, started_at, counts_json FROM ingest_job_units WHERE job_id = ?1",
                    [.text(job.rawValue)]
                ),
            ],
            isIdempotent: true
        )
        guard results.first?.changes == 1 else { throw Self.superseded }
        var beginning = Beginning(at: now, finished: [:])
        for row in results.last?.named ?? [] {
            let unit = try row.string("unit")
            if unit == Self.whole {
                beginning.at = try row.optionalString("started_at").flatMap { Timestamp($0) } ?? now
            } else if try row.string("status") == "done" {
                let counts = try row.optionalString("counts_json") ?? "{}"
                beginning.finished[unit] = try JSONText.decode([String: Int64].self, from: Array(counts.utf8))
            }
        }
        return beginning
    }

    /// Marks a unit as done, after its records have been written.
    ///
    /// - Throws: `JobFailure` `attempt_superseded`; `DatabaseError`.
    func finish(_ unit: String, position: Int, counts: [String: Int64], at now: Timestamp = .now()) async throws {
        let result = try await database.run(
            Statement(
                """
                INSERT INTO ingest_job_units
                    (job_id, unit, position, status, attempt, counts_json, started_at, finished_at)
                SELECT ?1, ?3, CAST(?4 AS INTEGER), 'done', CAST(?2 AS INTEGER), ?5, ?6, ?6
                WHERE \(RecordWriter.fence)
                ON CONFLICT (job_id, unit) DO UPDATE SET status = 'done', attempt = excluded.attempt,
                    counts_json = excluded.counts_json, finished_at = excluded.finished_at, error_json = NULL
                """,
                who + [.text(unit), SQLValue(position), .text(try JSONText.string(counts)), .text(now.description)]
            )
        )
        guard result.changes == 1 else { throw Self.superseded }
        if !unit.hasPrefix(Self.detailPrefix) { progress.unit(unit, .done, counts: counts, error: nil) }
    }

    /// Forgets units, so that they are done again.
    ///
    /// - Throws: `JobFailure` `attempt_superseded`; `DatabaseError`.
    func forget(_ units: [String]) async throws {
        let names = JSONValue.array(units.map(JSONValue.string)).canonicalText
        let results = try await database.batch(
            [
                Statement(
                    """
                    DELETE FROM ingest_job_units
                    WHERE job_id = ?1 AND unit IN (SELECT value FROM json_each(?3)) AND \(RecordWriter.fence)
                    """,
                    who + [.text(names)]
                ),
                Statement("SELECT 1 AS n WHERE \(RecordWriter.fence)", who),
            ],
            isIdempotent: true
        )
        guard results.last?.named.isEmpty == false else { throw Self.superseded }
    }

    /// Forgets the units of details, once no attempt follows that would need them.
    func forgetDetails() async throws {
        try await database.run(
            Statement(
                """
                DELETE FROM ingest_job_units
                WHERE job_id = ?1 AND substr(unit, 1, length(?3)) = ?3 AND \(RecordWriter.fence)
                """,
                who + [.text(Self.detailPrefix)]
            )
        )
    }

    private var who: [SQLValue] { [.text(job.rawValue), SQLValue(attempt)] }

    private static let superseded = JobFailure(
        code: "attempt_superseded",
        message: "Another attempt has taken the job over, or the job has ended."
    )
}
