// The routes: each says whom it is for, and nobody else is let in.
import { authenticate, mayUse, requireRole, requireSource } from './access.mjs';
import { offeredSources } from './catalog.mjs';
import { configuration } from './configuration.mjs';
import { healthz, readyz } from './health.mjs';
import { ingest, retry } from './ingest.mjs';
import { cancelJob, jobNow, listAttempts, listJobs, listUnits } from './job-routes.mjs';
import { findJob } from './job-rows.mjs';
import { maskedCredentials, Problem } from './problem.mjs';
import { isJobID, json, requireJobID } from './requests.mjs';
import { prepareTables } from './tables.mjs';

/** Passes a request on to the job's object, with its stream, so that the object learns when the client goes. */
const passOn = ({ request, env }, id) => env.INGEST_JOB.get(env.INGEST_JOB.idFromName(id)).fetch(request);

/** @type {{method: string, path: string, access: string, respond: (call: object, part: string) => Promise<Response>}[]} */
const routes = [
  { method: 'GET', path: '/healthz', access: 'open', respond: ({ env }) => healthz(env) },
  { method: 'GET', path: '/readyz', access: 'open', respond: ({ env }) => readyz(env) },
  {
    method: 'GET', path: '/api/sources', access: 'viewer',
    respond: async ({ env, caller }) => json({ sources: offeredSources(env).filter(({ id }) => mayUse(caller, id)) }),
  },
  { method: 'GET', path: '/api/ingest/jobs', access: 'viewer', respond: listJobs },
  { method: 'POST', path: '/api/ingest/{source}', access: 'operator', respond: ingest },
  { method: 'GET', path: '/api/ingest/jobs/{id}', access: 'viewer', respond: async (call, id) => json(await jobNow(call, id)) },
  { method: 'GET', path: '/api/ingest/jobs/{id}/units', access: 'viewer', respond: listUnits },
  { method: 'GET', path: '/api/ingest/jobs/{id}/attempts', access: 'viewer', respond: listAttempts },
  { method: 'GET', path: '/api/ingest/jobs/{id}/events', access: 'viewer', respond: passOn },
  { method: 'GET', path: '/api/ingest/jobs/{id}/logs', access: 'viewer', respond: passOn },
  { method: 'POST', path: '/api/ingest/jobs/{id}/cancel', access: 'operator', respond: cancelJob },
  { method: 'POST', path: '/api/ingest/jobs/{id}/retry', access: 'operator', respond: retry },
  { method: 'POST', path: '/api/ingest/jobs/{id}/progress', access: 'attempt', respond: passOn },
  { method: 'POST', path: '/api/ingest/jobs/{id}/permits', access: 'attempt', respond: passOn },
  { method: 'GET', path: '/api/ingest/jobs/{id}/robots', access: 'attempt', respond: passOn },
  { method: 'PUT', path: '/api/ingest/jobs/{id}/robots', access: 'attempt', respond: passOn },
].map((route) => ({
  ...route,
  name: /\{(\w+)\}/.exec(route.path)?.[1],
  pattern: new RegExp(`^${route.path.replace(/\{\w+\}/, '([^/]+)')}$`),
}));

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** Answers a request; whatever goes wrong leaves as a problem document. */
export async function respond(request, env, ctx) {
  const url = new URL(request.url);
  const path = maskedCredentials(url.pathname);
  let response;
  try {
    response = await routed(request, url, env, ctx);
  } catch (error) {
    const problem = Problem.from(error);
    // The path and never the query or a header, as those may carry secrets.
    if (problem.status === 500) console.error(`${request.method} ${path}: ${error?.stack ?? error}`);
    response = problem.response(path);
  }
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders)) if (!headers.has(name)) headers.set(name, value);
  headers.set('x-request-id', request.headers.get('cf-ray') ?? crypto.randomUUID());
  return new Response(request.method === 'HEAD' ? null : response.body, { status: response.status, headers });
}

async function routed(request, url, env, ctx) {
  const matching = routes.map((route) => ({ route, match: route.pattern.exec(url.pathname) })).filter(({ match }) => match);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = matching.find(({ route }) => route.method === method);
  if (!found) throw missing(matching.map(({ route }) => route.method), url.pathname);
  const { route, match } = found;
  let part;
  try { part = match[1] === undefined ? undefined : decodeURIComponent(match[1]); } catch { part = match[1]; }
  if (route.name === 'id') requireJobIDFor(route, part);
  if (route.access !== 'attempt') await prepareTables(env.DB);
  const call = { request, env, ctx, query: url.searchParams, origin: url.origin, caller: null };
  if (route.access !== 'open' && route.access !== 'attempt') {
    call.caller = await authenticate(request, env);
    requireRole(call.caller, route.access);
    await requireScope(call, route, part);
  }
  // Nothing is begun with settings that are wrong.
  configuration(env);
  return route.respond(call, part);
}

/** Whoever has no token learns nothing of which jobs there are, and nothing of what would be one. */
function requireJobIDFor(route, id) {
  if (isJobID(id)) return;
  if (route.access === 'attempt') throw Problem.unknownJob(id);
  requireJobID(id);
}

async function requireScope({ env, caller, query }, route, part) {
  if (caller.sources === null) return;
  for (const source of [route.name === 'source' ? part : null, query.get('source')]) {
    if (source) requireSource(caller, source, route.access);
  }
  if (route.name !== 'id') return;
  const job = (await findJob(env.DB, part))?.job;
  if (!job || !mayUse(caller, job.source)) throw Problem.unknownJob(part);
}

function missing(methods, pathname) {
  if (methods.length === 0) {
    return new Problem('not-found', 404, 'There is nothing at this address.', {
      detail: `No route matches ${maskedCredentials(pathname)}.`,
    });
  }
  const allowed = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].sort().join(', ');
  return new Problem('method-not-allowed', 405, 'The address does not take this method.', {
    detail: `It takes ${allowed}.`, headers: { allow: allowed },
  });
}
