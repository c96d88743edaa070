// How fast a job goes on and how long it will still take, smoothed over its last minute or so.

const WINDOW_MILLISECONDS = 60_000;
const LEAST_MILLISECONDS = 3000;

/** @type {{at: number, progress: number}[]} */
let points = [];

/**
 * @param {{progress: number, attempt: number}} job
 * @param {string} time when it was so far
 * @param {string} [start] when its attempt began
 * @returns {{rate: string, left: number} | null} `null` while nothing can be said
 */
export function estimate(job, time, start) {
  const at = Date.parse(time);
  const last = points.at(-1);
  // Another attempt begins where the one before it has left off.
  if (last && job.progress < last.progress) points = [];
  if (!points.length && start) points.push({ at: Date.parse(start), progress: 0 });
  points.push({ at, progress: job.progress });
  while (points.length > 2 && at - points[1].at > WINDOW_MILLISECONDS) points.shift();
  const first = points[0];
  const done = job.progress - first.progress;
  const elapsed = at - first.at;
  if (done <= 0 || elapsed < LEAST_MILLISECONDS || job.progress >= 100) return null;
  const perMinute = (done / elapsed) * 60_000;
  const shown = perMinute >= 10 ? Math.round(perMinute) : Math.round(perMinute * 10) / 10;
  return { rate: `${shown} % a minute`, left: ((100 - job.progress) / done) * elapsed };
}
