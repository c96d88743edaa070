// Durable Objects: one instance a name, events, eviction and alarms.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Container, ContainerHost } from './container.mjs';
import { ObjectFile, ObjectStorage } from './object-storage.mjs';
import { currentInstance } from './worker-module.mjs';

/** How often a failed alarm is tried again, and how long the first wait is. */
const alarmRetries = 6;
const firstAlarmRetry = 2000;
const longestTimer = 2 ** 31 - 1;

/** An error as it arrives from another object: its own members stay behind. */
function asTold(error) {
  const told = new Error(error?.message ?? String(error));
  if (error?.name) told.name = error.name;
  return Object.assign(told, { remote: true });
}

function resetError() {
  return Object.assign(new Error('Durable Object reset because its code was updated.'), {
    remote: true, retryable: true, durableObjectReset: true,
  });
}

/** One object as long as it is in memory. */
class Instance {
  isGone = false;
  object = null;
  gate = Promise.resolve();
  streams = new Set();

  constructor() {
    this.gone = new Promise((_, reject) => { this.leave = () => { this.isGone = true; reject(resetError()); }; });
    this.gone.catch(() => {});
  }
}

/** One object, in memory or not. */
class ObjectRecord {
  constructor(host, className, id, folder) {
    this.host = host;
    this.className = className;
    this.id = id;
    this.file = new ObjectFile(join(folder, id));
    this.instance = null;
    this.containerHost = null;
    this.timer = null;
    this.retries = 0;
    this.file.onAlarm = () => this.arm();
    this.arm();
  }

  get name() {
    return this.file.name ?? undefined;
  }

  /** Kept, so that an object that an alarm wakes has its name too. */
  set name(name) {
    this.file.name = name;
  }

  arm(time = this.file.alarm) {
    clearTimeout(this.timer);
    if (this.file.alarm === null || this.file.isFiring || this.host.isStopping) return;
    this.timer = setTimeout(() => {
      if (Date.now() < time) return this.arm(time);
      this.fire();
    }, Math.min(Math.max(0, time - Date.now()), longestTimer));
  }

  async fire() {
    if (this.host.isStopping) return;
    const { file } = this;
    file.isFiring = true;
    const info = { retryCount: this.retries, isRetry: this.retries > 0 };
    try {
      await this.host.deliver(this, (object) => object.alarm(info));
      this.retries = 0;
    } catch (error) {
      if (!error?.durableObjectReset) console.error(`alarm of ${this.className} ${this.file.name}: ${error?.stack ?? error}`);
      if (file.isFiring && this.retries < alarmRetries) {
        this.retries += 1;
        file.isFiring = false;
        return this.arm(Date.now() + firstAlarmRetry * 2 ** (this.retries - 1));
      }
      this.retries = 0;
    }
    if (!file.isFiring) return;
    // Nobody has set another one.
    file.isFiring = false;
    file.alarm = null;
  }
}

/** All objects of a Worker. */
export class ObjectHost {
  isStopping = false;
  /** Starts of containers for which there is no free instance. */
  refusals = 0;
  #records = new Map();
  #options;
  #classes = {};
  #env = {};

  /**
   * @param {{folder: string, runner: string, containers: Set<string>, evictAfterEveryEvent: boolean}} options
   *   `containers`: the classes whose objects have a container
   */
  constructor(options) {
    this.#options = options;
    this.evictsAfterEveryEvent = options.evictAfterEveryEvent;
  }

  /** Takes the classes of a Worker; objects in memory keep theirs until they leave it. */
  use(classes, env) {
    this.#classes = classes;
    this.#env = env;
  }

