// The edge gateway: Ingot's jobs on Cloudflare Workers, Durable Objects and Containers, with the modules of the runtime
// alone. README-cloudflare.md says how it is deployed.
import { sweep } from './worker/dispatch.mjs';
import { respond } from './worker/routes.mjs';
import { prepareTables } from './worker/tables.mjs';

export { IngestJob } from './worker/ingest-job.mjs';
export { UpstreamHost } from './worker/upstream-host.mjs';

export default {
  fetch: respond,

  /** The cron trigger: starts what waits, and looks at what has not been heard of. */
  async scheduled(controller, env) {
    await prepareTables(env.DB);
    await sweep(env);
  },
};
