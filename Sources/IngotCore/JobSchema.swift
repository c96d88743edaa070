/// The tables of jobs, as text: the gateway makes them, and so does a runner that runs without one.
public enum JobSchema {
    /// Statements that make what is missing and change nothing that is there.
    public static let statements: [Statement] = [
        Statement(
            """
            CREATE TABLE IF NOT EXISTS ingest_jobs (
                id TEXT PRIMARY KEY,
                source TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
                progress INTEGER NOT NULL DEFAULT 0,
                message TEXT,
                params_json TEXT NOT NULL,
                created_at TEXT NOT NULL,
                started_at TEXT,
                updated_at TEXT NOT NULL,
                finished_at TEXT,
                result_json TEXT,
                error_json TEXT,
                attempt INTEGER NOT NULL DEFAULT 0,
                max_attempts INTEGER NOT NULL DEFAULT 1,
                lease_expires_at TEXT,
                last_seq INTEGER NOT NULL DEFAULT 0,
                idempotency_key TEXT,
                launcher TEXT,
                runner_handle TEXT,
                token_hash TEXT
            ) WITHOUT ROWID
            """
        ),
        Statement(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS ingest_jobs_by_idempotency_key
            ON ingest_jobs (idempotency_key) WHERE idempotency_key IS NOT NULL
            """
        ),
        Statement(
            """
            CREATE INDEX IF NOT EXISTS ingest_jobs_unfinished
            ON ingest_jobs (status, id) WHERE status IN ('queued', 'running')
            """
        ),
        Statement(
            """
            CREATE TABLE IF NOT EXISTS ingest_job_units (
                job_id TEXT NOT NULL,
                unit TEXT NOT NULL,
                position INTEGER NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'done', 'failed')),
                attempt INTEGER NOT NULL,
                counts_json TEXT,
                error_json TEXT,
                started_at TEXT,
                finished_at TEXT,
                PRIMARY KEY (job_id, unit)
            ) WITHOUT ROWID
            """
        ),
    ]

    /// A condition that holds only while the attempt is the job's current one and running.
    ///
    /// Every write of an attempt carries it, so that a superseded runner can change nothing.
    /// Bind the job's id and the attempt's number to the two placeholders.
    public static func fence(jobPlaceholder: Int, attemptPlaceholder: Int) -> String {
        """
        EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?\(jobPlaceholder) \
        AND attempt = CAST(?\(attemptPlaceholder) AS INTEGER) AND status = 'running')
        """
    }
}
