// Server-Sent Events as text ("HTML Living Standard", section 9.2).

/** How long a client waits before it connects again, in milliseconds; the first line of every stream. */
export const preamble = 'retry: 2000\n\n';
/** A comment that keeps connections open and finds dead ones. */
export const heartbeat = ': hb\n\n';
/** The time between two of them. */
export const heartbeatInterval = 15_000;

/** @param {string} data JSON on one line */
export function frame(number, kind, data) {
  return `id: ${number}\nevent: ${kind}\ndata: ${data}\n\n`;
}

export const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
