// A job's log as far as the gateway knows it. What a container writes to its output stays with the platform (Workers
// Logs); here is what runners report and what the gateway itself has seen of each attempt.

/** In bytes of UTF-8, as are all sizes here. */
const chunkSize = 64 << 10;
/** How much is kept of what runners report, and beyond that of what the gateway itself says of the attempts. */
const maximumSize = 2 << 20;
const roomForOwnLines = 256 << 10;
const maximumOwnLine = 4 << 10;
const key = (number) => `log:${String(number).padStart(4, '0')}`;
const fullKey = 'log-full';
const encoder = new TextEncoder();

export class JobLog {
  /** @type {{text: string, size: number}[]} */
  #chunks = [];
  #isFull = false;

  async load(storage) {
    const stored = await storage.list({ prefix: 'log:' });
    this.#chunks = [...stored.values()].map((text) => ({ text, size: sizeOf(text) }));
    this.#isFull = (await storage.get(fullKey)) === true;
  }

  /**
   * What is to be stored so that the log has these lines too, and what to do once it is.
   *
   * @param {{text: string, isOwn?: boolean}[]} lines `isOwn`: said by the gateway, for which there is always room
   * @returns {{entries: Record<string, unknown>, commit: () => void}}
   */
  with(lines) {
    const chunks = [...this.#chunks];
    let isFull = this.#isFull;
    let size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
    const entries = {};
    const add = (line) => {
      const text = `${line}\n`;
      const added = sizeOf(text);
      const last = chunks.at(-1);
      if (last && last.size + added <= chunkSize) chunks[chunks.length - 1] = { text: last.text + text, size: last.size + added };
      else chunks.push({ text, size: added });
      size += added;
      entries[key(chunks.length - 1)] = chunks.at(-1).text;
    };
    for (const { text, isOwn = false } of lines) {
      const line = shortened(text, isOwn ? maximumOwnLine : chunkSize - 100);
      if (isOwn) {
        if (size + sizeOf(line) < maximumSize + roomForOwnLines) add(line);
      } else if (!isFull && size + sizeOf(line) < maximumSize) {
        add(line);
      } else if (!isFull) {
        isFull = true;
        entries[fullKey] = true;
        add(`The log is full at ${maximumSize} bytes; further lines of the runner are not kept.`);
      }
    }
    return {
      entries,
      commit: () => {
        this.#chunks = chunks;
        this.#isFull = isFull;
      },
    };
  }

  get text() {
    return this.#chunks.map((chunk) => chunk.text).join('');
  }

  /** @param {number} count of lines */
  tail(count) {
    const lines = this.text.split('\n');
    lines.pop();
    return count === 0 ? [] : lines.slice(-count);
  }
}

function sizeOf(text) {
  return encoder.encode(text).byteLength;
}

/** The line within so many bytes, with a word of what is left out. */
function shortened(line, limit) {
  const bytes = encoder.encode(line);
  if (bytes.byteLength <= limit) return line;
  // A character that the limit cuts through goes too.
  const kept = new TextDecoder().decode(bytes.subarray(0, limit)).replace(/\uFFFD+$/, '');
  return `${kept} … (${bytes.byteLength - sizeOf(kept)} bytes of this line are not kept)`;
}
