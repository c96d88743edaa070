import IngotCore

/// The tables of the law corpus.
///
/// A row of `nodes` holds from revision `valid_from` up to, not including, `valid_to`; an open end is NULL. A reader
/// of revision N sees the rows with `valid_from <= N` whose end is open or beyond N. Content lies in packs; a row
/// says which pack and where in it.
///
/// Deleting rows of `nodes` must delete what hangs on their ids as well: ``deletion(ofNodes:parameters:)``.
enum LawSchema {
    /// Raise it whenever the same node would give another record, other fingerprints or other words, so that unchanged
    /// files are read again.
    static let rowVersion = 1

    /// Makes what is missing, and makes sure that what is there is of this shape.
    ///
    /// - Parameter rest: statements to run in the same transaction.
    /// - Returns: their results.
    /// - Throws: `JobFailure` `store_outdated` for tables of an earlier version.
    @discardableResult
    static func prepare(_ database: any Database, and rest: [Statement] = []) async throws -> [StatementResult] {
        let results = try await database.batch(
            statements + rest + [Statement("PRAGMA table_info(nodes)")],
            isIdempotent: true
        )
        let columns = results.last?.named ?? []
        guard try columns.contains(where: { try $0.string("name") == "fingerprints" }) else {
            throw JobFailure(
                code: "store_outdated",
                message: "The store's tables were made by an earlier version.",
                advice: "Use another data folder or database, and ingest again."
            )
        }
        return Array(results.dropFirst(statements.count).dropLast())
    }

