import IngotCore
import IngotFetch

/// The units of the job: planned, begun, and then done or failed.
extension CorpusWriter {
    /// The units of a job, over all its attempts.
    struct PlannedUnits {
        /// In the order of the plan.
        ///
        /// What an earlier attempt planned for the same state is here too.
        var all: [String]
        /// Units that an earlier attempt has finished.
        var finished: Set<String>
    }

    /// Writes the job's plan down, and finds the units that an earlier attempt finished.
    func planUnits(_ units: [String], revision: Int64) async throws -> PlannedUnits {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let list = try JSONRows.chunks(units.enumerated().map { [.text($1), SQLValue($0)] })
        var statements = list.map { chunk in
            Statement(
                """
                INSERT INTO ingest_job_units (job_id, unit, position, status, attempt)
                SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), 'pending', CAST(?2 AS INTEGER)
                FROM json_each(?3) WHERE \(fence)
                ON CONFLICT (job_id, unit) DO UPDATE SET
                    status = 'pending', attempt = excluded.attempt, error_json = NULL, finished_at = NULL
                WHERE NOT (status = 'done' AND EXISTS (
                    SELECT 1 FROM revision_units r WHERE r.source_id = ?4 AND r.unit = excluded.unit
                    AND r.revision = CAST(?5 AS INTEGER)))
                """,
                [.text(job.rawValue), SQLValue(attempt), .text(chunk), .text(source.id), .integer(revision)]
            )
        }
        statements.append(
            Statement(
                "SELECT unit FROM ingest_job_units WHERE job_id = ?1 ORDER BY position, unit",
                [.text(job.rawValue)]
            )
        )
        statements.append(
            Statement(
                "SELECT unit FROM revision_units WHERE source_id = ?1 AND revision = CAST(?2 AS INTEGER)",
                [.text(source.id), .integer(revision)]
            )
        )
        let results = try await database.batch(statements, isIdempotent: true)
        let found = try results.suffix(2).map { try $0.named.map { try $0.string("unit") } }
        return PlannedUnits(all: found[0], finished: Set(found[1]))
    }

    /// What the corpus knows of a unit before it is read.
    struct UnitState {
        /// The file that the live rows were read from, and by which reader.
        var captureHash: String?
        var reader: String?
        /// What that reading found.
        var counts = LawCounts()
        /// Rows of the unit that are live.
        var liveRows = 0
        /// What upstream said of the unit's files when they were captured before, by address and hash.
        var captures: [String: [String: CaptureValidators?]] = [:]
    }

    /// Marks the unit as running, takes back what a broken attempt wrote of it, and says what it was read from last.
    ///
    /// - Parameter urls: where the unit's files are going to be captured.
    func beginUnit(_ unit: String, revision: Int64, urls: [String], now: Timestamp) async throws -> UnitState {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        // A copy of this call that is executed late, be it after the unit has ended, must not take back what has been
        // written since: once the unit is this attempt's and no more pending, nothing is taken back.
        let isNew = """
            \(fence) AND NOT EXISTS (SELECT 1 FROM ingest_job_units u WHERE u.job_id = ?1 AND u.unit = ?4
                AND u.status <> 'pending' AND u.attempt = CAST(?2 AS INTEGER))
            """
        let broken = LawSchema.deletion(
            ofNodes: """
                SELECT id FROM nodes WHERE source_id = ?3 AND valid_from = CAST(?5 AS INTEGER) AND unit = ?4 AND \(isNew)
                """,
            parameters: who + [.text(source.id), .text(unit), .integer(revision)]
        )
        let results = try await database.batch(
            broken + [
                Statement(
                    """
                    UPDATE nodes SET valid_to = NULL
                    WHERE source_id = ?3 AND unit = ?4 AND valid_to = CAST(?5 AS INTEGER) AND \(isNew)
                    """,
                    who + [.text(source.id), .text(unit), .integer(revision)]
                ),
                Statement(
                    """
                    UPDATE ingest_job_units SET status = 'running', started_at = ?4, attempt = CAST(?2 AS INTEGER)
                    WHERE job_id = ?1 AND unit = ?3 AND \(fence)
                        AND NOT (status IN ('done', 'failed') AND attempt = CAST(?2 AS INTEGER))
                    """,
                    who + [.text(unit), .text(now.description)]
                ),
                Statement(
                    """
                    SELECT COUNT(*) AS live_rows FROM nodes
                    WHERE source_id = ?1 AND unit = ?2 AND valid_to IS NULL
                    """,
                    [.text(source.id), .text(unit)]
                ),
                Self.selection(ofCaptures: urls),
                Statement(
                    """
                    SELECT capture_sha256, reader, nodes, sections, characters FROM revision_units
                    WHERE source_id = ?1 AND unit = ?2 ORDER BY revision DESC LIMIT 1
                    """,
                    [.text(source.id), .text(unit)]
                ),
            ],
            isIdempotent: true
        )
        guard results[broken.count + 1].changes == 1 else { throw Self.superseded }
        var state = UnitState()
        let found = results.suffix(3).map(\.named)
        state.liveRows = Int(try found[0].first?.integer("live_rows") ?? 0)
        state.captures = try Self.captures(found[1])
        if let row = found[2].first {
            state.captureHash = try row.string("capture_sha256")
            state.reader = try row.string("reader")
            state.counts.nodes = Int(try row.integer("nodes"))
            state.counts.sections = Int(try row.integer("sections"))
            state.counts.characters = Int(try row.integer("characters"))
            state.counts.unchanged = state.counts.nodes
        }
        return state
    }

