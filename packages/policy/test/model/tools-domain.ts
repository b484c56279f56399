/**
 * The configs that claims about tools enumerate: lists in the slots of the layers, a profile, and
 * who asks from where.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decide } from '../../src/ops.ts';
import { type Run, present, product } from './explorer.ts';

export const LAYERS = [
  'global',
  'provider',
  'agent',
  'room',
  'sender',
  'sandbox',
  'subagent',
] as const;
export type LayerName = (typeof LAYERS)[number];
export type Field = 'allow' | 'deny' | 'alsoAllow';

/** One list at one place. */
export interface Slot {
  readonly layer: LayerName;
  readonly field: Field;
  readonly list: readonly string[];
}

/** What a config of the domain is made of. */
export interface Settings {
  readonly profile: string | undefined;
  readonly slots: readonly Slot[];
}

/** Who asks, and how his session runs. */
export interface Context {
  readonly owner: boolean;
  readonly sandboxed: boolean;
  readonly subagent: boolean;
}

export const PROFILES = [
  undefined,
  'minimal',
  'messaging',
  'coding',
  'standard',
  'full',
  'x',
] as const;

export const TOOLS = [
  'read',
  'exec',
  'browser',
  'message',
  'go',
  'cron',
  'write',
  'apply_patch',
  'sessions_spawn',
  'edit',
  'no-such-tool',
] as const;

/** Everything a parent may have, so that the cap alone takes nothing away. */
export const ALL_TOOLS: readonly string[] = [
  ...TOOLS,
  'process',
  'ls',
  'web_fetch',
  'sessions_list',
  'hooks',
];

export const SMALL_LISTS: readonly (readonly string[])[] = [
  [],
  ['*'],
  ['exec'],
  ['message', 'browser'],
  ['group:fs'],
];
export const LISTS: readonly (readonly string[])[] = [
  ...SMALL_LISTS,
  ['bash'],
  ['acme'],
  ['group:typo'],
];

/** The lists of one layer as its config object. */
function listsAt(settings: Settings, layer: LayerName): Record<string, unknown> {
  const here = settings.slots.filter((slot) => slot.layer === layer);
  return Object.fromEntries(here.map(({ field, list }) => [field, list]));
}

/** The config that `settings` describe. */
export function toolConfig(settings: Settings): unknown {
  const at = (layer: LayerName) => listsAt(settings, layer);
  const tools = present({
    ...at('global'),
    profile: settings.profile,
    exec: { security: 'full' },
    byProvider: { acme: at('provider') },
    toolsBySender: { 'id:11': at('sender') },
    sandbox: { tools: at('sandbox') },
    subagents: { tools: at('subagent') },
  });
  return {
    tools,
    agents: { entries: { main: { tools: at('agent') } } },
    channels: { telegram: { groups: { g: { tools: at('room') } } } },
  };
}

/** The facts of a session, without a tool. */
export function scopeOf({ owner, sandboxed, subagent }: Context): Record<string, unknown> {
  return present({
    agentId: 'main',
    requesterIsOwner: owner,
    channel: 'telegram',
    kind: 'group',
    peerId: 'g',
    sender: { id: '11' },
    provider: 'acme',
    sandboxed,
    subagent: subagent ? { depth: 1, parentTools: ALL_TOOLS } : undefined,
    registered: [{ name: 'go', pluginId: 'acme' }],
  });
}

/** The shipped decision about a call. */
export function callTool(
  config: unknown,
  context: Context,
  tool: string,
  more: Readonly<Record<string, unknown>> = {},
): Decision {
  return decide('tool.decide', config, { ...scopeOf(context), tool, ...more });
}

export const OWNER: Context = { owner: true, sandboxed: false, subagent: false };
export const CONTEXTS: readonly Context[] = [
  OWNER,
  { owner: true, sandboxed: true, subagent: false },
  { owner: true, sandboxed: false, subagent: true },
  { owner: false, sandboxed: false, subagent: false },
];

/** Every slot a list can stand in. */
export const SLOTS: readonly Omit<Slot, 'list'>[] = [
  ...product(LAYERS, ['allow', 'alsoAllow', 'deny'] as const),
]
  .map(([layer, field]) => ({ layer, field }))
  .filter(({ layer, field }) => layer !== 'subagent' || field !== 'alsoAllow');

const SHORT_PROFILES = [undefined, 'full'] as const;

/** No list, every single list under every profile, and every pair of lists under some. */
export function* settingsOf(run: Run): Generator<Settings> {
  for (const profile of PROFILES) yield { profile, slots: [] };
  for (const [profile, slot, list] of product(PROFILES, SLOTS, LISTS)) {
    yield { profile, slots: [{ ...slot, list }] };
  }
  const profiles = run.long ? PROFILES : SHORT_PROFILES;
  const lists = run.long ? LISTS : SMALL_LISTS;
  for (const [index, first] of SLOTS.entries()) {
    for (const [profile, second, one, two] of product(
      profiles,
      SLOTS.slice(index + 1),
      lists,
      lists,
    )) {
      yield {
        profile,
        slots: [
          { ...first, list: one },
          { ...second, list: two },
        ],
      };
    }
  }
}

/** Whether the rule reads `list` as denying `tool`; undefined where the list cannot be read. */
export function denies(list: readonly string[], tool: string): boolean | undefined {
  if (list.includes('group:typo')) return undefined;
  const meant: Readonly<Record<string, readonly string[]>> = {
    '*': [tool],
    'ba*': ['exec'],
    'e*': ['exec', 'edit'],
    bash: ['exec'],
    ' Exec ': ['exec'],
    acme: ['go'],
    'group:plugins': ['go'],
    'group:fs': ['read', 'write', 'edit', 'apply_patch'],
    'group:runtime': ['exec', 'sessions_spawn'],
    'group:automation': ['cron', 'hooks'],
  };
  return list.some((entry) => entry === tool || meant[entry]?.includes(tool) === true);
}
