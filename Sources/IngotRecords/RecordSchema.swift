public import IngotCore

/// The tables of records: rows of public registers and portals that are no law.
///
/// A record is one row under its source and key. `content_json` is what the site said last; `record_history` has each
/// content that a key has had, with when it was seen. Deleting a record deletes its history.
public enum RecordSchema {
    /// Statements that make what is missing and change nothing that is there.
    public static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS records (
                source TEXT NOT NULL,
                key TEXT NOT NULL,
                kind TEXT NOT NULL,
                scope TEXT NOT NULL,
                content_hash TEXT NOT NULL,
                content_json TEXT NOT NULL,
                event_time TEXT,
                address TEXT,
                latitude REAL,
                longitude REAL,
                located_by TEXT CHECK (located_by IN ('source', 'geocoder', 'nobody')),
                first_seen TEXT NOT NULL,
                last_seen TEXT NOT NULL,
                gone_at TEXT,
                PRIMARY KEY (source, key)
            ) WITHOUT ROWID
            """
        ),
        // What is not seen any more, and what has to be deleted.
        Statement("CREATE INDEX IF NOT EXISTS records_by_scope ON records (source, scope, last_seen)"),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS record_history (
                source TEXT NOT NULL,
                key TEXT NOT NULL,
                content_hash TEXT NOT NULL,
                content_json TEXT NOT NULL,
                first_seen TEXT NOT NULL,
                last_seen TEXT NOT NULL,
                PRIMARY KEY (source, key, content_hash)
            ) WITHOUT ROWID
            """
        ),
    ]

    /// Makes the tables that are missing.
    ///
    /// - Throws: `DatabaseError`.
    public static func prepare(_ database: any Database) async throws {
        _ = try await database.batch(statements, isIdempotent: true)
    }
}
