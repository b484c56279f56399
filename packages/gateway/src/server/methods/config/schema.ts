/**
 * The schema of the configuration, for editors and forms.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import { schemaRows } from '../../../config/index.ts';
import {
  type KeyHint,
  configJsonSchema,
  findPlace,
  hintOf,
  shallowSchema,
} from '../../../config/schema/json-schema.ts';
import type { KeyNode } from '../../../config/schema/key-tree.ts';
import { effectOf } from '../../../reload/effects.ts';
import { invalidRequest } from '../../refusal.ts';

type Described = MethodResult<'config.schema'>;
type Lookup = MethodResult<'config.schema.lookup'>;

let hints: Readonly<Record<string, KeyHint>> | undefined;

function allHints(): Readonly<Record<string, KeyHint>> {
  hints ??= Object.fromEntries(
    schemaRows
      .filter(({ status }) => status !== 'known')
      .map((spec, order) => [spec.path, hintOf(spec, order)]),
  );
  return hints;
}

/** The answer of `config.schema`. */
export function describeSchema(version: string): Described {
  return {
    schema: configJsonSchema() as Described['schema'],
    uiHints: { ...allHints() },
    version,
    generatedAt: new Date().toISOString(),
  };
}

/** `a.b[0].c`, `a/b` and `a.*.c` as their names. */
function namesOf(path: string): readonly string[] {
  return path
    .replaceAll(/\[([0-9]*)\]/gu, '.$1[]')
    .split(/[./]/u)
    .map((name) => (/^[0-9]*\[\]$/u.test(name) ? '[]' : name))
    .filter((name) => name !== '');
}

function kindOf(names: readonly string[], node: KeyNode): NonNullable<Lookup['reloadKind']> {
  if (!node.active) return 'none';
  return effectOf(names) === 'restart' ? 'restart' : 'hot';
}

function hintAt({ spec }: KeyNode): Pick<Lookup, 'hint' | 'hintPath'> {
  const hint = spec === undefined ? undefined : allHints()[spec.path];
  return spec === undefined || hint === undefined ? {} : { hint, hintPath: spec.path };
}

function typeOf({ spec, element }: KeyNode): string {
  const kind = spec?.type.kind;
  if (kind === 'boolean' || kind === 'integer' || kind === 'number') return kind;
  if (kind === 'list' || kind === 'strings' || kind === 'ids') return 'array';
  if (kind === undefined) return element === undefined ? 'object' : 'array';
  return kind === 'map' || kind === 'object' ? 'object' : 'string';
}

function childOf(names: readonly string[], key: string, node: KeyNode): Lookup['children'][number] {
  const at = [...names, key];
  return {
    key,
    path: at.join('.'),
    type: typeOf(node),
    required: false,
    hasChildren: node.children.size > 0 || node.free !== undefined || node.element !== undefined,
    reloadKind: kindOf(at, node),
    ...hintAt(node),
  };
}

/** The answer of `config.schema.lookup`. */
export function lookUpSchema(path: string): Lookup {
  const names = namesOf(path);
  const place = findPlace(names);
  if (place === undefined || names.length === 0) {
    throw invalidRequest(`config schema path not found: ${path.slice(0, 200)}`);
  }
  const { node } = place;
  const free = node.free === undefined ? [] : [childOf(names, '*', node.free)];
  const element = node.element === undefined ? [] : [childOf(names, '[]', node.element)];
  return {
    path,
    schema: shallowSchema(node) as Lookup['schema'],
    reloadKind: kindOf(names, node),
    ...hintAt(node),
    children: [
      ...[...node.children].map(([key, child]) => childOf(names, key, child)),
      ...free,
      ...element,
    ],
  };
}
