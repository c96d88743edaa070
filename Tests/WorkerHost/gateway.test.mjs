// The edge gateway with real runners.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { apiKey, ingot, RunningHost, skip } from './running-host.mjs';

/** Numbers of what follows the snapshot: each one once, in order, without a gap. */
function assertGapless(events) {
  const shown = events.filter(({ kind }) => kind !== 'snapshot').map(({ id }) => id);
  assert.deepEqual(shown, shown.map((_, index) => shown[0] + index));
  assert.equal(events.filter(({ kind }) => kind === 'reset').length, 0);
}

describe('a job', { skip, timeout: 240_000 }, () => {
  let host;
  before(async () => {
    // A folder without titles: the jobs of the law source end without asking anybody.
    host = await RunningHost.start({ INGOT_MAX_RUNNING: '2', INGOT_GRACE_SECONDS: '1' }, ['--origin', `usc=${tmpdir()}/no-such-folder`]);
  });
  after(() => host.stop());

  test('goes from its request to its end, and everybody sees the same', async () => {
    const id = await host.submit({ events: 20, interval_ms: 20 });
    const [one, two] = await Promise.all([host.watch(id), host.watch(id)]);
    for (const { events } of [one, two]) {
      assert.equal(events[0].kind, 'snapshot');
      assertGapless(events);
      assert.equal(events.at(-1).data.status, 'succeeded');
      assert.equal(events.at(-1).data.result.events, 20);
    }
    const job = await host.job(id);
    assert.deepEqual(one.events.at(-1).data, job);
    const again = await host.ask(`/api/ingest/jobs/${id}/events?after=${job.last_seq}`);
    assert.equal(again.status, 204);
  });

  test('that fails says why, with its code and its exit', async () => {
    const job = await host.jobWhen(await host.submit({ events: 1, fail: 'broken_page' }));
    assert.equal(job.status, 'failed');
    assert.equal(job.error.code, 'broken_page');
    assert.deepEqual(job.error.exit, { code: 1 });
    assert.equal(job.error.attempts, 1);
  });

  test('that crashes ends by the signal', async () => {
    const job = await host.jobWhen(await host.submit({ fail: 'crash' }));
    assert.equal(job.error.code, 'runner_killed');
    assert.deepEqual(job.error.exit, { signal: 6 });
  });

  test('whose container is killed from outside is tried again with another token', async () => {
    const id = await host.submit({ events: 1, sleep_ms: 2000 });
    await host.jobWhen(id, (job) => job.progress === 100);
    await host.order(`containers/kill?name=${id}&signal=9`);
    const job = await host.jobWhen(id);
    assert.equal(job.status, 'succeeded');
    assert.equal(job.attempt, 2);
    const { attempts } = await (await host.ask(`/api/ingest/jobs/${id}/attempts`)).json();
    assert.deepEqual(attempts.map(({ outcome }) => outcome), ['failed', 'succeeded']);
    assert.deepEqual(attempts[0].exit, { signal: 9 });
  });

  test('is cancelled while it runs, also when its runner does not listen', async () => {
    for (const parameters of [{ events: 1, sleep_ms: 60_000 }, { events: 1, sleep_ms: 60_000, ignore_stop: true }]) {
      const id = await host.submit(parameters);
      await host.jobWhen(id, (job) => job.progress === 100);
      const answer = await host.ask(`/api/ingest/jobs/${id}/cancel`, { method: 'POST' });
      assert.equal(answer.status, 202);
      await answer.text();
      const job = await host.jobWhen(id);
      assert.equal(job.status, 'cancelled');
      const containers = await (await fetch(`${host.control}/containers`)).json();
      assert.equal(containers.find(({ name }) => name === id).running, false);
    }
  });

  test('waits for a slot and starts when one is free', async () => {
    const first = await host.submit({ sleep_ms: 60_000 });
    const second = await host.submit({ sleep_ms: 60_000 });
    await host.jobWhen(first, (job) => job.status === 'running');
    await host.jobWhen(second, (job) => job.status === 'running');
    const third = await host.submit({ events: 1 });
    assert.equal((await host.job(third)).status, 'queued');
    await (await host.ask(`/api/ingest/jobs/${first}/cancel`, { method: 'POST' })).text();
    assert.equal((await host.jobWhen(third)).status, 'succeeded');
    const cancelled = await host.ask(`/api/ingest/jobs/${second}/cancel`, { method: 'POST' });
    await cancelled.text();
    assert.equal((await host.jobWhen(second)).status, 'cancelled');
  });

  test('waits without counting an attempt while the platform has no container', async () => {
    await host.order('containers/refuse?count=2');
    const id = await host.submit({ events: 1 }, { query: '?max_attempts=1' });
    const job = await host.jobWhen(id);
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error));
    assert.equal(job.attempt, 1);
    const { attempts } = await (await host.ask(`/api/ingest/jobs/${id}/attempts`)).json();
    assert.deepEqual(attempts.map(({ attempt, outcome }) => [attempt, outcome]), [[1, 'succeeded']]);
    const log = await (await host.ask(`/api/ingest/jobs/${id}/logs`)).text();
    assert.equal(log.split('no container for the runner now').length - 1, 2, log);
  });

  test('is begun again when the answer of the database to its begin is lost', async () => {
    await host.order(`database/lose-answer?of=${encodeURIComponent('INSERT INTO ingest_job_attempts')}`);
    const id = await host.submit({ events: 1 }, { query: '?max_attempts=1' });
    const job = await host.jobWhen(id);
    assert.equal(job.status, 'succeeded', JSON.stringify(job.error));
    assert.equal(job.attempt, 1);
  });

  test('of a law source runs alone', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => host.submit({ titles: ['1'] }, { source: 'usc', query: '?max_attempts=1' })));
    let most = 0;
    for (let left = ids.length; left > 0;) {
      const { jobs } = await (await host.ask('/api/ingest/jobs?source=usc')).json();
      most = Math.max(most, jobs.filter(({ status }) => status === 'running').length);
      left = jobs.filter(({ status }) => status === 'queued' || status === 'running').length;
    }
    assert.equal(most, 1);
  });

  test('is known by its idempotency key, also when asked for twice at once', async () => {
    const headers = { 'idempotency-key': 'twice' };
    const ids = await Promise.all([1, 2, 3].map(() => host.submit({ events: 1 }, { headers })));
    assert.equal(new Set(ids).size, 1);
    const other = await host.ask('/api/ingest/probe', { method: 'POST', body: { events: 2 }, headers });
    assert.equal(other.status, 409);
    assert.equal((await other.json()).type, '/problems/idempotency-conflict');
  });

  test('shows what its runner logs, also when it fails', async () => {
    const id = await host.submit({ events: 1, log_lines: 3, fail: 'told' });
    const { events } = await host.watch(id);
    const lines = ['probe log line 1', 'probe log line 2', 'probe log line 3'];
    const log = await (await host.ask(`/api/ingest/jobs/${id}/logs`)).text();
    const shown = events.filter(({ kind }) => kind === 'log').flatMap(({ data }) => data.lines);
    const { log_tail: tail } = (await host.job(id)).error;
    for (const line of lines) {
      assert.ok(log.includes(`${line}\n`), log);
      assert.equal(shown.filter((text) => text === line).length, 1, JSON.stringify(shown));
      assert.equal(tail.filter((text) => text === line).length, 1, JSON.stringify(tail));
    }
  });

  test('says nothing of what its runner was told in confidence', async () => {
    const id = await host.submit({ events: 1, reveal_settings: true, fail: 'told' });
    const { events } = await host.watch(id);
    const log = await (await host.ask(`/api/ingest/jobs/${id}/logs`)).text();
    const told = JSON.stringify([events, await host.job(id), log]);
    for (const line of readFileSync(`${host.folder}/stores/environment`, 'utf8').split('\n')) {
      const secret = /^(?:export )?(?:D1_API_TOKEN|R2_SECRET_ACCESS_KEY)='?([^']+)'?$/.exec(line)?.[1];
      if (secret) assert.ok(!told.includes(secret));
    }
    assert.ok(told.includes('<redacted>'));
    assert.ok(!told.includes(apiKey));
  });

  test('is refused to whoever has no key, and its progress to whoever has no token', async () => {
    const id = await host.submit({ sleep_ms: 500 });
    for (const path of ['', '/events', '/units', '/logs']) {
      assert.equal((await host.ask(`/api/ingest/jobs/${id}${path}`, { key: null })).status, 401);
    }
    const report = await host.ask(`/api/ingest/jobs/${id}/progress`, { method: 'POST', body: { attempt: 1, events: [] } });
    assert.equal(report.status, 401);
    assert.equal((await report.json()).type, '/problems/invalid-token');
    await host.jobWhen(id);
  });
});

