// Reading requests, and answering in JSON.
import { jsonText, parseJSON } from './json-text.mjs';
import { Problem } from './problem.mjs';

const jobIDPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID of version 7 in lower case. */
export const isJobID = (text) => jobIDPattern.test(text);

/** @throws {Problem} 404 */
export function requireJobID(text) {
  if (!isJobID(text)) throw Problem.unknownJob(text);
  return text;
}

/**
 * Makes the id of a moment (RFC 9562): ids sort by the time of their making, also within a millisecond of one Worker.
 */
export function makeJobID(now = Date.now()) {
  lastTime = Math.max(lastTime, now);
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const time = lastTime.toString(16).padStart(12, '0');
  counter = lastTime === countedTime ? counter + 1 : (bytes[0] << 2) & 0x3ff;
  if (counter > 0xfff) {
    lastTime += 1;
    counter = 0;
  }
  countedTime = lastTime;
  const variant = (0x8 | (bytes[1] & 0x3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${digits.slice(4, 7)}-${digits.slice(8, 20)}`;
}

let lastTime = 0;
let countedTime = 0;
let counter = 0;

/**
 * Reads a whole body.
 *
 * @throws {Problem} 413 when it is larger than `limit` bytes
 */
export async function readText(request, limit) {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw Problem.bodyTooLarge(limit);
  if (!request.body) return '';
  const reader = request.body.getReader();
  const pieces = [];
  let size = 0;
  while (true) {
    let piece;
    try { piece = await reader.read(); } catch {
      throw new Problem('malformed-body', 400, 'The body cannot be read.', {
        detail: 'It ended early, or its framing is wrong.', headers: { connection: 'close' },
      });
    }
    if (piece.done) break;
    size += piece.value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => {});
      throw Problem.bodyTooLarge(limit);
    }
    pieces.push(piece.value);
  }
  const whole = new Uint8Array(size);
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.byteLength;
  }
  try { return new TextDecoder('utf-8', { fatal: true }).decode(whole); } catch { return '\uFFFD'; }
}

/**
 * Reads a body of JSON.
 *
 * @param {string} complaint what to say of one that is none
 */
export async function readJSON(request, limit, complaint) {
  const value = parseJSON(await readText(request, limit));
  if (value === undefined) throw Problem.malformedJSON(complaint);
  return value;
}

/** A number in the query; @throws {Problem} 400 when it is not one within the range */
export function queryNumber(query, name, minimum, maximum) {
  const text = query.get(name);
  if (text === null) return null;
  return numberWithin(name, text, minimum, maximum);
}

/** @throws {Problem} 400 */
export function numberWithin(name, text, minimum, maximum) {
  const number = /^[+-]?[0-9]+$/.test(text) ? Number(text) : NaN;
  if (!(number >= minimum && number <= maximum)) {
    throw Problem.invalidQuery(name, `must be a number from ${minimum} to ${maximum}`);
  }
  return number;
}

/**
 * Up to where a client that lost its connection has a stream: `Last-Event-ID` or, where a client cannot send that, the
 * query.
 *
 * @returns {{number: number, refuse: (detail: string) => Problem} | null} `null` for a first connection
 */
export function resumePosition(request, query, name, meaning) {
  const header = request.headers.get('last-event-id') || null;
  const text = header ?? query.get(name);
  if (text === null) return null;
  const refuse = (detail) => (header === null ? Problem.invalidQuery(name, detail) : Problem.invalidHeader('Last-Event-ID', detail));
  if (!/^\+?[0-9]{1,19}$/.test(text)) throw refuse(`is not ${meaning}`);
  return { number: Number(text), refuse };
}

/** What follows `Bearer` in `Authorization`; `null` when there is no such header, or it is of another scheme. */
export function bearerCredential(request) {
  return /^bearer +(.*?) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}

/** An answer in JSON. */
export function json(value, status = 200, headers = {}) {
  return new Response(jsonText(value), {
    status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}
