/**
 * The schema table as a tree, for walking it beside a config. Promises: built once, on first use.
 *
 * @module
 */
import { agentAndSessionKeys } from './agent-keys.ts';
import { channelKeys, commonChannelKeys } from './channel-keys.ts';
import { gatewayKeys } from './gateway-keys.ts';
import { httpKeys } from './http-keys.ts';
import { type KeySpec, any, knownKey } from './key-spec.ts';
import { nodeKeys } from './node-keys.ts';
import { OPENCLAW_CHANNEL_KEYS, OPENCLAW_KEYS } from './openclaw-keys.ts';
import { serviceKeys } from './service-keys.ts';
import { toolKeys } from './tool-keys.ts';

/** A place in the schema. */
export interface KeyNode {
  readonly spec: KeySpec | undefined;
  /** Fixed keys. */
  readonly children: ReadonlyMap<string, KeyNode>;
  /** Any other key. */
  readonly free: KeyNode | undefined;
  /** An element of a list. */
  readonly element: KeyNode | undefined;
  /** False when nothing here or below has an effect. */
  readonly active: boolean;
}

interface Draft {
  spec: KeySpec | undefined;
  readonly children: Map<string, Draft>;
}

function newDraft(): Draft {
  return { spec: undefined, children: new Map() };
}

/** `a.*.b[].c` as `a`, `*`, `b`, `[]`, `c`. */
function patternSegments(path: string): readonly string[] {
  return path.replaceAll('[]', '.[]').split('.');
}

function place(root: Draft, path: readonly string[]): Draft {
  let draft = root;
  for (const segment of path) {
    const child = draft.children.get(segment) ?? newDraft();
    draft.children.set(segment, child);
    draft = child;
  }
  return draft;
}

/** Reads `a{b c{d}}` as the paths of its leaves: `a.b`, `a.c.d`. */
export function parseKeyOutline(outline: string): readonly string[] {
  const paths: string[] = [];
  const stack: string[] = [];
  let name: string | undefined;
  for (const token of outline.match(/[{}]|[^\s{}]+/gu) ?? []) {
    if (token === '{') {
      stack.push(name ?? '');
      name = undefined;
      continue;
    }
    if (name !== undefined) paths.push([...stack, name].join('.'));
    name = undefined;
    if (token === '}') stack.pop();
    else name = token;
  }
  if (name !== undefined) paths.push(name);
  return paths;
}

/** Adds a key OpenClaw has, unless the table says something about it or about what lies below. */
function addKnown(root: Draft, path: string): void {
  const draft = place(root, patternSegments(path));
  if (draft.spec === undefined && draft.children.size === 0) draft.spec = knownKey(path);
}

function finish(draft: Draft): KeyNode {
  const children = new Map([...draft.children].map(([name, child]) => [name, finish(child)]));
  const free = children.get('*');
  const element = children.get('[]');
  const all = [...children.values()];
  children.delete('*');
  children.delete('[]');
  const { spec } = draft;
  const own = spec !== undefined && spec.status !== 'known';
  return { spec, children, free, element, active: own || all.some((child) => child.active) };
}

function build(rows: readonly KeySpec[], known: readonly string[]): KeyNode {
  const root = newDraft();
  for (const row of rows) place(root, patternSegments(row.path)).spec = row;
  for (const path of known) addKnown(root, path);
  return finish(root);
}

/** Every row of the schema, in the order the documentation shows them. */
export const schemaRows: readonly KeySpec[] = [
  ...gatewayKeys,
  ...httpKeys,
  ...agentAndSessionKeys,
  ...channelKeys,
  ...nodeKeys,
  ...toolKeys,
  ...serviceKeys,
];

function knownPaths(): readonly string[] {
  const channels = parseKeyOutline(OPENCLAW_CHANNEL_KEYS).flatMap((path) => {
    const [id = '', ...rest] = path.split('.');
    const account = rest[0] === 'accounts' || rest[0] === 'defaultAccount';
    const inChannel = `channels.${path}`;
    return account ? [inChannel] : [inChannel, `channels.${id}.accounts.*.${rest.join('.')}`];
  });
  const everywhere = parseKeyOutline(OPENCLAW_KEYS);
  const perAgent = everywhere.flatMap((path) =>
    path.startsWith('tools.') ? [`agents.entries.*.${path}`, `agents.list[].${path}`] : [],
  );
  return [...everywhere, ...perAgent, ...channels];
}

let tree: KeyNode | undefined;
let common: KeyNode | undefined;

/** The tree of the whole config. */
export function schemaTree(): KeyNode {
  tree ??= build(schemaRows, knownPaths());
  return tree;
}

/** The tree of one channel block of a plugin: the keys every channel has. */
export function commonChannelTree(): KeyNode {
  common ??= build(
    [
      ...commonChannelKeys('x'),
      ...commonChannelKeys('x.accounts.*'),
      { path: 'x.*', type: any, help: '' },
      { path: 'x.accounts.*.*', type: any, help: '' },
    ],
    [],
  );
  return common.children.get('x') ?? common;
}
