// The object of one upstream host: what all jobs together may ask it, and its robots.txt.
import { DurableObject } from 'cloudflare:workers';
import { configuration } from './configuration.mjs';
import { HostBudget } from './host-budget.mjs';

/** The most waiting requests of one party, and the most that it says it makes. */
const maximumWaiting = 256;
/** What RFC 9309, section 2.4, allows. */
const longestRobotsAge = 24 * 3_600_000;

export class UpstreamHost extends DurableObject {
  #budget;
  #patience;
  /** @type {Map<string, (outcome: string) => void>} who listens for the start of a request, by party and id */
  #listeners = new Map();
  #timer = null;

  constructor(ctx, env) {
    super(ctx, env);
    const { hostRate, hostRequests, permitMilliseconds } = configuration(env);
    this.#budget = new HostBudget({ rate: hostRate, requests: hostRequests });
    this.#patience = permitMilliseconds;
    ctx.blockConcurrencyWhile(async () => {
      this.#budget.pause.until = (await ctx.storage.get('pause')) ?? null;
      const memory = await ctx.storage.get('budget');
      if (memory) this.#budget.recall(memory);
    });
  }

  /**
   * Takes what an attempt says of its requests to this host, and waits a moment for the turn of a new one.
   *
   * @param {{party: string, ended: object[], holding: object[], request?: {id: string}, minimumInterval?: number}} ask
   * @returns {Promise<'granted' | 'not-yet' | 'request-ended' | 'too-many-waiting'>}
   */
  async exchange({ party, ended, holding, request, minimumInterval }) {
    const budget = this.#budget;
    const pause = budget.pause.until;
    for (const one of ended) {
      budget.finish(party, one.id, one.answer, one.retry_after_ms, Date.now());
      this.#listeners.get(`${party} ${one.id}`)?.('request-ended');
    }
    if (ended.length > 0) this.#keep();
    for (const held of holding.slice(0, maximumWaiting)) budget.restore(party, held.id, Date.now());
    // A pause outlives this object's memory.
    if (budget.pause.until !== pause) await this.ctx.storage.put('pause', budget.pause.until);
    if (!request) {
      this.#advance();
      return 'not-yet';
    }
    if (budget.waitingCount(party) >= maximumWaiting && !budget.isWaiting(party, request.id)) return 'too-many-waiting';
    if (!budget.ask(party, request.id, minimumInterval, Date.now())) return 'request-ended';
    return this.#turn(party, request.id);
  }

  /** Ends all that an attempt waits for and makes. */
  async end(party) {
    this.#budget.end(party);
    this.#keep();
    for (const [key, tell] of this.#listeners) if (key.startsWith(`${party} `)) tell('not-yet');
    this.#advance();
  }

  async #turn(party, id) {
    const key = `${party} ${id}`;
    // Somebody else listens for the same request now.
    this.#listeners.get(key)?.('not-yet');
    const outcome = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#budget.leave(party, id, Date.now());
        tell('not-yet');
      }, this.#patience);
      const tell = (answer) => {
        clearTimeout(timer);
        if (this.#listeners.get(key) === tell) this.#listeners.delete(key);
        resolve(answer);
      };
      this.#listeners.set(key, tell);
      this.#advance();
    });
    return outcome;
  }

  /** So that a deployment in between starts nothing too early. No answer leaves the object before this is stored. */
  #keep() {
    this.ctx.storage.put('budget', this.#budget.memory);
  }

  /** Starts what may start, and waits for what may start next. */
  #advance() {
    clearTimeout(this.#timer);
    this.#timer = null;
    for (let next = this.#budget.next(Date.now()); next; next = this.#budget.next(Date.now())) {
      this.#keep();
      this.#listeners.get(`${next.party} ${next.id}`)?.('granted');
    }
    const look = this.#budget.nextLook(Date.now());
    if (look !== null && this.#listeners.size > 0) {
      this.#timer = setTimeout(() => this.#advance(), Math.min(Math.max(1, look - Date.now()), 60_000));
    }
  }

  /** @returns {Promise<object | null>} the kept robots.txt; `null` when there is none, or it is too old */
  async robots(origin) {
    const kept = await this.ctx.storage.get(`robots:${origin}`);
    const age = Date.now() - Date.parse(kept?.fetched_at);
    return age >= 0 && age < longestRobotsAge ? kept : null;
  }

  async keepRobots(origin, robots) {
    const fetched = Math.min(Date.parse(robots.fetched_at), Date.now());
    await this.ctx.storage.put(`robots:${origin}`, { ...robots, fetched_at: new Date(fetched).toISOString() });
  }
}
