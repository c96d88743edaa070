// The storage of one Durable Object: keys and values in a file that outlives the process.
import { appendFileSync, existsSync, fdatasyncSync, openSync, closeSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';

/** The largest key and value together, in bytes, as a SQLite-backed object takes them. */
const maximumEntry = 2_097_152;
/** The most keys of one call. */
const maximumKeys = 128;
/** Records after which the file is written anew, when most of them are over. */
const compactionThreshold = 2000;

/** The file: records of changes, each with its length before it, so that a torn last one is left out. */
class ChangeFile {
  #path;
  #records = 0;

  constructor(path) {
    this.#path = path;
  }

  read() {
    const entries = new Map();
    if (!existsSync(this.#path)) return entries;
    const bytes = readFileSync(this.#path);
    let position = 0;
    while (position + 4 <= bytes.length) {
      const length = bytes.readUInt32BE(position);
      if (position + 4 + length > bytes.length) break;
      for (const [key, value] of deserialize(bytes.subarray(position + 4, position + 4 + length))) {
        if (value === null) entries.delete(key);
        else entries.set(key, value);
      }
      position += 4 + length;
      this.#records += 1;
    }
    if (position < bytes.length) this.rewrite(entries);
    return entries;
  }

  append(changes, entries) {
    this.#records += 1;
    if (this.#records > compactionThreshold && this.#records > entries.size * 4) return this.rewrite(entries);
    appendFileSync(this.#path, ChangeFile.#record(changes));
  }

  rewrite(entries) {
    writeFileSync(`${this.#path}.new`, ChangeFile.#record([...entries]));
    renameSync(`${this.#path}.new`, this.#path);
    this.#records = 1;
  }

  sync() {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, 'r+');
    fdatasyncSync(file);
    closeSync(file);
  }

  static #record(changes) {
    const payload = serialize(changes);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(payload.length);
    return Buffer.concat([length, payload]);
  }
}

/** What outlives an object's instances: its entries and the time of its alarm. */
export class ObjectFile {
  #file;
  #entries;
  /** Told when the alarm's time has changed. */
  onAlarm = () => {};
  /** Whether the alarm's handler runs: the alarm stays in the file until that has succeeded. */
  isFiring = false;

  constructor(path) {
    this.#file = new ChangeFile(path);
    this.#entries = this.#file.read();
  }

  get alarm() {
    const bytes = this.#entries.get('\u0000alarm');
    return bytes ? deserialize(bytes) : null;
  }

  set alarm(time) {
    this.apply([['\u0000alarm', time === null ? null : serialize(time)]]);
    this.onAlarm();
  }

  get name() {
    const bytes = this.#entries.get('\u0000name');
    return bytes ? deserialize(bytes) : null;
  }

  set name(name) {
    if (this.name !== name) this.apply([['\u0000name', serialize(name)]]);
  }

  value(key) {
    const bytes = this.#entries.get(key);
    return bytes === undefined ? undefined : deserialize(bytes);
  }

  keys() {
    return [...this.#entries.keys()].filter((key) => !key.startsWith('\u0000')).sort(byUTF8);
  }

  apply(changes) {
    for (const [key, bytes] of changes) {
      if (bytes === null) this.#entries.delete(key);
      else this.#entries.set(key, bytes);
    }
    this.#file.append(changes, this.#entries);
  }

  sync() {
    this.#file.sync();
  }
}

function byUTF8(left, right) {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** `ctx.storage` as one instance sees it. */
export class ObjectStorage {
  #file;
  #isGone;

  /**
   * @param {ObjectFile} file
   * @param {() => boolean} isGone whether the instance that asks has left memory: then nothing happens any more
   */
  constructor(file, isGone) {
    this.#file = file;
    this.#isGone = isGone;
  }

  /** What an evicted instance awaits never comes. */
  #guarded(body) {
    if (this.#isGone()) return new Promise(() => {});
    try {
      return Promise.resolve(body());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  get(key) {
    return this.#guarded(() => {
      if (!Array.isArray(key)) return this.#file.value(checkedKey(key));
      checkCount(key);
      const values = key.map((one) => [one, this.#file.value(checkedKey(one))]);
      return new Map(values.filter(([, value]) => value !== undefined));
    });
  }

  put(key, value) {
    return this.#guarded(() => {
      const entries = typeof key === 'string' ? [[key, value]] : Object.entries(key);
      checkCount(entries);
      this.#file.apply(entries.map(([name, one]) => [checkedKey(name), checkedValue(name, one)]));
    });
  }

  delete(key) {
    return this.#guarded(() => {
      const keys = Array.isArray(key) ? key : [key];
      checkCount(keys);
      const there = keys.filter((one) => this.#file.value(checkedKey(one)) !== undefined);
      if (there.length > 0) this.#file.apply(there.map((one) => [one, null]));
      return Array.isArray(key) ? there.length : there.length > 0;
    });
  }

  list({ prefix = '', start, startAfter, end, reverse = false, limit = Infinity } = {}) {
    return this.#guarded(() => {
      let keys = this.#file.keys().filter((key) =>
        key.startsWith(prefix) && (start === undefined || byUTF8(key, start) >= 0)
        && (startAfter === undefined || byUTF8(key, startAfter) > 0) && (end === undefined || byUTF8(key, end) < 0));
      if (reverse) keys.reverse();
      if (limit !== Infinity) keys = keys.slice(0, limit);
      return new Map(keys.map((key) => [key, this.#file.value(key)]));
    });
  }

  deleteAll() {
    return this.#guarded(() => {
      this.#file.apply(this.#file.keys().map((key) => [key, null]));
      // Since 2026-02-24 the alarm goes too.
      this.#file.isFiring = false;
      this.#file.alarm = null;
    });
  }

  /** All calls of one object follow one another here, so nothing comes in between; a failure takes all back. */
  transaction(body) {
    return this.#guarded(async () => {
      const before = new Map(this.#file.keys().map((key) => [key, this.#file.value(key)]));
      try {
        return await body(this);
      } catch (error) {
        const added = this.#file.keys().filter((key) => !before.has(key)).map((key) => [key, null]);
        this.#file.apply([...added, ...[...before].map(([key, value]) => [key, serialize(value)])]);
        throw error;
      }
    });
  }

  sync() {
    return this.#guarded(() => this.#file.sync());
  }

  getAlarm() {
    return this.#guarded(() => (this.#file.isFiring ? null : this.#file.alarm));
  }

  setAlarm(time) {
    return this.#guarded(() => {
      const milliseconds = time instanceof Date || typeof time?.getTime === 'function' ? time.getTime() : time;
      if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds)) {
        throw new TypeError('setAlarm() takes a Date or milliseconds since the epoch');
      }
      this.#file.isFiring = false;
      this.#file.alarm = milliseconds;
    });
  }

  deleteAlarm() {
    return this.#guarded(() => {
      this.#file.isFiring = false;
      this.#file.alarm = null;
    });
  }
}

function checkCount(keys) {
  if (keys.length > maximumKeys) throw new RangeError(`Maximum number of keys is ${maximumKeys}.`);
}

function checkedKey(key) {
  if (typeof key !== 'string' || key.startsWith('\u0000')) throw new TypeError('Keys must be strings.');
  return key;
}

function checkedValue(key, value) {
  if (value === undefined) throw new TypeError('put() called with undefined value.');
  const bytes = serialize(value);
  if (Buffer.byteLength(key) + bytes.length > maximumEntry) {
    throw new RangeError('Values cannot be larger than 2097152 bytes, the key included.');
  }
  return bytes;
}
