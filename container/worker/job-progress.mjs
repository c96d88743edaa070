// The one order of a job's events: numbers them, keeps them, persists snapshots and the terminal state, and fans out.
import { EventLog } from './event-log.mjs';
import { frame, heartbeat, heartbeatInterval, preamble } from './event-frame.mjs';
import { JobLog } from './job-log.mjs';
import { endJob, isTerminal, putBackJob, requeueJob, saveProgress } from './job-rows.mjs';
import { jsonText, timestamp } from './json-text.mjs';
import { Problem } from './problem.mjs';
import { Watcher } from './watcher.mjs';

/** The shortest time between two saved snapshots. */
const saveInterval = 2000;
const maximumMessage = 65_536;
/** How far the numbering jumps when the newest number is not known exactly. */
const gapAfterLoss = 10_000;
const logTailLines = 50;

/** What is known of an attempt that has not begun: nothing of the one before it may be told of it. */
const ofNoAttempt = () => ({
  accepted: 0, reportedCancelled: false, hasReported: false, leaseUntil: undefined, deadline: undefined,
  wallSeconds: undefined, killAt: undefined, limit: undefined, exit: undefined, ending: undefined,
  peakMemory: undefined, cpuSeconds: undefined, logTail: [],
});

export class JobProgress {
  #storage;
  #database;
  #configuration;
  #waitUntil;
  #watchers = new Set();
  #beat = null;
  #savedAt = 0;
  #saveTimer = null;
  log = new EventLog();
  jobLog = new JobLog();
  /** @type {object | null} what is stored; `null` before the job is known here */
  state = null;
  parameters = {};

  constructor({ storage, database, configuration, waitUntil }) {
    this.#storage = storage;
    this.#database = database;
    this.#configuration = configuration;
    this.#waitUntil = waitUntil;
  }

