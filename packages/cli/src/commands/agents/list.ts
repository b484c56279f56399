/**
 * `openclaw agents list` and `openclaw agents bindings`.
 *
 * @module
 */
import { loadConfig } from '@portcullis/gateway/config';

import { type Roster, findAgent, readRoster } from '../../agents/roster.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';

/** The agents of the config as its file has it. */
export function rosterOf({ context: { env, paths } }: Pick<Invocation, 'context'>): Roster {
  return readRoster(loadConfig({ env, paths }), paths);
}

/** An agent as it is listed. */
type ListedAgent = Omit<Roster['agents'][number], 'path'> & {
  /** How many. */
  readonly bindings: number;
  /** What they are: `telegram:work`. */
  readonly routes: readonly string[];
};

/** The agents with what is bound to each. */
export function listedAgents(invocation: Pick<Invocation, 'context'>): readonly ListedAgent[] {
  const { agents, bindings } = rosterOf(invocation);
  return agents.map(({ path: _path, ...agent }) => {
    const own = bindings.filter(({ agentId }) => agentId === agent.id);
    return { ...agent, bindings: own.length, routes: own.map(({ what }) => what) };
  });
}

/** Prints the agents for people. */
function printAgents(out: Output, rows: readonly ListedAgent[]): void {
  out.table(
    ['ID', 'NAME', 'DEFAULT', 'MODEL', 'BINDINGS', 'WORKSPACE'],
    rows.map(({ id, name, isDefault, model, bindings: count, workspace }) => [
      id,
      name ?? '',
      isDefault ? 'yes' : '',
      model ?? '',
      String(count),
      workspace,
    ]),
  );
}

/** `openclaw agents list`. */
export const listAgents: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const rows = listedAgents(invocation);
  if (json) {
    const isWhole = input.flag('bindings');
    const shown = rows.map(({ routes, ...row }) => (isWhole ? { ...row, routes } : row));
    out.json({ ok: true, agents: shown });
    return;
  }
  printAgents(out, rows);
  if (!input.flag('bindings')) return;
  for (const { id, routes } of rows) for (const what of routes) out.line(`${what} -> ${id}`);
};

/** `openclaw agents bindings`. */
export const listBindings: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const roster = rosterOf(invocation);
  const wanted = input.text('agent');
  const id = wanted === undefined ? undefined : findAgent(roster, wanted).id;
  const bindings = roster.bindings.filter(({ agentId }) => id === undefined || agentId === id);
  if (json) {
    out.json({ ok: true, bindings: bindings.map(({ agentId, match }) => ({ agentId, match })) });
    return;
  }
  if (bindings.length === 0) {
    const usual = roster.agents.find(({ isDefault }) => isDefault)?.id;
    out.line(
      `Nothing is bound${id === undefined ? '' : ` to ${id}`}. The default agent answers: ${usual ?? 'none'}.`,
    );
    return;
  }
  out.table(
    ['WHERE', 'AGENT'],
    bindings.map(({ what, agentId }) => [what, agentId]),
  );
};
