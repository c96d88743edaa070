// A host with stores and a runner of their own, for tests that speak HTTP to it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

function executable(name, variable) {
  const candidates = [process.env[variable], join(root, '.build/debug', name), join(root, '.build/release', name)];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

export const runner = executable('ingot-runner', 'INGOT_RUNNER');
export const ingot = executable('ingot', 'INGOT_EXECUTABLE');
/** Why tests with real processes are skipped, or `false`. */
export const skip = runner && ingot ? false : 'no ingot and ingot-runner in .build, INGOT_EXECUTABLE or INGOT_RUNNER';
export const apiKey = `ingot_key-of-the-tests${'-'.repeat(27)}`;

/** Starts a program and waits for a line of its output. */
async function start(program, words, pattern) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    for (const [name, expression] of Object.entries(pattern)) found[name] ??= expression.exec(line)?.[1];
    if (Object.keys(pattern).every((name) => found[name])) {
      child.stdout.resume();
      return { child, found };
    }
  }
  throw new Error(`${program} has ended before it listened`);
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => { child.once('exit', resolve); });
}

export class RunningHost {
  /** @param {Record<string, string>} vars variables of the Worker */
  static async start(vars = {}, options = []) {
    const host = new RunningHost();
    host.folder = mkdtempSync(join(tmpdir(), 'worker-host-test-'));
    host.stores = (await start(ingot, ['stores', '--data', host.folder], { ready: /^credentials: (.*)$/ })).child;
    host.words = [
      '--runner', runner, '--store', join(host.folder, 'stores/environment'), '--data', join(host.folder, 'state'),
      ...Object.entries({ INGOT_API_KEY: apiKey, INGOT_ENABLE_PROBE: '1', INGOT_WATCH_SECONDS: '1', INGOT_RETRY_MS: '50', ...vars })
        .flatMap(([name, value]) => ['--var', `${name}=${value}`]),
      ...options,
    ];
    await host.startAgain('0');
    return host;
  }

  async startAgain(port = new URL(this.address).port) {
    const { child, found } = await start(process.execPath, [
      '--experimental-vm-modules', '--no-warnings', join(here, 'host.mjs'), '--port', port, ...this.words,
    ], { address: /^listening on (.*)$/, control: /^control on (.*)$/ });
    Object.assign(this, { child, address: found.address, control: found.control });
  }

  async kill(signal = 'SIGKILL') {
    this.child.kill(signal);
    await ended(this.child);
  }

  async stop() {
    for (const { name, running } of await (await fetch(`${this.control}/containers`)).json()) {
      if (running) await this.order(`containers/kill?name=${name}&signal=9`);
    }
    await this.kill('SIGTERM');
    this.stores.kill('SIGTERM');
    await ended(this.stores);
    rmSync(this.folder, { recursive: true, force: true });
  }

  order(route) {
    return fetch(`${this.control}/${route}`, { method: 'POST' });
  }

  ask(path, { method = 'GET', body, headers = {}, key = apiKey } = {}) {
    return fetch(this.address + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
    });
  }

  async submit(parameters, { source = 'probe', query = '', headers = {} } = {}) {
    const response = await this.ask(`/api/ingest/${source}${query}`, { method: 'POST', body: parameters, headers });
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()).jobId;
  }

  async job(id) {
    return (await this.ask(`/api/ingest/jobs/${id}`)).json();
  }

  /** The job once it fits; asked for again and again, for two minutes at most. */
  async jobWhen(id, fits = (job) => !['queued', 'running'].includes(job.status)) {
    const deadline = Date.now() + 120_000;
    while (true) {
      const job = await this.job(id);
      if (fits(job)) return job;
      if (Date.now() > deadline) throw new Error(`the job does not get there: ${JSON.stringify(job)}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  /**
   * Watches a job to its end as an EventSource does: after a break it connects again with the last number it has.
   *
   * @returns {Promise<{events: {id: number, kind: string, data: object}[], connections: number}>}
   */
  async watch(id) {
    const events = [];
    let last;
    for (let connections = 1; ; connections += 1) {
      let response;
      try {
        response = await this.ask(`/api/ingest/jobs/${id}/events`, { headers: last === undefined ? {} : { 'last-event-id': String(last) } });
      } catch {
        await new Promise((resolve) => { setTimeout(resolve, 50); });
        continue;
      }
      if (response.status === 204) return { events, connections };
      if (response.status === 200) {
        for await (const event of readEvents(response)) {
          events.push(event);
          last = event.id;
          if (event.kind === 'done') return { events, connections };
        }
      } else {
        await response.text();
      }
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }
}

/** The events of a stream, up to its end or its break. */
export async function* readEvents(response) {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const piece of response.body) {
      rest += decoder.decode(piece, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const match = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block);
        if (match) yield { id: Number(match[1]), kind: match[2], data: JSON.parse(match[3]) };
        else if (!/^(retry: 2000|: hb)$/.test(block)) throw new Error(`no event: ${block}`);
      }
    }
  } catch (error) {
    if (error.message.startsWith('no event')) throw error;
  }
}
