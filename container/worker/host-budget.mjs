// Says when each of many requests to one host may start. Starts keep their distance, no more than so many requests are
// under way, and nobody starts during a pause. A start is granted when its time has come and not before.

/** How long a request that is never given back counts as under way. */
const lifetime = 20 * 60_000;
/** How long a place in the queue is kept for somebody who was told to ask again. */
const placeKeeping = 30_000;
const longestInterval = 86_400_000;
const longestPause = 86_400_000;
const firstPause = 1000;
const longestUnaskedPause = 600_000;
/** How many ended requests are known by name. */
const remembered = 512;

/** How long a host is left alone after it has asked for fewer requests; it holds for everybody. */
class HostPause {
  until = null;
  #lastThrottling = null;
  #level = 0;

  throttle(retryAfter, began, now) {
    // Requests that were under way together are refused together, which is one refusal and not many.
    const isNews = this.#lastThrottling === null || (began !== undefined && began > this.#lastThrottling);
    if (isNews) {
      this.#level = Math.min(this.#level + 1, 30);
      this.#lastThrottling = now;
    }
    let pause;
    if (retryAfter > 0) pause = Math.min(retryAfter, longestPause);
    else if (isNews) pause = Math.min(firstPause * 2 ** (this.#level - 1), longestUnaskedPause) * (0.5 + Math.random() / 2);
    else return;
    this.until = Math.max(this.until ?? now, now + pause);
  }

  serve(began) {
    // What began before the refusal says nothing of how the host is after it.
    if (this.#lastThrottling !== null && began > this.#lastThrottling) this.#level = 0;
  }

  isOver(now) {
    return this.until === null || this.until <= now;
  }
}

export class HostBudget {
  pause = new HostPause();
  /** @type {Map<string, {party: string, began: number, until: number}>} by party and id */
  #held = new Map();
  /** @type {Map<string, {id: string, interval: number, keptUntil: number | null}[]>} */
  #lanes = new Map();
  /** The parties that wait, the one whose turn it is first. */
  #turns = [];
  /** @type {{start: number, interval: number} | null} */
  #last = null;
  #ended = [];

  /** @param {{rate: number, requests: number}} limits requests a second, and at once */
  constructor({ rate, requests }) {
    this.interval = 1000 / rate;
    this.requests = requests;
  }

  /** What outlives a memory: the last start, and what is under way. */
  get memory() {
    return { last: this.#last, held: [...this.#held] };
  }

  recall({ last, held }) {
    this.#last = last;
    this.#held = new Map(held);
  }

  static #key(party, id) {
    return `${party} ${id}`;
  }

  /**
   * Puts a request into the queue. One that was granted was not made, as its party asks again: it waits anew, first of
   * its party.
   *
   * @returns {boolean} `false` when it has ended already
   */
  ask(party, id, minimumInterval, now) {
    this.#tidy(now);
    const key = HostBudget.#key(party, id);
    if (this.#ended.includes(key)) return false;
    const waiting = { id, interval: Math.min(Math.max(minimumInterval ?? 0, 0), longestInterval), keptUntil: null };
    if (!this.#lanes.has(party)) {
      this.#lanes.set(party, []);
      this.#turns.push(party);
    }
    const lane = this.#lanes.get(party);
    const index = lane.findIndex((one) => one.id === id);
    if (index >= 0) lane[index] = waiting;
    else if (this.#held.delete(key)) lane.unshift(waiting);
    else lane.push(waiting);
    return true;
  }

  /** Notes that nobody listens for a request's start now. */
  leave(party, id, now) {
    const waiting = this.#lanes.get(party)?.find((one) => one.id === id);
    if (waiting) waiting.keptUntil = now + placeKeeping;
  }

  /** Takes the next request that may start now. @returns {{party: string, id: string} | null} */
  next(now) {
    this.#tidy(now);
    const candidate = this.#candidate();
    if (this.#held.size >= this.requests || !this.pause.isOver(now) || !candidate) return null;
    const { party, waiting } = candidate;
    if (this.#earliest(waiting) > now) return null;
    this.#remove(party, waiting.id);
    // Whoever was served goes behind all others that wait.
    const index = this.#turns.indexOf(party);
    if (index >= 0) this.#turns.push(...this.#turns.splice(index, 1));
    this.#held.set(HostBudget.#key(party, waiting.id), { party, began: now, until: now + lifetime });
    this.#last = { start: now, interval: Math.max(this.interval, waiting.interval) };
    return { party, id: waiting.id };
  }

  /** When {@link next} may give something that it does not give now. @returns {number | null} */
  nextLook(now) {
    const candidate = this.#candidate();
    if (!candidate) return null;
    if (this.#held.size >= this.requests) return Math.min(...[...this.#held.values()].map((one) => one.until));
    return Math.max(this.pause.until ?? now, this.#earliest(candidate.waiting), now);
  }

  /** Ends a request, wherever it is, with what the host said. @param {'served' | 'throttled' | 'failed' | 'unused'} answer */
  finish(party, id, answer, retryAfter, now) {
    this.#tidy(now);
    const key = HostBudget.#key(party, id);
    if (this.#ended.includes(key)) return;
    const began = this.#held.get(key)?.began;
    this.#held.delete(key);
    this.#remove(party, id);
    this.#remember(key);
    // Also when nobody knows the request any more: that the host is loaded is true all the same.
    if (answer === 'throttled') this.pause.throttle(retryAfter, began, now);
    else if (answer === 'served' && began !== undefined) this.pause.serve(began);
  }

  /** Counts a request that its party makes although it is not known here. */
  restore(party, id, now) {
    const key = HostBudget.#key(party, id);
    if (this.#held.has(key) || this.#ended.includes(key) || this.isWaiting(party, id)) return;
    this.#held.set(key, { party, began: now, until: now + lifetime });
    this.#last = { start: now, interval: Math.max(this.interval, this.#last?.interval ?? 0) };
  }

  /** Ends all requests of a party. */
  end(party) {
    for (const [key, held] of this.#held) if (held.party === party) this.#held.delete(key);
    this.#lanes.delete(party);
    this.#turns = this.#turns.filter((other) => other !== party);
    this.#ended = this.#ended.filter((key) => !key.startsWith(`${party} `));
  }

  get underWay() {
    return this.#held.size;
  }

  isWaiting(party, id) {
    return this.#lanes.get(party)?.some((one) => one.id === id) ?? false;
  }

  waitingCount(party) {
    return this.#lanes.get(party)?.length ?? 0;
  }

  #candidate() {
    for (const party of this.#turns) {
      const waiting = this.#lanes.get(party)?.find((one) => one.keptUntil === null);
      if (waiting) return { party, waiting };
    }
    return null;
  }

  /** The distance holds for both requests, the one before and this one. */
  #earliest(waiting) {
    return this.#last === null ? 0 : this.#last.start + Math.max(this.#last.interval, waiting.interval);
  }

  #remove(party, id) {
    const lane = this.#lanes.get(party)?.filter((one) => one.id !== id);
    if (!lane) return;
    this.#setLane(party, lane);
  }

  #setLane(party, lane) {
    if (lane.length > 0) {
      this.#lanes.set(party, lane);
      return;
    }
    this.#lanes.delete(party);
    this.#turns = this.#turns.filter((other) => other !== party);
  }

  #remember(key) {
    this.#ended.push(key);
    if (this.#ended.length > remembered) this.#ended.splice(0, this.#ended.length - remembered);
  }

  #tidy(now) {
    for (const [key, held] of this.#held) {
      if (held.until > now) continue;
      this.#held.delete(key);
      this.#remember(key);
    }
    for (const [party, lane] of [...this.#lanes]) {
      const rest = lane.filter((one) => one.keptUntil === null || one.keptUntil > now);
      if (rest.length < lane.length) this.#setLane(party, rest);
    }
  }
}
