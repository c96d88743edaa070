// Takes secrets out of what runners report, in every form in which a runner would write them.

const placeholder = '<redacted>';
/** Shorter values would blot out innocent text; no credential is that short. */
const minimumLength = 6;

export class Redaction {
  #forms;

  /** @param {(string | undefined)[]} secrets */
  constructor(secrets) {
    const forms = new Set();
    for (const secret of secrets) {
      for (const line of (secret ?? '').split(/\r?\n/)) {
        if (line.length >= minimumLength) for (const form of formsOf(line)) if (form.length >= minimumLength) forms.add(form);
      }
    }
    this.#forms = [...forms].sort((left, right) => right.length - left.length);
  }

  /** @param {string} text */
  text(text) {
    let redacted = text;
    for (const form of this.#forms) redacted = redacted.replaceAll(form, placeholder);
    return redacted;
  }

  /** The value without the secrets, in its strings and in the names of its members. */
  value(value) {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((element) => this.value(element));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.text(name), this.value(member)]));
  }
}

function formsOf(secret) {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = encodeURIComponent(secret).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [
    secret, escaped, escaped.replaceAll('/', '\\/'), encoded, encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    encoded.replaceAll('%2F', '/'), encoded.replaceAll('%20', '+'),
  ];
  const bytes = new TextEncoder().encode(secret);
  for (let before = 0; before < 3; before += 1) {
    const text = btoa(`${'\0'.repeat(before)}${String.fromCharCode(...bytes)}`);
    // The digits that are the same whatever stands around the bytes.
    const core = text.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6));
    forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
