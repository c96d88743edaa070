import IngotCore

/// Writes one attempt's changes to the corpus. Every statement is conditional on the attempt being the job's current
/// one, so a superseded runner can change nothing; it learns so by ``CorpusWriter/superseded``.
struct CorpusWriter: Sendable {
    let database: any Database
    let source: SourceDescription
    let job: JobID
    let attempt: Int

    /// Rows of one page of a reading query; keeps an answer around a megabyte.
    private static let pageRows = 4000
    /// Rows of one deleting or closing statement.
    private static let sweepRows = 10_000

    // MARK: - Revisions

    /// The revision that readers see, and its label.
    struct Live: Equatable {
        var number: Int64
        var label: String?
        var nodeCount: Int
    }

    /// Makes the tables and the source's own row.
    func prepare() async throws {
        let row = Statement(
            """
            INSERT INTO sources (id, name, jurisdiction, region, doc_type) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, jurisdiction = excluded.jurisdiction,
                region = excluded.region, doc_type = excluded.doc_type
            WHERE name <> excluded.name OR jurisdiction <> excluded.jurisdiction OR region <> excluded.region
                OR doc_type <> excluded.doc_type
            """,
            [
                .text(source.id), .text(source.name), .text(source.jurisdiction), .text(source.region),
                .text(source.documentType),
            ]
        )
        _ = try await database.batch(LawSchema.statements + [row], isIdempotent: true)
    }

    func live() async throws -> Live {
        let rows = try await database.rows(
            """
            SELECT s.live AS number, r.label AS label,
                (SELECT COUNT(*) FROM nodes n WHERE n.source_id = s.id AND n.valid_from <= s.live
                    AND (n.valid_to IS NULL OR n.valid_to > s.live)) AS node_count
            FROM sources s LEFT JOIN revisions r ON r.source_id = s.id AND r.number = s.live WHERE s.id = ?1
            """,
            [.text(source.id)]
        )
        guard let row = rows.first else { return Live(number: 0, label: nil, nodeCount: 0) }
        return Live(
            number: try row.integer("number"),
            label: try row.optionalString("label"),
            nodeCount: Int(try row.integer("node_count"))
        )
    }

    /// What the job's own revision is: a number to write with, or the counts of one that is already visible.
    enum OwnRevision: Equatable {
        case open(Int64)
        case promoted(Int64)
    }

    /// Opens the job's revision, or finds the one that an earlier attempt opened for the same label.
    ///
    /// What other jobs left open is swept first: its writers are gone, because only one job of a source runs.
    func openRevision(label: String, now: Timestamp) async throws -> OwnRevision {
        let leftovers = try await database.rows(
            "SELECT number, job_id, label, status FROM revisions WHERE source_id = ?1 AND (status = 'open' OR job_id = ?2)",
            [.text(source.id), .text(job.rawValue)]
        )
        for row in leftovers {
            let number = try row.integer("number")
            let isOwn = try row.string("job_id") == job.rawValue
            switch try row.string("status") {
            case "promoted" where isOwn: return .promoted(number)
            case "open" where try isOwn && row.string("label") == label: return .open(number)
            case "open": try await sweep(revision: number)
            default: break
            }
        }
        let fence = JobSchema.fence(jobPlaceholder: 3, attemptPlaceholder: 5)
        let results = try await database.batch(
            [
                Statement(
                    """
                    INSERT INTO revisions (source_id, number, label, job_id, status, created_at)
                    SELECT ?1, (SELECT COALESCE(MAX(number), 0) + 1 FROM revisions WHERE source_id = ?1),
                        ?2, ?3, 'open', ?4
                    WHERE \(fence) AND NOT EXISTS (
                        SELECT 1 FROM revisions WHERE source_id = ?1 AND job_id = ?3 AND status = 'open')
                    """,
                    [
                        .text(source.id), .text(label), .text(job.rawValue), .text(now.description),
                        SQLValue(attempt),
                    ]
                ),
                Statement(
                    "SELECT number FROM revisions WHERE source_id = ?1 AND job_id = ?2 AND status = 'open'",
                    [.text(source.id), .text(job.rawValue)]
                ),
            ],
            isIdempotent: true
        )
        guard let row = results.last?.named.first else { throw Self.superseded }
        return .open(try row.integer("number"))
    }

