// How a runner ended that did not say how its job went, and whether the next attempt may fare better.

const signalNames = {
  1: 'SIGHUP', 2: 'SIGINT', 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV',
  13: 'SIGPIPE', 15: 'SIGTERM', 24: 'SIGXCPU', 31: 'SIGSYS',
};
/** The exit code of a runner that gives up on its gateway, and of one that stopped because it was asked to. */
const gaveUpCode = 4;
const stoppedCode = 143;

/**
 * What the end of a container says of its first process: a code above 128 is a signal's, as shells count, but for the
 * one that a runner ends with by itself when it was asked to stop.
 *
 * @param {{exitCode?: number, message?: string} | undefined} error what `monitor()` was rejected with; `undefined`: it
 *   was not
 * @returns {{code?: number, signal?: number, reason?: string}}
 */
export function exitOf(error) {
  if (error === undefined) return { code: 0 };
  const text = String(error?.message ?? error);
  const code = error?.exitCode ?? Number(/exit(?: code)?: ([0-9]+)/.exec(text)?.[1] ?? NaN);
  if (!Number.isInteger(code)) {
    return /no container instance|Maximum number of running container instances|too many containers/i.test(text)
      ? { reason: 'not_started' }
      : { reason: 'lost' };
  }
  if (code > 128 && code <= 128 + 64 && code !== stoppedCode) return { signal: code - 128 };
  return { code };
}

/**
 * The ending of an attempt whose container is gone without a report of its outcome.
 *
 * @param {object} exit as {@link exitOf} gives it
 * @param {{stopReason?: string, reportedCancelled: boolean, hasReported?: boolean,
 *   leaseSeconds: number, wallSeconds?: number}} known
 * @returns {{status: 'failed' | 'cancelled' | 'queued', failure?: object, message?: string}} `queued`: there was no
 *   attempt
 */
export function endingAfter(exit, known) {
  if (known.stopReason === 'cancelled') return { status: 'cancelled' };
  if (exit.reason === 'not_started' && known.stopReason === undefined && !known.hasReported) {
    return {
      status: 'queued',
      message: 'The platform has no container for the runner now: more jobs run at a time (INGOT_MAX_RUNNING) than '
        + 'max_instances in wrangler.toml allows, or containers are still being provided.',
    };
  }
  const [code, transient, message, advice] = words(exit, known);
  return { status: 'failed', failure: { code, message, advice, transient, exit } };
}

function words(exit, { stopReason, reportedCancelled, leaseSeconds, wallSeconds }) {
  const lastLines = 'Look at the last log lines.';
  const stopped = ['runner_stopped', true, 'The runner was asked to stop from outside the gateway.', 'Start the job again.'];
  if (stopReason === 'lease_expired') {
    return [
      'runner_lost', true, `The runner was killed after no report for ${leaseSeconds} s.`,
      'Look whether the machine was overloaded or the runner frozen, and at the last log lines.',
    ];
  }
  if (exit.reason === 'deadline') {
    return [
      'deadline', false, `The attempt reached its deadline: it may run for ${wallSeconds ?? 'no'} s.`,
      'Allow the job more with wall_seconds=N (ingot ingest --limit wall_seconds=N); the operator\'s own limit is set '
        + 'with the variable INGOT_WALL_SECONDS.',
    ];
  }
  if (reportedCancelled) return stopped;
  if (exit.reason === 'lost' || exit.reason === 'not_started') return ['runner_lost', true, 'The runner is gone, and nobody saw how it ended.', lastLines];
  if (exit.signal !== undefined) {
    const name = signalNames[exit.signal] ? ` (${signalNames[exit.signal]})` : '';
    const isFromOutside = exit.signal === 9 || exit.signal === 15;
    return [
      'runner_killed', isFromOutside, `The runner was killed by signal ${exit.signal}${name}.`,
      exit.signal === 9
        ? "Look for the kernel's out-of-memory killer, or for somebody who killed the process."
        : lastLines,
    ];
  }
  if (exit.code === gaveUpCode) {
    return [
      'runner_exited', true, 'The runner could not reach the gateway for so long that it gave up.',
      "Look at the network between the runner and the gateway's address.",
    ];
  }
  if (exit.code === stoppedCode) return stopped;
  return [
    'runner_exited', false, `The runner ended with exit code ${exit.code} before it reported how the job went.`, lastLines,
  ];
}
