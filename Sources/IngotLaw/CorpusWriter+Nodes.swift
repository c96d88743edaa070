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

    /// Inserts rows with the revision as their beginning, and what hangs on them, in one transaction.
    func insert(_ rows: NodeRows.Call, unit: String, revision: Int64, url: String) async throws {
        let fence = JobSchema.fence(jobPlaceholder: 1, attemptPlaceholder: 2)
        let who: [SQLValue] = [.text(job.rawValue), SQLValue(attempt), .text(source.id), .integer(revision)]
        // Finds the id of each row that was just inserted; a cross join, so that SQLite looks each key up.
        let inserted = """
            json_each(?5) AS e CROSS JOIN nodes n ON n.source_id = ?3 AND n.valid_from = CAST(?4 AS INTEGER)
            AND n.key = json_extract(e.value, '$[0]')
            """
        // A repeated delivery meets its own rows; a key that another unit owns stays that unit's, and the count before
        // promotion finds it out.
        var statements = [
            Statement(
                """
                INSERT INTO nodes (source_id, valid_from, unit, source_url, key, parent_key, level, num, heading,
                    status, citation, content_hash, fingerprints, sort, pack, pack_offset, pack_length)
                SELECT ?3, CAST(?4 AS INTEGER), ?6, ?7, \(NodeRows.fields) FROM json_each(?5) WHERE \(fence)
                ON CONFLICT (source_id, key, valid_from) DO NOTHING
                """,
                who + [.text(rows.nodes), .text(unit), .text(url)]
            )
        ]
        if let references = rows.references {
            statements.append(
                Statement(
                    """
                    INSERT INTO node_references (source_id, target, node_id)
                    SELECT ?3, t.value, n.id FROM \(inserted) CROSS JOIN json_each(json_extract(e.value, '$[1]')) AS t
                    WHERE \(fence) ON CONFLICT DO NOTHING
                    """,
                    who + [.text(references)]
                )
            )
        }
        if let ranges = rows.ranges {
            statements.append(
                Statement(
                    """
                    INSERT INTO node_ranges (source_id, first_key, last_key, node_id)
                    SELECT ?3, json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), n.id
                    FROM \(inserted) CROSS JOIN json_each(json_extract(e.value, '$[1]')) AS r
                    WHERE \(fence) ON CONFLICT DO NOTHING
                    """,
                    who + [.text(ranges)]
                )
            )
        }
        if let words = rows.words {
            statements.append(
                Statement(
                    """
                    INSERT OR REPLACE INTO node_words (rowid, num, heading, text)
                    SELECT n.id, n.num, n.heading, json_extract(e.value, '$[1]') FROM \(inserted) WHERE \(fence)
                    """,
                    who + [.text(words)]
                )
            )
        }
        _ = try await database.batch(statements, isIdempotent: true)
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

    func shown(in revision: Int64) async throws -> Shown {
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
            ],
            isIdempotent: true
        )
        guard results.count == 3 else { throw Self.superseded }
        return Shown(
            nodes: try Dictionary(
                results[0].named.map { (try $0.string("unit"), Int(try $0.integer("node_count"))) },
                uniquingKeysWith: +
            ),
            orphans: try results[1].named.map { try $0.string("key") },
            repeated: try results[2].named.map { try $0.string("key") }
        )
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
