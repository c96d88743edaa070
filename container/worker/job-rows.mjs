// The rows of `ingest_jobs` and what hangs on them. Each change of state is one update that names the state it starts
// from, so that a terminal state is never left. All writes may be repeated.
import { canonicalText, jsonText, parseJSON, timestamp } from './json-text.mjs';

export const columns = `id, source, status, progress, message, params_json, created_at, started_at, updated_at,
  finished_at, result_json, error_json, attempt, max_attempts, lease_expires_at, last_seq, idempotency_key, launcher,
  runner_handle, token_hash, priority, limits_json, next_attempt_at, retry_of, created_by, gateway, host,
  cancel_requested_at`;

const terminal = new Set(['succeeded', 'failed', 'cancelled']);
export const isTerminal = (status) => terminal.has(status);

/**
 * A job as its row holds it: what the API shows, and what only the gateway may see.
 *
 * @returns {{job: object, tokenHashes: string[], gateway: string | null, cancelRequested: boolean}}
 */
export function readRow(row) {
  const optional = (value) => value ?? undefined;
  const decoded = (text) => (text === null ? undefined : parseJSON(text));
  return {
    job: {
      id: row.id, source: row.source, status: row.status, progress: row.progress, message: optional(row.message),
      parameters: parseJSON(row.params_json) ?? {}, created_at: row.created_at, started_at: optional(row.started_at),
      updated_at: row.updated_at, finished_at: optional(row.finished_at),
      // A result is committed while the attempt still runs; it is the job's only once the job has succeeded.
      result: row.status === 'succeeded' ? decoded(row.result_json) : undefined,
      error: decoded(row.error_json), attempt: row.attempt, max_attempts: row.max_attempts,
      lease_expires_at: optional(row.lease_expires_at), last_seq: row.last_seq,
      idempotency_key: optional(row.idempotency_key), launcher: optional(row.launcher),
      runner_handle: optional(row.runner_handle), priority: row.priority, limits: decoded(row.limits_json),
      next_attempt_at: optional(row.next_attempt_at), retry_of: optional(row.retry_of),
      created_by: optional(row.created_by),
    },
    tokenHashes: (row.token_hash ?? '').split(' ').filter((hash) => hash !== ''),
    gateway: row.gateway,
    cancelRequested: row.cancel_requested_at !== null,
  };
}

const selection = (database, id) => database.prepare(`SELECT ${columns} FROM ingest_jobs WHERE id = ?1`).bind(id);

/** Writes, and reads the job's row after it. */
async function change(database, id, statements) {
  const results = await database.batch([...statements, selection(database, id)]);
  const row = results.at(-1).results[0];
  if (!row) throw new Error(`the row of job ${id} is not there after its write`);
  return readRow(row);
}

/** @returns the job, or `null` when there is none of that id */
export async function findJob(database, id) {
  const row = await selection(database, id).first();
  return row === null ? null : readRow(row);
}

/**
 * Writes a new job unless its idempotency key is taken.
 *
 * @returns {Promise<{kind: 'created' | 'existing' | 'conflict', job: object}>}
 */
export async function createJob(database, job, { gateway, host }) {
  const insert = database.prepare(`
    INSERT INTO ingest_jobs
      (id, source, status, params_json, created_at, updated_at, max_attempts, idempotency_key, priority, limits_json,
      retry_of, created_by, gateway, host)
    VALUES (?1, ?2, 'queued', ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT DO NOTHING`).bind(
    job.id, job.source, canonicalText(job.parameters), job.created_at, job.max_attempts, job.idempotency_key ?? null,
    job.priority, job.limits ? jsonText(job.limits) : null, job.retry_of ?? null, job.created_by ?? null, gateway, host,
  );
  const select = database.prepare(`SELECT ${columns} FROM ingest_jobs WHERE id = ?1 OR idempotency_key = ?2`)
    .bind(job.id, job.idempotency_key ?? null);
  const [, { results }] = await database.batch([insert, select]);
  const stored = readRow(results[0]).job;
  if (stored.id === job.id) return { kind: 'created', job: stored };
  const subject = (one) => canonicalText([one.source, one.parameters, one.priority, one.max_attempts, one.limits ?? null]);
  return { kind: subject(stored) === subject(job) ? 'existing' : 'conflict', job: stored };
}

/** One page of the jobs, the newest first. */
export async function pageOfJobs(database, { status, source, sources, cursor, limit }) {
  const conditions = [];
  const values = [];
  const require = (condition, value) => {
    values.push(value);
    conditions.push(condition.replace('?', `?${values.length}`));
  };
  if (status) require('status = ?', status);
  if (source !== null) require('source = ?', source);
  if (cursor) require('id < ?', cursor);
  if (sources) require('source IN (SELECT value FROM json_each(?))', JSON.stringify(sources));
  values.push(limit);
  const { results } = await database.prepare(`SELECT ${columns} FROM ingest_jobs
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ORDER BY id DESC LIMIT CAST(?${values.length} AS INTEGER)`).bind(...values).all();
  return results.map((row) => readRow(row).job);
}

