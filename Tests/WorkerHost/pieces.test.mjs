// The edge gateway's parts that need no runtime.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { confidential, runnerSettings } from '../../container/worker/assignment.mjs';
import { configuration } from '../../container/worker/configuration.mjs';
import { EventLog } from '../../container/worker/event-log.mjs';
import { HostBudget } from '../../container/worker/host-budget.mjs';
import { canonicalText, jsonText } from '../../container/worker/json-text.mjs';
import { JobLog } from '../../container/worker/job-log.mjs';
import { JobProgress } from '../../container/worker/job-progress.mjs';
import { checkSchema, violations } from '../../container/worker/json-schema.mjs';
import { readRow } from '../../container/worker/job-rows.mjs';
import { Problem } from '../../container/worker/problem.mjs';
import { Redaction } from '../../container/worker/redaction.mjs';
import { isJobID, makeJobID, queryNumber, resumePosition } from '../../container/worker/requests.mjs';
import { endingAfter, exitOf } from '../../container/worker/runner-fate.mjs';
import { readReport } from '../../container/worker/runner-report.mjs';
import { Watcher } from '../../container/worker/watcher.mjs';
import { runner } from './running-host.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

test('the schemas are those of the runner', { skip: runner ? false : 'no ingot-runner' }, () => {
  const check = spawnSync(join(root, 'scripts/worker-sources'), ['--check'], { env: { ...process.env, INGOT_RUNNER: runner }, encoding: 'utf8' });
  assert.equal(check.status, 0, check.stderr);
});

test('equal values are equal text', () => {
  assert.equal(jsonText({ b: 1, a: [{ d: null, c: undefined }], 10: 1, 9: 2 }), '{"10":1,"9":2,"a":[{"d":null}],"b":1}');
  assert.equal(canonicalText({ a: '\b\f\\b\n/é' }), '{"a":"\\u0008\\u000c\\\\b\\n/é"}');
});

test('ids of jobs sort by the time of their making', () => {
  const ids = Array.from({ length: 5000 }, () => makeJobID());
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every(isJobID));
  assert.equal(isJobID('01A200B3-2e94-72d0-9f9f-1db62205ba5c'), false);
});

test('a schema finds what does not fit, and names the place', () => {
  const schema = {
    type: 'object', additionalProperties: false, required: ['a'],
    properties: { a: { type: 'array', items: { type: 'string', pattern: '^x' }, uniqueItems: true, minItems: 1 }, n: { type: 'integer', maximum: 5 } },
  };
  assert.deepEqual(violations(schema, { a: ['x', 'x', 'y'], n: 6, 'b/c': 1 }).map(({ pointer }) => pointer), ['/a', '/a/2', '/b~1c', '/n']);
  assert.deepEqual(violations(schema, { n: 2.5 }), [{ pointer: '/a', detail: 'is required' }, { pointer: '/n', detail: 'must be an integer' }]);
  assert.deepEqual(violations(schema, { a: ['x'], n: 2.0 }), []);
  assert.throws(() => checkSchema({ properties: { a: { anyOf: [] } } }), /not supported/);
});

test('a problem repeats no key', async () => {
  const key = `ingot_${'k'.repeat(43)}`;
  const text = await Problem.unknownSource(key, []).response(`/api/ingest/${key}`).text();
  assert.ok(!text.includes('kkkk'));
  assert.equal(JSON.parse(text).type, '/problems/unknown-source');
});

test('secrets are found in every form', () => {
  const secret = 'p/ä"ss+word';
  const redaction = new Redaction([secret, undefined, 'abc']);
  for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret), Buffer.from(`user:${secret}`).toString('base64')]) {
    const text = redaction.text(`before ${form} abc`);
    assert.ok(text.includes('<redacted>') && text.startsWith('before ') && text.endsWith(' abc'), text);
  }
  assert.deepEqual(redaction.value({ [secret]: [secret, 1, null] }), { '<redacted>': ['<redacted>', 1, null] });
});

test('what is no report is not read', () => {
  assert.equal(readReport(null), null);
  assert.equal(readReport({ attempt: 1 }), null);
  assert.equal(readReport({ attempt: 1, events: [{ seq: 1, type: 'dance' }] }), null);
  assert.equal(readReport({ attempt: 1, events: [{ seq: '1', type: 'progress' }] }), null);
  assert.equal(readReport({ attempt: 1, events: [{ seq: 1, type: 'finished', error: { code: 'x' } }] }), null);
  const failure = { code: 'x', message: 'y', transient: false };
  const report = { attempt: 2, events: [{ seq: 1, type: 'finished', outcome: 'failed', error: { ...failure, more: 1 } }] };
  assert.deepEqual(readReport(report).events[0].error, failure);
});

