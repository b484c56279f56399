/**
 * The agents of the config and what is bound to them, with the paths at which each is written.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigObject,
  type ConfigValue,
  type LoadedConfig,
  type StatePaths,
  formatPath,
  getPath,
  isConfigObject,
  nearest,
} from '@portcullis/gateway/config';
import { describeAgents } from '@portcullis/gateway/local';

import { quote } from '../parse/fault.ts';

/** An agent. */
export interface RosterAgent {
  readonly id: string;
  readonly name?: string;
  readonly model?: string;
  readonly workspace: string;
  readonly isDefault: boolean;
  /** Where it is written; undefined for the one there is when the config names none. */
  readonly path: string | undefined;
}

/** A binding: which agent answers where. */
export interface RosterBinding {
  readonly agentId: string;
  readonly match: ConfigObject;
  /** `telegram`, `telegram:work`, `telegram:work direct 42`: for people, and to name it by. */
  readonly what: string;
  readonly index: number;
}

/** Everything the config says of agents. */
export interface Roster {
  readonly agents: readonly RosterAgent[];
  readonly bindings: readonly RosterBinding[];
  /** Where another agent is written; undefined where it is an entry of its own. */
  readonly list: number | undefined;
}

/** Reads the agents of a config. */
export function readRoster(config: LoadedConfig, paths: StatePaths): Roster {
  const list = getPath(config.source, 'agents.list');
  const items = Array.isArray(list) ? list : undefined;
  return {
    agents: describeAgents(config, paths).map((agent) => ({
      ...agent,
      path: pathOf(config, items, agent.id),
    })),
    bindings: readBindings(config),
    list: items?.length,
  };
}

function pathOf(
  config: LoadedConfig,
  items: readonly ConfigValue[] | undefined,
  id: string,
): string | undefined {
  const index = items?.findIndex((item) => isConfigObject(item) && item['id'] === id) ?? -1;
  if (index >= 0) return formatPath(['agents', 'list', index]);
  const path = formatPath(['agents', 'entries', id]);
  return getPath(config.source, path) === undefined ? undefined : path;
}

function readBindings(config: LoadedConfig): readonly RosterBinding[] {
  const written = config.value['bindings'];
  const bindings: readonly ConfigValue[] = Array.isArray(written) ? written : [];
  return bindings.flatMap((binding, index) => {
    if (!isConfigObject(binding)) return [];
    const { agentId, match } = binding;
    if (typeof agentId !== 'string' || !isConfigObject(match)) return [];
    return [{ agentId, match, what: describeMatch(match), index }];
  });
}

/** What a binding matches, in the words it is made with, and whatever else it says. */
function describeMatch(match: ConfigObject): string {
  const { channel, accountId, peer, ...more } = match;
  const place = [channel, accountId].filter((each) => each !== undefined).map(String);
  const { kind, id } = isConfigObject(peer) ? peer : {};
  const rest = Object.entries(more).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [place.join(':'), ...[kind, id].filter((each) => each !== undefined).map(String), ...rest]
    .join(' ')
    .trim();
}

/**
 * The agent of an id; without one the default agent.
 *
 * @throws PortcullisError `agent.unknown`.
 */
export function findAgent({ agents }: Roster, id: string | undefined): RosterAgent {
  const found = agents.find((each) => (id === undefined ? each.isDefault : each.id === id));
  if (found !== undefined) return found;
  const ids = agents.map((each) => each.id);
  if (id === undefined) {
    throw new PortcullisError('agent.unknown', 'No agent is the default one.', {
      hint: `Name one with --agent: ${ids.join(', ')}.`,
    });
  }
  const meant = nearest(id, ids);
  throw new PortcullisError('agent.unknown', `There is no agent ${quote(id)}.`, {
    hint: meant === undefined ? `There are ${ids.join(', ')}.` : `Did you mean "${meant}"?`,
  });
}
