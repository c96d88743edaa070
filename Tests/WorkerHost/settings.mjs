// What the host is told on its command line.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const flags = { '--evict-after-every-event': 'evictAfterEveryEvent' };
const values = {
  '--port': 'port', '--control-port': 'controlPort', '--runner': 'runner', '--store': 'store', '--data': 'data',
  '--worker': 'worker',
};

/** Options that are a variable of the Worker by another name. */
const variables = { '--slots': 'INGOT_MAX_RUNNING', '--runner-gateway': 'INGOT_GATEWAY_URL', '--api-key': 'INGOT_API_KEY' };

/** NAME=VALUE lines as `ingot stores` writes them; a value may stand in single quotes. */
export function readEnvironmentFile(text) {
  const settings = {};
  for (const line of text.split('\n')) {
    const match = /^(?:export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trim());
    if (match) settings[match[1]] = /^'.*'$/.test(match[2]) ? match[2].slice(1, -1).replaceAll("'\\''", "'") : match[2];
  }
  return settings;
}

/** @throws {Error} for what cannot be understood */
export function readArguments(words) {
  const options = { port: '0', controlPort: '0', evictAfterEveryEvent: false, vars: {} };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (flags[word]) {
      options[flags[word]] = true;
      continue;
    }
    const value = words[index += 1];
    if (value === undefined) throw new Error(`${word} needs a value`);
    if (word === '--var' || word === '--origin') {
      const split = value.indexOf('=');
      if (split < 1) throw new Error(`${word} takes NAME=VALUE`);
      const name = value.slice(0, split);
      options.vars[word === '--var' ? name : `INGOT_ORIGIN_${name.toUpperCase()}`] = value.slice(split + 1);
    } else if (variables[word]) {
      options.vars[variables[word]] = value;
    } else if (values[word]) {
      options[values[word]] = value;
    } else {
      throw new Error(`unknown option ${word}`);
    }
  }
  for (const name of ['runner', 'store']) if (!options[name]) throw new Error(`--${name} is missing`);
  return {
    ...options,
    port: Number(options.port),
    controlPort: Number(options.controlPort),
    runner: resolve(options.runner),
    worker: resolve(options.worker ?? join(here, '../../container/worker.mjs')),
    data: resolve(options.data ?? mkdtempSync(join(tmpdir(), 'worker-host-'))),
    vars: { ...readEnvironmentFile(readFileSync(options.store, 'utf8')), ...options.vars },
  };
}
