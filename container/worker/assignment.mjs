// Everything that a fresh runner is told, as its container's environment.
import { originOf } from './catalog.mjs';
import { canonicalText } from './json-text.mjs';

/** Settings that are handed on as they are, where they are set. */
const handedOn = [
  'CF_ACCOUNT_ID', 'D1_DATABASE_ID', 'D1_API_TOKEN', 'D1_BASE_URL', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY',
  'R2_SESSION_TOKEN', 'R2_BUCKET_NAME', 'R2_ENDPOINT', 'INGOT_FETCH_CONTACT', 'INGOT_FETCH_CA_BUNDLE',
  'INGOT_FETCH_PROXY', 'INGOT_FETCH_NO_PROXY', 'INGOT_FETCH_ROBOTS_IGNORED', 'INGOT_FETCH_IDLE_SECONDS',
  'INGOT_FETCH_DEADLINE_SECONDS', 'INGOT_PROBE_STAMPS',
];
/** The longest setting that Linux hands to a program, with its name, `=` and an end; and all of them. */
const maximumSetting = 131_072;
const maximumSettings = 1_048_576;
const required = handedOn.slice(0, 3).concat('R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'R2_BUCKET_NAME');

/** Why no runner of this job can be started, now or later; says no value. */
export class SettingsFailure extends Error {
  constructor(code, message, advice) {
    super(message);
    Object.assign(this, { code, advice });
  }
}

/** @returns {SettingsFailure} for what the operator has not set */
function missing(kind, name) {
  return new SettingsFailure(
    'runner_not_started', `the ${kind} ${name} is not set.`, 'Set it (wrangler.toml, or `wrangler secret put`), and deploy.',
  );
}

/**
 * @param {Record<string, any>} env
 * @param {object} job
 * @param {{token: string, address: string | undefined}} attempt the attempt's secret, and the gateway's address
 * @returns {Record<string, string>}
 * @throws {SettingsFailure} naming what is not set or too large, never a value
 */
export function runnerSettings(env, job, { token, address }) {
  if (!address) throw missing('variable', 'INGOT_GATEWAY_URL');
  for (const name of required) if (!env[name]) throw missing('variable or secret', name);
  const settings = Object.fromEntries(handedOn.filter((name) => env[name]).map((name) => [name, String(env[name])]));
  Object.assign(settings, {
    INGOT_JOB_ID: job.id,
    INGOT_SOURCE: job.source,
    INGOT_PARAMETERS: canonicalText(job.parameters),
    INGOT_ATTEMPT: String(job.attempt),
    INGOT_MAX_ATTEMPTS: String(job.max_attempts),
    INGOT_ATTEMPT_TOKEN: token,
    INGOT_GATEWAY_URL: address,
    // Nobody here can read what the container writes.
    INGOT_REPORT_LOG: '1',
  });
  const origin = originOf(env, job.source);
  if (origin) settings.INGOT_ORIGIN = origin;
  checkSizes(settings);
  return settings;
}

function checkSizes(settings) {
  const encoder = new TextEncoder();
  let whole = 0;
  for (const [name, value] of Object.entries(settings)) {
    const size = encoder.encode(value).byteLength;
    whole += name.length + size + 2;
    if (name.length + size + 2 <= maximumSetting && whole <= maximumSettings) continue;
    throw new SettingsFailure(
      'settings_too_large',
      `the setting ${name} has ${size} bytes; a runner in a container can be told 128 KiB a setting and 1 MiB in all.`,
      'Give the job fewer or shorter parameters.',
    );
  }
}

/** What a runner is told in confidence, and what it must not say again. */
export function confidential(env, token) {
  const addresses = Object.keys(env).filter((name) => name === 'INGOT_FETCH_PROXY' || name.startsWith('INGOT_ORIGIN_'));
  return [
    token, env.D1_API_TOKEN, env.R2_SECRET_ACCESS_KEY, env.R2_SESSION_TOKEN, env.INGOT_API_KEY,
    ...addresses.flatMap((name) => credentialsIn(String(env[name]))),
  ];
}

/** The name and password in an address, together and each alone, as they are written there and decoded. */
function credentialsIn(address) {
  const userInfo = /:\/\/([^/?#\s]*)@/.exec(address)?.[1] ?? '';
  const colon = userInfo.indexOf(':');
  const parts = colon < 0 ? [userInfo] : [userInfo, userInfo.slice(0, colon), userInfo.slice(colon + 1)];
  return parts.filter((part) => part !== '').flatMap((part) => {
    try { return [part, decodeURIComponent(part)]; } catch { return [part]; }
  });
}
