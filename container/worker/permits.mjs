// What runners ask before they ask an upstream host, passed on to the host's object.
import { Problem } from './problem.mjs';
import { json, readJSON } from './requests.mjs';
import { violations } from './json-schema.mjs';

const maximumBody = 256 << 10;
const maximumRobotsBody = 4 << 20;
/** The largest robots.txt, in bytes (RFC 9309, section 2.5). */
const maximumRobotsText = 500 << 10;
const longest = 86_400_000;

const requestMembers = {
  id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  host: { type: 'string', pattern: '^[a-z0-9_.:-]{1,253}$' },
};
const request = { type: 'object', additionalProperties: false, required: ['id', 'host'], properties: requestMembers };
const ended = {
  ...request,
  required: ['id', 'host', 'answer'],
  properties: {
    ...requestMembers,
    answer: { type: 'string', enum: ['served', 'throttled', 'failed', 'unused'] },
    retry_after_ms: { type: 'integer', minimum: 0, maximum: longest },
  },
};
const askSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    request,
    minimum_interval_ms: { type: 'integer', minimum: 0, maximum: longest },
    holding: { type: 'array', maxItems: 256, items: request },
    ended: { type: 'array', maxItems: 256, items: ended },
  },
};
const robotsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'text', 'fetched_at'],
  properties: {
    status: { type: 'integer', minimum: 100, maximum: 599 }, text: { type: 'string' }, fetched_at: { type: 'string' },
  },
};

const hostObject = (env, host) => env.UPSTREAM_HOST.get(env.UPSTREAM_HOST.idFromName(host));

/**
 * `POST …/permits`.
 *
 * @param {string} party what the attempt is called where parties take turns
 * @param {{remember: (hosts: string[]) => Promise<void>, requireRunning: () => void}} attempt
 */
export async function permitAnswer(incoming, env, party, attempt) {
  const ask = await checkedBody(incoming, maximumBody, askSchema);
  const groups = new Map();
  const group = (host) => {
    if (!groups.has(host)) groups.set(host, { party, ended: [], holding: [] });
    return groups.get(host);
  };
  for (const one of ask.ended ?? []) group(one.host).ended.push(one);
  for (const one of ask.holding ?? []) group(one.host).holding.push(one);
  if (ask.request) Object.assign(group(ask.request.host), { request: ask.request, minimumInterval: ask.minimum_interval_ms });
  await attempt.remember([...groups.keys()]);
  const answers = new Map(await Promise.all([...groups].map(async ([host, question]) =>
    [host, await hostObject(env, host).exchange(question)])));
  try { attempt.requireRunning(); } catch (problem) {
    // The attempt has ended since it was let in, and so has all that was put down for it after its end.
    await Promise.all([...groups.keys()].map((host) => hostObject(env, host).end(party)));
    throw problem;
  }
  const answer = ask.request ? answers.get(ask.request.host) : 'not-yet';
  if (answer === 'request-ended') {
    throw new Problem('request-ended', 422, 'The request has ended already.', {
      detail: 'Ask for the permit under another id.',
    });
  }
  if (answer === 'too-many-waiting') {
    throw Problem.tooMany('too-many-waiting', 'More than 256 requests of one attempt wait.', 1);
  }
  return json({ granted: answer === 'granted' });
}

/** `GET` and `PUT …/robots?origin=…`. */
export async function robotsAnswer(incoming, query, env) {
  const origin = query.get('origin') ?? '';
  if (!/^https?:\/\/([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?$/.test(origin)) {
    throw Problem.invalidQuery('origin', 'must be a scheme, a host in lower case and perhaps a port');
  }
  const host = hostObject(env, origin.replace(/^https?:\/\//, '').replace(/:[0-9]{1,5}$/, '').replace(/^\[(.*)\]$/, '$1'));
  if (incoming.method === 'PUT') {
    const robots = await checkedBody(incoming, maximumRobotsBody, robotsSchema);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(robots.fetched_at) || Number.isNaN(Date.parse(robots.fetched_at))) {
      throw Problem.invalidBody([{ pointer: '/fetched_at', detail: 'must be a time such as 2026-03-01T09:30:00.000Z' }]);
    }
    if (new TextEncoder().encode(robots.text).byteLength > maximumRobotsText) throw Problem.bodyTooLarge(maximumRobotsText);
    await host.keepRobots(origin, robots);
    return new Response(null, { status: 204 });
  }
  const kept = await host.robots(origin);
  if (!kept) throw new Problem('robots-not-kept', 404, 'No robots.txt of this origin is kept.');
  return json(kept);
}

async function checkedBody(incoming, limit, schema) {
  const body = await readJSON(incoming, limit, 'The body must be one JSON object.');
  const wrong = violations(schema, body);
  if (wrong.length > 0) throw Problem.invalidBody(wrong);
  return body;
}
