import IngotCore

/// The tables of the law corpus.
///
/// A row of `nodes` holds from revision `valid_from` up to, not including, `valid_to`; an open end is NULL. A reader
/// of revision N sees the rows with `valid_from <= N` whose end is open or beyond N. Content lies in packs; a row
/// says which pack and where in it.
enum LawSchema {
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
                status TEXT NOT NULL CHECK (status IN ('open', 'promoted', 'abandoned')),
                counts_json TEXT,
                created_at TEXT NOT NULL,
                promoted_at TEXT,
                PRIMARY KEY (source_id, number)
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS nodes (
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
                pack TEXT NOT NULL,
                pack_offset INTEGER NOT NULL,
                pack_length INTEGER NOT NULL,
                source_url TEXT NOT NULL,
                PRIMARY KEY (source_id, key, valid_from)
            ) WITHOUT ROWID
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_unit ON nodes (source_id, unit, sort)"),
        Statement("CREATE INDEX IF NOT EXISTS nodes_by_parent ON nodes (source_id, parent_key, sort)"),
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
                sha256 TEXT NOT NULL,
                size INTEGER NOT NULL,
                object_key TEXT NOT NULL,
                PRIMARY KEY (url, sha256)
            ) WITHOUT ROWID
            """
        ),
    ]

    /// The condition that a row of `nodes` can be seen in the revision bound to the placeholder.
    static func isVisible(in placeholder: Int, table: String = "nodes") -> String {
        "\(table).valid_from <= ?\(placeholder) AND (\(table).valid_to IS NULL OR \(table).valid_to > ?\(placeholder))"
    }
}