describe('an object that leaves memory', { skip, timeout: 240_000 }, () => {
  test('after every event loses none, and watchers see each number once', async () => {
    const host = await RunningHost.start({}, ['--evict-after-every-event']);
    try {
      const id = await host.submit({ events: 40, interval_ms: 100 });
      const watched = await Promise.all([host.watch(id), host.watch(id), host.watch(id)]);
      for (const { events, connections } of watched) {
        assertGapless(events);
        assert.equal(events.at(-1).kind, 'done');
        assert.equal(events.at(-1).data.status, 'succeeded');
        assert.ok(connections > 1, 'its streams break');
      }
    } finally {
      await host.stop();
    }
  });

  test('while its runner dies has a true end', async () => {
    const host = await RunningHost.start();
    try {
      const id = await host.submit({ events: 1, sleep_ms: 60_000 }, { query: '?max_attempts=1' });
      await host.jobWhen(id, (job) => job.progress === 100);
      await host.order('containers/kill?signal=9');
      await host.order('evict');
      const job = await host.jobWhen(id);
      assert.equal(job.status, 'failed');
      assert.ok(['runner_lost', 'runner_killed'].includes(job.error.code), job.error.code);
    } finally {
      await host.stop();
    }
  });

  test('with its host goes on when the host is there again', async () => {
    const host = await RunningHost.start();
    try {
      const id = await host.submit({ events: 60, interval_ms: 100 });
      await host.jobWhen(id, (job) => job.progress > 5);
      const watching = host.watch(id);
      await host.kill();
      await host.startAgain();
      const { events } = await watching;
      assertGapless(events);
      assert.equal(events.at(-1).data.status, 'succeeded');
      assert.equal(events.at(-1).data.attempt, 1);
    } finally {
      await host.stop();
    }
  });

  test('with its host has a true end when its runner is gone by then', async () => {
    const host = await RunningHost.start();
    try {
      const id = await host.submit({ events: 1, sleep_ms: 60_000 }, { query: '?max_attempts=1' });
      await host.jobWhen(id, (job) => job.progress === 100);
      const [{ pid }] = (await (await fetch(`${host.control}/containers`)).json()).filter(({ name }) => name === id);
      await host.kill();
      process.kill(pid, 'SIGKILL');
      await host.startAgain();
      const job = await host.jobWhen(id);
      assert.equal(job.status, 'failed');
      assert.equal(job.error.code, 'runner_lost');
    } finally {
      await host.stop();
    }
  });
});

