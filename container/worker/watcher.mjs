// The bounded buffer between a job's events and one watcher's connection.

const maximumFrames = 256;
const maximumBytes = 1 << 20;
const encoder = new TextEncoder();

export class Watcher {
  #frames = [];
  #bytes = 0;
  #isOverflowed = false;
  #isClosed = false;
  #wake = () => {};
  #resynchronize;

  /**
   * @param {string} start what the stream begins with
   * @param {() => string} resynchronize the job as it is now, for a watcher that was too slow
   * @param {(watcher: Watcher) => void} onGone called when the client has gone
   */
  constructor(start, resynchronize, onGone) {
    this.#resynchronize = resynchronize;
    this.#frames.push(start);
    this.#bytes = start.length;
    this.stream = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => onGone(this),
    }, { highWaterMark: 0 });
  }

  /** Adds a frame; a watcher that is too slow loses what waits and gets the job as it is then. */
  offer(frame) {
    if (this.#isClosed) return;
    const fits = this.#frames.length === 0
      || (this.#frames.length < maximumFrames && this.#bytes + frame.length <= maximumBytes);
    if (this.#isOverflowed || !fits) {
      this.#frames = [];
      this.#bytes = 0;
      this.#isOverflowed = true;
    } else {
      this.#frames.push(frame);
      this.#bytes += frame.length;
    }
    this.#wake();
  }

  /** Adds a frame that is worth nothing when others wait already. */
  offerIfIdle(frame) {
    if (this.#frames.length === 0 && !this.#isOverflowed) this.offer(frame);
  }

  /** Lets the client have what waits, and ends. */
  close() {
    this.#isClosed = true;
    this.#wake();
  }

  async #pull(controller) {
    while (this.#frames.length === 0 && !this.#isOverflowed) {
      if (this.#isClosed) return controller.close();
      await new Promise((resolve) => { this.#wake = resolve; });
    }
    const text = this.#isOverflowed ? this.#resynchronize() : this.#frames.join('');
    this.#frames = [];
    this.#bytes = 0;
    this.#isOverflowed = false;
    controller.enqueue(encoder.encode(text));
  }
}
