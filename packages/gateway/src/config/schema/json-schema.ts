/**
 * The schema table as a JSON schema, and how to show its keys, for editors and forms. Promises:
 * pure; whatever the validator takes, the schema takes too.
 *
 * @module
 */
import { formatPath } from '../document/key-path.ts';
import { isSecretKey } from '../secret-key.ts';
import { type KeySpec, type KeyType } from './key-spec.ts';
import { type KeyNode, schemaTree } from './key-tree.ts';

/** A JSON schema: a boolean one is never made. */
export type JsonSchema = { readonly [key: string]: JsonSchemaValue };
/** What may stand in a JSON schema. */
export type JsonSchemaValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonSchemaValue[]
  | { readonly [key: string]: JsonSchemaValue };

/** How a key is shown. */
export interface KeyHint {
  readonly label: string;
  readonly help: string;
  /** The section it belongs to. */
  readonly group: string;
  readonly order: number;
  readonly sensitive?: boolean;
  readonly advanced?: boolean;
  /** What holds without it. */
  readonly placeholder?: string;
}

const TEXT: JsonSchema = { type: 'string' };

const SECRET_REF: JsonSchema = {
  type: 'object',
  properties: {
    source: { enum: ['env', 'file', 'exec', 'store'] },
    provider: TEXT,
    id: TEXT,
  },
  required: ['source', 'provider', 'id'],
  additionalProperties: false,
};

/** Any section may be kept in files of its own. */
const INCLUDE: JsonSchema = {
  '^\\$include$': { anyOf: [TEXT, { type: 'array', items: TEXT, minItems: 1 }] },
};

function ofType(type: KeyType): JsonSchema {
  switch (type.kind) {
    case 'any':
      return {};
    case 'boolean':
      return { type: 'boolean' };
    case 'string':
      return type.pattern === undefined ? TEXT : { ...TEXT, pattern: type.pattern.source };
    case 'secret':
      return { anyOf: [TEXT, SECRET_REF] };
    case 'enum':
      return { enum: [...type.values, ...(type.aliases ?? [])] };
    case 'integer':
    case 'number':
      return { type: type.kind, minimum: type.min, maximum: type.max };
    case 'strings':
      return { type: 'array', items: TEXT };
    case 'ids':
      return { type: 'array', items: { anyOf: [TEXT, { type: 'integer' }] } };
    case 'either':
      return { anyOf: type.types.map(ofType) };
    case 'list':
      return { type: 'array' };
    case 'map':
    case 'object':
      return { type: 'object' };
  }
}

function takesObjects(type: KeyType | undefined): boolean {
  if (type === undefined) return true;
  if (type.kind === 'either') return type.types.some((one) => takesObjects(one));
  return type.kind === 'object' || type.kind === 'map';
}

function about({ spec }: KeyNode): JsonSchema {
  if (spec === undefined || spec.status === 'known') return {};
  return {
    description: spec.help,
    ...(spec.default === undefined ? {} : { default: spec.default }),
  };
}

/** The members of an object. `shallow` leaves out what lies below them. */
function members({ children, free }: KeyNode, shallow: boolean): JsonSchema {
  const below = (child: KeyNode): JsonSchema => schemaOf(child, shallow, true);
  const properties = [...children].map(([name, child]) => [name, below(child)] as const);
  return {
    type: 'object',
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    patternProperties: INCLUDE,
    additionalProperties: free === undefined ? false : below(free),
  };
}

function schemaOf(node: KeyNode, shallow: boolean, isBelow: boolean): JsonSchema {
  const { spec, children, free, element } = node;
  const type = spec?.type;
  const own = type === undefined ? undefined : ofType(type);
  const hasMembers = children.size > 0 || free !== undefined;
  if (shallow && isBelow) return { ...about(node), ...(own ?? { type: 'object' }) };
  if (type?.kind === 'list' && element !== undefined) {
    return { ...about(node), ...own, items: schemaOf(element, shallow, true) };
  }
  if (element !== undefined && type === undefined) {
    return { ...about(node), type: 'array', items: schemaOf(element, shallow, true) };
  }
  if (!hasMembers || type?.kind === 'any') return { ...about(node), ...own };
  const object = members(node, shallow);
  if (own === undefined || type?.kind === 'map' || type?.kind === 'object') {
    return { ...about(node), ...object };
  }
  // A value that is an object among others: each of the others, or the object with its members.
  const others = type?.kind === 'either' ? type.types.filter((one) => !takesObjects(one)) : [type];
  const parts = others.flatMap((one) => (one === undefined ? [] : [ofType(one)]));
  return { ...about(node), anyOf: [...parts, object] };
}

/** Blocks of channels that a package brings are checked by that package. */
function withOtherChannels(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'];
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    return schema;
  }
  const { channels, ...rest } = properties as Record<string, JsonSchema>;
  if (channels === undefined) return schema;
  const open = { ...channels, additionalProperties: { type: 'object' } };
  return { ...schema, properties: { ...rest, channels: open } };
}

/** The JSON schema of `openclaw.json`. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'openclaw.json',
    ...withOtherChannels(schemaOf(schemaTree(), false, false)),
  };
}

function words(name: string): string {
  const plain = name.replaceAll(
    /([a-z0-9])([A-Z])/gu,
    (_, a: string, b: string) => `${a} ${b.toLowerCase()}`,
  );
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function lastName(path: string): string {
  const names = path
    .replaceAll('[]', '')
    .split('.')
    .filter((name) => name !== '*');
  return names.at(-1) ?? path;
}

/** How a row is shown. */
export function hintOf(spec: KeySpec, order: number): KeyHint {
  const segments = spec.path.replaceAll('[]', '').split('.');
  const [group = ''] = segments;
  const isSecret = spec.type.kind === 'secret' || isSecretKey(segments);
  return {
    label: words(lastName(spec.path)),
    help: spec.help,
    group,
    order,
    ...(isSecret ? { sensitive: true } : {}),
    ...(/(?:^|\.)dangerously/u.test(spec.path) ? { advanced: true } : {}),
    ...(spec.default === undefined ? {} : { placeholder: String(spec.default) }),
  };
}

/** A place in the schema, as it is looked up. */
export interface SchemaPlace {
  /** With the names that were asked for. */
  readonly path: string;
  readonly node: KeyNode;
}

/** What a path leads to, undefined when nothing does. Names of maps may be any, or `*`. */
export function findPlace(segments: readonly string[]): SchemaPlace | undefined {
  let node: KeyNode | undefined = schemaTree();
  for (const segment of segments) {
    if (node === undefined) return undefined;
    const isElement: boolean = segment === '[]' || /^[0-9]+$/u.test(segment);
    node = isElement ? (node.element ?? node.free) : (node.children.get(segment) ?? node.free);
  }
  return node === undefined ? undefined : { path: formatPath(segments), node };
}

/** The schema of one place, without what lies deeper than its members. */
export function shallowSchema(node: KeyNode): JsonSchema {
  return schemaOf(node, true, false);
}
