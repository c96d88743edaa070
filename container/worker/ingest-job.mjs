// The object of one job: it owns the job's container and is the one place where its progress is ordered.
import { DurableObject } from 'cloudflare:workers';
import { confidential, runnerSettings, SettingsFailure } from './assignment.mjs';
import { exclusiveSources } from './catalog.mjs';
import { configuration } from './configuration.mjs';
import { startWaiting } from './dispatch.mjs';
import { streamHeaders } from './event-frame.mjs';
import { JobProgress } from './job-progress.mjs';
import { beginAttempt, findJob, isTerminal, requestCancel } from './job-rows.mjs';
import { hexadecimal, sha256, timestamp } from './json-text.mjs';
import { logAnswer } from './log-answer.mjs';
import { permitAnswer, robotsAnswer } from './permits.mjs';
import { Problem } from './problem.mjs';
import { Redaction } from './redaction.mjs';
import { bearerCredential, json, readJSON, resumePosition } from './requests.mjs';
import { endingAfter, exitOf } from './runner-fate.mjs';
import { readReport } from './runner-report.mjs';

/** What a container runs. */
const runnerCommand = ['/ingot-runner', 'run'];
/** The largest report, in bytes. */
const maximumReport = 4 << 20;
/** How long a runner may live on after its attempt has ended. */
const farewell = 10_000;
/** The time to the next try of an end that the database did not take. */
const endRetry = 2000;
/** How long a container is kept while its object is not in memory. */
const inactivityTimeout = 30 * 60_000;
/** The time between two tries of a waiting job to start by itself; others wake it sooner. */
const waitingLook = 60_000;

export class IngestJob extends DurableObject {
  #progress;
  #configuration;
  #turn = Promise.resolve();
  #watchedAttempt = null;

