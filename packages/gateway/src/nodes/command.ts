/**
 * One command line for a node: what is asked of policy, shown to an approver and sent, all the same
 * record.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Decision, type Json, canonicalJson } from '@portcullis/core';
import {
  type ApprovalRequest,
  type ExecInput,
  approvalTransition,
  decideExec,
  requestDigest,
} from '@portcullis/policy/exec';
import { decideNodeCommand } from '@portcullis/policy/nodes';
import { type SystemRunPlan, systemRunPlanSchema } from '@portcullis/protocol';

import { hostApprovals } from '../approvals/host-document.ts';
import type { Kernel } from '../kernel.ts';
import type { NodeAnswer, NodeItem } from '../services.ts';
import { unusable } from './failure.ts';

/** Most characters of what a node prepared. */
const MOST_PLANNED = 100_000;

/** One command line for a node. */
export interface NodeCommand {
  readonly nodeId: string;
  /** As policy reads it. */
  readonly text: string;
  /** As the node runs it: words, no shell but the one they name. */
  readonly argv: readonly string[];
  /** On the node. Undefined: the node's own. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly agentId: string;
  readonly sessionKey: string;
}

/** What the node found it would run, as an approval is bound to it. */
export type Plan = SystemRunPlan;

/** What policy says about it: about running commands on nodes, and about this command of this node. */
export async function decideOn(
  kernel: Kernel,
  command: NodeCommand,
  node: NodeItem | undefined,
  more: Partial<ExecInput>,
): Promise<readonly Decision[]> {
  const config = kernel.config().value;
  const document = await hostApprovals(kernel);
  const exec = decideExec(config, {
    agentId: command.agentId,
    command: command.text,
    env: command.env,
    host: 'node',
    node: {
      id: command.nodeId,
      paired: node?.approved !== undefined,
      commands: node?.usable.commands ?? [],
    },
    ...(document === undefined ? {} : { hostApprovals: document }),
    ...more,
  });
  return [exec, decideNodeCommand(config, { command: 'system.run', node: factsOf(node) })];
}

/** A node as policy reads it. */
export function factsOf(node: NodeItem | undefined): {
  readonly paired: boolean;
  readonly declared: readonly string[];
  readonly approved: readonly string[];
} {
  return {
    paired: node?.approved !== undefined,
    declared: node?.commands ?? [],
    approved: node?.approved?.commands ?? [],
  };
}

/** What `system.run.prepare` and `system.run` are asked with. */
export function paramsOf(command: NodeCommand): { readonly [key: string]: Json } {
  const { argv, text, cwd, env, timeoutMs, agentId, sessionKey } = command;
  return {
    command: argv,
    rawCommand: text,
    cwd: cwd ?? null,
    env,
    timeoutMs: timeoutMs ?? null,
    agentId,
    sessionKey,
  };
}

/** Reads what a node prepared. Throws `node.result` where it is about something else. */
export function planOf({ payload }: NodeAnswer, command: NodeCommand): Plan {
  const holder = typeof payload === 'object' && payload !== null && 'plan' in payload;
  const plan = systemRunPlanSchema.safeParse(holder ? payload.plan : undefined);
  if (!plan.success || canonicalJson(plan.data.argv) !== canonicalJson(command.argv)) {
    throw unusable('node.result', 'The node did not say what it would run.');
  }
  if (JSON.stringify(plan.data).length > MOST_PLANNED) {
    throw unusable('node.result', 'The node says more about the command than anybody would read.');
  }
  return plan.data;
}

function boundOf(command: NodeCommand, plan: Plan | undefined): ApprovalRequest {
  const { nodeId, argv, text, cwd, env, agentId, sessionKey } = command;
  const [first = ''] = argv;
  const program = plan?.programs?.find(({ word }) => word === first);
  const [file, ...others] = plan?.files ?? [];
  return {
    host: 'node',
    nodeId,
    argv: [argv],
    rawCommand: text,
    cwd: plan?.cwd ?? cwd ?? '/',
    env,
    exec: [
      program === undefined
        ? { realPath: first }
        : { realPath: program.realPath, sha256: program.sha256 },
    ],
    script:
      file === undefined || others.length > 0 ? null : { path: file.path, sha256: file.sha256 },
    agentId,
    sessionKey,
  };
}

/** Everything that would happen, as an approver sees it and his answer is bound to it. */
export function subjectOf(
  command: NodeCommand,
  node: NodeItem | undefined,
  plan: Plan | undefined,
): { readonly [key: string]: Json } {
  const { nodeId, text, argv, cwd, env, timeoutMs, agentId, sessionKey } = command;
  return {
    command: text,
    argv,
    host: 'node',
    nodeId,
    nodeName: node?.displayName ?? null,
    agentId,
    sessionKey,
    cwd: { path: plan?.cwd ?? cwd ?? null },
    env,
    timeoutMs: timeoutMs ?? null,
    plan: plan === undefined ? null : (plan as Json),
    digest: requestDigest(boundOf(command, plan)),
  };
}

/** Hex SHA-256 of a subject. */
export function subjectHash(subject: Json): string {
  return createHash('sha256').update(canonicalJson(subject), 'utf8').digest('hex');
}

/** Whether an approval can be bound to what the node found. */
export function isBindable(command: NodeCommand, plan: Plan | undefined): boolean {
  if (plan === undefined) return false;
  const { decision } = approvalTransition(
    { records: {}, durable: [] },
    {
      do: 'request',
      now: 0,
      id: '0'.repeat(32),
      request: boundOf(command, plan),
      fileOperands: (plan.files ?? []).map(({ path }) => path),
    },
    {},
  );
  return decision.effect === 'ask';
}

/** The refusal where an approval could not be bound to what would run. */
export const UNBINDABLE: Decision = {
  effect: 'deny',
  code: 'exec.approval.unbindable',
  path: '<approval>',
  reason: 'The node does not say exactly what it would run, so nobody can approve it.',
};
