// Whether the gateway does its work (`GET /healthz`) and can take jobs (`GET /readyz`).
import { exclusiveSources } from './catalog.mjs';
import { configuration } from './configuration.mjs';
import { timestamp } from './json-text.mjs';
import { Problem } from './problem.mjs';
import { json } from './requests.mjs';

/** How long a job may wait although a slot is free: what wakes it may have been lost, and then the cron trigger does. */
const patience = 150_000;
/** How long an answer is kept: anybody may ask, and each call to D1 is of a budget that the jobs need. */
const keepingTime = 1000;
let kept = null;

async function counts(env) {
  if (kept && Date.now() < kept.until) return kept.answer;
  const { gateway, maxRunning } = configuration(env);
  const now = timestamp();
  const row = await env.DB.prepare(`
    WITH mine AS (SELECT * FROM ingest_jobs WHERE gateway = ?1 AND status IN ('queued', 'running'))
    SELECT
      (SELECT COUNT(*) FROM mine WHERE status = 'running') AS running,
      (SELECT COUNT(*) FROM mine WHERE status = 'queued' AND (next_attempt_at IS NULL OR next_attempt_at <= ?2)) AS waiting,
      (SELECT COUNT(*) FROM mine WHERE status = 'queued' AND next_attempt_at > ?2) AS retrying,
      (SELECT MIN(MAX(q.created_at, COALESCE(q.next_attempt_at, ''), COALESCE((
          SELECT MAX(e.finished_at) FROM ingest_jobs e WHERE e.finished_at IS NOT NULL
            AND (e.gateway = ?1 OR e.source = q.source)), '')))
        FROM mine q WHERE q.status = 'queued' AND (q.next_attempt_at IS NULL OR q.next_attempt_at <= ?2)
          AND NOT (q.source IN (SELECT value FROM json_each(?3)) AND EXISTS (
            SELECT 1 FROM ingest_jobs r WHERE r.status = 'running' AND r.source = q.source))) AS since`)
    .bind(gateway, now, JSON.stringify(exclusiveSources)).first();
  const hasSlot = row.running < maxRunning;
  const longest = hasSlot && row.since ? Math.max(0, Date.parse(now) - Date.parse(row.since)) : 0;
  const answer = {
    status: longest > patience ? 'failing' : 'ok', waiting: row.waiting, running: row.running, retrying: row.retrying,
    slots: maxRunning, longest_startable_wait_ms: longest, violations: longest > patience ? 1 : 0, unwritten: 0,
  };
  kept = { answer, until: Date.now() + keepingTime };
  return answer;
}

export async function healthz(env) {
  const health = await counts(env);
  if (health.status !== 'failing') return json(health);
  const { waiting, running, slots, violations } = health;
  throw new Problem('queue-stalled', 503, 'A job waited although a slot that fits it was free.', {
    detail: 'It waits now; look whether the cron trigger runs, and at the Worker\'s log.', waiting, running, slots,
    violations, headers: { 'retry-after': '1' },
  });
}

export async function readyz(env) {
  let health;
  try { health = await counts(env); } catch (error) {
    if (error instanceof Problem) throw error;
    throw Problem.unavailable('The database does not answer.');
  }
  return json({ status: 'ready', waiting: health.waiting, running: health.running });
}
