/**
 * The agents of a config, as operators see them.
 *
 * @module
 */
import { join } from 'node:path';

import {
  type ConfigObject,
  type ConfigValue,
  type LoadedConfig,
  type StatePaths,
  expandHome,
} from './config/index.ts';
import type { AgentReport } from './services.ts';

/** Id of the agent there is when the config names none. */
export const MAIN_AGENT = 'main';

/** All agents; the default one first. */
export function describeAgents(config: LoadedConfig, paths: StatePaths): readonly AgentReport[] {
  const agents = asObject(config.value['agents']);
  const entries = asObject(agents['entries']);
  const defaults = asObject(agents['defaults']);
  const named = Object.entries(entries).map(([id, entry]) => ({ id, entry: asObject(entry) }));
  const all = named.length === 0 ? [{ id: MAIN_AGENT, entry: {} as ConfigObject }] : named;
  const chosen =
    all.find(({ entry }) => entry['default'] === true)?.id ??
    (all.length === 1 ? all[0]?.id : MAIN_AGENT);
  const reports = all.map(({ id, entry }): AgentReport => {
    const name = asObject(entry['identity'])['name'] ?? entry['name'];
    const model = modelName(entry['model'] ?? defaults['model']);
    return {
      id,
      isDefault: id === chosen,
      workspace: workspaceOf(entry, defaults, id, paths),
      ...(typeof name === 'string' ? { name } : {}),
      ...(model === undefined ? {} : { model }),
    };
  });
  return reports.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

function workspaceOf(
  entry: ConfigObject,
  defaults: ConfigObject,
  id: string,
  paths: StatePaths,
): string {
  const own = entry['workspace'];
  if (typeof own === 'string') return expandHome(own, paths.home);
  if (id !== MAIN_AGENT) return join(paths.stateDir, `workspace-${id}`);
  const shared = defaults['workspace'];
  return typeof shared === 'string' ? expandHome(shared, paths.home) : paths.workspaceDir;
}

function modelName(value: ConfigValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const { primary } = asObject(value);
  return typeof primary === 'string' ? primary : undefined;
}

function asObject(value: ConfigValue | undefined): ConfigObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