  constructor(ctx, env) {
    super(ctx, env);
    this.#configuration = configuration(env);
    this.#progress = new JobProgress({
      storage: ctx.storage, database: env.DB, configuration: this.#configuration, waitUntil: (work) => ctx.waitUntil(work),
    });
    ctx.blockConcurrencyWhile(async () => {
      await this.#progress.load();
      if (this.#progress.state?.job.status === 'running') this.#watchContainer();
    });
  }

  /** One change of state after the other: a call to the database lets other events in. */
  #exclusively(body) {
    const result = this.#turn.then(body);
    this.#turn = result.catch(() => {});
    return result;
  }

  /**
   * Makes sure that the job is known here.
   *
   * @returns {Promise<'known' | 'unknown' | 'foreign'>} `foreign`: another gateway runs it
   */
  async #know(id, address) {
    if (this.#progress.state) {
      this.#progress.state.address ??= address;
      return 'known';
    }
    const stored = await findJob(this.env.DB, id);
    if (!stored) return 'unknown';
    if (!isTerminal(stored.job.status) && stored.gateway !== this.#configuration.gateway) return 'foreign';
    if (!this.#progress.state) await this.#progress.adopt(stored, address);
    return 'known';
  }

  /** @throws {Problem} for a job that cannot be shown here */
  async #requireKnown(id) {
    const whose = await this.#know(id);
    if (whose === 'unknown') throw Problem.unknownJob(id);
    if (whose === 'foreign') throw Problem.unavailable('Another gateway runs the job.');
  }

  // MARK: Called by the Worker: of an error that leaves a method only name and message arrive, so answers are data

  /** Takes a new job; its start is another call's. */
  async submit(id, address) {
    return this.#exclusively(async () => {
      if (await this.#know(id, address) === 'known') await this.#schedule();
    });
  }

  /** @returns {Promise<object | null>} the job as it is now; `null`: its row says it */
  async current() {
    return this.#progress.state?.job ? this.#progress.job : null;
  }

  /** @returns {Promise<{ended?: object, isElsewhere?: boolean}>} `isElsewhere`: there is nothing to wait for here */
  async waitForEnd(id, milliseconds, address) {
    if (await this.#know(id, address) !== 'known') return { isElsewhere: true };
    await this.#progress.waitForEnd(milliseconds);
    return this.#progress.isEnded ? { ended: this.#progress.job } : {};
  }

  /** Starts the job when it waits and a slot is free. @returns {Promise<'started' | 'no-slot' | 'waiting' | 'over'>} */
  async start(id, address) {
    return this.#exclusively(async () => {
      if (await this.#know(id, address) !== 'known') return 'over';
      return this.#begin();
    });
  }

  /** Looks how the job is, as its alarm does. */
  async look(id) {
    return this.#exclusively(async () => {
      if (await this.#know(id) === 'known') await this.#look();
    });
  }

  /** @returns {Promise<{job?: object, ended?: string, isUnknown?: boolean}>} */
  async cancel(id) {
    return this.#exclusively(async () => {
      const whose = await this.#know(id);
      if (whose === 'unknown') return { isUnknown: true };
      if (whose === 'foreign') {
        // Its own gateway reads the wish from the row.
        const { job } = await requestCancel(this.env.DB, id);
        return isTerminal(job.status) && job.status !== 'cancelled' ? { ended: job.status } : { job };
      }
      const progress = this.#progress;
      if (!progress.isEnded) await progress.refresh(await requestCancel(this.env.DB, id));
      const { status } = progress.job;
      if (status === 'cancelled') return { job: progress.job };
      if (isTerminal(status)) return { ended: status };
      progress.state.stopReason = 'cancelled';
      if (status === 'queued') {
        await progress.end({ status: 'cancelled' });
        await this.#afterAttempt();
        return { job: progress.job };
      }
      progress.state.killAt ??= Date.now() + this.#configuration.graceSeconds * 1000;
      await progress.store();
      if (this.ctx.container.running) this.ctx.container.signal(15);
      else await this.#containerEnded(progress.job.attempt, progress.state.exit ?? { reason: 'lost' });
      await this.#schedule();
      return { job: progress.job };
    });
  }

  /** Requests that are passed on: streams and what runners say. */
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const [, id, route] = /^\/api\/ingest\/jobs\/([^/]+)\/([a-z]+)$/.exec(pathname);
    try {
      switch (route) {
        case 'events': return await this.#events(request, id, searchParams);
        case 'logs':
          await this.#requireKnown(id);
          return logAnswer(request, searchParams, this.#progress);
        case 'progress': return await this.#report(request);
        case 'permits':
        case 'robots': {
          const attempt = await this.#attemptOf(request);
          this.#requireRunning(attempt);
          if (route === 'robots') return await robotsAnswer(request, searchParams, this.env);
          return await permitAnswer(request, this.env, `${id}/${attempt}`, {
            remember: (hosts) => this.#rememberHosts(hosts),
            requireRunning: () => this.#requireRunning(attempt),
          });
        }
        default: throw new Problem('not-found', 404, 'There is nothing at this address.');
      }
    } catch (error) {
      if (!(error instanceof Problem)) console.error(`${pathname}: ${error?.stack ?? error}`);
      return Problem.from(error).response(pathname);
    }
  }

  async #events(request, id, query) {
    const after = resumePosition(request, query, 'after', 'the number of an event')?.number ?? null;
    await this.#requireKnown(id);
    if (request.method === 'HEAD') return new Response(null, { headers: streamHeaders });
    const stream = this.#progress.watch(after);
    // Tells an EventSource not to connect again.
    return stream ? new Response(stream, { headers: streamHeaders }) : new Response(null, { status: 204 });
  }

  // MARK: Called by runners

  /** The attempt whose token a request carries. @throws {Problem} 401, also when there is no such job */
  async #attemptOf(request) {
    const token = bearerCredential(request);
    const index = token === null ? -1 : (this.#progress.state?.tokenHashes ?? []).indexOf(await sha256(token));
    if (index < 0) throw Problem.unauthorized();
    return index + 1;
  }

  #requireRunning(attempt) {
    const { job } = this.#progress.state;
    if (this.#progress.isRunning(attempt)) return;
    throw isTerminal(job.status) ? Problem.alreadyEnded(job.status) : Problem.attemptOver(attempt, job.attempt);
  }

  async #report(request) {
    const attempt = await this.#attemptOf(request);
    const report = readReport(await readJSON(request, maximumReport, 'The report cannot be read.'));
    if (!report) throw Problem.malformedJSON('The report cannot be read.');
    // The token says which attempt speaks; a report that claims another one is of no attempt.
    if (report.attempt !== attempt) throw Problem.superseded(report.attempt, this.#progress.job.attempt);
    const redaction = new Redaction(confidential(this.env, bearerCredential(request)));
    return json(await this.#exclusively(async () => {
      const answer = await this.#progress.receive(report, attempt, redaction);
      if (!this.#progress.isRunning(attempt)) await this.#afterAttempt();
      return answer;
    }));
  }

  async #rememberHosts(hosts) {
    const added = () => hosts.filter((host) => !this.#progress.state.hosts.includes(host));
    if (added().length === 0) return;
    await this.#exclusively(async () => {
      const { state } = this.#progress;
      state.hosts = [...state.hosts, ...added()].slice(-1000);
      await this.#progress.store();
    });
  }

  // MARK: The attempt

  /** The gateway's address as its containers reach it: what the operator says, or where the request came to. */
  get #address() {
    return this.env.INGOT_GATEWAY_URL || this.#progress.state.address;
  }

  async #begin() {
    const progress = this.#progress;
    const { status, attempt: current } = progress.state.job;
    if (status !== 'queued' && !this.#isHalfBegun) return 'over';
    if (status === 'queued' && progress.state.retryDue > Date.now()) return 'waiting';
    if (!this.#address) {
      console.error('no job can be started: the variable INGOT_GATEWAY_URL is not set');
      await this.#schedule();
      return 'waiting';
    }
    if (this.ctx.container.running) await this.ctx.container.destroy();
    const attempt = status === 'queued' ? current + 1 : current;
    if (progress.state.begun?.attempt !== attempt) {
      // Kept until the container runs: when the database's answer is lost, the same attempt is begun again.
      progress.state.begun = { attempt, token: hexadecimal(crypto.getRandomValues(new Uint8Array(32))) };
      await progress.store();
    }
    const { token } = progress.state.begun;
    const { gateway, maxRunning, startSeconds } = this.#configuration;
    const isExclusive = exclusiveSources.includes(progress.state.job.source);
    const now = Date.now();
    const leaseUntil = now + startSeconds * 1000;
    let begun;
    try {
      begun = await beginAttempt(this.env.DB, {
        id: progress.state.job.id, attempt, tokenHash: await sha256(token), launcher: 'cloudflare',
        handle: this.ctx.id.toString(), now: timestamp(now), leaseExpiresAt: timestamp(leaseUntil),
        sequence: progress.log.last + 1, gateway, maxRunning, isExclusive,
      });
    } catch (error) {
      await this.ctx.storage.setAlarm(Date.now() + endRetry);
      throw error;
    }
    const { stored, isBegun } = begun;
    if (!isBegun) {
      progress.state.begun = undefined;
      const isWaiting = stored.job.status === 'queued' && !stored.cancelRequested;
      await progress.refresh(stored);
      await this.#schedule();
      return isWaiting ? (isExclusive ? 'waiting' : 'no-slot') : 'over';
    }
    await progress.refresh(stored);
    if (progress.isEnded) {
      await this.#afterAttempt();
      return 'over';
    }
    const wallSeconds = Math.min(this.#configuration.wallSeconds, stored.job.limits?.wall_seconds ?? Infinity);
    Object.assign(progress.state, {
      leaseUntil, wallSeconds, deadline: now + wallSeconds * 1000, retryDue: undefined,
    });
    if (!progress.state.begun.isShown) {
      progress.state.begun.isShown = true;
      await progress.publish([progress.progressEvent()], { lines: [{ text: `--- attempt ${attempt} ---`, isOwn: true }] });
    }
    await this.#startContainer(token);
    await this.#schedule();
    return 'started';
  }

  /** Whether the attempt runs as its row says, but its container was not started yet. */
  get #isHalfBegun() {
    const { job, begun, hasReported, exit, ending } = this.#progress.state;
    return job.status === 'running' && begun?.attempt === job.attempt && !hasReported && !exit && !ending
      && !this.ctx.container.running;
  }

  async #startContainer(token) {
    const { job } = this.#progress;
    try {
      const settings = runnerSettings(this.env, job, { token, address: this.#address });
      // Never in arguments, which a list of processes shows: only what to do.
      this.ctx.container.start({ entrypoint: runnerCommand, env: settings, enableInternet: true });
      // At once: one for which there is no place is gone in a moment.
      this.#watchedAttempt = null;
      this.#watchContainer();
      // So that it goes on when this object leaves memory.
      await this.ctx.container.setInactivityTimeout(inactivityTimeout);
      this.#progress.state.begun = undefined;
      await this.#progress.store();
    } catch (error) {
      this.#progress.state.begun = undefined;
      // What may have been started is no attempt's any more.
      await this.ctx.container.destroy().catch((other) => console.error(`the container was not ended: ${other?.message ?? other}`));
      const text = new Redaction(confidential(this.env, token)).text(String(error?.message ?? error));
      if (exitOf(error).reason === 'not_started') return this.#containerEnded(job.attempt, { reason: 'not_started' });
      const failure = error instanceof SettingsFailure
        ? { code: error.code, message: `The runner could not be started: ${text}`, advice: error.advice, transient: false }
        : {
          code: 'runner_not_started', message: `The runner could not be started: ${text}`, transient: true,
          advice: "Look at the Worker's log, and at the application's containers in the dashboard.",
        };
      await this.#conclude({ status: 'failed', failure }, job.attempt);
    }
  }

  /** Waits for the end of the container, as long as this object is in memory. */
  #watchContainer() {
    const { attempt } = this.#progress.state.job;
    if (!this.ctx.container.running || this.#watchedAttempt === attempt) return;
    this.#watchedAttempt = attempt;
    const end = this.ctx.container.monitor().then(() => undefined, (error) => error ?? new Error('destroyed'));
    this.ctx.waitUntil(end.then((error) => this.#exclusively(() => this.#containerEnded(attempt, exitOf(error)))));
  }

  async #containerEnded(attempt, exit) {
    if (!this.#progress.isRunning(attempt)) return;
    const { state } = this.#progress;
    const seen = state.limit ? { ...exit, reason: state.limit } : exit;
    await this.#conclude(endingAfter(seen, {
      stopReason: state.stopReason, reportedCancelled: state.reportedCancelled, hasReported: state.hasReported,
      wallSeconds: state.wallSeconds,
      leaseSeconds: state.hasReported ? this.#configuration.leaseSeconds : this.#configuration.startSeconds,
    }), attempt, exit);
  }

  /** Writes how the attempt ended; what the database does not take now is tried again. */
  async #conclude(ending, attempt, exit) {
    try {
      await this.#progress.conclude(ending, attempt);
    } catch (error) {
      console.warn(`the attempt's end was not written; trying again: ${error?.message ?? error}`);
      this.#progress.state.exit = exit ?? { reason: 'lost' };
      this.#progress.state.ending = exit ? undefined : ending;
      await this.#progress.store();
      await this.ctx.storage.setAlarm(Date.now() + endRetry);
      return;
    }
    await this.#afterAttempt();
  }

  /** What the end of an attempt sets free: the hosts' budgets, and a slot. */
  async #afterAttempt() {
    const { state } = this.#progress;
    const party = `${state.job.id}/${state.job.attempt}`;
    const hosts = state.hosts.splice(0);
    if (hosts.length > 0) await this.#progress.store();
    await this.#schedule();
    this.ctx.waitUntil(Promise.allSettled([
      ...hosts.map((host) => this.env.UPSTREAM_HOST.get(this.env.UPSTREAM_HOST.idFromName(host)).end(party)),
      startWaiting(this.env, this.#address),
    ]).then((outcomes) => {
      for (const { reason } of outcomes) if (reason) console.error(`after an attempt: ${reason?.message ?? reason}`);
    }));
  }

  // MARK: Looking

  async alarm() {
    await this.#exclusively(() => this.#look());
  }

  async #look() {
    const progress = this.#progress;
    if (!progress.state) return;
    const { state } = progress;
    const now = Date.now();
    if (progress.isEnded) return this.#lookAfterEnd(now);
    if (state.job.status === 'queued') {
      if (state.stopReason === 'cancelled') {
        await progress.end({ status: 'cancelled' });
        return this.#afterAttempt();
      }
      await this.#begin();
      return this.#schedule();
    }
    const { attempt } = state.job;
    if (this.#isHalfBegun && state.stopReason === undefined) {
      await this.#begin();
      return this.#schedule();
    }
    if (state.ending) return this.#conclude(state.ending, attempt);
    if (!this.ctx.container.running) {
      await this.#containerEnded(attempt, state.exit ?? { reason: 'lost' });
    } else if (state.deadline <= now && state.stopReason === undefined && !state.limit) {
      state.limit = 'deadline';
      state.killAt = now + this.#configuration.graceSeconds * 1000;
      await progress.store();
      this.ctx.container.signal(15);
    } else if (state.killAt <= now) {
      await this.#kill(attempt, { signal: 9 });
    } else if (state.leaseUntil <= now) {
      state.stopReason ??= 'lease_expired';
      await this.#kill(attempt, { signal: 9 });
    } else {
      this.#watchContainer();
      await progress.save().catch((error) => console.warn(`the job's progress was not saved: ${error?.message ?? error}`));
    }
    await this.#schedule();
  }

  async #kill(attempt, exit) {
    this.#progress.state.exit = exit;
    await this.#progress.store();
    // Who watches the container is not told how it ended, but that: nothing is left of it when the end is written.
    this.#watchedAttempt = null;
    await this.ctx.container.destroy();
    await this.#containerEnded(attempt, exit);
  }

  async #lookAfterEnd(now) {
    const { state } = this.#progress;
    if (this.ctx.container.running && now >= state.endedAt + farewell) await this.ctx.container.destroy();
    if (now >= state.endedAt + this.#configuration.eventHours * 3_600_000) return this.ctx.storage.deleteAll();
    await this.#schedule();
  }

  /** Sets the alarm for what is due next. */
  async #schedule() {
    const { state } = this.#progress;
    const now = Date.now();
    let next;
    if (this.#progress.isEnded) {
      const end = state.endedAt ?? now;
      next = this.ctx.container.running ? Math.max(now, end + farewell) : end + this.#configuration.eventHours * 3_600_000;
    } else if (state.job.status === 'queued') {
      next = state.retryDue > now ? state.retryDue : now + waitingLook;
    } else if (state.exit && !this.ctx.container.running) {
      next = now + endRetry;
    } else {
      next = Math.min(
        now + this.#configuration.watchSeconds * 1000, state.leaseUntil ?? Infinity, state.killAt ?? Infinity,
        state.stopReason === undefined && !state.limit ? state.deadline ?? Infinity : Infinity,
      );
    }
    await this.ctx.storage.setAlarm(Math.ceil(next));
  }
}
