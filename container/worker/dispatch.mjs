// The queue: which waiting job goes next. The rows are the queue, so nothing is lost with an object or a Worker.
import { exclusiveSources } from './catalog.mjs';
import { configuration } from './configuration.mjs';
import { timestamp } from './json-text.mjs';
import { callJob } from './job-stub.mjs';

/** Candidates that one look takes. */
const maximumCandidates = 50;

/**
 * Starts what may start now: the highest priority first, one step higher for each minute of waiting, so that nobody
 * waits for ever.
 *
 * @param {string} [address] the gateway's, where no variable says it
 */
export async function startWaiting(env, address) {
  const { gateway, maxRunning } = configuration(env);
  const { results } = await env.DB.prepare(`
    SELECT q.id FROM ingest_jobs q
    WHERE q.status = 'queued' AND q.gateway = ?1 AND q.cancel_requested_at IS NULL
      AND (q.next_attempt_at IS NULL OR q.next_attempt_at <= ?2)
      AND (SELECT COUNT(*) FROM ingest_jobs r WHERE r.status = 'running' AND r.gateway = ?1) < ?3
      AND NOT (q.source IN (SELECT value FROM json_each(?4)) AND EXISTS (
        SELECT 1 FROM ingest_jobs r WHERE r.status = 'running' AND r.source = q.source))
    ORDER BY q.priority + CAST((julianday(?2) - julianday(q.created_at)) * 1440 AS INTEGER) DESC, q.id
    LIMIT ${maximumCandidates}`)
    .bind(gateway, timestamp(), maxRunning, JSON.stringify(exclusiveSources)).all();
  for (const { id } of results) {
    // One after the other, so that the first in the queue is the first to take a slot.
    let outcome;
    try {
      outcome = await callJob(env, id, (job) => job.start(id, address));
    } catch (error) {
      // The others wait no longer for that; its own alarm and the cron trigger try it again.
      console.error(`job ${id} was not started: ${error?.message ?? error}`);
      continue;
    }
    if (outcome === 'no-slot') return;
  }
}

/**
 * What nobody else has seen to: jobs that wait though they could start, and running ones whose lease is over. The
 * objects look themselves; this is for the case that an object's own alarm was lost.
 */
export async function sweep(env) {
  const { gateway } = configuration(env);
  const { results } = await env.DB.prepare(`
    SELECT id FROM ingest_jobs
    WHERE gateway = ?1 AND (status = 'running' AND COALESCE(lease_expires_at, '') < ?2
      OR status = 'queued' AND cancel_requested_at IS NOT NULL)
    ORDER BY id LIMIT 200`).bind(gateway, timestamp()).all();
  for (const { id } of results) {
    try {
      await callJob(env, id, (job) => job.look(id));
    } catch (error) {
      // The others are looked at all the same.
      console.error(`job ${id} could not be looked at: ${error?.message ?? error}`);
    }
  }
  await startWaiting(env);
}
