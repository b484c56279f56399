/**
 * The part of the config a tool declared as its own, as it holds for one agent. Promises: nothing
 * outside that part is seen, secrets leave as `Secret` and only under the keys that the tool
 * declared; what an agent has of its own never allows more than what holds for everybody.
 *
 * @module
 */
import { PortcullisError, type Tool, type ToolSettings } from '@portcullis/core';

import {
  type ConfigObject,
  type ConfigValue,
  type PathSegment,
  type Secrets,
  formatPath,
  getPath,
  isConfigObject,
  parsePath,
} from '../config/index.ts';
import { isSecretKey } from '../config/secret-key.ts';

/** Where a tool may have settings: never among those of channels, models or the gateway. */
const OPEN_TO_TOOLS: ReadonlySet<PathSegment | undefined> = new Set(['tools', 'plugins']);

/**
 * The settings of one tool; undefined when it declares none.
 *
 * Throws `tool.settings_path` when it declares a part that no tool may read.
 */
export function toolSettings(
  tool: Tool,
  agentId: string,
  config: () => ConfigObject,
  secrets: Secrets,
): ToolSettings | undefined {
  const { settings } = tool;
  if (settings === undefined) return undefined;
  const base = parsePath(settings.path);
  if (base.length < 2 || !OPEN_TO_TOOLS.has(base[0])) {
    throw new PortcullisError(
      'tool.settings_path',
      `The tool ${tool.name} asks for settings that are not a tool's.`,
      { hint: 'A tool may declare a path below tools or plugins.' },
    );
  }
  const ownPath = formatPath(['agents', 'entries', agentId, ...base]);
  return {
    get: (path) => {
      const shared = getPath(config(), `${settings.path}.${path}`);
      const own = getPath(config(), `${ownPath}.${path}`);
      const value = narrower(shared, own);
      return value === undefined ? undefined : visible(value, [...base, ...parsePath(path)]);
    },
    secret: (path) => {
      const declared = settings.secrets ?? {};
      if (!Object.hasOwn(declared, path)) {
        throw new PortcullisError(
          'tool.secret_undeclared',
          `The tool ${tool.name} asks for a secret that it did not declare.`,
          { hint: 'List the key in settings.secrets of the tool.' },
        );
      }
      return (
        secrets.resolve(`${ownPath}.${path}`) ??
        secrets.resolve(`${settings.path}.${path}`, declared[path])
      );
    },
  };
}

/** The value for an agent: its own, unless that is a switch or a bound that says more. */
function narrower(
  shared: ConfigValue | undefined,
  own: ConfigValue | undefined,
): ConfigValue | undefined {
  if (own === undefined) return shared;
  if (shared === false && typeof own === 'boolean') return false;
  return typeof shared === 'number' && typeof own === 'number' ? Math.min(shared, own) : own;
}

/** A copy without what is named like a secret. */
function visible(value: ConfigValue, at: readonly PathSegment[]): unknown {
  if (isSecretKey(at)) return undefined;
  if (Array.isArray(value)) {
    return value.map((item: ConfigValue, index) => visible(item, [...at, index]));
  }
  if (!isConfigObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, visible(item, [...at, key])] as const)
      .filter(([, item]) => item !== undefined),
  );
}
