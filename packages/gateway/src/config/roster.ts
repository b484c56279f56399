/**
 * The older form of the agents, `agents.list`, read as `agents.entries`: one form in force, so that
 * no decision about an agent can miss what the other form says of it.
 *
 * @module
 */
import type { ConfigObject, ConfigValue } from './document/config-value.ts';
import { isConfigObject } from './document/config-value.ts';

/** A config with one form of agents, and how to name what was moved. */
export interface Roster {
  readonly value: ConfigObject;
  /** The path in `value` of a path in what was written. */
  readonly moved: (path: string) => string;
}

function same(path: string): string {
  return path;
}

/** Moves `agents.list` into `agents.entries`. Ids were checked: no two agents have one. */
export function withRoster(value: ConfigObject): Roster {
  const { agents } = value;
  if (!isConfigObject(agents)) return { value, moved: same };
  const { list, entries, ...rest } = agents;
  if (!Array.isArray(list)) return { value, moved: same };
  const items: readonly ConfigValue[] = list;
  const moved = items.flatMap((item): [string, ConfigObject][] => {
    if (!isConfigObject(item) || typeof item['id'] !== 'string') return [];
    const { id, ...agent } = item;
    return [[id, agent]];
  });
  const written = isConfigObject(entries) ? Object.entries(entries) : [];
  return {
    value: {
      ...value,
      agents: { ...rest, entries: Object.fromEntries([...written, ...moved]) },
    },
    moved: (path) =>
      path.replace(/^agents\.list\[(\d+)\]/u, (all, index: string) => {
        const item = items[Number(index)];
        const id = isConfigObject(item) ? item['id'] : undefined;
        return typeof id === 'string' ? `agents.entries.${id}` : all;
      }),
  };
}
