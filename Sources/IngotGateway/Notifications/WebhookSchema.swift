import IngotCore

/// The tables of webhooks and of what they are sent.
enum WebhookSchema {
    /// Statements that make what is missing and change nothing that is there.
    static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS webhooks (
                id TEXT PRIMARY KEY,
                url TEXT NOT NULL,
                secret TEXT NOT NULL,
                events_json TEXT NOT NULL,
                sources_json TEXT,
                enabled INTEGER NOT NULL DEFAULT 1,
                created_at TEXT NOT NULL,
                created_by TEXT
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS webhook_deliveries (
                id TEXT PRIMARY KEY,
                webhook_id TEXT NOT NULL,
                job_id TEXT NOT NULL,
                event TEXT NOT NULL,
                created_at TEXT NOT NULL,
                attempt INTEGER NOT NULL DEFAULT 0,
                next_at TEXT NOT NULL,
                delivered_at TEXT,
                response_status INTEGER,
                error TEXT,
                gave_up_at TEXT,
                UNIQUE (webhook_id, job_id, event)
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE INDEX IF NOT EXISTS webhook_deliveries_open
            ON webhook_deliveries (next_at) WHERE delivered_at IS NULL AND gave_up_at IS NULL
            """
        ),
        Statement(
            "CREATE INDEX IF NOT EXISTS webhook_deliveries_by_age ON webhook_deliveries (created_at)"
        ),
        Statement(
            "CREATE INDEX IF NOT EXISTS webhook_deliveries_by_job ON webhook_deliveries (job_id)"
        ),
    ]
}