    /// Statements that make what is missing and change nothing that is there.
    static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS sources (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                jurisdiction TEXT NOT NULL,
                region TEXT NOT NULL,
                doc_type TEXT NOT NULL,
                live INTEGER NOT NULL DEFAULT 0
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS revisions (
                source_id TEXT NOT NULL,
                number INTEGER NOT NULL,
                label TEXT NOT NULL,
                job_id TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('open', 'promoted', 'abandoned', 'reverted')),
                counts_json TEXT,
                created_at TEXT NOT NULL,
                promoted_at TEXT,
                reverted_at TEXT,
                reverted_to INTEGER,
                reverted_reason TEXT,
                swept_at TEXT,
                PRIMARY KEY (source_id, number)
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS nodes (
                id INTEGER PRIMARY KEY,
                source_id TEXT NOT NULL,
                key TEXT NOT NULL,
                valid_from INTEGER NOT NULL,
                valid_to INTEGER,
                unit TEXT NOT NULL,
                parent_key TEXT,
                level TEXT NOT NULL,
                sort INTEGER NOT NULL,
                num TEXT NOT NULL,
                heading TEXT NOT NULL,
                status TEXT,
                citation TEXT,
                content_hash TEXT NOT NULL,
                fingerprints TEXT NOT NULL,
                pack TEXT NOT NULL,
                pack_offset INTEGER NOT NULL,
                pack_length INTEGER NOT NULL,
                source_url TEXT NOT NULL,
                UNIQUE (source_id, key, valid_from)
            )
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_unit ON nodes (source_id, unit, sort)"),
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_parent ON nodes (source_id, parent_key, sort)"),
        // What lies in a pack, in its order: for verification, and to find packs that nothing lies in.
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_pack ON nodes (source_id, pack, pack_offset)"),
        // What a revision began and ended: for differences, and to take a revision back.
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_start ON nodes (source_id, valid_from)"),
        Statement(
            """
            CREATE INDEX IF NOT EXISTS nodes_by_end ON nodes (source_id, valid_to) WHERE valid_to IS NOT NULL
            """
        ),
        // Which keys the text of a node refers to, each once.
        Statement(
            """
            CREATE TABLE IF NOT EXISTS node_references (
                source_id TEXT NOT NULL,
                target TEXT NOT NULL,
                node_id INTEGER NOT NULL,
                PRIMARY KEY (source_id, target, node_id)
            ) WITHOUT ROWID
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS node_references_by_node ON node_references (node_id)"),
        // Other keys that a node stands for, see LawNode.covers.
        Statement(
            """
            CREATE TABLE IF NOT EXISTS node_ranges (
                source_id TEXT NOT NULL,
                first_key TEXT NOT NULL,
                last_key TEXT NOT NULL,
                node_id INTEGER NOT NULL,
                PRIMARY KEY (source_id, first_key, node_id, last_key)
            ) WITHOUT ROWID
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS node_ranges_by_node ON node_ranges (node_id)"),
        // The words of every row of nodes, under its id.
        Statement(
            """
            CREATE VIRTUAL TABLE IF NOT EXISTS node_words USING fts5 (
                num, heading, text, tokenize = 'porter unicode61 remove_diacritics 2')
            """
        ),
        // Which upstream file each unit was read from, one row a unit and revision; the newest at or before a
        // revision is the unit's state in it.
        Statement(
            """
            CREATE TABLE IF NOT EXISTS revision_units (
                source_id TEXT NOT NULL,
                unit TEXT NOT NULL,
                revision INTEGER NOT NULL,
                label TEXT NOT NULL,
                capture_sha256 TEXT NOT NULL,
                reader TEXT NOT NULL,
                nodes INTEGER NOT NULL,
                sections INTEGER NOT NULL,
                characters INTEGER NOT NULL,
                PRIMARY KEY (source_id, unit, revision)
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS captures (
                url TEXT NOT NULL,
                fetched_at TEXT NOT NULL,
                etag TEXT,
                last_modified TEXT,
                sha256 TEXT NOT NULL,
                size INTEGER NOT NULL,
                object_key TEXT NOT NULL,
                PRIMARY KEY (url, sha256)
            ) WITHOUT ROWID
            """
        ),
    ]

    /// The condition that a row of `nodes` can be seen in the revision bound to the placeholder.
    ///
    /// Nearly every row begins before the revision that is read, so the condition must not choose the index: that is
    /// what the plus signs say to SQLite (<https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_>).
    static func isVisible(in placeholder: Int, table: String = "nodes") -> String {
        "+\(table).valid_from <= ?\(placeholder) AND (+\(table).valid_to IS NULL OR +\(table).valid_to > ?\(placeholder))"
    }

    /// Rows `o` and `n` of the same node where a newer state, bound to `?3`, has another row than an older one, bound to
    /// `?2`, of the source `?1`; with the condition of a `WHERE` at its end.
    static let pairs = """
        nodes n JOIN nodes o ON o.source_id = n.source_id AND o.key = n.key AND o.unit = n.unit
            AND \(isVisible(in: 2, table: "o"))
        WHERE n.source_id = ?1 AND n.valid_from > ?2 AND n.valid_from <= ?3 AND \(isVisible(in: 3, table: "n"))
        """

    /// Selects nodes of the source `?1` whose parent the revision `?2` does not show, at most 20.
    static let orphans = """
        SELECT key FROM nodes WHERE source_id = ?1 AND \(isVisible(in: 2)) AND parent_key IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM nodes p WHERE p.source_id = ?1 AND p.key = nodes.parent_key
                AND \(isVisible(in: 2, table: "p"))) LIMIT 20
        """

    /// Statements that delete rows of `nodes` with all that hangs on them, to be run in one transaction.
    ///
    /// - Parameters:
    ///   - selection: SQL that selects the ids, the same ones each time that it runs.
    ///   - parameters: of the selection.
    /// - Returns: statements of which the last one deletes the rows themselves.
    static func deletion(ofNodes selection: String, parameters: [SQLValue]) -> [Statement] {
        [("node_references", "node_id"), ("node_ranges", "node_id"), ("node_words", "rowid"), ("nodes", "id")].map {
            Statement("DELETE FROM \($0) WHERE \($1) IN (\(selection))", parameters)
        }
    }
}
