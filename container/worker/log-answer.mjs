// `GET /api/ingest/jobs/{id}/logs`: what the gateway knows of the job's log, as plain text or as events.
import { frame, preamble, streamHeaders } from './event-frame.mjs';
import { jsonText } from './json-text.mjs';
import { Problem } from './problem.mjs';
import { queryNumber } from './requests.mjs';

const maximumTail = 10_000;

/** @param {import('./job-progress.mjs').JobProgress} progress */
export function logAnswer(request, query, progress) {
  const tail = queryNumber(query, 'tail', 0, maximumTail);
  const { jobLog } = progress;
  const lines = tail === null ? jobLog.text : jobLog.tail(tail).map((line) => `${line}\n`).join('');
  const follow = query.get('follow');
  if (follow && follow !== 'true' && follow !== 'false') throw Problem.invalidQuery('follow', 'must be true or false');
  const accept = request.headers.get('accept') ?? '';
  if (follow === 'true' || (accept.includes('text/event-stream') && !accept.includes('text/plain'))) {
    if (!progress.isEnded) {
      throw new Problem('log-not-followed', 406, 'The log cannot be followed here.', {
        detail: 'The lines of a running job are in its events; its log is whole when it has ended.',
      });
    }
    const offset = new TextEncoder().encode(jobLog.text).byteLength;
    const list = lines.split('\n').slice(0, -1);
    return new Response(preamble + frame(offset, 'log', jsonText({ offset, lines: list })) + frame(offset, 'end', jsonText({ offset })), {
      headers: streamHeaders,
    });
  }
  return new Response(lines, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
}
