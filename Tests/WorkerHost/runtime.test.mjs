// What the stand-in forbids, as the Workers runtime does, and how it treats objects and containers.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Container, ContainerHost } from './container.mjs';
import { ObjectHost, ObjectNamespace } from './durable-objects.mjs';
import { loadWorker } from './worker-module.mjs';
import { readTOML } from './wrangler-file.mjs';

async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), 'worker-runtime-'));
  try { return await body(folder); } finally { rmSync(folder, { recursive: true, force: true }); }
}

const isAbleToLoad = process.execArgv.includes('--experimental-vm-modules') || process.env.NODE_OPTIONS?.includes('vm-modules');
const skip = isAbleToLoad ? false : 'start node with --experimental-vm-modules';

async function load(folder, text) {
  const file = join(folder, 'worker.mjs');
  writeFileSync(file, text);
  return loadWorker(file);
}

test('a Worker finds nothing of Node', { skip }, () => inFolder(async (folder) => {
  const { found } = await load(folder, `export const found = ['process', 'Buffer', 'require', 'global', 'setImmediate', '__dirname']
    .filter((name) => name in globalThis);`);
  assert.deepEqual([...found], []);
  await assert.rejects(load(folder, "import 'node:fs';"), /No such module/);
}));

function objects(folder, Class, options = {}) {
  const host = new ObjectHost({ folder, runner: '/bin/false', containers: new Set(), evictAfterEveryEvent: false, ...options });
  host.use({ Thing: Class }, {});
  return { host, names: new ObjectNamespace(host, 'Thing') };
}

class Thing {
  constructor(ctx) {
    this.ctx = ctx;
    this.made = Math.random();
  }

  who() { return this.made; }
  echo(value) { return value; }
  async count() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1;
    await this.ctx.storage.put('count', count);
    return count;
  }

  never() { return new Promise(() => {}); }
}

test('a name has one object, until that leaves memory', () => inFolder(async (folder) => {
  const { host, names } = objects(folder, Thing);
  const first = await names.get(names.idFromName('a')).who();
  assert.equal(await names.getByName('a').who(), first);
  assert.notEqual(await names.getByName('b').who(), first);
  host.evict(host.record('Thing', names.idFromName('a').toString()));
  assert.notEqual(await names.getByName('a').who(), first);
}));

test('calls carry copies, and what an object keeps outlives it', () => inFolder(async (folder) => {
  const { names } = objects(folder, Thing, { evictAfterEveryEvent: true });
  const value = { list: [1] };
  const copy = await names.getByName('a').echo(value);
  assert.deepEqual(copy, value);
  assert.notEqual(copy, value);
  assert.equal(await names.getByName('a').count(), 1);
  assert.equal(await names.getByName('a').count(), 2);
  await assert.rejects(names.getByName('a').nothing(), /does not implement/);
}));

test('whoever asks an object that leaves memory is told that it may ask again', () => inFolder(async (folder) => {
  const { host, names } = objects(folder, Thing);
  const asked = names.getByName('a').never();
  setImmediate(() => host.evict(host.record('Thing', names.idFromName('a').toString())));
  await assert.rejects(asked, (error) => error.retryable === true);
}));

test('an alarm wakes an object, is tried again when it fails, and outlives the host', () => inFolder(async (folder) => {
  const calls = [];
  let wake;
  const rung = new Promise((resolve) => { wake = resolve; });
  class Sleeper extends Thing {
    async set(time) { await this.ctx.storage.setAlarm(time); }
    async alarm(info) {
      calls.push(info.retryCount);
      if (calls.length === 1) throw new Error('the first time');
      wake();
    }
  }
  const { host, names } = objects(folder, Sleeper);
  await names.getByName('a').set(Date.now() + 3_600_000);
  host.stop();
  const next = objects(folder, Sleeper);
  next.host.restore();
  const [record] = next.host.records;
  assert.equal(record.name, 'a');
  await next.names.getByName('a').set(Date.now());
  await rung;
  while (record.file.alarm !== null) await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(calls, [0, 1]);
}));

function withContainer(script, body) {
  return () => inFolder(async (folder) => {
    const program = join(folder, 'program');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    mkdirSync(join(folder, 'c'));
    const host = new ContainerHost({ runner: program, folder: join(folder, 'c'), id: 'ab'.repeat(32) });
    await body(new Container(host, () => false), host);
  });
}

test('a container has the environment that it is given, and nothing else', withContainer('/usr/bin/env >&2; [ "$1" = run ] && [ "$A" = 1 ] && [ -z "$HOME" ]', async (container) => {
  container.start({ entrypoint: ['/ingot-runner', 'run'], env: { A: '1' }, enableInternet: true });
  assert.equal(container.running, true);
  assert.throws(() => container.start({ enableInternet: true }), /already running/);
  await container.monitor();
  assert.equal(container.running, false);
  assert.throws(() => container.monitor(), /not running/);
}));

test('how a container ends is told with its code', withContainer('exit 3', async (container) => {
  container.start({ env: {}, enableInternet: true });
  await assert.rejects(container.monitor(), (error) => error.exitCode === 3 && /unexpected exit code: 3/.test(error.message));
}));

test('a signal is a code above 128, and destroying ends everything that it has started', withContainer('sleep 600 & sleep 600', async (container, host) => {
  container.start({ env: {}, enableInternet: true });
  const watched = container.monitor();
  host.signal(9);
  await assert.rejects(watched, (error) => error.exitCode === 137);
  container.start({ env: {}, enableInternet: true });
  const destroyed = container.monitor();
  await container.destroy();
  await destroyed;
  assert.equal(container.running, false);
}));

test('what the platform does not take is refused', withContainer('exit 0', async (container) => {
  assert.throws(() => container.start({ env: {} }), /enableInternet/);
  assert.throws(() => container.start({ env: { 'A=B': '1' }, enableInternet: true }), /name of an environment variable/);
  assert.throws(() => container.start({ env: { A: 1 }, enableInternet: true }), /not a string/);
  assert.throws(() => container.start({ entrypoint: ['/bin/sh'], enableInternet: true }), /no program but/);
  assert.throws(() => container.start({ enableInternet: true, hardTimeout: 5 }), /does not know the option/);
  assert.throws(() => container.signal(15), /not running/);
  assert.equal(container.running, false);
}));

test('the few forms of TOML are read, and others are refused', () => {
  const read = readTOML('a = "x" # why\n[v]\nn = 1\n[[c.b]]\nl = ["p", "q"]\n[[c.b]]\nl = []\n');
  assert.deepEqual(read, { a: 'x', v: { n: 1 }, c: { b: [{ l: ['p', 'q'] }, { l: [] }] } });
  assert.throws(() => readTOML("a = 'x'"), /line 1/);
});