describe('the end of a container', () => {
  const known = { reportedCancelled: false, leaseSeconds: 60, wallSeconds: 10 };
  const end = (error, more = {}) => endingAfter(exitOf(error), { ...known, ...more });
  const exited = (code) => Object.assign(new Error(`Container exited with unexpected exit code: ${code}`), { exitCode: code });
  for (const [error, code, transient] of [
    [undefined, 'runner_exited', false], [exited(3), 'runner_exited', false], [exited(4), 'runner_exited', true],
    [exited(137), 'runner_killed', true], [exited(139), 'runner_killed', false], [exited(143), 'runner_stopped', true],
    [new Error('runtime signalled the container to exit: 137'), 'runner_killed', true],
    [new Error('Network connection lost.'), 'runner_lost', true],
  ]) {
    test(`${error?.message ?? 'exit 0'} is ${code}`, () => {
      const { failure } = end(error);
      assert.deepEqual([failure.code, failure.transient], [code, transient]);
      assert.ok(failure.message.endsWith('.') && failure.advice.endsWith('.'));
    });
  }
  test('is none while the platform has no container: the job waits', () => {
    for (const text of ['there is no container instance that can be provided to this durable object', 'Maximum number of running container instances exceeded']) {
      assert.equal(end(new Error(text)).status, 'queued');
      assert.equal(end(new Error(text), { stopReason: 'cancelled' }).status, 'cancelled');
      assert.equal(end(new Error(text), { hasReported: true }).failure.code, 'runner_lost');
    }
  });
  test('is a cancellation when somebody asked for it', () => {
    assert.deepEqual(end(exited(143), { stopReason: 'cancelled' }), { status: 'cancelled' });
  });
  test('is a deadline when that was over', () => {
    assert.equal(endingAfter({ code: 143, reason: 'deadline' }, { ...known, reportedCancelled: true }).failure.code, 'deadline');
  });
});

/** Storage that keeps values in memory, with the limit of keys. */
class Memory extends Map {
  async put(key, value) {
    const entries = typeof key === 'string' ? [[key, value]] : Object.entries(key);
    assert.ok(entries.length <= 128);
    for (const [name, one] of entries) super.set(name, structuredClone(one));
  }

  async delete(keys) {
    assert.ok(keys.length <= 128);
    for (const key of keys) super.delete(key);
  }

  async list({ prefix }) { return new Map([...this].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))); }
  async sync() {}
}

describe('the log of events', () => {
  const events = (count) => Array.from({ length: count }, (_, index) => ({ kind: 'progress', data: `{"n":${index}}` }));

  test('numbers from 1, keeps 512, and says so after its object was made anew', async () => {
    const storage = new Memory();
    const log = new EventLog();
    await log.append(storage, events(3));
    const shown = await log.append(storage, events(700), { state: 1 });
    assert.equal(shown.length, 700);
    const again = new EventLog();
    await again.load(storage, 0);
    for (const one of [log, again]) {
      assert.equal(one.last, 703);
      assert.equal(one.start(null, false).kind, 'snapshot');
      assert.equal(one.start(190, false).kind, 'reset');
      assert.equal(one.start(191, false).frames.length, 512);
      assert.equal(one.start(703, false).frames.length, 0);
      assert.equal(one.start(704, false).kind, 'reset');
      assert.equal(one.start(703, true).kind, 'nothing-left');
    }
    assert.equal((await storage.list({ prefix: 'event:' })).size, 512);
  });

  test('is bounded in bytes too', async () => {
    const storage = new Memory();
    const log = new EventLog();
    for (let number = 0; number < 10; number += 1) await log.append(storage, [{ kind: 'progress', data: 'x'.repeat(500_000) }]);
    assert.equal(log.start(6, false).frames.length, 4);
    assert.equal(log.start(5, false).kind, 'reset');
  });
});

