// The tables that the gateway and its runners share; the same as the Swift gateway makes.

/** Statements that make what is missing and change nothing that is there. */
const statements = [
  `CREATE TABLE IF NOT EXISTS ingest_jobs (
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
  ) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX IF NOT EXISTS ingest_jobs_by_idempotency_key
  ON ingest_jobs (idempotency_key) WHERE idempotency_key IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS ingest_jobs_unfinished
  ON ingest_jobs (status, id) WHERE status IN ('queued', 'running')`,
  `CREATE TABLE IF NOT EXISTS ingest_job_units (
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
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS ingest_job_attempts (
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
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS api_keys (
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
  ) WITHOUT ROWID`,
];

let isPrepared = false;

/**
 * Makes the tables that are missing, once while the Worker is in memory.
 *
 * Requests that come at the same time each do it: one request must not wait for what another one asks, which may go.
 *
 * @param {D1Database} database
 */
export async function prepareTables(database) {
  if (isPrepared) return;
  await database.batch(statements.map((statement) => database.prepare(statement)));
  isPrepared = true;
}
