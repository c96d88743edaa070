// The storage of the stand-in's objects.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ObjectFile, ObjectStorage } from './object-storage.mjs';

function withFile(body) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'object-storage-'));
    try { await body(join(folder, 'object')); } finally { rmSync(folder, { recursive: true }); }
  };
}

const open = (path, isGone = () => false) => new ObjectStorage(new ObjectFile(path), isGone);

test('what was put is there for the next instance, as a copy', withFile(async (path) => {
  const storage = open(path);
  const value = { list: [1, new Date(5)], bytes: new Uint8Array([1, 2]) };
  await storage.put('a', value);
  value.list.push(2);
  assert.deepEqual(await open(path).get('a'), { list: [1, new Date(5)], bytes: new Uint8Array([1, 2]) });
  assert.equal(await storage.get('b'), undefined);
}));

test('a record that was torn by a crash is left out, and what came before it stays', withFile(async (path) => {
  await open(path).put('a', 1);
  appendFileSync(path, Buffer.from([0, 0, 0, 99, 1]));
  const storage = open(path);
  assert.equal(await storage.get('a'), 1);
  await storage.put('b', 2);
  assert.deepEqual([...await open(path).list()], [['a', 1], ['b', 2]]);
}));

test('lists are in the order of the keys, between bounds', withFile(async (path) => {
  const storage = open(path);
  await storage.put({ 'e:2': 2, 'e:1': 1, 'e:3': 3, f: 4 });
  assert.deepEqual([...(await storage.list({ prefix: 'e:' })).values()], [1, 2, 3]);
  assert.deepEqual([...(await storage.list({ startAfter: 'e:1', end: 'f' })).keys()], ['e:2', 'e:3']);
  assert.deepEqual([...(await storage.list({ reverse: true, limit: 1 })).keys()], ['f']);
}));

test('more than 128 keys and more than 2 MiB are refused, and nothing of them is kept', withFile(async (path) => {
  const storage = open(path);
  const many = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`k${index}`, index]));
  await assert.rejects(storage.put(many), RangeError);
  await assert.rejects(storage.delete(Object.keys(many)), RangeError);
  await assert.rejects(storage.put({ small: 1, large: 'x'.repeat(2_097_152) }), RangeError);
  await assert.rejects(storage.put('a', undefined), TypeError);
  assert.equal((await storage.list()).size, 0);
}));

test('a transaction that fails changes nothing', withFile(async (path) => {
  const storage = open(path);
  await storage.put('a', 1);
  await assert.rejects(storage.transaction(async (inner) => {
    await inner.put({ a: 2, b: 3 });
    throw new Error('no');
  }), /no/);
  assert.deepEqual([...await storage.list()], [['a', 1]]);
}));

test('an alarm outlives the instance and goes with everything', withFile(async (path) => {
  await open(path).setAlarm(1234);
  const storage = open(path);
  assert.equal(await storage.getAlarm(), 1234);
  await storage.put('a', 1);
  await storage.deleteAll();
  assert.equal(await storage.getAlarm(), null);
  assert.equal((await open(path).list()).size, 0);
}));

test('an instance that has left memory changes nothing and gets no answer', withFile(async (path) => {
  let isGone = false;
  const storage = open(path, () => isGone);
  isGone = true;
  const outcome = await Promise.race([storage.put('a', 1).then(() => 'answered'), new Promise((resolve) => { setImmediate(() => resolve('silent')); })]);
  assert.equal(outcome, 'silent');
  assert.equal(await open(path).get('a'), undefined);
}));

test('a file of many changes is written anew and says the same', withFile(async (path) => {
  const storage = open(path);
  for (let number = 0; number < 5000; number += 1) await storage.put('a', number);
  await storage.put('b', 1);
  assert.deepEqual([...await open(path).list()], [['a', 4999], ['b', 1]]);
}));