/** A row of a running job, as the database gives it. */
const row = {
  id: makeJobID(), source: 'probe', status: 'running', progress: 0, message: null, params_json: '{}', created_at: '2026-01-01T00:00:00.000Z',
  started_at: null, updated_at: '2026-01-01T00:00:00.000Z', finished_at: null, result_json: null, error_json: null, attempt: 1,
  max_attempts: 1, lease_expires_at: null, last_seq: 0, idempotency_key: null, launcher: null, runner_handle: null, priority: 0,
  limits_json: null, next_attempt_at: null, retry_of: null, created_by: null, gateway: 'cloudflare', host: null,
  cancel_requested_at: null, token_hash: null,
};

test('whoever begins to watch while the end is being stored sees the end, once', async () => {
  const storage = new Memory();
  let release;
  let storing;
  const reached = new Promise((resolve) => { storing = resolve; });
  const ended = { ...row, status: 'failed', last_seq: 10_001, error_json: '{"code":"x","message":"y","transient":false}' };
  const statement = { bind: () => statement };
  const database = { prepare: () => statement, batch: async () => [{ results: [ended] }] };
  const progress = new JobProgress({ storage, database, configuration: configuration({}), waitUntil: () => {} });
  await progress.adopt(readRow(row));
  storage.sync = () => new Promise((resolve) => { release = resolve; storing(); });
  const work = progress.end({ status: 'failed', failure: { code: 'x', message: 'y', transient: false } });
  await reached;
  // The last event that was shown, and nothing.
  const streams = [progress.watch(progress.log.last), progress.watch(null)];
  const waited = progress.waitForEnd(60_000);
  assert.equal(progress.isEnded, false);
  release();
  await Promise.all([work, waited]);
  streams.push(progress.watch(null));
  for (const stream of streams) {
    assert.ok(stream);
    const text = await new Response(stream).text();
    assert.equal(text.split('event: done').length - 1, 1, text);
  }
  assert.equal(progress.watch(progress.log.last), null);
});

test('the log keeps whole lines up to its size, says that it is full, and has room for what the gateway says', async () => {
  const storage = new Memory();
  const log = new JobLog();
  const line = 'ä'.repeat(15_000);
  const add = async (lines) => {
    const { entries, commit } = log.with(lines);
    if (Object.keys(entries).length > 0) await storage.put(entries);
    commit();
  };
  for (let number = 0; number < 100; number += 1) await add([{ text: line }]);
  await add([{ text: 'the end', isOwn: true }]);
  const again = new JobLog();
  await again.load({ list: (options) => storage.list(options), get: async (key) => storage.get(key) });
  for (const one of [log, again]) {
    const lines = one.text.trimEnd().split('\n');
    assert.equal(lines.at(-1), 'the end');
    assert.match(lines.at(-2), /^The log is full/);
    assert.ok(lines.slice(0, -2).every((text) => text === line));
    assert.ok(new TextEncoder().encode(one.text).byteLength < (2 << 20) + 200);
  }
  assert.deepEqual(again.with([{ text: 'more' }]).entries, {});
  const long = new JobLog();
  const { commit } = long.with([{ text: 'é'.repeat(100_000) }]);
  commit();
  assert.match(long.text, /^é+ … \(\d+ bytes of this line are not kept\)\n$/);
});

test('a wrong variable is named, and its value is not', () => {
  for (const [name, value] of [['INGOT_HOST_RATE', 'wrong'], ['INGOT_HOST_RATE', '0'], ['INGOT_HOST_RATE', '-1'], ['INGOT_HOST_RATE', '1001'], ['INGOT_MAX_RUNNING', 'wrong'], ['INGOT_API_KEY', 'wrong']]) {
    assert.throws(() => configuration({ [name]: value }), (problem) =>
      problem.type === 'misconfigured' && problem.detail.includes(name) && !problem.detail.includes('wrong'));
  }
  assert.equal(configuration({ INGOT_HOST_RATE: '0.5' }).hostRate, 0.5);
});

test('names and passwords in addresses are confidential, as they are written and decoded', () => {
  const env = { INGOT_FETCH_PROXY: 'http://proxy-user:p%40ss-word@proxy:3128', INGOT_ORIGIN_USC: 'https://origin-token@site/x@y' };
  const redaction = new Redaction(confidential(env, 'token-of-it'));
  for (const secret of ['proxy-user', 'p%40ss-word', 'p@ss-word', 'origin-token', 'token-of-it']) {
    assert.equal(redaction.text(`said ${secret}.`), 'said <redacted>.');
  }
  assert.equal(redaction.text('https://site/x@y'), 'https://site/x@y');
});

