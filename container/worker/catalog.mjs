// The sources that the runner knows, with the schemas of their parameters.
import { checkSchema } from './json-schema.mjs';
import { descriptions } from './sources.mjs';

for (const description of descriptions) checkSchema(description.parameters);

/** The sources that are offered, in the order of their ids. */
export function offeredSources(env) {
  return descriptions.filter(({ id }) => id !== 'probe' || env.INGOT_ENABLE_PROBE === '1');
}

/** @returns the description, or `undefined` when there is no such source */
export function findSource(env, id) {
  return offeredSources(env).find((description) => description.id === id);
}

/** The sources of which only one job may run at a time. */
export const exclusiveSources = descriptions.filter(({ exclusive }) => exclusive).map(({ id }) => id);

/** The host of a source's upstream, for the rows of its jobs. */
export function upstreamHost(env, description) {
  const origin = originOf(env, description.id) ?? description.default_origin;
  try { return new URL(origin).hostname || null; } catch { return null; }
}

/** Where a source's upstream is, when the operator says so. */
export function originOf(env, source) {
  return env[`INGOT_ORIGIN_${source.toUpperCase().replaceAll('-', '_')}`] || undefined;
}
