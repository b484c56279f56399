/**
 * One layer of tool policy: a deny list, an allow list, and names that are added elsewhere.
 *
 * @module
 */
import type { CompiledConfig } from '../config/compile.ts';
import { type Section, within } from '../config/shape.ts';
import { InvalidSetting } from '../setting.ts';
import type { NamedTool } from './names.ts';
import type { ToolCode } from './reasons.ts';
import { type ToolList, admits, readAllowList, readDenyList, refuses } from './tool-list.ts';

/** The lists of one `tools` object. */
export interface ToolLists {
  readonly path: string;
  readonly allow: ToolList | undefined;
  readonly alsoAllow: ToolList | undefined;
  readonly deny: ToolList | undefined;
}

/** A layer every tool has to pass. */
export interface Layer {
  readonly path: string;
  /** Undefined when the layer denies nothing by name. */
  readonly denyCode?: ToolCode;
  denies(tool: NamedTool): boolean;
  readonly missCode: ToolCode;
  includes(tool: NamedTool): boolean;
}

/** Reads `allow`, `alsoAllow` and `deny`. Giving both allow lists in one place cannot be read. */
export function readLists(config: CompiledConfig, section: Section): ToolLists {
  const allow = readAllowList(config, within(section, 'allow'));
  const alsoAllow = readAllowList(config, within(section, 'alsoAllow'));
  const deny = readDenyList(config, within(section, 'deny'));
  if (allow !== undefined && alsoAllow !== undefined) {
    throw new InvalidSetting(`${section.path}.alsoAllow`);
  }
  return { path: section.path, allow, alsoAllow, deny };
}

/** The layer of plain allow and deny lists. Without an allow list everything is included. */
export function listLayer(lists: ToolLists, denyCode: ToolCode, missCode: ToolCode): Layer {
  const { allow, deny, path } = lists;
  return {
    path,
    denyCode,
    denies: (tool) => deny !== undefined && refuses(deny, tool),
    missCode,
    includes: (tool) => allow === undefined || admits(allow, tool),
  };
}