test('a setting that no program can be given is told before anything is started', () => {
  const env = Object.fromEntries(['CF_ACCOUNT_ID', 'D1_DATABASE_ID', 'D1_API_TOKEN', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'R2_BUCKET_NAME'].map((name) => [name, 'value']));
  const job = (text) => ({ id: 'id', source: 'usc', parameters: { text }, attempt: 1, max_attempts: 1 });
  const settings = (text, more = {}) => runnerSettings({ ...env, ...more }, job(text), { token: 'token', address: 'https://gateway' });
  // With its name, the object around it, `=` and an end: exactly what Linux takes.
  const longest = 131_072 - 'INGOT_PARAMETERS'.length - 2 - '{"text":""}'.length;
  assert.equal(settings('x'.repeat(longest)).INGOT_SOURCE, 'usc');
  assert.throws(() => settings('x'.repeat(longest + 1)), (error) => error.code === 'settings_too_large' && !error.message.includes('xx'));
  assert.throws(() => settings('', { R2_BUCKET_NAME: '' }), /R2_BUCKET_NAME/);
});

test('a watcher that is too slow gets the job as it is then, and nobody waits for it', async () => {
  const watcher = new Watcher('start\n\n', () => 'reset\n\n', () => {});
  for (let number = 0; number < 300; number += 1) watcher.offer(`frame ${number}\n\n`);
  watcher.close();
  assert.equal(await new Response(watcher.stream).text(), 'reset\n\n');
});

test('positions and numbers are read strictly', () => {
  const request = (id) => new Request('http://a/', { headers: id === undefined ? {} : { 'last-event-id': id } });
  const query = new URLSearchParams('after=7&limit=x');
  assert.equal(resumePosition(request('5'), query, 'after', 'a number').number, 5);
  assert.equal(resumePosition(request(), query, 'after', 'a number').number, 7);
  assert.equal(resumePosition(request(), new URLSearchParams(), 'after', 'a number'), null);
  assert.throws(() => resumePosition(request('-1'), query, 'after', 'a number'), (problem) => problem.type === 'invalid-header');
  assert.throws(() => queryNumber(query, 'limit', 1, 5), (problem) => problem.type === 'invalid-query');
});

describe('the budget of a host', () => {
  test('outlives its memory', () => {
    const before = new HostBudget({ rate: 10, requests: 2 });
    for (const id of ['1', '2', '3']) before.ask('a', id, 0, 0);
    before.next(0);
    before.next(100);
    const budget = new HostBudget({ rate: 10, requests: 2 });
    budget.recall(structuredClone(before.memory));
    budget.ask('a', '3', 0, 100);
    assert.equal(budget.next(500), null);
    budget.finish('a', '1', 'served', undefined, 110);
    assert.equal(budget.next(199), null);
    assert.deepEqual(budget.next(200), { party: 'a', id: '3' });
  });

  test('keeps the distance and the number of requests at once', () => {
    const budget = new HostBudget({ rate: 10, requests: 2 });
    for (const id of ['1', '2', '3']) budget.ask('a', id, 0, 0);
    assert.deepEqual(budget.next(0), { party: 'a', id: '1' });
    assert.equal(budget.next(50), null);
    assert.equal(budget.nextLook(50), 100);
    assert.deepEqual(budget.next(100), { party: 'a', id: '2' });
    assert.equal(budget.next(1000), null);
    budget.finish('a', '1', 'served', undefined, 1000);
    assert.deepEqual(budget.next(1000), { party: 'a', id: '3' });
    assert.equal(budget.ask('a', '1', 0, 1000), false);
  });

  test('lets parties take turns, and pauses all of them when the host asks for it', () => {
    const budget = new HostBudget({ rate: 1000, requests: 10 });
    for (const id of ['1', '2']) budget.ask('a', id, 0, 0);
    budget.ask('b', '1', 0, 0);
    assert.equal(budget.next(0).party, 'a');
    assert.equal(budget.next(1).party, 'b');
    budget.finish('b', '1', 'throttled', 5000, 10);
    assert.equal(budget.next(4000), null);
    assert.equal(budget.nextLook(4000), 5010);
    assert.equal(budget.next(5010).party, 'a');
    budget.end('a');
    assert.equal(budget.underWay, 0);
  });
});
