import IngotCore

/// The tables of the proxy pool.
enum ProxySchema {
    /// Statements that make what is missing and change nothing that is there.
    static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS proxies (
                address TEXT PRIMARY KEY,
                sources_json TEXT NOT NULL,
                valid INTEGER NOT NULL,
                strikes INTEGER NOT NULL,
                checked_at TEXT,
                rest_until TEXT
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS proxy_sources (
                name TEXT PRIMARY KEY,
                fetched_at TEXT,
                error TEXT,
                checked INTEGER NOT NULL,
                succeeded INTEGER NOT NULL,
                quarantined_until TEXT,
                quarantines INTEGER NOT NULL
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS proxy_settings (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                change_json TEXT NOT NULL,
                changed_at TEXT NOT NULL
            )
            """
        ),
    ]
}
