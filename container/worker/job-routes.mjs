// The routes that show and cancel jobs.
import { mayUse } from './access.mjs';
import { attemptsOf, findJob, isTerminal, pageOfJobs, pageOfUnits } from './job-rows.mjs';
import { callJob } from './job-stub.mjs';
import { Problem } from './problem.mjs';
import { isJobID, json, queryNumber } from './requests.mjs';

const statuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

/** The job as it is now: while it has not ended, its object knows better than its row. */
export async function jobNow({ env, caller }, id) {
  const stored = await findJob(env.DB, id);
  if (!stored || !mayUse(caller, stored.job.source)) throw Problem.unknownJob(id);
  if (isTerminal(stored.job.status)) return stored.job;
  return (await callJob(env, id, (object) => object.current())) ?? stored.job;
}

/** `GET /api/ingest/jobs`. */
export async function listJobs(call) {
  const { env, caller, query } = call;
  const limit = queryNumber(query, 'limit', 1, 200) ?? 50;
  const status = query.get('status');
  if (status !== null && !statuses.includes(status)) {
    throw Problem.invalidQuery('status', `must be one of ${statuses.join(', ')}`);
  }
  const cursor = query.get('cursor');
  if (cursor !== null && !isJobID(cursor)) throw Problem.invalidQuery('cursor', "is not the 'next' of a page");
  const jobs = await pageOfJobs(env.DB, {
    status, cursor, source: query.get('source'), sources: caller.sources, limit: limit + 1,
  });
  const hasMore = jobs.length > limit;
  if (hasMore) jobs.pop();
  const shown = await Promise.all(jobs.map(async (job) => {
    // Rows lag behind by up to the time between two saves; a waiting job's does not.
    if (job.status !== 'running') return job;
    const current = await callJob(env, job.id, (object) => object.current());
    return current && (status === null || current.status === status) ? current : job;
  }));
  return json({ jobs: shown, next: hasMore ? jobs.at(-1).id : undefined });
}

/** `GET /api/ingest/jobs/{id}/units`. */
export async function listUnits(call, id) {
  await jobNow(call, id);
  const limit = queryNumber(call.query, 'limit', 1, 500) ?? 200;
  const offset = queryNumber(call.query, 'cursor', 0, 1_000_000) ?? 0;
  const units = await pageOfUnits(call.env.DB, id, offset, limit + 1);
  const hasMore = units.length > limit;
  if (hasMore) units.pop();
  return json({ units, next: hasMore ? String(offset + limit) : undefined });
}

/** `GET /api/ingest/jobs/{id}/attempts`. */
export async function listAttempts(call, id) {
  await jobNow(call, id);
  return json({ attempts: await attemptsOf(call.env.DB, id) });
}

/** `POST /api/ingest/jobs/{id}/cancel`. */
export async function cancelJob({ env }, id) {
  const { job, ended, isUnknown } = await callJob(env, id, (object) => object.cancel(id));
  if (isUnknown) throw Problem.unknownJob(id);
  if (ended) throw Problem.alreadyEnded(ended);
  return json(job, isTerminal(job.status) ? 200 : 202);
}
