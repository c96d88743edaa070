// Who may do what: callers show a key; of keys only the hashes are kept.
import { parseJSON, sha256, timestamp } from './json-text.mjs';
import { Problem } from './problem.mjs';
import { bearerCredential } from './requests.mjs';

const ranks = { viewer: 0, operator: 1, admin: 2 };
const keyShape = /^ingot_[A-Za-z0-9_-]{43}$/;
const advice = 'Send an API key as \'Authorization: Bearer KEY\'. Whoever runs the gateway makes one with `ingot keys create`.';
/** How long a key that was found is not looked up again: so long it opens things after it was revoked. */
const keepingTime = 60_000;
const maximumKept = 1000;

/** @typedef {{id: string, role: 'viewer' | 'operator' | 'admin', sources: string[] | null}} Caller */

/** @type {Map<string, {row: object, until: number}>} by hash */
const kept = new Map();

/**
 * Whom a request comes from.
 *
 * @returns {Promise<Caller>}
 * @throws {Problem} 401
 */
export async function authenticate(request, env) {
  if (!request.headers.has('authorization')) throw refusal('key-missing', 'The request has no API key.');
  const key = bearerCredential(request);
  if (!key) throw refusal('key-unknown', "The API key is not one of this gateway's.");
  const hash = await sha256(key);
  // Hashes of 256 random bits tell nothing of the key by the time that their comparison takes.
  if (env.INGOT_API_KEY && hash === await sha256(env.INGOT_API_KEY)) return { id: idOf(hash), role: 'admin', sources: null };
  const row = keyShape.test(key) ? await findKey(env, hash) : null;
  if (!row) throw refusal('key-unknown', "The API key is not one of this gateway's.");
  if (row.revoked_at) throw refusal('key-revoked', 'The API key has been revoked.', `That was at ${row.revoked_at}. `);
  if (row.expires_at && row.expires_at <= timestamp()) {
    throw refusal('key-expired', 'The API key has expired.', `It was good until ${row.expires_at}. `);
  }
  return { id: row.id, role: row.role, sources: row.sources_json ? parseJSON(row.sources_json) : null };
}

function idOf(hash) {
  return `key_${hash.slice(0, 12)}`;
}

async function findKey(env, hash) {
  const known = kept.get(hash);
  if (known && Date.now() < known.until) return known.row;
  kept.delete(hash);
  const row = await env.DB.prepare(
    'SELECT id, role, sources_json, expires_at, revoked_at FROM api_keys WHERE id = ?1 AND key_hash = ?2',
  ).bind(idOf(hash), hash).first();
  if (row) {
    if (kept.size >= maximumKept) kept.delete(kept.keys().next().value);
    kept.set(hash, { row, until: Date.now() + keepingTime });
  }
  return row;
}

function refusal(type, title, before = '') {
  return new Problem(type, 401, title, { detail: before + advice, headers: { 'www-authenticate': 'Bearer' } });
}

/** @throws {Problem} 403 */
export function requireRole(caller, role) {
  if (ranks[caller.role] >= ranks[role]) return;
  throw new Problem('forbidden', 403, 'The caller may not do this.', {
    detail: `It needs the role ${role}, and the caller is ${caller.role}.`, role,
  });
}

/** @param {Caller} caller */
export function mayUse(caller, source) {
  return caller.sources === null || caller.sources.includes(source);
}

/** @throws {Problem} 403 */
export function requireSource(caller, source, role) {
  if (mayUse(caller, source)) return;
  const sources = [...caller.sources].sort();
  throw new Problem('forbidden', 403, 'The caller may not do this.', {
    detail: `It needs the role ${role} for the source '${source}', and the caller's key is for ${sources.join(', ')}.`,
    role, sources,
  });
}