  /** Finds what earlier hosts of this folder have left, so that alarms go off. */
  restore() {
    const folder = join(this.#options.folder, 'objects');
    if (!existsSync(folder)) return;
    for (const className of readdirSync(folder)) {
      for (const id of readdirSync(join(folder, className))) {
        if (/^[0-9a-f]{64}$/.test(id)) this.record(className, id);
      }
    }
  }

  record(className, id, name) {
    const key = `${className}/${id}`;
    let record = this.#records.get(key);
    if (!record) {
      const folder = join(this.#options.folder, 'objects', className);
      mkdirSync(folder, { recursive: true });
      record = new ObjectRecord(this, className, id, folder);
      this.#records.set(key, record);
      if (this.#options.containers.has(className)) {
        record.containerHost = new ContainerHost({
          runner: this.#options.runner, folder: join(this.#options.folder, 'containers'), id,
          refuses: () => this.refusals > 0 && (this.refusals -= 1) >= 0,
        });
      }
    }
    if (name !== undefined) record.name = name;
    return record;
  }

  get records() {
    return [...this.#records.values()];
  }

  #instance(record) {
    if (record.instance) return record.instance;
    const instance = new Instance();
    record.instance = instance;
    const isGone = () => instance.isGone;
    const name = record.name;
    const ctx = {
      id: { toString: () => record.id, name, equals: (other) => other.toString() === record.id },
      storage: new ObjectStorage(record.file, isGone),
      waitUntil: (promise) => { Promise.resolve(promise).catch((error) => console.error(`waitUntil: ${error?.stack ?? error}`)); },
      blockConcurrencyWhile: (body) => {
        const work = currentInstance.run(instance, body);
        instance.gate = Promise.all([instance.gate, work]);
        // An object whose start has failed is made anew for the next event.
        instance.gate.catch(() => this.evict(record));
        return work;
      },
      abort: () => this.evict(record),
      exports: {},
    };
    if (record.containerHost) ctx.container = new Container(record.containerHost, isGone);
    const Class = this.#classes[record.className];
    if (typeof Class !== 'function') throw new Error(`The Worker exports no class ${record.className}.`);
    currentInstance.run(instance, () => { instance.object = new Class(ctx, this.#env); });
    return instance;
  }

  /** Lets an object handle one event. */
  async deliver(record, body, { staysForStream = false } = {}) {
    if (this.isStopping) throw resetError();
    const instance = this.#instance(record);
    let isStreaming = false;
    try {
      await Promise.race([instance.gate, instance.gone]);
      const work = (async () => currentInstance.run(instance, () => body(instance.object, instance)))();
      work.catch(() => {});
      const answer = await Promise.race([work, instance.gone]);
      isStreaming = staysForStream && instance.streams.size > 0 && answer?.body != null;
      return answer;
    } finally {
      if (this.evictsAfterEveryEvent && !isStreaming && record.instance === instance) this.evict(record);
    }
  }

  /** Drops an object from memory: what it was doing ends there, and its open streams break. */
  evict(record) {
    const { instance } = record;
    if (!instance) return;
    record.instance = null;
    instance.leave();
    if (!this.isStopping) record.containerHost?.objectLeft();
    for (const cut of [...instance.streams]) cut();
  }

  /** Ends the host; containers and the files stay. */
  stop() {
    this.isStopping = true;
    for (const record of this.records) {
      clearTimeout(record.timer);
      this.evict(record);
      record.file.sync();
    }
  }
}

/** The binding of a class: ids and stubs. */
export class ObjectNamespace {
  #host;
  #className;

  constructor(host, className) {
    this.#host = host;
    this.#className = className;
  }

  #id(text, name) {
    return { name, toString: () => text, equals: (other) => other.toString() === text, className: this.#className };
  }

  idFromName(name) {
    if (typeof name !== 'string') throw new TypeError('idFromName() takes a string.');
    return this.#id(createHash('sha256').update(`${this.#className}\0${name}`).digest('hex'), name);
  }

  idFromString(text) {
    if (!/^[0-9a-f]{64}$/.test(text)) throw new TypeError('Invalid Durable Object ID: must be 64 hex digits');
    return this.#id(text);
  }

  newUniqueId() {
    return this.#id(randomBytes(32).toString('hex'));
  }

  getByName(name) {
    return this.get(this.idFromName(name));
  }

  get(id) {
    const host = this.#host;
    const record = () => host.record(this.#className, id.toString(), id.name);
    // What an object asks that has left memory is not asked, and it gets no answer.
    const asOwner = async (ask) => {
      const owner = currentInstance.getStore();
      const never = new Promise(() => {});
      if (owner?.isGone) return never;
      try {
        const answer = await ask();
        return owner?.isGone ? await never : answer;
      } catch (error) {
        if (owner?.isGone) return never;
        throw error;
      }
    };
    const own = {
      id,
      name: id.name,
      fetch: (input, init) => asOwner(() => fetchObject(host, record(), new Request(input, init))),
    };
    return new Proxy(own, {
      get(target, property) {
        if (property in target || typeof property === 'symbol' || property === 'then') return target[property];
        return (...values) => asOwner(() => host.deliver(record(), async (object) => {
          const method = object[property];
          if (typeof method !== 'function' || property === 'constructor' || Object.hasOwn(object, property)) {
            throw new TypeError(`The RPC receiver does not implement the method "${property}".`);
          }
          try {
            return structuredClone(await method.apply(object, structuredClone(values)));
          } catch (error) {
            throw asTold(error);
          }
        }));
      },
    });
  }
}

/** A request to an object; whoever asks goes, and the object's stream is cancelled. */
function fetchObject(host, record, request) {
  return host.deliver(record, async (object, instance) => {
    const response = await object.fetch(request);
    if (response.body === null) return response;
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      return new Response(await response.arrayBuffer(), response);
    }
    return new Response(cuttable(response.body, instance), response);
  }, { staysForStream: true });
}

/** The stream, which breaks when its object leaves memory. */
function cuttable(body, instance) {
  const reader = body.getReader();
  let cut;
  const stream = new ReadableStream({
    start(controller) {
      cut = () => {
        instance.streams.delete(cut);
        try { controller.error(resetError()); } catch { /* It has ended already. */ }
      };
      instance.streams.add(cut);
    },
    async pull(controller) {
      const { done, value } = await currentInstance.run(instance, () => reader.read());
      if (instance.isGone) return;
      if (!done) return controller.enqueue(value);
      instance.streams.delete(cut);
      controller.close();
    },
    cancel(reason) {
      instance.streams.delete(cut);
      return currentInstance.run(instance, () => reader.cancel(reason));
    },
  }, { highWaterMark: 0 });
  return stream;
}
