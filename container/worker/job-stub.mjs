// Asking the object of a job.

const tries = 4;

/**
 * Calls a job's object; an object that is just being moved or renewed is asked again. All calls may be repeated.
 *
 * @template Value
 * @param {(job: any) => Promise<Value>} call
 * @returns {Promise<Value>}
 */
export async function callJob(env, id, call) {
  for (let number = 1; ; number += 1) {
    try {
      // A stub that has failed once may go on failing, so each try has its own.
      return await call(env.INGEST_JOB.get(env.INGEST_JOB.idFromName(id)));
    } catch (error) {
      if (number >= tries || !(error?.retryable || error?.durableObjectReset)) throw error;
    }
  }
}