/** One page of a job's units, in the order of its plan. */
export async function pageOfUnits(database, id, offset, limit) {
  const { results } = await database.prepare(`
    SELECT unit, position, status, attempt, counts_json, error_json, started_at, finished_at
    FROM ingest_job_units WHERE job_id = ?1 ORDER BY position, unit
    LIMIT CAST(?2 AS INTEGER) OFFSET CAST(?3 AS INTEGER)`).bind(id, limit, offset).all();
  return results.map(shown);
}

/** All attempts of a job, the first one first. */
export async function attemptsOf(database, id) {
  const { results } = await database.prepare(`
    SELECT attempt, started_at, finished_at, outcome, launcher, runner_handle, error_json, exit_json,
      peak_memory_bytes, cpu_seconds
    FROM ingest_job_attempts WHERE job_id = ?1 ORDER BY attempt`).bind(id).all();
  return results.map(shown);
}

/** A row with its JSON read and without what is not there. */
function shown(row) {
  const pairs = Object.entries(row).filter(([, value]) => value !== null).map(([name, value]) =>
    name.endsWith('_json') ? [name.slice(0, -'_json'.length), parseJSON(value)] : [name, value]);
  return Object.fromEntries(pairs);
}

/**
 * queued → running, durable before a container is started, and only while a slot is free: fewer running jobs of this
 * gateway than it may have, and no other one of a source whose jobs write one corpus. The database decides that in one
 * statement, so no two objects can take one slot.
 *
 * @returns the row after it, and whether this start is the one that took effect
 */
export async function beginAttempt(database, beginning) {
  const { id, attempt, tokenHash, launcher, handle, now, leaseExpiresAt, sequence, gateway, maxRunning, isExclusive } = beginning;
  const update = database.prepare(`
    UPDATE ingest_jobs SET status = 'running', attempt = ?2,
      token_hash = CASE WHEN token_hash IS NULL THEN ?3 ELSE token_hash || ' ' || ?3 END,
      launcher = ?4, runner_handle = ?11, started_at = COALESCE(started_at, ?5), updated_at = ?5,
      lease_expires_at = ?6, last_seq = MAX(last_seq, ?7), next_attempt_at = NULL, error_json = NULL, gateway = ?8
    WHERE id = ?1 AND status = 'queued' AND attempt = ?2 - 1 AND cancel_requested_at IS NULL
      AND (SELECT COUNT(*) FROM ingest_jobs r WHERE r.status = 'running' AND r.gateway = ?8) < ?9
      AND NOT (?10 = 1 AND EXISTS (SELECT 1 FROM ingest_jobs r
        WHERE r.status = 'running' AND r.source = ingest_jobs.source))`).bind(
    id, attempt, tokenHash, launcher, now, leaseExpiresAt, sequence, gateway, maxRunning, isExclusive ? 1 : 0, handle,
  );
  const begun = database.prepare(`
    INSERT INTO ingest_job_attempts (job_id, attempt, started_at, launcher, runner_handle)
    SELECT id, attempt, ?3, launcher, runner_handle FROM ingest_jobs
    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running'
      AND substr(token_hash, -length(?4)) = ?4
    ON CONFLICT DO NOTHING`).bind(id, attempt, now, tokenHash);
  const stored = await change(database, id, [update, begun]);
  const { job, tokenHashes } = stored;
  return { stored, isBegun: job.status === 'running' && job.attempt === attempt && tokenHashes.at(-1) === tokenHash };
}

/** Saves how far a running attempt is, unless the row knows of a newer event, and renews its lease. */
export async function saveProgress(database, job, leaseExpiresAt) {
  await database.batch([
    database.prepare(`
      UPDATE ingest_jobs SET progress = ?3, message = ?4, updated_at = ?5, last_seq = ?6
      WHERE id = ?1 AND attempt = ?2 AND status = 'running' AND last_seq < ?6`)
      .bind(job.id, job.attempt, job.progress, job.message ?? null, job.updated_at, job.last_seq),
    database.prepare(`
      UPDATE ingest_jobs SET lease_expires_at = ?3 WHERE id = ?1 AND attempt = ?2 AND status = 'running'`)
      .bind(job.id, job.attempt, leaseExpiresAt),
  ]);
}

/** Notes that an unfinished job is to be cancelled. */
export async function requestCancel(database, id) {
  return change(database, id, [database.prepare(`
    UPDATE ingest_jobs SET cancel_requested_at = ?2
    WHERE id = ?1 AND status IN ('queued', 'running') AND cancel_requested_at IS NULL`).bind(id, timestamp())]);
}

/**
 * Writes a terminal state over the unfinished state of the attempt that `job` is at. When the attempt has committed its
 * result to the row, the job has succeeded, whatever `ending` says.
 */