    /// Marks the unit as done, with what it was read from.
    ///
    /// - Parameter captured: writes down with it what is new of the files.
    func finishUnit(
        _ unit: String,
        revision: Int64,
        label: String,
        captureHash: String,
        captured: [Statement],
        reader: String,
        counts: LawCounts,
        now: Timestamp
    ) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        let results = try await database.batch(
            captured + [
                Statement(
                    """
                    INSERT INTO revision_units
                        (source_id, unit, revision, label, capture_sha256, reader, nodes, sections, characters)
                    SELECT ?3, ?4, CAST(?5 AS INTEGER), ?6, ?7, ?8, CAST(?9 AS INTEGER), CAST(?10 AS INTEGER),
                        CAST(?11 AS INTEGER)
                    WHERE \(fence)
                    ON CONFLICT (source_id, unit, revision) DO UPDATE SET label = excluded.label,
                        capture_sha256 = excluded.capture_sha256, reader = excluded.reader,
                        nodes = excluded.nodes, sections = excluded.sections, characters = excluded.characters
                    """,
                    who + [
                        .text(source.id), .text(unit), .integer(revision), .text(label), .text(captureHash),
                        .text(reader), SQLValue(counts.nodes), SQLValue(counts.sections), SQLValue(counts.characters),
                    ]
                ),
                Statement(
                    """
                    UPDATE ingest_job_units SET status = 'done', finished_at = ?4, counts_json = ?5
                    WHERE job_id = ?1 AND unit = ?3 AND \(fence)
                    """,
                    who + [.text(unit), .text(now.description), .text(try JSONText.string(counts))]
                ),
            ],
            isIdempotent: true
        )
        guard results.last?.changes == 1 else { throw Self.superseded }
    }

    /// Selects what each unit of the job came to; only units that are wholly done.
    func selectionOfDoneUnits(revision: Int64) -> Statement {
        Statement(
            """
            SELECT u.unit, u.counts_json FROM ingest_job_units u JOIN revision_units r
                ON r.source_id = ?2 AND r.unit = u.unit AND r.revision = CAST(?3 AS INTEGER)
            WHERE u.job_id = ?1 AND u.status = 'done'
            """,
            [.text(job.rawValue), .text(source.id), .integer(revision)]
        )
    }

    /// Reads what ``selectionOfDoneUnits(revision:)`` found, by unit.
    func doneUnits(_ found: StatementResult) throws -> [String: LawCounts] {
        try Dictionary(
            found.named.map { row in
                (
                    try row.string("unit"),
                    try JSONText.decode(LawCounts.self, from: Array(row.string("counts_json").utf8))
                )
            },
            uniquingKeysWith: { _, last in last }
        )
    }

    /// Ends all nodes of units that upstream does not have any more.
    func removeUnits(_ units: [String], revision: Int64, label: String) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let parameters: [SQLValue] = [
            .text(job.rawValue), SQLValue(attempt), .text(source.id), .integer(revision),
            .text(JSONValue.array(units.map(JSONValue.string)).canonicalText),
        ]
        _ = try await database.batch(
            [
                Statement(
                    """
                    UPDATE nodes SET valid_to = CAST(?4 AS INTEGER)
                    WHERE source_id = ?3 AND unit IN (SELECT value FROM json_each(?5)) AND valid_to IS NULL
                        AND valid_from < CAST(?4 AS INTEGER) AND \(fence)
                    """,
                    parameters
                ),
                // The units' state in this revision: read from nothing, and nothing in it.
                Statement(
                    """
                    INSERT INTO revision_units
                        (source_id, unit, revision, label, capture_sha256, reader, nodes, sections, characters)
                    SELECT ?3, value, CAST(?4 AS INTEGER), ?6, '', '', 0, 0, 0 FROM json_each(?5) WHERE \(fence)
                    ON CONFLICT (source_id, unit, revision) DO NOTHING
                    """,
                    parameters + [.text(label)]
                ),
            ],
            isIdempotent: true
        )
    }

    /// Writes down that a unit failed, so that the job's units tell the truth whatever becomes of the report.
    func failUnit(_ unit: String, _ failure: JobFailure, now: Timestamp) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        try await database.run(
            Statement(
                """
                UPDATE ingest_job_units SET status = 'failed', finished_at = ?4, error_json = ?5
                WHERE job_id = ?1 AND unit = ?3 AND \(fence)
                """,
                [
                    .text(job.rawValue), SQLValue(attempt), .text(unit), .text(now.description),
                    .text(try JSONText.string(failure)),
                ]
            )
        )
    }
}
