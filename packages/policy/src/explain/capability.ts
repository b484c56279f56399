/**
 * What can be reached through the gateway: speaking to the agent, giving commands, each tool, and
 * for tools that reach further than their name says, how far.
 *
 * @module
 */
import type { NetInput } from '../network/decide.ts';
import type { Sink } from '../flow/sink.ts';
import { CORE_TOOLS, type RegisteredTool, groupMembers, toolRegistry } from '../tools/names.ts';

/** Something that a message can lead to. */
export interface Capability {
  /** `speak`, `command:open`, `command:owner`, a tool (`exec`), or a tool and a reach (`exec:any`). */
  readonly id: string;
  /** Where it is shown: `speak`, `command`, or the group of tools it belongs to, such as `fs`. */
  readonly group: string;
  readonly ask:
    | { readonly kind: 'speak' }
    | { readonly kind: 'command'; readonly name: string }
    | { readonly kind: 'tool'; readonly tool: string; readonly probe: Probe };
}

/** A call of a tool, in the words of the areas that decide about it. */
export interface Probe {
  /** What the browser does. */
  readonly action?: string;
  readonly messageTarget?: 'current' | 'other';
  readonly command?: string;
  readonly url?: NetInput;
  /** A path outside the workspace, read or written. */
  readonly outside?: 'read' | 'write';
  /** Where the call lets information out, if it does. */
  readonly sink?: Sink;
}

/** A program that no list is likely to hold; and a word of the shell that every list lets through. */
const UNLISTED = 'unlisted-program';
const HARMLESS = 'true';

const PUBLIC_URL = 'https://public.example/';
const PRIVATE_URL = 'http://10.0.0.1/';

const GROUP_NAMES = [
  'fs',
  'runtime',
  'sessions',
  'memory',
  'web',
  'ui',
  'automation',
  'messaging',
  'nodes',
  'agents',
  'media',
] as const;

function groupOf(tool: string): string {
  const found = GROUP_NAMES.find((name) => groupMembers(`group:${name}`, false)?.has(tool));
  return found ?? (tool === 'hooks' ? 'automation' : 'plugins');
}

/** Groups in the order they are shown. */
export const GROUPS: readonly string[] = ['speak', 'command', ...GROUP_NAMES, 'plugins'];

const exec: Sink = { kind: 'exec', command: HARMLESS };
const file: Sink = { kind: 'fs.write', path: 'notes.txt' };
const elsewhere: Sink = { kind: 'message', to: ['elsewhere:1'] };
const search: Sink = { kind: 'web.search', query: 'anything' };

/** The way out of tools that let something out. Tools that only look have none. */
const SINKS: Readonly<Record<string, (tool: string) => Sink>> = {
  exec: () => exec,
  process: () => exec,
  code_execution: () => exec,
  terminal: () => exec,
  write: () => file,
  edit: () => file,
  apply_patch: () => file,
  web_search: () => search,
  x_search: () => search,
  sessions_send: () => elsewhere,
  conversations_send: () => elsewhere,
  conversations_turn: () => elsewhere,
  cron: (tool) => ({ kind: 'control', tool }),
  webhook: (tool) => ({ kind: 'control', tool }),
  hooks: (tool) => ({ kind: 'control', tool }),
  gateway: (tool) => ({ kind: 'control', tool }),
  nodes: (tool) => ({ kind: 'control', tool }),
  skill_workshop: (tool) => ({ kind: 'control', tool }),
};

/** The ways out of the tools of plugins, whose effects nobody mapped, and of those that operate things. */
const UNMAPPED: Sink = { kind: 'tool' };
const OPERATING: ReadonlySet<string> = new Set(['computer', 'screen', 'canvas']);

function toolCapability(tool: string): Capability {
  const sink = Object.hasOwn(SINKS, tool) ? SINKS[tool]?.(tool) : undefined;
  const unmapped = !CORE_TOOLS.has(tool) || OPERATING.has(tool) ? UNMAPPED : undefined;
  const way = sink ?? unmapped;
  const probe: Probe = {
    ...(way === undefined ? {} : { sink: way }),
    ...(tool === 'exec' ? { command: HARMLESS } : {}),
  };
  return { id: tool, group: groupOf(tool), ask: { kind: 'tool', tool, probe } };
}

function reach(tool: string, name: string, probe: Probe): Capability {
  return { id: `${tool}:${name}`, group: groupOf(tool), ask: { kind: 'tool', tool, probe } };
}

function visit(tool: NetInput['tool'], url: string): Probe {
  const host = new URL(url).hostname;
  const resolved = url === PUBLIC_URL ? ['93.184.216.34'] : [host];
  return { url: { tool, url, resolved }, sink: { kind: 'web.read', url } };
}

/** How far tools reach that have more than one answer. */
const REACHES: readonly Capability[] = [
  reach('read', 'outside', { outside: 'read' }),
  reach('write', 'outside', { outside: 'write', sink: file }),
  reach('exec', 'any', { command: UNLISTED, sink: exec }),
  reach('web_fetch', 'public', visit('web_fetch', PUBLIC_URL)),
  reach('web_fetch', 'private', visit('web_fetch', PRIVATE_URL)),
  reach('browser', 'public', visit('browser', PUBLIC_URL)),
  reach('browser', 'private', visit('browser', PRIVATE_URL)),
  reach('browser', 'act', { action: 'act', sink: { kind: 'web.write', url: PUBLIC_URL } }),
  reach('message', 'other', { messageTarget: 'other', sink: elsewhere }),
];

/** Everything that can be reached with these tools of plugins beside the core ones, by group. */
export function capabilities(registered: readonly RegisteredTool[] = []): readonly Capability[] {
  const tools = [...toolRegistry(registered).keys()].map(toolCapability);
  const all: readonly Capability[] = [
    { id: 'speak', group: 'speak', ask: { kind: 'speak' } },
    // A command anybody may use who has an entry of his own, and one for the owner alone.
    { id: 'command:open', group: 'command', ask: { kind: 'command', name: 'status' } },
    { id: 'command:owner', group: 'command', ask: { kind: 'command', name: 'config' } },
    ...tools.flatMap((each) => [each, ...REACHES.filter(({ id }) => id.startsWith(`${each.id}:`))]),
  ];
  return GROUPS.flatMap((group) => all.filter((each) => each.group === group));
}
