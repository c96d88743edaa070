import IngotCore

/// The tables of who may do what, and of who did what.
enum AccessSchema {
    /// Statements that make what is missing and change nothing that is there.
    static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS api_keys (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
                sources_json TEXT,
                key_hash TEXT NOT NULL UNIQUE,
                created_at TEXT NOT NULL,
                created_by TEXT NOT NULL,
                expires_at TEXT,
                last_used_at TEXT,
                revoked_at TEXT
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS audit_log (
                id TEXT PRIMARY KEY,
                at TEXT NOT NULL,
                caller TEXT,
                role TEXT,
                remote_address TEXT,
                action TEXT NOT NULL,
                target TEXT NOT NULL,
                outcome TEXT NOT NULL,
                request_id TEXT,
                details_json TEXT
            ) WITHOUT ROWID
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS audit_log_by_caller ON audit_log (caller, id)"),
        Statement("CREATE INDEX IF NOT EXISTS audit_log_by_action ON audit_log (action, id)"),
    ]
}
