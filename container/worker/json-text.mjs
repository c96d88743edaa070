// JSON as every gateway writes it: members sorted, no white space, so that equal values are equal text.

/**
 * @param {unknown} value what JSON can say; members that are `undefined` are left out
 * @returns {string}
 */
export function jsonText(value) {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${jsonText(value[name])}`).join(',')}}`;
}

/**
 * The text under which parameters are kept and compared; it differs from {@link jsonText} in how it writes two control
 * characters.
 */
export function canonicalText(value) {
  return jsonText(value).replace(/\\(?:\\|b|f)/g, (escape) => ({ '\\b': '\\u0008', '\\f': '\\u000c' })[escape] ?? escape);
}

/** @returns the value, or `undefined` for what is not JSON */
export function parseJSON(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/**
 * @param {string} text
 * @returns {Promise<string>} lower-case hexadecimal digits
 */
export async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return hexadecimal(new Uint8Array(digest));
}

/** @param {Uint8Array} bytes */
export function hexadecimal(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The moment as the store keeps it: RFC 3339, UTC, milliseconds. */
export function timestamp(milliseconds = Date.now()) {
  return new Date(milliseconds).toISOString();
}
