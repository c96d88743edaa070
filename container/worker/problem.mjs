// An error as the API shows it: a problem document (RFC 9457).
import { canonicalText } from './json-text.mjs';

export class Problem extends Error {
  /**
   * @param {string} type the last part of the type's address
   * @param {number} status
   * @param {string} title the same for every problem of the type
   * @param {{detail?: string, headers?: Record<string, string>, [member: string]: unknown}} [more]
   */
  constructor(type, status, title, { detail, headers = {}, ...members } = {}) {
    super(detail ?? title);
    Object.assign(this, { type, status, title, detail, headers, members });
  }

  /** @param {string} path of the request that failed */
  response(path) {
    const text = canonicalText({
      ...this.members, type: `/problems/${this.type}`, title: this.title, status: this.status, instance: path,
      detail: this.detail,
    });
    return new Response(maskedCredentials(text), {
      status: this.status,
      headers: { ...this.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    });
  }

  static unknownSource(source, known) {
    return new Problem('unknown-source', 404, 'There is no such source.', {
      detail: `'${source}' is not among the sources: ${known.join(', ')}.`, sources: known,
    });
  }

  static unknownJob(id) {
    return new Problem('unknown-job', 404, 'There is no such job.', { detail: `No job has the id '${id}'.` });
  }

  static invalidParameters(violations, source) {
    return Problem.violations('invalid-parameters', 'The parameters do not fit the source.', violations, { source });
  }

  static invalidBody(violations) {
    return Problem.violations('invalid-body', 'The body does not fit.', violations, {});
  }

  static violations(type, title, errors, members) {
    const [first] = errors;
    return new Problem(type, 422, title, {
      ...members, errors, detail: `${first.pointer === '' ? 'The body' : first.pointer} ${first.detail}.`,
    });
  }

  static malformedJSON(detail) {
    return new Problem('malformed-json', 400, 'The body is not JSON.', { detail });
  }

  static invalidQuery(name, detail) {
    return new Problem('invalid-query', 400, 'A part of the query is wrong.', {
      detail: `'${name}' ${detail}.`, parameter: name,
    });
  }

  static invalidHeader(name, detail) {
    return new Problem('invalid-header', 400, 'A header is wrong.', { detail: `${name} ${detail}.`, header: name });
  }

  static bodyTooLarge(limit) {
    return new Problem('body-too-large', 413, 'The body is too large.', {
      detail: `At most ${limit} bytes are taken.`, limit,
    });
  }

  static idempotencyConflict(job) {
    return new Problem('idempotency-conflict', 409, 'The idempotency key belongs to another request.', {
      detail: `${job ? `Job ${job}` : 'A job'} was made with this key from another source, other parameters or other `
        + 'options.',
      jobId: job,
    });
  }

  static alreadyEnded(status) {
    return new Problem('job-ended', 409, 'The job has ended.', {
      detail: `Its status is ${status}, which is final.`, job_status: status,
    });
  }

  static notEnded(status) {
    return new Problem('job-not-ended', 409, 'The job has not ended.', {
      detail: `Its status is ${status}; only a job that has ended can be done again.`, job_status: status,
    });
  }

  static superseded(attempt, current) {
    return new Problem('attempt-superseded', 409, "The attempt is not the job's current one.", {
      detail: `Attempt ${attempt} reports, but attempt ${current} is current.`, attempt: current,
    });
  }

  static attemptOver(attempt, current) {
    return new Problem('attempt-superseded', 409, "The attempt is not the job's current one.", {
      detail: attempt === current
        ? `Attempt ${attempt} has ended, and the job waits for its next one.`
        : `Attempt ${attempt} asks, but attempt ${current} is current.`,
      attempt: current,
    });
  }

  static unauthorized() {
    return new Problem('invalid-token', 401, "The attempt's token is missing or wrong.", {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }

  static unavailable(detail) {
    return new Problem('unavailable', 503, 'The gateway cannot do this now.', { detail, headers: { 'retry-after': '1' } });
  }

  static tooMany(type, title, seconds) {
    return new Problem(type, 429, title, {
      detail: `Try again in ${seconds} s.`, retry_after: seconds, headers: { 'retry-after': String(seconds) },
    });
  }

  /** Any error as a problem; what is not meant for clients shows only its kind. */
  static from(error) {
    if (error instanceof Problem) return error;
    const text = String(error?.message ?? error);
    if (text.startsWith('D1_ERROR')) {
      return isTransient(error)
        ? Problem.unavailable('The database does not answer; try again.')
        : new Problem('internal', 500, 'The gateway failed.', { detail: 'Its log says more.' });
    }
    // An object that was just being moved or renewed: the same question finds it again.
    if (error?.retryable || error?.overloaded || error?.durableObjectReset) {
      return Problem.unavailable('The job is just being taken over; try again.');
    }
    return new Problem('internal', 500, 'The gateway failed.', { detail: 'Its log says more.' });
  }
}

const passingTexts = [
  'Network connection lost', 'storage caused object to be reset', 'reset because its code was updated',
  'Cannot resolve D1 DB due to transient issue', 'Internal error while starting up D1 DB storage',
  "Can't read from request stream because client disconnected", 'exceeded timeout which caused object to be reset',
  'overloaded', 'Requests queued for too long', 'Too many requests queued', 'throttl', 'wait and consider',
];

/** Whether a database's error can pass by itself. */
export function isTransient(error) {
  const text = String(error?.message ?? error);
  return passingTexts.some((part) => text.includes(part));
}

/** Whoever puts a key in a wrong place is not shown it again. */
export function maskedCredentials(text) {
  return text.replace(/ingot_[A-Za-z0-9_-]{20,}/g, 'ingot_…');
}
