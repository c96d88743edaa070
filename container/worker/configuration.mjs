// What the Worker's variables say, each with its bounds.
import { Problem } from './problem.mjs';

function misconfigured(name, detail) {
  return new Problem('misconfigured', 503, 'A variable of the Worker is wrong.', {
    detail: `The variable ${name} must be ${detail}.`, variable: name, headers: { 'retry-after': '60' },
  });
}

/** @returns {number} the variable, or what is usual */
function number(env, name, usual, minimum, maximum) {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw misconfigured(name, `a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

/** Requests a second to one upstream host. */
function rate(env, name, usual) {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  const value = Number(text);
  if (!(value > 0 && value <= 1000)) throw misconfigured(name, 'a number above 0 and at most 1000');
  return value;
}

/**
 * @param {Record<string, any>} env the Worker's bindings, variables and secrets
 * @throws {Problem} `misconfigured`, naming the variable and never its value
 */
export function configuration(env) {
  // A shorter one could be guessed, as nobody counts the tries.
  if (env.INGOT_API_KEY && !/^ingot_[A-Za-z0-9_-]{43}$/.test(env.INGOT_API_KEY)) {
    throw misconfigured('INGOT_API_KEY', '`ingot_` and 43 random letters, digits, `-` or `_`');
  }
  return {
    /** The gateway's name in the rows of its jobs. */
    gateway: env.INGOT_GATEWAY_NAME || 'cloudflare',
    /** Jobs at a time. */
    maxRunning: number(env, 'INGOT_MAX_RUNNING', 10, 1, 1000),
    maxAttempts: number(env, 'INGOT_MAX_ATTEMPTS', 3, 1, 10),
    /** How long an attempt may be silent, and how long before its first report: a container takes its time to start. */
    leaseSeconds: number(env, 'INGOT_LEASE_SECONDS', 60, 1, 3600),
    startSeconds: number(env, 'INGOT_START_SECONDS', 300, 1, 3600),
    /** The time between two looks at a running attempt. */
    watchSeconds: number(env, 'INGOT_WATCH_SECONDS', 60, 1, 60),
    graceSeconds: number(env, 'INGOT_GRACE_SECONDS', 10, 0, 600),
    wallSeconds: number(env, 'INGOT_WALL_SECONDS', 6 * 3600, 1, 2_592_000),
    retryMilliseconds: number(env, 'INGOT_RETRY_MS', 1000, 1, 600_000),
    longestRetryMilliseconds: number(env, 'INGOT_RETRY_MAX_MS', 60_000, 1, 3_600_000),
    /** How long an ended job's events stay in its object. */
    eventHours: number(env, 'INGOT_EVENT_HOURS', 24, 1, 720),
    permitMilliseconds: number(env, 'INGOT_PERMIT_WAIT_MS', 5000, 1, 20_000),
    hostRate: rate(env, 'INGOT_HOST_RATE', 5),
    hostRequests: number(env, 'INGOT_HOST_REQUESTS', 4, 1, 1000),
    offersProbe: env.INGOT_ENABLE_PROBE === '1',
  };
}
