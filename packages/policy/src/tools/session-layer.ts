/**
 * The layers that depend on how a session runs: inside the sandbox, or on behalf of another one.
 *
 * @module
 */
import { type Section, rootSection, subsection, within } from '../config/shape.ts';
import { InvalidSetting, asCount, asTexts, isObject, own } from '../setting.ts';
import { type Layer, type ToolLists, listLayer, readLists } from './layer.ts';
import { canonicalTool } from './names.ts';
import type { ToolScope } from './scope.ts';
import { type ToolList, admits, refuses } from './tool-list.ts';

const SANDBOX_TOOLS: ReadonlySet<string> = new Set([
  'exec',
  'process',
  'read',
  'ls',
  'write',
  'edit',
  'apply_patch',
  'view_image',
  'sessions_list',
  'sessions_history',
  'sessions_search',
  'sessions_send',
  'sessions_spawn',
  'sessions_yield',
  'subagents',
  'session_status',
]);

const NOT_IN_SANDBOX: ReadonlySet<string> = new Set([
  'browser',
  'canvas',
  'computer',
  'nodes',
  'cron',
  'gateway',
  'webhook',
]);

/**
 * What runs inside the sandbox. A configured allow list replaces the built-in one, configured
 * denies are added to the built-in ones, and only a tool named one by one lifts a built-in deny.
 */
export function sandboxLayer(scope: ToolScope): Layer | undefined {
  const sandboxed = scope.input.sandboxed;
  if (sandboxed === undefined || sandboxed === false) return undefined;
  const agent = sandboxLists(scope, scope.tools.agent);
  const global = sandboxLists(scope, scope.tools.global);
  const allow = agent?.allow ?? global?.allow;
  const alsoAllow =
    agent?.allow === undefined ? (agent?.alsoAllow ?? global?.alsoAllow) : undefined;
  const lifting = [allow, alsoAllow].filter((list) => list !== undefined);
  const denying = [agent?.deny, global?.deny].filter((list) => list !== undefined);
  return {
    path: 'tools.sandbox.tools',
    denyCode: 'tool.deny.sandbox',
    denies: (tool) =>
      denying.some((list) => refuses(list, tool)) ||
      (NOT_IN_SANDBOX.has(tool.name) && !lifting.some((list) => list.named.has(tool.name))),
    missCode: 'tool.allow.sandbox_miss',
    includes: (tool) =>
      (allow === undefined ? SANDBOX_TOOLS.has(tool.name) : admits(allow, tool)) ||
      includedBy(alsoAllow, tool),
  };
}

function includedBy(list: ToolList | undefined, tool: Parameters<typeof admits>[1]): boolean {
  return list !== undefined && admits(list, tool);
}

function sandboxLists(scope: ToolScope, section: Section | undefined): ToolLists | undefined {
  const lists = section === undefined ? undefined : subsection(section, 'sandbox', 'tools');
  return lists === undefined ? undefined : readLists(scope.config, lists);
}

const NOT_FOR_SUBAGENTS: ReadonlySet<string> = new Set([
  'gateway',
  'agents_list',
  'session_status',
  'cron',
  'webhook',
  'message',
  'sessions_send',
  'conversations_list',
  'conversations_send',
  'conversations_turn',
  'progress_card',
]);

const NOT_FOR_LEAVES: ReadonlySet<string> = new Set([
  'subagents',
  'sessions_list',
  'sessions_history',
  'sessions_search',
  'sessions_spawn',
]);

/** What sub-agents may use: nothing lifts the built-in denies, and never more than the parent. */
export function subagentLayers(scope: ToolScope): readonly Layer[] {
  const subagent = scope.input.subagent;
  if (subagent === undefined) return [];
  if (!isObject(subagent)) throw new InvalidSetting('input.subagent');
  const depth = asCount({ value: own(subagent, 'depth'), path: 'input.subagent.depth' }, 0);
  if (depth === undefined) throw new InvalidSetting('input.subagent.depth');
  const isLeaf = depth >= maxDepth(scope);
  const section =
    scope.tools.global === undefined
      ? undefined
      : subsection(scope.tools.global, 'subagents', 'tools');
  const configured = listLayer(
    section === undefined
      ? { path: 'tools.subagents.tools', allow: undefined, alsoAllow: undefined, deny: undefined }
      : readLists(scope.config, section),
    'tool.deny.subagent',
    'tool.allow.subagent_miss',
  );
  const parent = parentTools(subagent);
  return [
    {
      ...configured,
      denies: (tool) =>
        NOT_FOR_SUBAGENTS.has(tool.name) ||
        (isLeaf && NOT_FOR_LEAVES.has(tool.name)) ||
        configured.denies(tool),
    },
    {
      path: 'input.subagent.parentTools',
      denies: () => false,
      missCode: 'tool.subagent.exceeds_parent',
      includes: (tool) => parent.has(tool.name),
    },
  ];
}

function maxDepth({ config }: ToolScope): number {
  const root = rootSection(config);
  return asCount(within(root, 'agents', 'defaults', 'subagents', 'maxSpawnDepth'), 1) ?? 1;
}

function parentTools(subagent: unknown): ReadonlySet<string> {
  const path = 'input.subagent.parentTools';
  const names = asTexts({ value: own(subagent, 'parentTools'), path });
  if (names === undefined) throw new InvalidSetting(path);
  return new Set(names.map(canonicalTool));
}
