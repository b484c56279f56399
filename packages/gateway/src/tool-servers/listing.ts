/**
 * What a server says of its tools, made into something that can be shown to a model and to people:
 * bounded, in plain text, with a schema of known words only, and a hash of exactly that.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Json, PortcullisError, type ServedTool, canonicalJson } from '@portcullis/core';

/** What of a tool is shown, and is accepted. */
export interface Definition {
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: { readonly [key: string]: Json };
}

/** A tool as its server lists it. */
export interface ListedTool extends Definition {
  /** The server's own name for it; never shown unescaped. */
  readonly name: string;
  /** Hex SHA-256 of name and definition. */
  readonly hash: string;
  /** Why it cannot be offered, as one sentence. */
  readonly fault?: string;
}

const MOST_TOOLS = 128;
const DESCRIPTION_CHARS = 2000;
const NAME_CHARS = 128;
const SCHEMA_CHARS = 16_384;
const LIST_CHARS = 500_000;
const SCHEMA_DEPTH = 12;
const SCHEMA_NODES = 1000;
const TEXT_CHARS = 1000;

/** Words of a schema whose value is a schema. */
const SCHEMAS: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not', 'contains']);
/** Words whose value is a list of schemas. */
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
/** Words whose value is a map of schemas. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
/** Words whose value is data. */
const DATA: ReadonlySet<string> = new Set(
  [
    'type required enum const default description title format minimum maximum exclusiveMinimum',
    'exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems',
    'minProperties maxProperties nullable',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The tools of a server, in the order of their names.
 *
 * Throws `server.list` when there are too many, or when one name stands there twice.
 */
export function readListing(tools: readonly ServedTool[]): readonly ListedTool[] {
  const names = new Set(tools.map(({ name }) => name));
  const listed = tools.slice(0, MOST_TOOLS + 1).map(readTool);
  const size = listed.reduce(
    (sum, { description, inputSchema }) =>
      sum + description.length + JSON.stringify(inputSchema).length,
    0,
  );
  if (tools.length > MOST_TOOLS || names.size !== tools.length || size > LIST_CHARS) {
    throw new PortcullisError('server.list', 'The server lists more tools than can be judged.', {
      hint: `At most ${String(MOST_TOOLS)} tools, each under a name of its own, of 500,000 characters together.`,
    });
  }
  return listed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readTool({ name, description, inputSchema }: ServedTool): ListedTool {
  const shown = plainText(description ?? '', DESCRIPTION_CHARS);
  const schema = readSchema(inputSchema);
  const definition = { description: shown, inputSchema: schema ?? { type: 'object' } };
  return {
    name: name.slice(0, NAME_CHARS + 1),
    ...definition,
    hash: hashOf(name, definition),
    ...(schema === undefined
      ? { fault: 'Its input schema is no JSON Schema of an object, or too large.' }
      : {}),
  };
}

/** Names one tool in exactly one shape. */
export function hashOf(name: string, { description, inputSchema }: Definition): string {
  const whole = canonicalJson({ name, description, inputSchema });
  return createHash('sha256').update(whole, 'utf8').digest('hex');
}

/** Text from outside as plain text: no control, format or private characters, and an end. */
export function plainText(text: string, most: number): string {
  const plain = text
    .slice(0, most * 4)
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(/(?![\n\t])[\p{C}\u2028\u2029]/gu, '')
    .trim();
  return plain.length <= most ? plain : `${plain.slice(0, most)} [cut]`;
}

function readSchema(schema: unknown): Definition['inputSchema'] | undefined {
  const budget = { nodes: SCHEMA_NODES };
  const read = readNode(schema, SCHEMA_DEPTH, budget);
  if (!isObject(read) || read['type'] !== 'object') return undefined;
  return JSON.stringify(read).length <= SCHEMA_CHARS ? read : undefined;
}

type Budget = { nodes: number };

/** The known words of a schema; undefined where there is too much of it. */
function readNode(schema: unknown, depth: number, budget: Budget): Json | undefined {
  budget.nodes -= 1;
  if (budget.nodes < 0 || depth < 0) return undefined;
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) return undefined;
  const kept: [string, Json][] = [];
  for (const [word, value] of Object.entries(schema)) {
    const read = readWord(word, value, depth, budget);
    if (read === undefined) return undefined;
    if (read !== NOTHING) kept.push([word, read]);
  }
  return Object.fromEntries(kept);
}

/** Stands for a word that is left out. */
const NOTHING = Symbol('nothing');

function readWord(
  word: string,
  value: unknown,
  depth: number,
  budget: Budget,
): Json | typeof NOTHING | undefined {
  if (SCHEMAS.has(word)) return readNode(value, depth - 1, budget);
  if (LISTS.has(word)) {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((each) => readNode(each, depth - 1, budget));
    return items.every((each) => each !== undefined) ? items : undefined;
  }
  if (MAPS.has(word)) {
    if (!isObject(value)) return undefined;
    const entries = Object.entries(value).map(
      ([key, each]) => [plainText(key, 100), readNode(each, depth - 1, budget)] as const,
    );
    const read = entries.filter((each): each is readonly [string, Json] => each[1] !== undefined);
    return read.length === entries.length ? Object.fromEntries(read) : undefined;
  }
  // A reference may only lead within the schema itself.
  if (word === '$ref') {
    return typeof value === 'string' && /^#\/[\w$/-]{1,200}$/u.test(value) ? value : undefined;
  }
  return DATA.has(word) ? readData(value, depth - 1, budget) : NOTHING;
}

function readData(value: unknown, depth: number, budget: Budget): Json | undefined {
  budget.nodes -= 1;
  if (budget.nodes < 0 || depth < 0) return undefined;
  if (typeof value === 'string') return plainText(value, TEXT_CHARS);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const items = value.map((each) => readData(each, depth - 1, budget));
    return items.every((each) => each !== undefined) ? items : undefined;
  }
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(
    ([key, each]) => [plainText(key, 100), readData(each, depth - 1, budget)] as const,
  );
  const read = entries.filter((each): each is readonly [string, Json] => each[1] !== undefined);
  return read.length === entries.length ? Object.fromEntries(read) : undefined;
}

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
