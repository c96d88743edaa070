// Loads a Worker's modules into a context of their own, in which there is only what the Workers runtime has.
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** The object whose event is being handled; what it starts, a timer for example, ends with it. */
export const currentInstance = new AsyncLocalStorage();

/** The base class of `cloudflare:workers`. */
export class DurableObject {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** The base class of entry points that are called as objects. */
export class WorkerEntrypoint {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** What a Worker finds in its global scope: the platform's own, and nothing of Node. */
function globals() {
  const guarded = (schedule) => (callback, delay, ...values) => {
    const owner = currentInstance.getStore();
    return schedule(() => { if (!owner?.isGone) callback(...values); }, delay)[Symbol.toPrimitive]();
  };
  return {
    AbortController, AbortSignal, Blob, DOMException, Event, EventTarget, FormData, Headers, ReadableStream, Request,
    Response, TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream, TransformStream, URL, URLSearchParams,
    WritableStream, atob, btoa, console, fetch, queueMicrotask, structuredClone, performance,
    CompressionStream, DecompressionStream,
    crypto: webcrypto,
    clearInterval, clearTimeout,
    setInterval: guarded(setInterval),
    setTimeout: guarded(setTimeout),
  };
}

/**
 * Loads the module and all that it imports.
 *
 * @param {string} file the entry's path
 * @returns {Promise<object>} the entry's exports
 */
export async function loadWorker(file) {
  if (!vm.SourceTextModule) throw new Error('start node with --experimental-vm-modules');
  const scope = globals();
  const context = vm.createContext(scope, { name: 'worker' });
  scope.self = vm.runInContext('globalThis', context);
  const modules = new Map();
  const runtime = new vm.SyntheticModule(
    ['DurableObject', 'WorkerEntrypoint'],
    function () {
      this.setExport('DurableObject', DurableObject);
      this.setExport('WorkerEntrypoint', WorkerEntrypoint);
    },
    { context, identifier: 'cloudflare:workers' },
  );
  const load = (address) => {
    let module = modules.get(address);
    if (!module) {
      module = new vm.SourceTextModule(readFileSync(fileURLToPath(address), 'utf8'), {
        context,
        identifier: address,
        importModuleDynamically: () => { throw new Error('a Worker imports its modules statically'); },
      });
      modules.set(address, module);
    }
    return module;
  };
  const link = (specifier, referrer) => {
    if (specifier === 'cloudflare:workers') return runtime;
    if (/^\.{1,2}\//.test(specifier)) return load(new URL(specifier, referrer.identifier).href);
    throw new Error(`No such module "${specifier}". imported from "${referrer.identifier}"`);
  };
  const entry = load(pathToFileURL(file).href);
  await entry.link(link);
  await entry.evaluate();
  return entry.namespace;
}
