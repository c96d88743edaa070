// What a runner sends to the progress route.

const kinds = new Set(['heartbeat', 'progress', 'unit', 'log', 'finished']);
const unitStatuses = new Set(['pending', 'running', 'done', 'failed']);
const outcomes = new Set(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
const failureMembers = [
  'code', 'message', 'unit', 'place', 'advice', 'transient', 'details', 'exit', 'peak_memory_bytes', 'cpu_seconds',
  'log_tail', 'attempts',
];

const isText = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number';
const absent = (value) => value === undefined || value === null;
const optional = (test) => (value) => absent(value) || test(value);

/**
 * @returns {{attempt: number, events: object[]} | null} `null` for what is no report
 */
export function readReport(value) {
  if (!Number.isSafeInteger(value?.attempt) || !Array.isArray(value.events)) return null;
  const events = value.events.map(readEvent);
  return events.includes(null) ? null : { attempt: value.attempt, events };
}

function readEvent(event) {
  const fits = event !== null && typeof event === 'object' && Number.isSafeInteger(event.seq) && kinds.has(event.type)
    && optional(Number.isSafeInteger)(event.progress) && optional(isText)(event.message) && optional(isText)(event.unit)
    && optional((status) => unitStatuses.has(status))(event.unit_status)
    && optional((outcome) => outcomes.has(outcome))(event.outcome)
    && optional(isCounts)(event.counts) && optional(isFailure)(event.error)
    && optional(Number.isSafeInteger)(event.peak_memory_bytes) && optional(isNumber)(event.cpu_seconds)
    && optional((lines) => Array.isArray(lines) && lines.every(isText))(event.lines);
  if (!fits) return null;
  const known = Object.fromEntries(Object.entries(event).filter(([, member]) => member !== null));
  if (known.error) known.error = readFailure(known.error);
  return known;
}

function isCounts(value) {
  return typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(Number.isSafeInteger);
}

function isFailure(value) {
  return typeof value === 'object' && isText(value.code) && isText(value.message) && typeof value.transient === 'boolean';
}

/** The members of a failure that are known. */
export function readFailure(value) {
  return Object.fromEntries(failureMembers.filter((name) => !absent(value[name])).map((name) => [name, value[name]]));
}
