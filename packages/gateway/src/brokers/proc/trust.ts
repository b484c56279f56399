/**
 * What an approver may allow for good of a command.
 *
 * Trust is in one whole command line in one directory, in the executables and the script as they are, and in
 * nothing of them lying where the agent can write. What it does not bind, a variable or standard
 * input, it does not cover.
 *
 * @module
 */
import type { ProcRequest } from '@portcullis/core';
import {
  type DurableTrust,
  type HostApprovals,
  approvalTransition,
  argvHash,
} from '@portcullis/policy/exec';

import type { CommandFacts } from './facts.ts';

const ID = '0'.repeat(32);

/** Whether the exact words say all that would run. */
export function saysAll({ env, input, background }: ProcRequest): boolean {
  return Object.keys(env ?? {}).length === 0 && input === undefined && background !== true;
}

/** What `allow-always` would leave for a command; undefined where policy does not offer it. */
export function trustOf(
  facts: CommandFacts,
  host: string,
  config: unknown,
): readonly DurableTrust[] | undefined {
  const { analysis } = facts;
  const asked = approvalTransition(
    { records: {}, durable: [] },
    {
      do: 'request',
      now: 0,
      id: ID,
      request: { ...facts.bound, host },
      fileOperands: facts.operands.map(({ path }) => path),
      workspace: facts.workspace.path,
      flags: {
        A: analysis !== undefined,
        I: analysis?.inline === true,
        C: analysis?.carrier === true,
        unbound: !facts.bindable,
      },
    },
    config,
  );
  const actor = { kind: 'operator', scopes: ['operator.approvals'] } as const;
  const answer = { do: 'resolve', now: 0, id: ID, actor, decision: 'allow-always' } as const;
  const { state, decision } = approvalTransition(asked.state, answer, config);
  return decision.effect === 'allow' ? state.durable : undefined;
}

/**
 * Names a whole command line and where it runs. What was allowed for a chain lets no part of it run
 * alone, and nothing else be piped into one.
 */
export function lineHash({ request, cwd }: Pick<CommandFacts, 'request' | 'cwd'>): string {
  return argvHash([request.command], cwd.path);
}

/** A host's document with more trust for one agent. */
export function withTrust(
  document: HostApprovals | undefined,
  agentId: string,
  entries: readonly DurableTrust[],
): HostApprovals | undefined {
  if (entries.length === 0) return document;
  const rules = document?.agents?.[agentId];
  const allowlist = [...(rules?.allowlist ?? []), ...entries];
  return { ...document, agents: { ...document?.agents, [agentId]: { ...rules, allowlist } } };
}