  async load() {
    this.state = (await this.#storage.get('state')) ?? null;
    if (!this.state) return;
    this.parameters = (await this.#storage.get('parameters')) ?? {};
    await this.log.load(this.#storage, this.state.last);
    await this.jobLog.load(this.#storage);
  }

  /** Takes a job as its row tells of it. */
  async adopt(stored, address) {
    const { parameters, ...job } = stored.job;
    this.parameters = parameters;
    this.state = {
      ...ofNoAttempt(), job, address, tokenHashes: stored.tokenHashes, hosts: [],
      stopReason: stored.cancelRequested ? 'cancelled' : undefined,
      // Events may have been shown that the row does not know of.
      last: job.last_seq + (job.status === 'running' ? gapAfterLoss : 0),
    };
    this.log.last = this.state.last;
    if (isTerminal(job.status)) {
      this.log = EventLog.ofEnded(job, jsonText(stored.job));
      return;
    }
    await this.#storage.put('parameters', parameters);
    await this.store();
  }

  /** The job as it is now. */
  get job() {
    return { ...this.state.job, parameters: this.parameters, last_seq: this.log.last };
  }

  get isEnded() {
    return isTerminal(this.state.job.status);
  }

  isRunning(attempt) {
    return this.state.job.status === 'running' && this.state.job.attempt === attempt;
  }

  async store() {
    await this.#storage.put('state', { ...this.state, last: this.log.last });
  }

  // MARK: Events

  /**
   * Numbers and stores events, and only then shows them.
   *
   * @param {{lines?: {text: string, isOwn?: boolean}[], next?: object}} [more] lines for the log, and the state that
   *   holds from the moment on in which the events are seen
   */
  async publish(events, { lines = [], next } = {}) {
    const state = { ...(next ?? this.state) };
    state.last = events.reduce((last, { number }) => Math.max(last + 1, number ?? 0), this.log.last);
    const log = this.jobLog.with(lines);
    await this.log.append(this.#storage, events, { state, ...log.entries }, (entries) => {
      log.commit();
      if (next) this.state = next;
      for (const entry of entries) for (const watcher of this.#watchers) watcher.offer(entry.frame);
      if (this.isEnded) this.#closeWatchers();
    });
  }

  #closeWatchers() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
    this.#keepBeating();
  }

  progressEvent(number) {
    const { status, progress, message, attempt } = this.state.job;
    this.state.job.updated_at = timestamp();
    return { kind: 'progress', number, data: jsonText({ status, progress, message, attempt, at: this.state.job.updated_at }) };
  }

  /**
   * Takes a runner's report; a terminal outcome is durable when this returns.
   *
   * @returns {Promise<{accepted: number, stop: boolean}>}
   * @throws {Problem} 409
   */
  async receive(report, attempt, redaction) {
    const { state } = this;
    if (this.isEnded) throw Problem.alreadyEnded(state.job.status);
    if (!this.isRunning(attempt)) throw Problem.superseded(attempt, state.job.attempt);
    state.leaseUntil = Date.now() + this.#configuration.leaseSeconds * 1000;
    state.hasReported = true;
    const events = [];
    const lines = [];
    let accepted = state.accepted;
    for (const received of report.events) {
      if (received.seq <= accepted) continue;
      const event = redaction.value(received);
      events.push(...this.#take(event, lines));
      if (event.type !== 'finished') {
        accepted = event.seq;
        continue;
      }
      // What came before it is shown before it.
      state.accepted = accepted;
      await this.publish(events.splice(0), { lines: lines.splice(0) });
      const ending = this.#ending(event);
      if (ending) await this.conclude(ending, attempt);
      else state.reportedCancelled = event.outcome === 'cancelled' || state.reportedCancelled;
      accepted = event.seq;
      break;
    }
    if (this.isRunning(attempt)) {
      state.accepted = accepted;
      await this.publish(events, { lines });
      this.#saveSoon();
    }
    return { accepted, stop: this.state.stopReason !== undefined };
  }

  #take(event, lines) {
    const { state } = this;
    state.peakMemory = event.peak_memory_bytes ?? state.peakMemory;
    state.cpuSeconds = event.cpu_seconds ?? state.cpuSeconds;
    if (event.type === 'progress') {
      state.job.progress = Math.min(100, Math.max(0, event.progress ?? state.job.progress));
      state.job.message = event.message === undefined ? state.job.message : event.message.slice(0, maximumMessage);
      return [this.progressEvent()];
    }
    if (event.type === 'unit' && event.unit !== undefined && event.unit_status !== undefined) {
      const { unit, unit_status: status, counts, error } = event;
      return [{ kind: 'unit', data: jsonText({ unit, status, counts, error, at: timestamp() }) }];
    }
    if (event.type === 'log' && event.lines?.length > 0) {
      state.logTail = state.logTail.concat(event.lines.map((line) => line.slice(0, 2000))).slice(-logTailLines);
      lines.push(...event.lines.map((text) => ({ text })));
      return [{ kind: 'log', data: jsonText({ lines: event.lines, omitted: 0, at: timestamp() }) }];
    }
    return [];
  }

  /** How the attempt ends its job; `null` when that is told by the end of its container. */
  #ending(event) {
    const { job, stopReason } = this.state;
    if (event.outcome === 'succeeded') return { status: 'succeeded', result: event.result ?? {} };
    if (event.outcome === 'cancelled') return null;
    const failure = event.error ?? {
      code: 'runner_unclear', message: 'The runner ended without saying how the job went.', transient: false,
    };
    // Cancelled, and failed for a cause that could pass: it would have gone on, but was asked not to.
    if (stopReason === 'cancelled' && failure.transient && job.attempt < job.max_attempts) return null;
    return { status: 'failed', failure };
  }

  // MARK: Ends

  /** Ends an attempt: the job ends with it, unless its cause can pass and attempts are left. */
  async conclude(ending, attempt) {
    if (!this.isRunning(attempt)) return;
    const { job, stopReason } = this.state;
    if (ending.status === 'queued') return this.#putBack(ending);
    if (ending.status !== 'failed') return this.end(ending);
    const failure = this.#withEvidence({ ...ending.failure, attempts: attempt });
    const mayPass = failure.transient && attempt < job.max_attempts;
    if (mayPass && stopReason === 'cancelled') return this.end({ status: 'cancelled' });
    return mayPass ? this.#requeue(failure) : this.end({ status: 'failed', failure });
  }

  #withEvidence(failure) {
    const { peakMemory, cpuSeconds, logTail } = this.state;
    return {
      ...failure,
      peak_memory_bytes: failure.exit?.peak_memory_bytes ?? failure.peak_memory_bytes ?? peakMemory,
      cpu_seconds: failure.exit?.cpu_seconds ?? failure.cpu_seconds ?? cpuSeconds,
      log_tail: failure.log_tail ?? (logTail.length > 0 ? logTail : undefined),
    };
  }

  async #requeue(failure) {
    const { retryMilliseconds, longestRetryMilliseconds } = this.#configuration;
    const { job } = this;
    const bound = Math.min(retryMilliseconds * 2 ** Math.min(job.attempt - 1, 30), longestRetryMilliseconds);
    const due = Date.now() + Math.random() * bound;
    const message = `attempt ${job.attempt} failed (${failure.code}: ${failure.message}); `
      + `attempt ${job.attempt + 1} at ${timestamp(due)}`;
    const stored = await requeueJob(this.#database, job, {
      failure, message: message.slice(0, maximumMessage), now: timestamp(), nextAttemptAt: timestamp(due),
      sequence: this.log.last + 1, use: this.state,
    });
    // The attempt had committed its result.
    if (isTerminal(stored.job.status)) return this.#finish(stored);
    this.#takeRow(stored);
    if (stored.job.status !== 'queued' || stored.job.attempt !== job.attempt) return this.store();
    // What stopped one attempt does not stop the next; only a cancellation is about the job.
    if (this.state.stopReason !== 'cancelled') this.state.stopReason = undefined;
    this.state.retryDue = Date.parse(stored.job.next_attempt_at);
    await this.publish([this.progressEvent(stored.job.last_seq)], { lines: [{ text: message, isOwn: true }] });
  }

  /** Lets the job wait on as if the attempt had not begun: no runner was started, so none has failed. */
  async #putBack({ message: cause }) {
    const { retryMilliseconds, longestRetryMilliseconds } = this.#configuration;
    const { job } = this;
    const refusals = (this.state.refusals ?? 0) + 1;
    const bound = Math.min(retryMilliseconds * 2 ** Math.min(refusals - 1, 30), longestRetryMilliseconds);
    const due = Date.now() + bound * (0.5 + Math.random() / 2);
    const message = `${cause} Trying again at ${timestamp(due)}.`;
    const stored = await putBackJob(this.#database, job, {
      message, now: timestamp(), nextAttemptAt: timestamp(due), sequence: this.log.last + 1,
    });
    if (isTerminal(stored.job.status)) return this.#finish(stored);
    this.#takeRow(stored);
    if (stored.job.status !== 'queued') return this.store();
    if (this.state.stopReason !== 'cancelled') this.state.stopReason = undefined;
    Object.assign(this.state, { refusals, retryDue: Date.parse(stored.job.next_attempt_at) || due });
    await this.publish([this.progressEvent(stored.job.last_seq)], { lines: [{ text: message, isOwn: true }] });
  }

  /** Ends the job; the terminal state is durable before anybody sees it. */
  async end(ending) {
    if (this.isEnded) return;
    const stored = await endJob(this.#database, this.job, ending, {
      now: timestamp(), sequence: this.log.last + 1, use: this.state,
    });
    if (isTerminal(stored.job.status)) return this.#finish(stored);
    // Another attempt has taken the job over: the row knows better.
    this.#takeRow(stored);
    await this.store();
  }

  /** Takes what the row says, where nothing that runs here knows better. */
  async refresh(stored) {
    if (this.isEnded) return;
    if (isTerminal(stored.job.status)) return this.#finish(stored);
    if (stored.cancelRequested) this.state.stopReason = 'cancelled';
    if (stored.job.status !== this.state.job.status || stored.job.attempt !== this.state.job.attempt) this.#takeRow(stored);
    await this.store();
  }

  #takeRow(stored) {
    const { parameters, ...job } = stored.job;
    const { state } = this;
    if (job.status !== 'running' || job.attempt !== state.job.attempt || state.job.status !== 'running') {
      Object.assign(state, ofNoAttempt());
      if (job.status === 'running') state.leaseUntil = Date.parse(job.lease_expires_at) || Date.now();
    }
    state.job = job;
    state.tokenHashes = stored.tokenHashes;
  }

  /** Shows the end that is in the store: to whoever asks the job has ended when its last event is there, not before. */
  async #finish(stored) {
    const { parameters, ...job } = stored.job;
    const next = {
      ...this.state, ...ofNoAttempt(), job, tokenHashes: stored.tokenHashes, endedAt: Date.now(), retryDue: undefined,
      begun: undefined,
    };
    const cause = job.error ? ` (${job.error.code}: ${job.error.message})` : '';
    await this.publish([{ kind: 'done', number: job.last_seq, data: jsonText(stored.job) }], {
      next, lines: [{ text: `The job has ended: ${job.status}${cause}.`, isOwn: true }],
    });
  }

  // MARK: Snapshots

  #saveSoon() {
    if (this.#saveTimer !== null) return;
    const save = () => {
      this.#saveTimer = null;
      this.#waitUntil(this.save().catch((error) => {
        console.warn(`the job's progress was not saved; trying again: ${error?.message ?? error}`);
        if (this.state.job.status === 'running') this.#saveSoon();
      }));
    };
    this.#saveTimer = setTimeout(save, Math.max(0, this.#savedAt + saveInterval - Date.now()));
  }

  /** Writes how far the attempt is, and its lease. */
  async save() {
    if (this.state.job.status !== 'running') return;
    this.#savedAt = Date.now();
    await saveProgress(this.#database, this.job, timestamp(this.state.leaseUntil));
  }

  // MARK: Watchers

  /** A stream of the job's events; `null` when the client has seen the end already. */
  watch(after) {
    const start = this.log.start(after, this.isEnded);
    if (start.kind === 'nothing-left') return null;
    const first = start.kind === 'replay' ? start.frames.join('') : this.#snapshot(start.kind);
    const watcher = new Watcher(preamble + first, () => this.#snapshot('reset'), () => this.#leave(watcher));
    if (this.isEnded) watcher.close();
    else this.#watchers.add(watcher);
    this.#keepBeating();
    return watcher.stream;
  }

  #leave(watcher) {
    this.#watchers.delete(watcher);
    this.#keepBeating();
  }

  /** The job as it is now; after the end with the number before the last event's, which follows it. */
  #snapshot(kind) {
    const number = this.isEnded ? this.log.last - 1 : this.log.last;
    return frame(number, kind, jsonText(this.job)) + (this.isEnded ? this.log.newest.frame : '');
  }

  /** Returns when the job has ended, or the time is over. */
  async waitForEnd(milliseconds) {
    if (this.isEnded) return;
    await new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      const watcher = { offer() {}, offerIfIdle() {}, close: () => done() };
      const watchers = this.#watchers;
      function done() {
        clearTimeout(timer);
        watchers.delete(watcher);
        resolve();
      }
      watchers.add(watcher);
    });
  }

  #keepBeating() {
    if (this.#watchers.size === 0) {
      clearInterval(this.#beat);
      this.#beat = null;
    } else {
      this.#beat ??= setInterval(() => { for (const watcher of this.#watchers) watcher.offerIfIdle(heartbeat); }, heartbeatInterval);
    }
  }
}
