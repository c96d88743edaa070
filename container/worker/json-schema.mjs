// JSON Schema (2020-12), in the subset that sources use for their parameters.

const maximumViolations = 50;
const annotations = new Set(['$schema', '$id', '$comment', 'title', 'default', 'examples', 'description']);
const keywords = new Set([
  'type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'pattern', 'minimum', 'maximum', 'minItems',
  'maxItems', 'minLength', 'maxLength', 'uniqueItems',
]);

/**
 * Refuses a schema with a keyword that is not understood, so that no rule is silently ignored.
 *
 * @throws {Error}
 */
export function checkSchema(schema, pointer = '') {
  if (schema === true) return;
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `${pointer}/${keyword}`;
    if (annotations.has(keyword)) continue;
    if (!keywords.has(keyword)) throw new Error(`the schema at '${place}' is a keyword that is not supported`);
    if (keyword === 'items') checkSchema(value, place);
    if (keyword === 'additionalProperties' && typeof value === 'object') checkSchema(value, place);
    if (keyword === 'properties') for (const name of Object.keys(value)) checkSchema(value[name], `${place}/${name}`);
  }
}

/**
 * Everything that is wrong with a value, in the order of its members' names.
 *
 * @returns {{pointer: string, detail: string}[]}
 */
export function violations(schema, value) {
  const found = [];
  check(schema, value, '', found);
  return found;
}

function check(schema, value, pointer, found) {
  if (schema === true || found.length >= maximumViolations) return;
  const violate = (detail) => found.push({ pointer, detail });
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    violate(`must be ${types.map(withArticle).join(' or ')}`);
    return;
  }
  if (schema.enum && !schema.enum.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value))) {
    violate(`must be one of ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ')}`);
  }
  if (typeof value === 'string') checkText(schema, value, violate);
  else if (typeof value === 'number') checkNumber(schema, value, violate);
  else if (Array.isArray(value)) {
    checkElements(schema, value, violate);
    if (schema.items) value.forEach((element, index) => check(schema.items, element, `${pointer}/${index}`, found));
  } else if (value !== null && typeof value === 'object') checkMembers(schema, value, pointer, found);
}

function checkText(schema, text, violate) {
  const length = [...text].length;
  if (schema.minLength !== undefined && length < schema.minLength) violate(`must have at least ${schema.minLength} characters`);
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    violate(`must have at most ${schema.maxLength} characters`);
    return;
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(text)) {
    const purpose = schema.description?.replace(/\.$/, '');
    violate(`must match the pattern ${schema.pattern}${purpose ? ` (${purpose})` : ''}`);
  }
}

function checkNumber(schema, number, violate) {
  if (schema.minimum !== undefined && number < schema.minimum) violate(`must be at least ${schema.minimum}`);
  if (schema.maximum !== undefined && number > schema.maximum) violate(`must be at most ${schema.maximum}`);
}

function checkElements(schema, elements, violate) {
  if (schema.minItems !== undefined && elements.length < schema.minItems) violate(`must have at least ${schema.minItems} elements`);
  if (schema.maxItems !== undefined && elements.length > schema.maxItems) violate(`must have at most ${schema.maxItems} elements`);
  if (schema.uniqueItems && new Set(elements.map((element) => JSON.stringify(element))).size < elements.length) {
    violate('must not hold the same element twice');
  }
}

function checkMembers(schema, members, pointer, found) {
  for (const name of [...(schema.required ?? [])].sort()) {
    if (!Object.hasOwn(members, name)) found.push({ pointer: pointer + step(name), detail: 'is required' });
  }
  for (const name of Object.keys(members).sort()) {
    const place = pointer + step(name);
    if (schema.properties && Object.hasOwn(schema.properties, name)) {
      check(schema.properties[name], members[name], place, found);
    } else if (schema.additionalProperties === false) {
      if (found.length >= maximumViolations) return;
      found.push({ pointer: place, detail: 'is not a known parameter' });
    } else if (typeof schema.additionalProperties === 'object') {
      check(schema.additionalProperties, members[name], place, found);
    }
  }
}

function step(name) {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function withArticle(type) {
  if (type === 'null') return 'null';
  return ['integer', 'array', 'object'].includes(type) ? `an ${type}` : `a ${type}`;
}

function isOfType(value, type) {
  switch (type) {
    case 'null': return value === null;
    case 'integer': return Number.isInteger(value);
    case 'array': return Array.isArray(value);
    case 'object': return value !== null && typeof value === 'object' && !Array.isArray(value);
    default: return typeof value === type;
  }
}
