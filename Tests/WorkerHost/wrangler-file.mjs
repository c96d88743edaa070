// Reads what `wrangler.toml` says of classes and bindings, so that the stand-in has those and no others.

/** The few forms of TOML that the file uses: tables, arrays of tables, strings, numbers, booleans, lists. */
export function readTOML(text) {
  const root = {};
  let table = root;
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index].trim();
    if (line === '' || line.startsWith('#')) continue;
    const array = /^\[\[(.+)\]\]$/.exec(line);
    const plain = /^\[(.+)\]$/.exec(line);
    if (array ?? plain) {
      const steps = (array ?? plain)[1].split('.').map((step) => step.trim());
      const last = steps.pop();
      let parent = root;
      for (const step of steps) {
        parent = parent[step] ??= {};
        if (Array.isArray(parent)) parent = parent.at(-1);
      }
      table = {};
      if (array) (parent[last] ??= []).push(table);
      else parent[last] = table;
      continue;
    }
    const pair = /^([A-Za-z0-9_-]+)\s*=\s*(.+)$/.exec(line);
    if (!pair) throw new Error(`line ${index + 1} cannot be read: ${line}`);
    table[pair[1]] = value(pair[2].trim(), index + 1);
  }
  return root;
}

function value(text, line) {
  // Its lists and strings are JSON's.
  try { return JSON.parse(text.replace(/\s+#[^"\]]*$/, '')); } catch { throw new Error(`line ${line}: no value that is understood: ${text}`); }
}
