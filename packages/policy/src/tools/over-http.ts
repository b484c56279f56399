/**
 * What callers of the HTTP API and of `tools.invoke` may not call, whatever they are: tools that run
 * programs, change files, speak for others or change the gateway. It only tightens; the tool policy
 * decides beside it.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { rootSection, subsection } from '../config/shape.ts';
import { readLists } from './layer.ts';
import { type NamedTool, canonicalTool, toolRegistry } from './names.ts';
import { verdict } from './reasons.ts';
import { refuses } from './tool-list.ts';

/** Off for callers unless `gateway.tools.allow` names it, one by one. */
const WITHHELD: ReadonlySet<string> = new Set([
  'exec',
  'process',
  'code_execution',
  'spawn',
  'fs_write',
  'fs_delete',
  'fs_move',
  'write',
  'edit',
  'apply_patch',
  'sessions_spawn',
  'sessions_send',
  'subagents',
  'cron',
  'webhook',
  'gateway',
  'nodes',
  'computer',
  'terminal',
]);

/** Whether a caller may name the tool at all. `registered` are the tools of plugins. */
export function decideOverHttp(
  config: CompiledConfig,
  tool: string,
  registered: unknown,
): Decision {
  const name = canonicalTool(tool);
  const known: NamedTool | undefined = toolRegistry(registered).get(name);
  const asked = known ?? { name, pluginId: undefined, mcp: false };
  const section = subsection(rootSection(config), 'gateway', 'tools');
  const lists = section === undefined ? undefined : readLists(config, section);
  if (lists?.deny !== undefined && refuses(lists.deny, asked)) {
    return verdict.deny('tool.deny.http', 'gateway.tools.deny');
  }
  // A group or a pattern names nothing one by one.
  if (WITHHELD.has(name) && lists?.allow?.named.has(name) !== true) {
    return verdict.deny('tool.deny.http_withheld', 'gateway.tools.allow');
  }
  return verdict.allow('tool.allowed', 'gateway.tools');
}