    /// Makes the revision visible, and commits the job's result with it, in one transaction.
    func promote(revision: Int64, over base: Int64, counts: JSONValue, result: JSONValue, now: Timestamp) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        let isOpen = """
            EXISTS (SELECT 1 FROM revisions WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER) AND status = 'open')
            """
        _ = try await database.batch(
            [
                Statement(
                    """
                    UPDATE sources SET live = ?4
                    WHERE id = ?3 AND live = CAST(?5 AS INTEGER) AND \(isOpen) AND \(fence)
                    """,
                    who + [.text(source.id), .integer(revision), .integer(base)]
                ),
                Statement(
                    """
                    UPDATE revisions SET status = 'promoted', promoted_at = ?5, counts_json = ?6
                    WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER) AND status = 'open' AND \(fence)
                        AND EXISTS (SELECT 1 FROM sources WHERE id = ?3 AND live = CAST(?4 AS INTEGER))
                    """,
                    who + [.text(source.id), .integer(revision), .text(now.description), .text(counts.canonicalText)]
                ),
                Statement(
                    """
                    UPDATE ingest_jobs SET result_json = ?5
                    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running' AND EXISTS (
                        SELECT 1 FROM revisions WHERE source_id = ?3 AND number = CAST(?4 AS INTEGER)
                        AND status = 'promoted')
                    """,
                    who + [.text(source.id), .integer(revision), .text(result.canonicalText)]
                ),
            ],
            isIdempotent: true
        )
        // The batch may have been sent twice, so the state tells whether it took, not the number of changes.
        let live = try await database.rows("SELECT live FROM sources WHERE id = ?1", [.text(source.id)])
        guard try live.first?.integer("live") == revision else { throw Self.superseded }
    }

    /// Takes back everything that a revision wrote, unless it has become visible.
    func sweep(revision: Int64) async throws {
        let isOpen = """
            EXISTS (SELECT 1 FROM revisions WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'open')
            """
        let own: [SQLValue] = [.text(source.id), .integer(revision), .text(job.rawValue), SQLValue(attempt)]
        // A cancelled or failed job still cleans up after itself, so this fence does not ask for `running`.
        let fence = "EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?3 AND attempt = CAST(?4 AS INTEGER))"
        let deletion = Statement(
            """
            DELETE FROM nodes WHERE (source_id, key, valid_from) IN (
                SELECT source_id, key, valid_from FROM nodes
                WHERE source_id = ?1 AND valid_from = CAST(?2 AS INTEGER) LIMIT \(Self.sweepRows))
            AND \(isOpen) AND \(fence)
            """,
            own
        )
        let reopening = Statement(
            """
            UPDATE nodes SET valid_to = NULL WHERE (source_id, key, valid_from) IN (
                SELECT source_id, key, valid_from FROM nodes
                WHERE source_id = ?1 AND valid_to = CAST(?2 AS INTEGER) LIMIT \(Self.sweepRows))
            AND \(isOpen) AND \(fence)
            """,
            own
        )
        for statement in [deletion, reopening] {
            while try await database.run(statement).changes > 0 {}
        }
        _ = try await database.batch(
            [
                Statement(
                    """
                    DELETE FROM revision_units
                    WHERE source_id = ?1 AND revision = CAST(?2 AS INTEGER) AND \(isOpen) AND \(fence)
                    """,
                    own
                ),
                Statement(
                    """
                    UPDATE revisions SET status = 'abandoned'
                    WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'open' AND \(fence)
                    """,
                    own
                ),
            ],
            isIdempotent: true
        )
    }

    // MARK: - Units

    /// Writes the job's plan down; returns the units that an earlier attempt finished.
    func planUnits(_ units: [String], revision: Int64) async throws -> Set<String> {
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
                "SELECT unit FROM revision_units WHERE source_id = ?1 AND revision = CAST(?2 AS INTEGER)",
                [.text(source.id), .integer(revision)]
            )
        )
        let results = try await database.batch(statements, isIdempotent: true)
        return try Set((results.last?.named ?? []).map { try $0.string("unit") })
    }

    /// What the corpus knows of a unit before it is read.
    struct UnitState {
        /// The file that the live rows were read from, and by which reader.
        var captureHash: String?
        var reader: String?
        /// What that reading found.
        var counts = LawCounts()
    }

    /// Marks the unit as running, takes back what a broken attempt wrote of it, and says what it was read from last.
    func beginUnit(_ unit: String, revision: Int64, now: Timestamp) async throws -> UnitState {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE ingest_job_units SET status = 'running', started_at = ?4, attempt = CAST(?2 AS INTEGER)
                    WHERE job_id = ?1 AND unit = ?3 AND \(fence)
                    """,
                    who + [.text(unit), .text(now.description)]
                ),
                Statement(
                    """
                    DELETE FROM nodes WHERE source_id = ?3 AND unit = ?4 AND valid_from = CAST(?5 AS INTEGER)
                    AND \(fence)
                    """,
                    who + [.text(source.id), .text(unit), .integer(revision)]
                ),
                Statement(
                    """
                    UPDATE nodes SET valid_to = NULL
                    WHERE source_id = ?3 AND unit = ?4 AND valid_to = CAST(?5 AS INTEGER) AND \(fence)
                    """,
                    who + [.text(source.id), .text(unit), .integer(revision)]
                ),
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
        guard results.first?.changes == 1 else { throw Self.superseded }
        var state = UnitState()
        if let row = results.last?.named.first {
            state.captureHash = try row.string("capture_sha256")
            state.reader = try row.string("reader")
            state.counts.nodes = Int(try row.integer("nodes"))
            state.counts.sections = Int(try row.integer("sections"))
            state.counts.characters = Int(try row.integer("characters"))
            state.counts.unchanged = state.counts.nodes
        }
        return state
    }

    /// Reads the unit's live rows by key.
    func liveRows(ofUnit unit: String) async throws -> [String: UnitDifference.LiveRow] {
        var rows: [String: UnitDifference.LiveRow] = [:]
        // Packs are few and their names long: every row shares its pack's one string.
        var packs: [String: String] = [:]
        var last: (sort: Int64, key: String)?
        while true {
            let page = try await database.run(
                Statement(
                    """
                    SELECT key, sort, content_hash, pack, pack_offset, pack_length FROM nodes
                    WHERE source_id = ?1 AND unit = ?2 AND valid_to IS NULL
                        AND (sort > CAST(?3 AS INTEGER) OR (sort = CAST(?3 AS INTEGER) AND key > ?4))
                    ORDER BY sort, key LIMIT \(Self.pageRows)
                    """,
                    [.text(source.id), .text(unit), .integer(last?.sort ?? -(1 << 52)), .text(last?.key ?? "")]
                )
            ).named
            for row in page {
                let key = try row.string("key")
                let hash = try row.string("content_hash")
                guard let hash = ContentHash(hexadecimal: hash) else {
                    throw RowError(column: "content_hash", expected: "64 hexadecimal digits", found: hash)
                }
                let pack = try row.string("pack")
                let shared = packs[pack] ?? pack
                packs[pack] = shared
                let sort = try row.integer("sort")
                rows[key] = UnitDifference.LiveRow(
                    hash: hash,
                    sort: sort,
                    pack: shared,
                    offset: try row.integer("pack_offset"),
                    length: try row.integer("pack_length")
                )
                last = (sort, key)
            }
            if page.count < Self.pageRows { return rows }
        }
    }

    /// Ends the live rows with these keys at the revision.
    func close(_ keys: [String], inUnit unit: String, revision: Int64) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        for chunk in try JSONRows.chunks(keys.map { [.text($0)] }) {
            try await database.run(
                Statement(
                    """
                    UPDATE nodes SET valid_to = CAST(?3 AS INTEGER)
                    WHERE source_id = ?4 AND unit = ?5 AND valid_to IS NULL AND valid_from < CAST(?3 AS INTEGER)
                        AND key IN (SELECT json_extract(value, '$[0]') FROM json_each(?6)) AND \(fence)
                    """,
                    [
                        .text(job.rawValue), SQLValue(attempt), .integer(revision), .text(source.id), .text(unit),
                        .text(chunk),
                    ]
                )
            )
        }
    }

    /// One row of `nodes` to insert.
    struct NodeRow {
        var key: String
        var parent: String?
        var level: String
        var sort: Int64
        var num: String
        var heading: String
        var status: String?
        var citation: String?
        var hash: ContentHash
        var pack: String
        var offset: Int64
        var length: Int64
    }

    /// Inserts rows with the revision as their beginning.
    func insert(_ rows: some Sequence<NodeRow>, unit: String, revision: Int64, url: String) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let values = rows.lazy.map { row -> [SQLValue] in
            [
                .text(row.key), SQLValue(row.parent), .text(row.level), .integer(row.sort), .text(row.num),
                .text(row.heading), SQLValue(row.status), SQLValue(row.citation), .text(row.hash.hexadecimal),
                .text(row.pack), .integer(row.offset), .integer(row.length),
            ]
        }
        let fields = (0..<12).map { "json_extract(value, '$[\($0)]')" }.joined(separator: ", ")
        for chunk in try JSONRows.chunks(values) {
            // A repeated delivery meets its own rows; a key that another unit owns stays that unit's, and the count
            // before promotion finds it out.
            try await database.run(
                Statement(
                    """
                    INSERT INTO nodes (source_id, unit, valid_from, source_url, key, parent_key, level, sort, num,
                        heading, status, citation, content_hash, pack, pack_offset, pack_length)
                    SELECT ?3, ?4, CAST(?5 AS INTEGER), ?6, \(fields) FROM json_each(?7) WHERE \(fence)
                    ON CONFLICT (source_id, key, valid_from) DO NOTHING
                    """,
                    [
                        .text(job.rawValue), SQLValue(attempt), .text(source.id), .text(unit), .integer(revision),
                        .text(url), .text(chunk),
                    ]
                )
            )
        }
    }

    /// Marks the unit as done, with what it was read from.
    func finishUnit(
        _ unit: String,
        revision: Int64,
        label: String,
        captureHash: String,
        reader: String,
        counts: LawCounts,
        now: Timestamp
    ) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt)]
        let results = try await database.batch(
            [
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

    // MARK: - Captures

    /// The object that holds these bytes already, if any.
    func storedCapture(sha256: String, url: String) async throws -> String? {
        try await database.rows(
            "SELECT object_key FROM captures WHERE url = ?1 AND sha256 = ?2",
            [.text(url), .text(sha256)]
        ).first?.string("object_key")
    }

    func recordCapture(
        url: String,
        fetchedAt: Timestamp,
        etag: String?,
        sha256: String,
        size: Int64,
        objectKey: String
    ) async throws {
        try await database.run(
            Statement(
                """
                INSERT INTO captures (url, fetched_at, etag, sha256, size, object_key)
                SELECT ?3, ?4, ?5, ?6, CAST(?7 AS INTEGER), ?8
                WHERE \(JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2))
                ON CONFLICT (url, sha256) DO NOTHING
                """,
                [
                    .text(job.rawValue), SQLValue(attempt), .text(url), .text(fetchedAt.description), SQLValue(etag),
                    .text(sha256), .integer(size), .text(objectKey),
                ]
            )
        )
    }

    // MARK: - Checks before promotion

    /// What the corpus would show of each unit in the revision.
    func visibleCounts(revision: Int64) async throws -> [String: Int] {
        let rows = try await database.rows(
            """
            SELECT unit, COUNT(*) AS node_count FROM nodes
            WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) GROUP BY unit
            """,
            [.text(source.id), .integer(revision)]
        )
        return try Dictionary(
            rows.map { (try $0.string("unit"), Int(try $0.integer("node_count"))) },
            uniquingKeysWith: +
        )
    }

    /// Nodes of the revision whose parent it does not show, at most 20.
    func orphans(revision: Int64) async throws -> [String] {
        try await database.rows(
            """
            SELECT key FROM nodes WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) AND parent_key IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM nodes p WHERE p.source_id = ?1 AND p.key = nodes.parent_key
                AND \(LawSchema.isVisible(in: 2, table: "p"))) LIMIT 20
            """,
            [.text(source.id), .integer(revision)]
        ).map { try $0.string("key") }
    }

    /// Another attempt has taken the job over, or the job has ended: this one must write no more.
    static let superseded = JobFailure(
        code: "attempt_superseded",
        message: "This attempt is no longer the job's current one; nothing of it was made visible."
    )
}
