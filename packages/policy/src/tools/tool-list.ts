/**
 * Allow and deny lists of tools.
 *
 * The two are read differently on purpose: a deny list is generous (groups bring more members,
 * patterns also meet aliases, a misspelt group is an error), an allow list is not.
 *
 * @module
 */
import { Memo } from '../config/memo.ts';
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { InvalidSetting, type Setting, asTexts } from '../setting.ts';
import {
  CORE_TOOLS,
  MCP_GROUP,
  type NamedTool,
  PLUGIN_GROUP,
  aliasesOf,
  canonicalTool,
  groupMembers,
} from './names.ts';

const toolLists = defineKeeping(() => new Memo<ToolList>());

/** A list ready to be asked. */
export interface ToolList {
  readonly path: string;
  /** Entries as written. */
  readonly length: number;
  /** Tools named one by one, canonical. Only these lift a constraint. */
  readonly named: ReadonlySet<string>;
  /** Tools meant by a group. */
  readonly grouped: ReadonlySet<string>;
  readonly patterns: readonly string[];
  readonly plugins: boolean;
  readonly mcp: boolean;
}

/** Reads an allow list, or answers undefined when there is none. A group it does not know is nothing. */
export function readAllowList(config: CompiledConfig, setting: Setting): ToolList | undefined {
  return readList(config, setting, false);
}

/** Reads a deny list. A group it does not know cannot be read: a typo must not grant. */
export function readDenyList(config: CompiledConfig, setting: Setting): ToolList | undefined {
  return readList(config, setting, true);
}

function readList(
  config: CompiledConfig,
  setting: Setting,
  denying: boolean,
): ToolList | undefined {
  const entries = asTexts(setting);
  if (entries === undefined || !Array.isArray(setting.value)) return undefined;
  return kept(config, toolLists).get(setting.value, denying ? 'deny' : 'allow', () =>
    compileToolList(entries, setting.path, denying),
  );
}

/** Compiles `entries`; `denying` chooses the generous reading. */
export function compileToolList(
  entries: readonly string[],
  path: string,
  denying: boolean,
): ToolList {
  const named = new Set<string>();
  const grouped = new Set<string>();
  const patterns: string[] = [];
  let plugins = false;
  let mcp = false;
  for (const entry of entries) {
    const text = entry.trim().toLowerCase();
    if (text === PLUGIN_GROUP) plugins = true;
    else if (text === MCP_GROUP) mcp = true;
    else if (text.startsWith('group:')) {
      const members = groupMembers(text, denying);
      if (members === undefined && denying) throw new InvalidSetting(path);
      for (const member of members ?? []) grouped.add(member);
    } else if (text.includes('*')) patterns.push(text);
    else if (text !== '') named.add(canonicalTool(text));
  }
  return { path, length: entries.length, named, grouped, patterns, plugins, mcp };
}

/** Whether an allow list admits `tool`. Being allowed to write files includes patching them. */
export function admits(list: ToolList, tool: NamedTool): boolean {
  return (
    holds(list, tool) ||
    (tool.name === 'apply_patch' && list.named.has('write')) ||
    list.patterns.some((pattern) => matchesWildcard(pattern, tool.name)) ||
    (tool.pluginId !== undefined && !CORE_TOOLS.has(tool.pluginId) && list.named.has(tool.pluginId))
  );
}

/** Whether a deny list refuses `tool`. */
export function refuses(list: ToolList, tool: NamedTool): boolean {
  return (
    holds(list, tool) ||
    list.patterns.some((pattern) =>
      [tool.name, ...aliasesOf(tool.name)].some((name) => matchesWildcard(pattern, name)),
    ) ||
    (tool.pluginId !== undefined && list.named.has(canonicalTool(tool.pluginId)))
  );
}

function holds(list: ToolList, tool: NamedTool): boolean {
  return (
    list.named.has(tool.name) ||
    list.grouped.has(tool.name) ||
    (list.plugins && tool.pluginId !== undefined) ||
    (list.mcp && tool.mcp)
  );
}

/** `*` stands for any run of characters, everything else for itself. Never backtracks. */
export function matchesWildcard(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return pattern === name;
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