/** The download page as the real site lays it out. */
function downloadPage(titles) {
  const rows = titles.map((number) => `<div class="uscitem"><div class="usctitle" id="us/usc/t${number}">Title ${number}</div>
    <div class="itemcurrency">900-1</div><div class="itemdownloadlinks">
    <a href="releasepoints/us/pl/900/1/xml_usc0${number}@900-1.zip" title="Title ${number} XML">[XML]</a></div></div>`);
  return `<html><body><h2>Current Release Point</h2>
    <h3 class="releasepointinformation">Public Law 900-1 (09/11/2026)</h3>
    <div class=uscitemlist>${rows.join('\n')}</div></body></html>`;
}

/** A site with made-up titles, which notes when it is asked. */
async function startSite(folder, titles) {
  const words = titles.flatMap((number) => ['--title', String(number)]);
  const files = join(folder, 'download/releasepoints/us/pl/900/1');
  execFileSync(ingot, ['sample', 'usc', ...words, '--sections', '30', '--output', files]);
  writeFileSync(join(folder, 'download/download.shtml'), downloadPage(titles));
  const starts = [];
  const site = createServer((request, response) => {
    starts.push(Date.now());
    const file = join(folder, normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname)));
    const isThere = existsSync(file) && statSync(file).isFile();
    response.writeHead(isThere ? 200 : 404);
    response.end(isThere ? readFileSync(file) : '');
  });
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  return { site, starts, address: `http://127.0.0.1:${site.address().port}` };
}

describe('a law source', { skip, timeout: 240_000 }, () => {
  test('is ingested whole, within what its host bears', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sample-'));
    const { site, starts, address } = await startSite(folder, [1, 3, 4]);
    const host = await RunningHost.start({ INGOT_HOST_RATE: '5' }, ['--origin', `usc=${address}`]);
    try {
      const job = await host.jobWhen(await host.submit({ titles: ['1', '3', '4'] }, { source: 'usc' }));
      assert.equal(job.status, 'succeeded', JSON.stringify(job.error));
      const { units } = await (await host.ask(`/api/ingest/jobs/${job.id}/units`)).json();
      assert.deepEqual(units.map(({ unit, status }) => [unit, status]), [['1', 'done'], ['3', 'done'], ['4', 'done']]);
      assert.ok(starts.length >= 4, `${starts.length} requests`);
      // Five a second: from the first start to the last one there is that much time, but for the network's jitter.
      assert.ok(starts.at(-1) - starts[0] >= (starts.length - 1) * 200 - 150, `${starts.at(-1) - starts[0]} ms`);
      const objects = await (await fetch(`${host.control}/objects`)).json();
      assert.ok(objects.some((one) => one.class === 'UpstreamHost' && one.name === '127.0.0.1'));
    } finally {
      await host.stop();
      site.close();
      rmSync(folder, { recursive: true });
    }
  });
});
