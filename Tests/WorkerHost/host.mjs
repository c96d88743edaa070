// Runs a Worker as the Workers runtime would: see README.md.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { controlRoutes } from './control.mjs';
import { D1Database } from './d1-binding.mjs';
import { ObjectHost, ObjectNamespace } from './durable-objects.mjs';
import { serve } from './http-face.mjs';
import { readArguments } from './settings.mjs';
import { loadWorker } from './worker-module.mjs';
import { readTOML } from './wrangler-file.mjs';

let options;
try {
  options = readArguments(process.argv.slice(2));
} catch (error) {
  console.error(`${error.message}; see Tests/WorkerHost/README.md`);
  process.exit(2);
}
mkdirSync(options.data, { recursive: true, mode: 0o700 });

const wrangler = readTOML(readFileSync(join(dirname(options.worker), '..', 'wrangler.toml'), 'utf8'));
const bindings = wrangler.durable_objects.bindings;
const objects = new ObjectHost({
  folder: options.data,
  runner: options.runner,
  containers: new Set(wrangler.containers.map((container) => container.class_name)),
  evictAfterEveryEvent: options.evictAfterEveryEvent,
});
const database = new D1Database(options.vars);
const env = {
  ...wrangler.vars,
  ...options.vars,
  [wrangler.d1_databases[0].binding]: database,
};
for (const { name, class_name: className } of bindings) env[name] = new ObjectNamespace(objects, className);

let worker;
async function load() {
  const exports = await loadWorker(options.worker);
  objects.use(exports, env);
  worker = exports.default;
}

const context = () => ({
  waitUntil: (promise) => { Promise.resolve(promise).catch((error) => console.error(error?.stack ?? error)); },
  passThroughOnException: () => {},
});

await load();
objects.restore();
const gateway = await serve(options.port, (request) => worker.fetch(request, env, context()));
const control = await serve(options.controlPort, controlRoutes({
  objects,
  database,
  reload: load,
  scheduled: () => worker.scheduled({ scheduledTime: Date.now(), cron: '* * * * *', noRetry: () => {} }, env, context()),
}));
console.log(`listening on ${gateway.address}`);
console.log(`control on ${control.address}`);

function stop() {
  objects.stop();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('unhandledRejection', (error) => console.error(`unhandled: ${error?.stack ?? error}`));
