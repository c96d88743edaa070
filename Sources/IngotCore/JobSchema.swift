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
                token_hash TEXT,
                priority INTEGER NOT NULL DEFAULT 0,
                limits_json TEXT,
                next_attempt_at TEXT,
                retry_of TEXT,
                created_by TEXT,
                gateway TEXT,
                host TEXT,
                cancel_requested_at TEXT,
                trace_parent TEXT,
                trace_state TEXT,
                definition_id INTEGER,
                schedule_id INTEGER,
                scheduled_for TEXT,
                endless_json TEXT,
                deadline_at TEXT,
                last_error_json TEXT,
                host_terms_json TEXT
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
        Statement(
            """
            CREATE TABLE IF NOT EXISTS ingest_job_attempts (
                job_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                started_at TEXT NOT NULL,
                finished_at TEXT,
                outcome TEXT CHECK (outcome IN ('succeeded', 'failed', 'cancelled')),
                launcher TEXT,
                runner_handle TEXT,
                error_json TEXT,
                exit_json TEXT,
                samples_json TEXT,
                peak_memory_bytes INTEGER,
                cpu_seconds REAL,
                PRIMARY KEY (job_id, attempt)
            ) WITHOUT ROWID
            """
        ),
    ]

    /// A column that a table got after it was first made.
    struct AddedColumn: Sendable {
        var table: String
        var name: String
        var declaration: String
    }

    /// The columns that a table of an earlier version may lack.
    static let addedColumns: [AddedColumn] = [
        AddedColumn(table: "ingest_jobs", name: "priority", declaration: "INTEGER NOT NULL DEFAULT 0"),
        AddedColumn(table: "ingest_jobs", name: "limits_json", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "next_attempt_at", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "retry_of", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "created_by", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "gateway", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "host", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "cancel_requested_at", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "trace_parent", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "trace_state", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "definition_id", declaration: "INTEGER"),
        AddedColumn(table: "ingest_jobs", name: "schedule_id", declaration: "INTEGER"),
        AddedColumn(table: "ingest_jobs", name: "scheduled_for", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "endless_json", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "deadline_at", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "last_error_json", declaration: "TEXT"),
        AddedColumn(table: "ingest_jobs", name: "host_terms_json", declaration: "TEXT"),
        AddedColumn(table: "ingest_job_attempts", name: "samples_json", declaration: "TEXT"),
        AddedColumn(table: "ingest_job_attempts", name: "peak_memory_bytes", declaration: "INTEGER"),
        AddedColumn(table: "ingest_job_attempts", name: "cpu_seconds", declaration: "REAL"),
    ]

    /// Makes the tables that are missing, and the columns that tables of an earlier version lack.
    ///
    /// - Throws: `DatabaseError`.
    public static func prepare(_ database: any Database) async throws {
        _ = try await database.batch(statements, isIdempotent: true)
        for table in Set(addedColumns.map(\.table)).sorted() { try await addColumns(to: table, of: database) }
    }

    private static func addColumns(to table: String, of database: any Database) async throws {
        func missing() async throws -> [AddedColumn] {
            let names = Set(try await database.rows("PRAGMA table_info(\(table))").map { try $0.string("name") })
            return addedColumns.filter { $0.table == table && !names.contains($0.name) }
        }
        for column in try await missing() {
            do {
                try await database.run(
                    Statement("ALTER TABLE \(table) ADD COLUMN \(column.name) \(column.declaration)"),
                    isIdempotent: false
                )
            } catch {
                // Another gateway, or the first sending of the same call, may have added it in between.
                if try await missing().contains(where: { $0.name == column.name }) { throw error }
            }
        }
    }

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
