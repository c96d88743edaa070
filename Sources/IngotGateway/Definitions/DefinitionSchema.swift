import IngotCore

/// The tables of job definitions, their schedules, and what became of each due time.
enum DefinitionSchema {
    /// Statements that make what is missing and change nothing that is there.
    static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS job_definitions (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL UNIQUE,
                source TEXT NOT NULL,
                params_json TEXT NOT NULL,
                enabled INTEGER NOT NULL DEFAULT 1,
                retries_json TEXT NOT NULL,
                max_attempts INTEGER,
                priority INTEGER NOT NULL DEFAULT 0,
                limits_json TEXT,
                host_terms_json TEXT,
                built_in INTEGER NOT NULL DEFAULT 0,
                creation TEXT NOT NULL,
                created_at TEXT NOT NULL,
                created_by TEXT,
                updated_at TEXT NOT NULL,
                updated_by TEXT
            )
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS schedules (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                definition_id INTEGER NOT NULL,
                timing_json TEXT NOT NULL,
                params_json TEXT NOT NULL,
                enabled INTEGER NOT NULL DEFAULT 1,
                missed_json TEXT NOT NULL,
                overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'replace')),
                jitter_seconds INTEGER NOT NULL DEFAULT 0,
                deadline_seconds INTEGER,
                decided_until TEXT NOT NULL,
                creation TEXT NOT NULL,
                created_at TEXT NOT NULL,
                created_by TEXT,
                updated_at TEXT NOT NULL,
                updated_by TEXT
            )
            """
        ),
        Statement("CREATE INDEX IF NOT EXISTS schedules_by_definition ON schedules (definition_id)"),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS schedule_ticks (
                schedule_id INTEGER NOT NULL,
                due_at TEXT NOT NULL,
                decision TEXT NOT NULL,
                detail TEXT,
                decided_at TEXT NOT NULL,
                mark TEXT NOT NULL,
                job_id TEXT,
                PRIMARY KEY (schedule_id, due_at)
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE INDEX IF NOT EXISTS schedule_ticks_waiting
            ON schedule_ticks (schedule_id, due_at) WHERE decision = 'waiting'
            """
        ),
        Statement(
            """
            CREATE INDEX IF NOT EXISTS ingest_jobs_by_definition
            ON ingest_jobs (definition_id, id) WHERE definition_id IS NOT NULL
            """
        ),
    ]
}
