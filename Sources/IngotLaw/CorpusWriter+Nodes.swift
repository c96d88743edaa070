import IngotCore

/// The rows of nodes: what is live, what ends, what begins, and what a revision would show.
extension CorpusWriter {
    /// Rows of one page of a reading query; keeps an answer around a megabyte.
    private static let pageRows = 4000

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
                    SELECT key, sort, content_hash, fingerprints, pack, pack_offset, pack_length FROM nodes
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
                    fingerprint: NodeFingerprints(text: try row.string("fingerprints")).combined,
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
        let parameters: [SQLValue] = [
            .text(job.rawValue), SQLValue(attempt), .integer(revision), .text(source.id), .text(unit),
        ]
        let write = BulkWrite(tables: [["key"]]) { tables in
            tables.compactMap { $0 }.map { keys in
                Statement(
                    """
                    UPDATE nodes SET valid_to = CAST(?3 AS INTEGER)
                    WHERE source_id = ?4 AND unit = ?5 AND valid_to IS NULL AND valid_from < CAST(?3 AS INTEGER)
                        AND key IN (SELECT r.key FROM \(keys.expression(from: 6)) AS r) AND \(fence)
                    """,
                    parameters + keys.parameters
                )
            }
        }
        try await database.write(keys, by: write) { key in
            BulkRow(name: key, records: [try JSONRows.record([.text(key)], row: key)])
        }
    }

    /// Inserts rows with the revision as their beginning, and what hangs on a row in the same transaction as the row.
    ///
    /// - Parameter encode: makes a row for the tables of ``NodeRows``.
    func insert<Rows: Sequence>(
        _ rows: Rows,
        unit: String,
        revision: Int64,
        url: String,
        encode: (Rows.Element) throws -> BulkRow
    ) async throws {
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt), .text(source.id), .integer(revision)]
        let origin: [SQLValue] = [.text(unit), .text(url)]
        let write = BulkWrite(tables: NodeRows.tables) { tables in
            [
                tables[0].map { Self.insertion(ofNodes: $0, who + origin) },
                tables[1].map { Self.insertion(ofReferences: $0, who) },
                tables[2].map { Self.insertion(ofRanges: $0, who) },
                tables[3].map { Self.insertion(ofWords: $0, who) },
            ].compactMap { $0 }
        }
        do {
            try await database.write(rows, by: write, encode: encode)
        } catch let error as RowTooLarge {
            throw JobFailure(
                code: "node_too_large",
                message: "What the database keeps of the node \(error.row) takes \(error.bytes) bytes, more than "
                    + "\(DatabaseLimits.bytesPerValue).",
                unit: unit
            )
        }
    }

    private static let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)

    /// Parameters: job, attempt, source, revision, unit, address.
    ///
    /// A repeated delivery meets its own rows; a key that another unit owns stays that unit's, and the count before
    /// promotion finds it out.
    private static func insertion(ofNodes rows: BulkTable, _ parameters: [SQLValue]) -> Statement {
        Statement(
            """
            INSERT INTO nodes (source_id, valid_from, unit, source_url, \(NodeRows.nodes.joined(separator: ", ")))
            SELECT ?3, CAST(?4 AS INTEGER), ?5, ?6, \(NodeRows.nodes.map { "r.\($0)" }.joined(separator: ", "))
            FROM \(rows.expression(from: 7)) AS r WHERE \(fence)
            ON CONFLICT (source_id, key, valid_from) DO NOTHING
            """,
            parameters + rows.parameters
        )
    }

    /// Parameters, as of the next two: job, attempt, source, revision.
    private static func insertion(ofReferences rows: BulkTable, _ parameters: [SQLValue]) -> Statement {
        Statement(
            """
            INSERT INTO node_references (source_id, target, node_id)
            SELECT ?3, t.value, n.id FROM \(inserted(rows)) CROSS JOIN json_each(r.targets) AS t
            WHERE \(fence) ON CONFLICT DO NOTHING
            """,
            parameters + rows.parameters
        )
    }

    private static func insertion(ofRanges rows: BulkTable, _ parameters: [SQLValue]) -> Statement {
        Statement(
            """
            INSERT INTO node_ranges (source_id, first_key, last_key, node_id)
            SELECT ?3, json_extract(t.value, '$[0]'), json_extract(t.value, '$[1]'), n.id
            FROM \(inserted(rows)) CROSS JOIN json_each(r.ranges) AS t
            WHERE \(fence) ON CONFLICT DO NOTHING
            """,
            parameters + rows.parameters
        )
    }

    private static func insertion(ofWords rows: BulkTable, _ parameters: [SQLValue]) -> Statement {
        Statement(
            """
            INSERT OR REPLACE INTO node_words (rowid, num, heading, text)
            SELECT n.id, n.num, n.heading, r.words FROM \(inserted(rows)) WHERE \(fence)
            """,
            parameters + rows.parameters
        )
    }

    /// The rows of a table, each with the row `n` of `nodes` that was just inserted; a cross join, so that SQLite looks
    /// each key up.
    private static func inserted(_ rows: BulkTable) -> String {
        """
        \(rows.expression(from: 5)) AS r CROSS JOIN nodes n ON n.source_id = ?3
        AND n.valid_from = CAST(?4 AS INTEGER) AND n.key = r.key
        """
    }

    // MARK: - Before promotion

    /// What the corpus would show in a revision.
    struct Shown: Equatable {
        /// Nodes by unit.
        var nodes: [String: Int] = [:]
        /// Nodes whose parent would not be shown, at most 20.
        var orphans: [String] = []
        /// Keys that would be shown twice, at most 20.
        var repeated: [String] = []
    }

    /// What the corpus would show, and what each unit of the job came to.
    func result(of revision: Int64) async throws -> (shown: Shown, done: [String: LawCounts]) {
        let parameters: [SQLValue] = [.text(source.id), .integer(revision)]
        let results = try await database.batch(
            [
                Statement(
                    """
                    SELECT unit, COUNT(*) AS node_count FROM nodes
                    WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2)) GROUP BY unit
                    """,
                    parameters
                ),
                Statement(LawSchema.orphans, parameters),
                Statement(
                    """
                    SELECT key FROM nodes WHERE source_id = ?1 AND \(LawSchema.isVisible(in: 2))
                    GROUP BY key HAVING COUNT(*) > 1 LIMIT 20
                    """,
                    parameters
                ),
                selectionOfDoneUnits(revision: revision),
            ],
            isIdempotent: true
        )
        let shown = Shown(
            nodes: try Dictionary(
                results[0].named.map { (try $0.string("unit"), Int(try $0.integer("node_count"))) },
                uniquingKeysWith: +
            ),
            orphans: try results[1].named.map { try $0.string("key") },
            repeated: try results[2].named.map { try $0.string("key") }
        )
        return (shown, try doneUnits(results[3]))
    }

    /// How many nodes differ in each field between two states, those that are in both.
    func fieldChanges(from older: Int64, to newer: Int64) async throws -> [String: Int] {
        let sums = LawField.allCases.map { "SUM(\($0.differs("o", "n"))) AS \"\($0.rawValue)\"" }
        let rows = try await database.rows(
            "SELECT \(sums.joined(separator: ", ")) FROM \(LawSchema.pairs)",
            [.text(source.id), .integer(older), .integer(newer)]
        )
        var changes: [String: Int] = [:]
        for field in LawField.allCases {
            if let count = try rows.first?.optionalInteger(field.rawValue), count > 0 {
                changes[field.rawValue] = Int(count)
            }
        }
        return changes
    }
}
