/**
 * `openclaw agents add|set-identity|delete`: changes of the config, shown with what they open.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigEdit, type ConfigObject, formatPath } from '@portcullis/gateway/config';

import { readMatches } from '../../agents/match.ts';
import { type Roster, type RosterAgent, findAgent } from '../../agents/roster.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type Change, changeConfig, printOutcome } from '../config/change.ts';
import { rosterOf } from './list.ts';
import { appendBindings, removeBindings } from './bindings.ts';

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/u;

/** The id of a new agent: its name in small letters. */
function newId(name: string, { agents }: Roster): string {
  const id = name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
  if (!ID.test(id)) {
    throw new PortcullisError('usage.invalid_value', `${quote(name)} gives no id for an agent.`, {
      hint: 'Use letters and digits, such as: openclaw agents add support',
    });
  }
  if (!agents.some((each) => each.id === id)) return id;
  throw new PortcullisError('agent.exists', `There is an agent ${quote(id)} already.`, {
    hint: `Change it: openclaw config set agents.entries.${id}.model <provider/model>`,
  });
}

/** Writes the agent there is when the config names none, which another one would put out of sight. */
function keepUnwritten({ agents, list }: Roster): readonly ConfigEdit[] {
  if (list !== undefined) return [];
  return agents
    .filter(({ path }) => path === undefined)
    .map(({ id }) => ({ path: formatPath(['agents', 'entries', id]), value: { default: true } }));
}

function entryEdit(roster: Roster, id: string, entry: ConfigObject): ConfigEdit {
  const { list } = roster;
  return list === undefined
    ? { path: formatPath(['agents', 'entries', id]), value: entry }
    : { path: formatPath(['agents', 'list', list]), value: { id, ...entry } };
}

/** Of two agents without a mark neither is the default one. */
function keepDefault({ agents }: Roster): readonly ConfigEdit[] {
  const [only, second] = agents;
  if (only?.path === undefined || second !== undefined || !only.isDefault) return [];
  return [{ path: `${only.path}.default`, value: true }];
}

function report(
  { out, json, input }: Invocation,
  change: Change,
  { agent, done }: { readonly agent: object; readonly done: readonly string[] },
): void {
  if (json) {
    out.json({ ok: true, ...agent, ...change });
    return;
  }
  if (change.changed) for (const line of done) out.line(line);
  else if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line('Everything is as it should be already.');
  printOutcome({ out }, change);
}

/** `openclaw agents add`. */
export const addAgent: CommandHandler = async (invocation) => {
  const { input } = invocation;
  const roster = rosterOf(invocation);
  const name = input.argument('name');
  const id = newId(name, roster);
  const [workspace, model, bind] = [
    input.text('workspace'),
    input.text('model'),
    input.text('bind'),
  ];
  const matches = bind === undefined ? [] : readMatches(bind);
  const entry = {
    ...(name.trim() === id ? {} : { name: name.trim() }),
    ...(workspace !== undefined && { workspace }),
    ...(model !== undefined && { model }),
  };
  const change = await changeConfig(invocation, [
    ...keepUnwritten(roster),
    ...keepDefault(roster),
    entryEdit(roster, id, entry),
    ...appendBindings(roster, id, matches),
  ]);
  const where = bind === undefined ? `openclaw agents bind --agent ${id} --bind <channel>` : '';
  report(invocation, change, {
    agent: { agentId: id, name: name.trim(), bindings: matches.length },
    done: [
      `The agent ${id} is there, with a workspace and conversations of its own.`,
      bind === undefined ? `It answers nowhere yet: ${where}` : `It answers on ${bind}.`,
    ],
  });
};

const IDENTITY = ['name', 'emoji', 'theme', 'avatar'] as const;

/** Edits of keys of an agent, which is written where it was not. */
function edits(
  agent: RosterAgent,
  keys: readonly (readonly [string, string])[],
): readonly ConfigEdit[] {
  const path = agent.path ?? formatPath(['agents', 'entries', agent.id]);
  return keys.map(([key, value]) => ({ path: `${path}.identity.${key}`, value }));
}

/** `openclaw agents set-identity`. */
export const setIdentity: CommandHandler = async (invocation) => {
  const { input } = invocation;
  const agent = findAgent(rosterOf(invocation), input.text('agent'));
  const given = IDENTITY.flatMap((key) => {
    const value = input.text(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  if (given.length === 0) {
    throw new PortcullisError('usage.missing', 'Nothing was said of the identity.', {
      hint: 'Name at least one: --name, --emoji, --theme, --avatar.',
    });
  }
  const change = await changeConfig(invocation, edits(agent, given));
  report(invocation, change, {
    agent: { agentId: agent.id, identity: Object.fromEntries(given) },
    done: given.map(([key, value]) => `The ${key} of ${agent.id} is ${value}.`),
  });
};

async function agree({ input, doors }: Invocation, id: string): Promise<void> {
  if (input.flag('force') || input.flag('yes') || input.flag('dry-run')) return;
  if (await doors.confirm(`Delete the agent ${quote(id)} and what is bound to it?`)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a change does.',
  });
}

/** `openclaw agents delete`. */
export const deleteAgent: CommandHandler = async (invocation) => {
  const roster = rosterOf(invocation);
  const agent = findAgent(roster, invocation.input.argument('id'));
  if (agent.isDefault || agent.path === undefined) {
    throw new PortcullisError('agent.is_default', `${agent.id} is the default agent.`, {
      hint: 'It answers wherever no other is bound. Make another the default one first: openclaw config set agents.entries.<id>.default true',
    });
  }
  await agree(invocation, agent.id);
  const own = roster.bindings.filter(({ agentId }) => agentId === agent.id);
  const change = await changeConfig(invocation, [{ path: agent.path }, ...removeBindings(own)]);
  report(invocation, change, {
    agent: { agentId: agent.id, removedBindings: own.length, workspace: agent.workspace },
    done: [
      `The agent ${agent.id} is gone, with ${String(own.length)} bindings.`,
      `Its files are still in ${agent.workspace}, its conversations in the store: "openclaw sessions list --agent ${agent.id}".`,
    ],
  });
};
