/**
 * `openclaw models status`: which model answers for which agent, and whether it can.
 *
 * @module
 */
import { getPath } from '@portcullis/gateway/config';
import { describeAgents } from '@portcullis/gateway/local';

import type { CommandHandler, Invocation } from '../../command.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { chosenModels, load, obstacle } from './list.ts';

interface AgentModels {
  readonly agentId: string;
  readonly isDefault: boolean;
  readonly models: readonly {
    readonly id: string;
    readonly available: boolean;
    readonly reason?: string;
  }[];
}

function modelsOf(invocation: Invocation): readonly AgentModels[] {
  const config = load(invocation);
  return describeAgents(config, invocation.context.paths).map(({ id: agentId, isDefault }) => {
    const path = `agents.entries.${agentId}.model`;
    const ids = chosenModels(
      config.value,
      getPath(config.value, path) === undefined ? undefined : path,
    );
    const models = ids.map((id) => {
      const reason = obstacle(invocation, config, id);
      return { id, available: reason === undefined, ...(reason !== undefined && { reason }) };
    });
    return { agentId, isDefault, models };
  });
}

/** `openclaw models status`. With `--check` the exit code is 1 when an agent has no model. */
export const showModels: CommandHandler = async (invocation) => {
  const { input, out, json, context } = invocation;
  const wanted = input.text('agent');
  const all = modelsOf(invocation);
  const agents = all.filter(({ agentId }) => wanted === undefined || agentId === wanted);
  const usual = all.find(({ isDefault }) => isDefault) ?? all[0];
  const [first, ...fallbacks] = usual?.models ?? [];
  const ready =
    agents.length > 0 && agents.every(({ models }) => models.some((each) => each.available));
  if (json) {
    out.json({
      ok: ready,
      configPath: context.paths.configPath,
      defaultModel: first?.id ?? null,
      resolvedDefault: usual?.models.find(({ available }) => available)?.id ?? null,
      fallbacks: fallbacks.map(({ id }) => id),
      agents,
    });
  } else if (input.flag('plain')) out.line(first?.id ?? '');
  else {
    const rows = agents.flatMap(({ agentId, models }) =>
      models.map(({ id, available, reason }, index): Piece[] => [
        index === 0 ? agentId : '',
        id,
        available ? styled('green', 'ready') : styled('red', reason ?? ''),
      ]),
    );
    if (rows.length === 0) out.warn('There is no such agent. "openclaw agents list" shows all.');
    else out.table(['AGENT', 'MODEL', 'STATE'], rows);
    out.note('Whether it answers: openclaw models test');
  }
  return input.flag('check') && !ready ? 1 : 0;
};
