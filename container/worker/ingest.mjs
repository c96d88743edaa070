// `POST /api/ingest/{source}` and the retry of an ended job: taking requests for jobs.
import { mayUse } from './access.mjs';
import { findSource, offeredSources, upstreamHost } from './catalog.mjs';
import { configuration } from './configuration.mjs';
import { startWaiting } from './dispatch.mjs';
import { createJob, findJob, isTerminal } from './job-rows.mjs';
import { callJob } from './job-stub.mjs';
import { parseJSON, timestamp } from './json-text.mjs';
import { violations } from './json-schema.mjs';
import { Problem } from './problem.mjs';
import { json, makeJobID, numberWithin, readText } from './requests.mjs';

const maximumBody = 1 << 20;
const maximumWait = 300;
/** What a request may ask for, and what this gateway can keep: the rest is the container's size. */
const optionNames = ['priority', 'max_attempts', 'wall_seconds', 'memory_mib', 'cpu_seconds', 'processes', 'open_files'];
const unkept = new Set(['memory_mib', 'cpu_seconds', 'processes', 'open_files']);

/** @param {{request: Request, env: object, ctx: object, caller: object, query: URLSearchParams, origin: string}} call */
export async function ingest(call, source) {
  const { request, env, query } = call;
  const description = findSource(env, source);
  if (!description) throw Problem.unknownSource(source, offeredSources(env).map(({ id }) => id));
  const idempotencyKey = readIdempotencyKey(request);
  const wait = waitPreference(request);
  const parameters = await readParameters(request);
  checkParameters(description, parameters);
  const options = readOptions(query, configuration(env));
  const job = await take(call, description, { parameters, idempotencyKey, ...options });
  return answer(call, job, wait);
}

/** `POST /api/ingest/jobs/{id}/retry`. */
export async function retry(call, id) {
  const { env, caller } = call;
  const job = (await findJob(env.DB, id))?.job;
  if (!job || !mayUse(caller, job.source)) throw Problem.unknownJob(id);
  if (!isTerminal(job.status)) throw Problem.notEnded(job.status);
  const description = findSource(env, job.source);
  if (!description) throw Problem.unknownSource(job.source, offeredSources(env).map((one) => one.id));
  // The source may have been given other parameters since.
  checkParameters(description, job.parameters);
  const again = await take(call, description, {
    parameters: job.parameters, priority: job.priority, maxAttempts: job.max_attempts, limits: job.limits, retryOf: id,
  });
  return accepted(again);
}

function checkParameters(description, parameters) {
  const wrong = violations(description.parameters, parameters);
  if (wrong.length > 0) throw Problem.invalidParameters(wrong, description.id);
}

async function take({ env, ctx, caller, origin }, description, wanted) {
  const { gateway, maxAttempts } = configuration(env);
  const now = timestamp();
  const { kind, job } = await createJob(env.DB, {
    id: makeJobID(), source: description.id, parameters: wanted.parameters, created_at: now,
    max_attempts: wanted.maxAttempts ?? maxAttempts, idempotency_key: wanted.idempotencyKey, priority: wanted.priority,
    limits: wanted.limits, retry_of: wanted.retryOf, created_by: caller.id,
  }, { gateway, host: upstreamHost(env, description) });
  if (kind === 'conflict') throw Problem.idempotencyConflict(mayUse(caller, job.source) ? job.id : undefined);
  // It is in the database, so nothing is lost when this goes wrong: the cron trigger starts what waits.
  if (job.status === 'queued') {
    ctx.waitUntil((async () => {
      await callJob(env, job.id, (object) => object.submit(job.id, origin));
      await startWaiting(env, origin);
    })().catch((error) => console.error(`job ${job.id} was not started yet: ${error?.message ?? error}`)));
  }
  return job;
}

async function answer({ env, origin }, job, wait) {
  if (wait === null) return accepted(job);
  const deadline = Date.now() + wait * 1000;
  let ended = null;
  while (!ended && Date.now() < deadline) {
    const waited = await callJob(env, job.id, (object) => object.waitForEnd(job.id, Math.max(1, deadline - Date.now()), origin));
    if (waited.isElsewhere) break;
    ended = waited.ended ?? null;
  }
  if (!ended) return accepted(job);
  return json(ended, 200, { 'content-location': addressOf(job), 'preference-applied': `wait=${wait}` });
}

const addressOf = (job) => `/api/ingest/jobs/${job.id}`;

function accepted(job) {
  return json({ jobId: job.id }, 202, { location: addressOf(job) });
}

async function readParameters(request) {
  const text = await readText(request, maximumBody);
  if (text.trim() === '') return {};
  const value = parseJSON(text);
  if (value === undefined) throw Problem.malformedJSON('The parameters must be one JSON object.');
  return value;
}

function readIdempotencyKey(request) {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw Problem.invalidHeader('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
  }
  return key;
}

/** `Prefer: wait=N` (RFC 7240, section 4.3); a preference that cannot be read is not one. */
function waitPreference(request) {
  for (const preference of (request.headers.get('prefer') ?? '').split(/[,;]/)) {
    const match = /^wait=([0-9]+)$/.exec(preference.replace(/[\s"]/g, '').toLowerCase());
    if (match && Number(match[1]) > 0) return Math.min(Number(match[1]), maximumWait);
  }
  return null;
}

function readOptions(query, { wallSeconds }) {
  const options = { priority: 0, maxAttempts: undefined, limits: undefined };
  for (const [name, value] of query) {
    if (!optionNames.includes(name)) {
      throw Problem.invalidQuery(name, `is not an option of a job; there are ${optionNames.join(', ')}`);
    }
    if (name === 'priority') options.priority = numberWithin(name, value, -100, 100);
    else if (name === 'max_attempts') options.maxAttempts = numberWithin(name, value, 1, 10);
    else if (unkept.has(name)) {
      throw Problem.invalidQuery(name, 'cannot be kept by this gateway: the size of its containers is the limit');
    } else {
      const number = numberWithin(name, value, 1, 2_592_000);
      if (number > wallSeconds) throw Problem.invalidQuery(name, `must not be more than ${wallSeconds}, which the operator has set`);
      options.limits = { wall_seconds: number };
    }
  }
  return options;
}
