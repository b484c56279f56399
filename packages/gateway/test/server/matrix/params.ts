/**
 * Parameters for any method, out of its schema: such as it takes, and such as it nearly takes. A
 * method that is new has them by having a schema.
 */
import { type MethodName, METHODS } from '@portcullis/protocol';
import * as fc from 'fast-check';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly $ref?: string;
}

/** Values that mean something to the gateway, by the name of the parameter. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** The most that is added to what a schema asks for at least: long ones are among the hostile. */
const MORE = 12;

function textOf(schema: Schema): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = minLength + MORE, pattern } = schema;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + MORE), unit: 'binary' });
}

function numberOf({ type, minimum = -1000, maximum = 1000 }: Schema): fc.Arbitrary<unknown> {
  const min = Math.max(minimum, Number.MIN_SAFE_INTEGER);
  const max = Math.min(Math.max(maximum, min), Number.MAX_SAFE_INTEGER);
  return type === 'integer'
    ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
    : fc.double({ min, max, noNaN: true });
}

function listOf({ items = {}, minItems = 0, maxItems = 3 }: Schema, known: Known) {
  const maxLength = Math.min(maxItems, minItems + 3);
  return fc.array(shapeOf(items, '', known), { minLength: minItems, maxLength });
}

function objectOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames = {} } = schema;
  const entries = Object.entries(properties).map(
    ([name, child]) => [name, shapeOf(child, name, known)] as const,
  );
  const stated = fc.record(Object.fromEntries(entries), {
    requiredKeys: required.filter((name) => Object.hasOwn(properties, name)),
  });
  if (typeof additionalProperties !== 'object' && additionalProperties !== true) return stated;
  const others = fc.dictionary(
    textOf(propertyNames) as fc.Arbitrary<string>,
    shapeOf(additionalProperties === true ? {} : additionalProperties, '', known),
    { maxKeys: 3 },
  );
  return fc.tuple(others, stated).map(([more, own]) => ({ ...more, ...own }));
}

/** What a schema takes, and where it may be, what is known under the name. */
function shapeOf(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const plain = plainOf(schema, known);
  const values = Object.hasOwn(known, name) ? known[name] : undefined;
  if (values === undefined || schema.type !== 'string' || schema.enum !== undefined) return plain;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, plain);
}

function plainOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return fc.oneof(...union.map((each) => shapeOf(each, '', known)));
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listOf(schema, known);
    case 'object':
      return objectOf(schema, known);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Parameters a method takes, as far as its schema says. */
export function paramsFor(method: MethodName, known: Known = {}): fc.Arbitrary<unknown> {
  const schema: unknown = METHODS[method].params.toJSONSchema({
    io: 'input',
    unrepresentable: 'any',
  });
  return shapeOf(schema as Schema, '', known);
}

/** What has broken programs before. */
const HOSTILE: readonly unknown[] = [
  '',
  ' ',
  '\0',
  '\n',
  'main',
  '*',
  '__proto__',
  'constructor',
  'a'.repeat(70_000),
  '\u{202e}gpj.exe',
  '\ud800',
  '../../../../../../etc/passwd',
  'agent:main:../../openclaw.json',
  'file:///etc/passwd',
  '${TOKEN}',
  "'; DROP TABLE devices; --",
  -1,
  0,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  true,
  null,
  [],
  {},
  Array.from({ length: 5000 }, (_, index) => index),
  JSON.parse('{"__proto__":{"scopes":["operator.admin"]}}'),
  JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`),
  JSON.parse('{"toJSON":1,"then":1,"length":1e9,"constructor":{"prototype":1}}'),
];

type Container = Record<string, unknown>;

/** Every place in a value that can be replaced: its container and the key there. */
function placesOf(value: unknown, found: (readonly [Container, string])[] = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, below] of Object.entries(value)) {
    found.push([value as Container, key]);
    placesOf(below, found);
  }
  return found;
}

/** A copy of `value` with something wrong at one place. */
function spoiled(value: unknown, at: number, how: number, evil: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const places = placesOf(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return how % 2 === 0 ? { extra: evil } : evil;
  const [container, key] = place;
  if (how % 4 === 0 && !Array.isArray(container)) Reflect.deleteProperty(container, key);
  else if (how % 4 === 1) Reflect.set(container, Array.isArray(container) ? '0' : 'extra', evil);
  else Reflect.set(container, key, evil);
  return copy;
}

/** Parameters that are right but for one place, and such as have nothing right. */
export function spoiledParamsFor(method: MethodName, known: Known = {}): fc.Arbitrary<unknown> {
  const evil = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
    fc.jsonValue({ maxDepth: 3 }),
  );
  const nearly = fc
    .tuple(paramsFor(method, known), fc.nat({ max: 40 }), fc.nat({ max: 7 }), evil)
    .map(([value, at, how, wrong]) => spoiled(value, at, how, wrong));
  return fc.oneof({ weight: 5, arbitrary: nearly }, { weight: 1, arbitrary: evil });
}