export async function endJob(database, job, ending, { now, sequence, use }) {
  const error = ending.status === 'failed' ? jsonText(ending.failure) : null;
  const result = ending.status === 'succeeded' ? canonicalText(ending.result) : null;
  const update = database.prepare(`
    UPDATE ingest_jobs SET
      status = CASE WHEN result_json IS NULL THEN ?3 ELSE 'succeeded' END,
      error_json = CASE WHEN result_json IS NULL THEN ?4 END,
      result_json = COALESCE(result_json, ?5),
      progress = CASE WHEN result_json IS NOT NULL OR ?3 = 'succeeded' THEN 100 ELSE ?6 END,
      message = ?7, updated_at = ?8, finished_at = ?8, lease_expires_at = NULL,
      next_attempt_at = NULL, last_seq = MAX(last_seq + 1, ?9)
    WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running')`).bind(
    job.id, job.attempt, ending.status, error, result, job.progress, job.message ?? null, now, sequence,
  );
  // A runner that was killed could not say what became of the unit that it was at.
  const unit = database.prepare(`
    UPDATE ingest_job_units SET status = 'failed', finished_at = ?2, error_json = ?3
    WHERE job_id = ?1 AND status = 'running'
      AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?1 AND status IN ('failed', 'cancelled'))`).bind(
    job.id, now, error ?? jsonText({ code: 'cancelled', message: 'The job was cancelled.', transient: false }),
  );
  return change(database, job.id, [update, unit, attemptEnded(database, job, now, ending.failure, use)]);
}

/** running → queued, with the time of the next attempt; succeeded instead when the attempt has committed its result. */
export async function requeueJob(database, job, { failure, message, now, nextAttemptAt, sequence, use }) {
  const update = database.prepare(`
    UPDATE ingest_jobs SET
      status = CASE WHEN result_json IS NULL THEN 'queued' ELSE 'succeeded' END,
      error_json = CASE WHEN result_json IS NULL THEN ?3 END,
      next_attempt_at = CASE WHEN result_json IS NULL THEN ?4 END,
      finished_at = CASE WHEN result_json IS NULL THEN NULL ELSE ?5 END,
      progress = CASE WHEN result_json IS NULL THEN ?6 ELSE 100 END,
      message = CASE WHEN result_json IS NULL THEN ?7 ELSE message END,
      updated_at = ?5, lease_expires_at = NULL, runner_handle = NULL, last_seq = MAX(last_seq + 1, ?8)
    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running'`).bind(
    job.id, job.attempt, jsonText(failure), nextAttemptAt, now, job.progress, message, sequence,
  );
  // The unit that the dead runner was at is done again by the next one.
  const unit = database.prepare(`
    UPDATE ingest_job_units SET status = 'pending' WHERE job_id = ?1 AND status = 'running'
      AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?1 AND status = 'queued')`).bind(job.id);
  return change(database, job.id, [update, unit, attemptEnded(database, job, now, failure, use)]);
}

/** running → queued for an attempt whose runner was never started: it does not count, and its token opens nothing. */
export async function putBackJob(database, job, { message, now, nextAttemptAt, sequence }) {
  const update = database.prepare(`
    UPDATE ingest_jobs SET status = 'queued', attempt = attempt - 1, message = ?3, updated_at = ?4,
      next_attempt_at = ?5, lease_expires_at = NULL, runner_handle = NULL, last_seq = MAX(last_seq + 1, ?6),
      token_hash = CASE WHEN length(token_hash) > 64 THEN substr(token_hash, 1, length(token_hash) - 65) END
    WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status = 'running' AND result_json IS NULL`).bind(
    job.id, job.attempt, message, now, nextAttemptAt, sequence,
  );
  const attempt = database.prepare(`
    DELETE FROM ingest_job_attempts WHERE job_id = ?1 AND attempt = CAST(?2 AS INTEGER) AND finished_at IS NULL
      AND EXISTS (SELECT 1 FROM ingest_jobs WHERE id = ?1 AND status = 'queued' AND attempt = CAST(?2 AS INTEGER) - 1)`)
    .bind(job.id, job.attempt);
  return change(database, job.id, [update, attempt]);
}

/** Writes how the attempt ended that the job's row has just left, and what its runner used as far as it told. */
function attemptEnded(database, job, now, failure, use) {
  return database.prepare(`
    UPDATE ingest_job_attempts SET finished_at = ?3,
      outcome = (SELECT CASE status WHEN 'queued' THEN 'failed' ELSE status END FROM ingest_jobs WHERE id = ?1),
      error_json = (SELECT CASE status WHEN 'succeeded' THEN NULL ELSE ?4 END FROM ingest_jobs WHERE id = ?1),
      exit_json = ?5, peak_memory_bytes = ?6, cpu_seconds = ?7
    WHERE job_id = ?1 AND attempt = CAST(?2 AS INTEGER) AND finished_at IS NULL
      AND EXISTS (SELECT 1 FROM ingest_jobs
        WHERE id = ?1 AND attempt = CAST(?2 AS INTEGER) AND status <> 'running')`).bind(
    job.id, job.attempt, now, failure ? jsonText(failure) : null, failure?.exit ? jsonText(failure.exit) : null,
    failure?.peak_memory_bytes ?? use.peakMemory ?? null, failure?.cpu_seconds ?? use.cpuSeconds ?? null,
  );
}
