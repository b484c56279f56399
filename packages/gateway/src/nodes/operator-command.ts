/**
 * `system.run` on a node for an operator: judged by the exec policy like a command of the agent, and
 * asked about where it says so. Nothing the caller sends can stand for an approval.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { type Decision, type Json, type Tx, isAllowed } from '@portcullis/core';
import { combine } from '@portcullis/policy';
import { describeFault, systemRunParamsSchema } from '@portcullis/protocol';

import { operatorRun } from '../intake/operator-run.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { ApprovalQuestion } from '../approvals/row.ts';
import type { Kernel } from '../kernel.ts';
import type { Caller, NodeAnswer, NodeAsk, NodeItem } from '../services.ts';
import type { CallRequest, NodeCalls } from './calls.ts';
import {
  type NodeCommand,
  type Plan,
  UNBINDABLE,
  decideOn,
  isBindable,
  paramsOf,
  planOf,
  subjectHash,
  subjectOf,
} from './command.ts';
import { invalid, refused } from './failure.ts';
import { textOf } from './words.ts';

/** What the commands of operators need. */
export interface CommandRooms {
  readonly approvals: Approvals;
  readonly calls: NodeCalls;
  readonly find: (nodeId: string) => Promise<NodeItem | undefined>;
}

/** One command, judged. */
interface Judged {
  readonly decision: Decision;
  readonly asks: readonly Decision[];
  readonly subject: { readonly [key: string]: Json };
  readonly plan: Plan | undefined;
}

const TOOL = 'node.invoke';
/** Between the end of a command by its own time and the end of waiting for the node. */
const GRACE_MS = 10_000;

/** Commands that operators run on nodes. */
export class OperatorCommands {
  readonly #kernel: Kernel;
  readonly #rooms: CommandRooms;

