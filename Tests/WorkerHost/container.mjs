// `ctx.container`: a process in the place of a container.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The program of the image, in whose place the stand-in starts the one it is given. */
const imageProgram = '/ingot-runner';
const noInstance = 'there is no container instance that can be provided to this durable object';
const optionNames = new Set(['entrypoint', 'env', 'enableInternet', 'labels']);

/** When a process started, in the kernel's ticks; `null` when there is none, or it has ended and waits to be reaped. */
function startTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
  } catch {
    return null;
  }
}

/** The container of one object; it outlives the object's instances, and the host. */
export class ContainerHost {
  #runner;
  #folder;
  #note;
  #id;
  #process = null;
  #ended = [];
  #refuses;
  /** Whether it goes on without its object in memory: only when that has been asked for since its start. */
  #staysAlone = false;

  /**
   * @param {{runner: string, folder: string, id: string, refuses?: () => boolean}} place the program, a folder for what
   *   it writes, the object's id, and whether there is no free instance for the next start
   */
  constructor({ runner, folder, id, refuses = () => false }) {
    this.#refuses = refuses;
    this.#runner = runner;
    this.#folder = join(folder, id);
    this.#note = join(this.#folder, 'process.json');
    this.#id = id;
    if (existsSync(this.#note)) this.#adopt();
  }

  get running() {
    return this.#process !== null;
  }

  get pid() {
    return this.#process?.pid ?? null;
  }

  /**
   * @param {string[]} words what the image's program is told
   * @param {Record<string, string>} env
   */
  start(words, env, labels) {
    this.#staysAlone = false;
    if (this.#refuses()) return this.#refuse();
    mkdirSync(join(this.#folder, 'tmp'), { recursive: true });
    const output = openSync(join(this.#folder, 'output'), 'a');
    const child = spawn(this.#runner, words, {
      cwd: join(this.#folder, 'tmp'),
      // A session of its own, so that all of it can be ended, and goes on without the host.
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...env,
        CLOUDFLARE_APPLICATION_ID: 'stand-in',
        CLOUDFLARE_COUNTRY_A2: 'XX',
        CLOUDFLARE_LOCATION: 'loc01',
        CLOUDFLARE_REGION: 'XXXX',
        CLOUDFLARE_DURABLE_OBJECT_ID: this.#id,
      },
    });
    closeSync(output);
    const process = { pid: child.pid, child };
    this.#process = process;
    child.on('error', () => this.#end(process, { error: new Error(noInstance) }));
    child.on('exit', (code, signal) => {
      const number = code ?? 128 + (signalNumbers[signal] ?? 0);
      this.#end(process, { code: number });
    });
    if (child.pid) writeFileSync(this.#note, JSON.stringify({ pid: child.pid, start: startTime(child.pid), labels }));
  }

  /** As the platform does: `start()` returns, and who watches is told. */
  #refuse() {
    const process = { pid: null };
    this.#process = process;
    setTimeout(() => this.#end(process, { error: new Error(noInstance) }), 5);
  }

  stayAlone() {
    this.#staysAlone = true;
  }

  /** Its object leaves memory. */
  objectLeft() {
    if (!this.#staysAlone) this.destroy();
  }

  /** Told how the container ends: `{code}`, `{error}` or `{destroyed, reason}`. */
  whenEnded(listener) {
    this.#ended.push(listener);
  }

  signal(number) {
    // The kernel's process 1 of a container gets it, and nobody else.
    if (this.#process?.pid) kill(this.#process.pid, number);
  }

  destroy(reason) {
    const process = this.#process;
    if (!process) return;
    if (process.pid) this.#killAll(process.pid);
    this.#end(process, { destroyed: true, reason });
  }

  /** What an earlier host of this folder has started. */
  #adopt() {
    const { pid, start } = JSON.parse(readFileSync(this.#note, 'utf8'));
    if (start === null || startTime(pid) !== start) return this.#forget(pid);
    const process = { pid };
    this.#process = process;
    this.#staysAlone = true;
    const look = setInterval(() => {
      if (this.#process !== process) return clearInterval(look);
      if (startTime(pid) === start) return;
      clearInterval(look);
      // Nobody but its parent is told how a process ended.
      this.#end(process, { error: new Error('The container is gone.') });
    }, 50);
    look.unref();
  }

  #end(process, ending) {
    if (this.#process !== process) return;
    this.#process = null;
    this.#forget(process.pid);
    const listeners = this.#ended;
    this.#ended = [];
    for (const listener of listeners) listener(ending);
  }

  /** A container ends as a whole, with all that its first process has started. */
  #forget(pid) {
    if (pid) this.#killAll(pid);
    rmSync(this.#note, { force: true });
    rmSync(join(this.#folder, 'tmp'), { recursive: true, force: true });
  }

  #killAll(pid) {
    kill(-pid, 9);
    kill(pid, 9);
    for (const other of members(this.#id)) kill(other, 9);
  }
}

const signalNumbers = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10,
  SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGXCPU: 24, SIGXFSZ: 25, SIGSYS: 31,
};

function kill(pid, signal) {
  try { process.kill(pid, signal); } catch (error) { if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error; }
}

/** Processes that have left the session and still show whose they are. */
function members(id) {
  const mark = `CLOUDFLARE_DURABLE_OBJECT_ID=${id}`;
  return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map(Number).filter((pid) => {
    if (pid === process.pid) return false;
    try { return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark); } catch { return false; }
  });
}

/** `ctx.container` as one instance sees it. */
export class Container {
  #host;
  #isGone;

  constructor(host, isGone) {
    this.#host = host;
    this.#isGone = isGone;
  }

  get running() {
    return this.#host.running;
  }

  start(options) {
    if (this.#isGone()) throw new Error('Durable Object reset because its code was updated.');
    if (this.#host.running) throw new Error('start() cannot be called on a container that is already running.');
    if (options !== undefined) {
      for (const name of Object.keys(options)) {
        if (!optionNames.has(name)) throw new TypeError(`container start() does not know the option '${name}'.`);
      }
      if (typeof options.enableInternet !== 'boolean') {
        throw new TypeError("Failed to read the 'enableInternet' field: it is required.");
      }
      // A process has the host's network; a test that relies on less would show nothing.
      if (!options.enableInternet) throw new TypeError('The stand-in cannot keep a container from the internet.');
      const { entrypoint } = options;
      if (entrypoint !== undefined && (!Array.isArray(entrypoint) || entrypoint[0] !== imageProgram)) {
        // The image holds nothing else.
        throw new TypeError(`The stand-in's image holds no program but ${imageProgram}.`);
      }
    }
    const env = {};
    for (const [name, value] of Object.entries(options?.env ?? {})) {
      if (name === '' || /[=\0]/.test(name)) throw new TypeError(`The name of an environment variable is wrong: ${name}`);
      if (typeof value !== 'string' || value.includes('\0')) {
        throw new TypeError(`The value of the environment variable ${name} is not a string without NUL.`);
      }
      env[name] = value;
    }
    this.#host.start(options?.entrypoint?.slice(1) ?? [], env, options?.labels ?? {});
  }

  monitor() {
    if (!this.#host.running) throw new Error('monitor() cannot be called on a container that is not running.');
    return new Promise((resolve, reject) => {
      this.#host.whenEnded(({ code, error, destroyed, reason }) => {
        // Nobody is there any more to be told.
        if (this.#isGone()) return;
        if (error) return reject(error);
        if (destroyed) return reason === undefined ? resolve() : reject(reason);
        if (code === 0) return resolve();
        reject(Object.assign(new Error(`Container exited with unexpected exit code: ${code}`), { exitCode: code }));
      });
    });
  }

  async destroy(reason) {
    if (!this.#isGone()) this.#host.destroy(reason);
  }

  signal(number) {
    if (!Number.isInteger(number) || number < 1 || number > 64) throw new RangeError(`There is no signal ${number}.`);
    if (!this.#host.running) throw new Error('signal() cannot be called on a container that is not running.');
    if (!this.#isGone()) this.#host.signal(number);
  }

  async setInactivityTimeout(milliseconds) {
    if (!Number.isInteger(milliseconds) || milliseconds <= 0) {
      throw new TypeError('setInactivityTimeout() must be called with a positive number of milliseconds.');
    }
    if (!this.#isGone()) this.#host.stayAlone();
  }

  getTcpPort(port) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`There is no port ${port}.`);
    return {
      fetch: async () => { throw new Error(`The container is not listening in the TCP address 10.0.0.1:${port}`); },
    };
  }
}
