// The newest events of one job: numbered, in a bounded ring, in the object's storage before anybody sees them.
import { frame } from './event-frame.mjs';

const capacity = 512;
const maximumBytes = 2 << 20;
/** Keys that one call of the storage takes. */
const keysAtOnce = 128;

/** So that keys sort as numbers do. */
const key = (number) => `event:${String(number).padStart(16, '0')}`;

export class EventLog {
  /** @type {{number: number, frame: string}[]} */
  #entries = [];
  #bytes = 0;
  /** The number of the newest event. */
  last = 0;

  /** @param {DurableObjectStorage} storage */
  async load(storage, last) {
    const stored = await storage.list({ prefix: 'event:' });
    for (const entry of stored.values()) this.#take(entry);
    this.last = Math.max(last, this.#entries.at(-1)?.number ?? 0);
  }

  /** The log of a job whose events are gone but for the last, as its row tells of it. */
  static ofEnded(job, data) {
    const log = new EventLog();
    log.#take({ number: job.last_seq, frame: frame(job.last_seq, 'done', data) });
    log.last = job.last_seq;
    return log;
  }

  #take(entry) {
    this.#entries.push(entry);
    this.#bytes += entry.frame.length;
  }

  /**
   * Numbers and keeps events, all of them or none.
   *
   * @param {{kind: string, data: string, number?: number}[]} events `number` where it is decided already
   * @param {Record<string, unknown>} state what is to be stored with them
   * @param {(entries: {number: number, frame: string}[]) => void} show called in the moment in which they count
   * @returns {Promise<{number: number, frame: string}[]>} durable when this returns
   */
  async append(storage, events, state = {}, show = () => {}) {
    const entries = [];
    let last = this.last;
    for (const { kind, data, number } of events) {
      last = Math.max(last + 1, number ?? 0);
      entries.push({ number: last, frame: frame(last, kind, data) });
    }
    const kept = this.#entries.concat(entries);
    let bytes = this.#bytes + entries.reduce((sum, entry) => sum + entry.frame.length, 0);
    let first = 0;
    while (kept.length - first > 1 && (kept.length - first > capacity || bytes > maximumBytes)) {
      bytes -= kept[first].frame.length;
      first += 1;
    }
    // Without an await between them, all of these are written together or not at all.
    const writes = [];
    // Of more events than the ring holds, the oldest are never written.
    const written = entries.slice(Math.max(0, first - this.#entries.length));
    const pairs = [...written.map((entry) => [key(entry.number), entry]), ...Object.entries(state)];
    for (let index = 0; index < pairs.length; index += keysAtOnce) {
      writes.push(storage.put(Object.fromEntries(pairs.slice(index, index + keysAtOnce))));
    }
    const dropped = this.#entries.slice(0, first).map((entry) => key(entry.number));
    for (let index = 0; index < dropped.length; index += keysAtOnce) {
      writes.push(storage.delete(dropped.slice(index, index + keysAtOnce)));
    }
    await Promise.all(writes);
    await storage.sync();
    this.#entries = kept.slice(first);
    this.#bytes = bytes;
    this.last = last;
    show(entries);
    return entries;
  }

  /**
   * How a watcher's stream starts.
   *
   * @param {number | null} after the number of the last event that the watcher has seen
   * @returns {{kind: 'snapshot' | 'reset' | 'nothing-left'} | {kind: 'replay', frames: string[]}}
   */
  start(after, isEnded) {
    if (after === null) return { kind: 'snapshot' };
    if (isEnded && after >= this.last) return { kind: 'nothing-left' };
    if (after > this.last) return { kind: 'reset' };
    if (after === this.last) return { kind: 'replay', frames: [] };
    const [oldest] = this.#entries;
    if (!oldest || oldest.number > after + 1) return { kind: 'reset' };
    return { kind: 'replay', frames: this.#entries.filter((entry) => entry.number > after).map((entry) => entry.frame) };
  }

  /** The newest entry: of an ended job its end. */
  get newest() {
    return this.#entries.at(-1);
  }
}
