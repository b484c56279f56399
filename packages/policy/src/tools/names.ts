/**
 * Tools by name: the closed list of core tools, their groups and the other names they go by.
 *
 * @module
 */
import { asList, own } from '../setting.ts';

const GROUPS = {
  'group:runtime': ['exec', 'process', 'code_execution'],
  'group:fs': ['read', 'ls', 'write', 'edit', 'apply_patch'],
  'group:sessions': [
    'sessions',
    'sessions_list',
    'sessions_history',
    'sessions_search',
    'sessions_send',
    'sessions_spawn',
    'sessions_yield',
    'subagents',
    'session_status',
    'conversations_list',
    'conversations_send',
    'conversations_turn',
  ],
  'group:memory': ['memory_search', 'memory_get'],
  'group:web': ['web_search', 'web_fetch', 'x_search'],
  'group:ui': ['browser', 'canvas', 'screen', 'terminal', 'show_widget'],
  'group:automation': ['cron', 'gateway', 'heartbeat_respond', 'webhook'],
  'group:messaging': ['message'],
  'group:nodes': ['nodes', 'computer'],
  'group:agents': ['agents_list', 'ask_user', 'progress_card', 'skill_workshop'],
  'group:media': ['view_image', 'image_generate', 'tts', 'pdf'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Members a group has only when it is denied: whoever denies running code means this too. */
const DENIED_WITH: Readonly<Record<string, readonly string[]>> = {
  'group:runtime': ['sessions_spawn'],
  'group:automation': ['hooks'],
};

/** Every core tool. A name that is neither here nor registered by a plugin is no tool. */
export const CORE_TOOLS: ReadonlySet<string> = new Set([...Object.values(GROUPS).flat(), 'hooks']);

const NOT_OPENCLAW: ReadonlySet<string> = new Set([
  ...GROUPS['group:fs'],
  'exec',
  'process',
  'canvas',
]);

const ALLOW_GROUPS: ReadonlyMap<string, ReadonlySet<string>> = new Map<string, ReadonlySet<string>>(
  [
    ...Object.entries(GROUPS).map(([group, tools]) => [group, new Set<string>(tools)] as const),
    ['group:openclaw', new Set([...CORE_TOOLS].filter((tool) => !NOT_OPENCLAW.has(tool)))] as const,
  ],
);

/** The core tools of `group`; with `denying` the generous reading of a deny list. */
export function groupMembers(group: string, denying: boolean): ReadonlySet<string> | undefined {
  const members = ALLOW_GROUPS.get(group);
  const more = denying && Object.hasOwn(DENIED_WITH, group) ? DENIED_WITH[group] : undefined;
  return members === undefined || more === undefined ? members : new Set([...members, ...more]);
}

/** The group a core tool belongs to, as people know it; undefined for any other tool. */
export function groupOf(tool: string): string | undefined {
  const name = canonicalTool(tool);
  return Object.entries(GROUPS).find(([, tools]: [string, readonly string[]]) =>
    tools.includes(name),
  )?.[0];
}

/** Stands for every registered plugin tool. */
export const PLUGIN_GROUP = 'group:plugins';
/** Stands for every tool of an MCP server. */
export const MCP_GROUP = 'bundle-mcp';

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['bash', 'exec'],
  ['shell', 'exec'],
  ['sh', 'exec'],
  ['system.run', 'exec'],
  ['system_run', 'exec'],
  ['apply-patch', 'apply_patch'],
  ['applypatch', 'apply_patch'],
  ['fs.read', 'read'],
  ['fs.write', 'write'],
  ['fs.edit', 'edit'],
  ['automations', 'cron'],
  ['image', 'view_image'],
  ['update_plan', 'progress_card'],
]);

/** The canonical name for `name`: trimmed, lower case, aliases resolved. */
export function canonicalTool(name: string): string {
  if (CORE_TOOLS.has(name)) return name;
  const plain = name.trim().toLowerCase();
  return ALIASES.get(plain) ?? plain;
}

/** The other names `tool` goes by. */
export function aliasesOf(tool: string): readonly string[] {
  return [...ALIASES].flatMap(([alias, name]) => (name === tool ? [alias] : []));
}

/**
 * Tools that do nothing but what core tools do, in fewer calls. Whoever has all of those has this one,
 * unless it is denied for itself; no list and no profile gives it to anybody else.
 */
const MADE_OF: ReadonlyMap<string, readonly string[]> = new Map([['search', ['read', 'ls']]]);

/** A tool as lists are asked about it. */
export interface NamedTool {
  /** Canonical. */
  readonly name: string;
  /** The plugin that registered it; undefined for a core tool. */
  readonly pluginId: string | undefined;
  /** True when an MCP server offers it. */
  readonly mcp: boolean;
  /** The core tools it is made of, which decide about it. */
  readonly madeOf?: readonly string[];
}

/** A tool a plugin registered. */
export interface RegisteredTool {
  readonly name: string;
  readonly pluginId: string;
  readonly mcp?: boolean;
}

/** The tools there are, by canonical name. */
export type ToolRegistry = Pick<ReadonlyMap<string, NamedTool>, 'get' | 'keys'>;

const CORE: ReadonlyMap<string, NamedTool> = new Map(
  [...CORE_TOOLS].map((name) => [name, { name, pluginId: undefined, mcp: false }] as const),
);

/** The core tool called `name`, canonically. */
export function coreTool(name: string): NamedTool | undefined {
  return CORE.get(name);
}

/**
 * Core tools and those of `registered`, by canonical name. A plugin cannot take a core tool's
 * name, of two plugins with one name the first has it, and what has no name is no tool.
 */
export function toolRegistry(registered: unknown): ToolRegistry {
  const entries = asList({ value: registered, path: 'input.registered' });
  if (entries === undefined) return CORE;
  const tools = new Map(CORE);
  for (const entry of entries) {
    const name = own(entry, 'name');
    const pluginId = own(entry, 'pluginId');
    if (typeof name !== 'string' || typeof pluginId !== 'string') continue;
    const canonical = canonicalTool(name);
    if (canonical === '' || tools.has(canonical)) continue;
    const mcp = own(entry, 'mcp') === true;
    const id = pluginId.trim().toLowerCase();
    // Our own tools are registered under their names: another's tool of that name is only its own.
    const madeOf = !mcp && id === canonical ? MADE_OF.get(canonical) : undefined;
    tools.set(canonical, {
      name: canonical,
      pluginId: id,
      mcp,
      ...(madeOf === undefined ? {} : { madeOf }),
    });
  }
  return tools;
}

/** Tools only an owner may use, whatever the config says. */
export const OWNER_TOOLS: ReadonlySet<string> = new Set([
  'cron',
  'gateway',
  'webhook',
  'hooks',
  'nodes',
  'computer',
  'screen',
  'terminal',
  'conversations_list',
  'conversations_send',
  'conversations_turn',
]);
