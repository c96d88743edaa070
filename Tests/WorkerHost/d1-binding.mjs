// The D1 binding of a Worker, spoken to D1's HTTP API, so that Worker and runner have one database.
import { currentInstance } from './worker-module.mjs';

/** A prepared statement; `bind` gives a new one. */
class PreparedStatement {
  #database;
  constructor(database, sql, params = []) {
    this.#database = database;
    this.sql = sql;
    this.params = params;
  }

  bind(...values) {
    return new PreparedStatement(this.#database, this.sql, values.map(parameter));
  }

  async all() {
    return (await this.#database.send('query', [this]))[0];
  }

  async run() {
    return this.all();
  }

  async first(column) {
    const { results } = await this.all();
    const row = results[0];
    if (row === undefined) return null;
    if (column === undefined) return row;
    if (!(column in row)) throw new Error(`D1_COLUMN_NOTFOUND: Column not found (${column})`);
    return row[column];
  }

  async raw({ columnNames = false } = {}) {
    const [{ results }] = await this.#database.send('raw', [this]);
    return columnNames ? [results.columns, ...results.rows] : results.rows;
  }
}

/** What the binding takes: it refuses what SQLite cannot hold, as `undefined`. */
function parameter(value) {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${String(value)}'`);
}

/** A D1 database as the binding gives it. */
export class D1Database {
  #address;
  #token;
  /** The answer to the next statements that hold this text is lost, though they are carried out. */
  lostAnswer = null;

  /** @param {Record<string, string>} settings the settings of the stores, by name */
  constructor(settings) {
    const base = settings.D1_BASE_URL ?? 'https://api.cloudflare.com/client/v4';
    this.#address = `${base}/accounts/${settings.CF_ACCOUNT_ID}/d1/database/${settings.D1_DATABASE_ID}`;
    this.#token = settings.D1_API_TOKEN;
  }

  prepare(sql) {
    return new PreparedStatement(this, sql);
  }

  /** One transaction: the first failure takes all back. */
  async batch(statements) {
    return this.send('query', statements);
  }

  async exec(text) {
    const start = performance.now();
    const lines = text.trim().split('\n').filter((line) => line.trim() !== '');
    for (const line of lines) await this.prepare(line).run();
    return { count: lines.length, duration: performance.now() - start };
  }

  async send(route, statements) {
    // An object that has left memory does nothing any more.
    if (currentInstance.getStore()?.isGone) return new Promise(() => {});
    const body = JSON.stringify({ batch: statements.map(({ sql, params }) => ({ sql, params })) });
    let answer;
    try {
      const response = await fetch(`${this.#address}/${route}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body,
      });
      answer = await response.json();
    } catch {
      throw new Error('D1_ERROR: Network connection lost.');
    }
    if (!answer.success) throw new Error(`D1_ERROR: ${answer.errors?.[0]?.message ?? 'unknown'}`);
    if (this.lostAnswer !== null && statements.some(({ sql }) => sql.includes(this.lostAnswer))) {
      this.lostAnswer = null;
      throw new Error('D1_ERROR: Network connection lost.');
    }
    return answer.result;
  }
}