  constructor(kernel: Kernel, rooms: CommandRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Runs one, until `signal` aborts. Throws `request.invalid`, `exec.*`, `node.*`. */
  async run(caller: Caller, ask: NodeAsk, signal: AbortSignal): Promise<NodeAnswer> {
    const command = this.#read(ask);
    const first = await this.#judge(caller, command);
    if (first.decision.effect === 'allow') {
      return await this.#send(caller, ask, command, { plan: first.plan, signal });
    }
    const [asked, ...others] = first.asks;
    if (first.decision.effect !== 'ask' || asked === undefined) throw refused(first.decision);
    const question = this.#question(caller, command, first.subject, [asked, ...others]);
    const outcome = await this.#rooms.approvals.ask(question, signal);
    if (!outcome.allowed) {
      // What holds where nobody answered: an allowance, or a refusal.
      if (outcome.unanswered === true) {
        const { decision, plan } = await this.#judge(caller, command, 'timeout');
        if (!isAllowed(decision)) throw refused(decision);
        return await this.#send(caller, ask, command, { plan, signal });
      }
      throw refused({ ...NOT_GIVEN, code: outcome.code });
    }
    // What was asked about is found out again: what runs is what was approved, or nothing.
    const now = await this.#judge(caller, command);
    const same = subjectHash(now.subject) === subjectHash(first.subject);
    if (!same || (now.decision.effect !== 'allow' && now.decision.effect !== 'ask')) {
      await this.#rooms.approvals.void(outcome.id);
      throw refused(same ? now.decision : CHANGED);
    }
    return await this.#send(caller, ask, command, {
      plan: now.plan,
      signal,
      approval: outcome.id,
      also: async (tx) => await this.#rooms.approvals.consume(tx, outcome.id),
    });
  }

  #read({ params, nodeId, sessionKey, timeoutMs }: NodeAsk): NodeCommand {
    const read = systemRunParamsSchema.safeParse(params ?? {}, { reportInput: true });
    if (!read.success) throw invalid(`invalid system.run params: ${describeFault(read.error)}`);
    const { command, cwd, env = {}, agentId } = read.data;
    const agents = this.#kernel.agents();
    const agent =
      agentId === undefined || agentId === null
        ? agents.find(({ isDefault }) => isDefault)
        : agents.find(({ id }) => id === agentId);
    if (agent === undefined) throw invalid('invalid system.run params: unknown agentId');
    const own = `agent:${agent.id}:`;
    if (sessionKey?.startsWith(own) === false) throw invalid('the session is not of this agent');
    return {
      nodeId,
      text: textOf(command),
      argv: command,
      cwd: cwd ?? undefined,
      env,
      timeoutMs: read.data.timeoutMs ?? timeoutMs,
      agentId: agent.id,
      sessionKey: sessionKey ?? `${own}${this.#kernel.mainKey()}`,
    };
  }

  async #judge(caller: Caller, command: NodeCommand, approver?: 'timeout'): Promise<Judged> {
    const node = await this.#rooms.find(command.nodeId);
    const more = approver === undefined ? {} : { approver };
    const decisions = [...(await decideOn(this.#kernel, command, node, more))];
    const open = combine(decisions).effect;
    // A node is asked to look at what would run only where it may be asked to run it.
    const wants = open === 'ask' && node?.usable.commands.includes('system.run.prepare') === true;
    const plan = wants ? planOf(await this.#prepare(caller, command), command) : undefined;
    if (open === 'ask' && !isBindable(command, plan)) decisions.push(UNBINDABLE);
    return {
      decision: combine(decisions),
      asks: decisions.filter(({ effect }) => effect === 'ask'),
      subject: subjectOf(command, node, plan),
      plan,
    };
  }

  async #prepare(caller: Caller, command: NodeCommand): Promise<NodeAnswer> {
    return await this.#rooms.calls.send(command.nodeId, {
      by: caller.id,
      command: 'system.run.prepare',
      params: paramsOf(command),
      idempotencyKey: randomUUID(),
    });
  }

  async #send(
    caller: Caller,
    ask: NodeAsk,
    command: NodeCommand,
    more: {
      readonly plan: Plan | undefined;
      readonly signal: AbortSignal;
      readonly approval?: string;
      readonly also?: (tx: Tx) => Promise<unknown>;
    },
  ): Promise<NodeAnswer> {
    const { plan, signal, approval, also } = more;
    const request: CallRequest = {
      by: caller.id,
      command: 'system.run',
      params: {
        ...paramsOf(command),
        ...(plan === undefined ? {} : { systemRunPlan: plan as Json }),
        ...(approval === undefined ? {} : attestation(approval)),
      },
      idempotencyKey: ask.idempotencyKey,
      ...(command.timeoutMs === undefined ? {} : { timeoutMs: command.timeoutMs + GRACE_MS }),
      facts: { approval, sessionKey: command.sessionKey },
      ...(also === undefined ? {} : { also }),
    };
    const { params } = ask;
    const named = {
      by: caller.id,
      command: ask.command,
      ...(params === undefined ? {} : { params }),
    };
    return await this.#rooms.calls.send(ask.nodeId, request, signal, named);
  }

  #question(
    caller: Caller,
    command: NodeCommand,
    subject: { readonly [key: string]: Json },
    asks: ApprovalQuestion['asks'],
  ): ApprovalQuestion {
    const { agentId, sessionKey } = command;
    const id = randomUUID();
    // Running something on a node takes every scope: it is the owner by another door.
    return {
      run: operatorRun(caller, { runId: id, agentId, sessionKey }),
      callId: id,
      tool: TOOL,
      kind: 'proc',
      action: 'run',
      subject,
      asks,
    };
  }
}

/** What tells a node that a person approved exactly this. Only the gateway ever sends it. */
export function attestation(approval: string): { readonly [key: string]: Json } {
  return { approved: true, approvalDecision: 'allow-once', runId: approval };
}

const NOT_GIVEN: Decision = {
  effect: 'deny',
  code: 'exec.approval.denied',
  path: '<approval>',
  reason: 'The approval was not given.',
};

const CHANGED: Decision = {
  effect: 'deny',
  code: 'exec.approval.mismatch',
  path: '<approval>',
  reason: 'What would run is no longer what was approved.',
};
