/**
 * Commands of the agent on other machines: decided and approved here like any other, prepared by the
 * node, and run there as prepared or not at all. The node decides for itself too.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import {
  type Decision,
  type Json,
  PortcullisError,
  type ProcRequest,
  type ProcResult,
} from '@portcullis/core';
import { combine } from '@portcullis/policy';
import { execHost } from '@portcullis/policy/exec';
import { topLabel } from '@portcullis/policy/flow';
import { systemRunResultSchema } from '@portcullis/protocol';

import { textHash } from '../../audit/journal.ts';
import { valueAt } from '../../config/document/config-value.ts';
import type { Kernel } from '../../kernel.ts';
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
} from '../../nodes/command.ts';
import type { Nodes } from '../../nodes/nodes.ts';
import { argvOf } from '../../nodes/words.ts';
import { attestation } from '../../nodes/operator-command.ts';
import type { NodeAnswer, NodeItem } from '../../services.ts';
import { readSession } from '../../session/sessions.ts';
import type { EffectGate, Unanswered } from '../effect.ts';
import { sandboxOf } from '../sandbox-settings.ts';
import { MISMATCH, sessionRules } from './decide.ts';
import { longestRun } from './settings.ts';

/** Between the end of a command by its own time and the end of waiting for the node. */
const GRACE_MS = 10_000;
const PRESET_MS = 120_000;

/** One command, judged. */
interface Judged {
  readonly decisions: readonly Decision[];
  readonly subject: { readonly [key: string]: Json };
  readonly plan: Plan | undefined;
}

/** The commands of one call on other machines. */
export class NodeCommands {
  readonly #kernel: Kernel;
  readonly #gate: EffectGate;
  readonly #nodes: Nodes;

  constructor(kernel: Kernel, gate: EffectGate, nodes: Nodes) {
    this.#kernel = kernel;
    this.#gate = gate;
    this.#nodes = nodes;
  }

  /** Whether a command belongs on another machine, by configuration and wish. */
  async wants(request: ProcRequest): Promise<boolean> {
    if (request.node !== undefined || request.host === 'node') return true;
    const host = execHost(this.#kernel.config().value, await this.#input(request));
    return host === 'node';
  }

  /** Runs one to its end. Throws `proc.node_foreground`, `exec.*`, `node.*`. */
  async run(request: ProcRequest): Promise<ProcResult> {
    if (request.background === true || request.input !== undefined) throw foregroundOnly();
    try {
      return resultOf(await this.#perform(request));
    } catch (error) {
      // Its complaint is text of the other machine as much as its output is.
      if (PortcullisError.is(error) && error.code === 'node.failed') await this.#learn();
      throw error;
    }
  }

  async #perform(request: ProcRequest): Promise<NodeAnswer> {
    const command = await this.#read(request);
    const first = await this.#judge(request, command);
    const expected = subjectHash(first.subject);
    let asked = false;
    let alone = false;
    let { plan } = first;
    const decide = async (why?: Unanswered): Promise<readonly Decision[]> => {
      const now = await this.#judge(request, command, why);
      ({ plan } = now);
      asked ||= now.decisions.some(({ effect }) => effect === 'ask');
      return subjectHash(now.subject) === expected ? now.decisions : [MISMATCH];
    };
    const answer = await this.#gate.perform({
      kind: 'proc',
      action: 'run',
      facts: {
        host: 'node',
        node: command.nodeId,
        commandHash: textHash(request.command),
        digest: expected,
      },
      subject: first.subject,
      leaves: [request.command, request.cwd ?? '', ...Object.entries(request.env ?? {}).flat()],
      sink: { kind: 'exec', command: request.command },
      decide: () => decide(),
      unanswered: (why) => {
        alone = true;
        return decide(why);
      },
      act: async () => await this.#send(command, plan, asked && !alone),
    });
    await this.#learn();
    return answer;
  }

  /** Whatever comes from another machine is as foreign, and as private, as anything can be. */
  async #learn(): Promise<void> {
    await this.#gate.site.flow.learn({
      from: 'external',
      stored: topLabel,
      source: 'what a command printed on another machine',
    });
  }

  async #read(request: ProcRequest): Promise<NodeCommand> {
    const { agentId, sessionKey } = this.#gate.site.run;
    const wanted = request.node ?? this.#configured();
    const node = await this.#nodes.choose(wanted);
    const longest = longestRun(this.#kernel, agentId);
    return {
      // An id that stands for nothing is refused by policy, like any node that is not there.
      nodeId: node?.nodeId ?? wanted ?? 'none',
      text: request.command,
      argv: argvOf(request.command),
      cwd: request.cwd,
      env: request.env ?? {},
      timeoutMs: Math.min(request.timeoutMs ?? PRESET_MS, longest),
      agentId,
      sessionKey,
    };
  }

  /** The configured node of the agent. */
  #configured(): string | undefined {
    const { value } = this.#kernel.config();
    const { agentId } = this.#gate.site.run;
    const found =
      valueAt(value, 'agents', 'entries', agentId, 'tools', 'exec', 'node') ??
      valueAt(value, 'tools', 'exec', 'node');
    return typeof found === 'string' ? found : undefined;
  }

  async #judge(request: ProcRequest, command: NodeCommand, why?: Unanswered): Promise<Judged> {
    const { flow } = this.#gate.site;
    const node = await this.#nodes.find(command.nodeId);
    const more = why === undefined ? {} : { approver: why };
    const input = await this.#input(request);
    const decisions = [...(await decideOn(this.#kernel, command, node, { ...input, ...more }))];
    decisions.push(await flow.decide({ kind: 'exec', command: command.text }));
    const other = this.#otherNode(command);
    if (other !== undefined) decisions.push(other);
    const open = combine(decisions).effect;
    const plan = open === 'ask' || open === 'allow' ? await this.#plan(command, node) : undefined;
    if (open === 'ask' && !isBindable(command, plan)) decisions.push(UNBINDABLE);
    return { decisions, subject: subjectOf(command, node, plan), plan };
  }

  /** The refusal of a node that is not the configured one, where one is. */
  #otherNode({ nodeId }: NodeCommand): Decision | undefined {
    const configured = this.#configured();
    if (configured === undefined || nodeId.startsWith(configured)) return undefined;
    return {
      effect: 'deny',
      code: 'exec.host.mismatch',
      path: 'tools.exec.node',
      reason: 'The command asks for another node than the configured one.',
    };
  }

  /** What the node would run. Asked only where it may be asked to run it. */
  async #plan(command: NodeCommand, node: NodeItem | undefined): Promise<Plan | undefined> {
    if (node?.usable.commands.includes('system.run.prepare') !== true) return undefined;
    const { site } = this.#gate;
    const answer = await this.#nodes.call(
      command.nodeId,
      {
        by: site.run.principal.id,
        command: 'system.run.prepare',
        params: paramsOf(command),
        idempotencyKey: `${site.run.runId}:${site.callId}:${randomUUID()}`,
        facts: this.#facts(),
      },
      site.signal,
    );
    return planOf(answer, command);
  }

  async #send(command: NodeCommand, plan: Plan | undefined, asked: boolean): Promise<NodeAnswer> {
    const { site } = this.#gate;
    const { runId } = site.run;
    return await this.#nodes.call(
      command.nodeId,
      {
        by: site.run.principal.id,
        command: 'system.run',
        params: {
          ...paramsOf(command),
          ...(plan === undefined ? {} : { systemRunPlan: plan as Json }),
          ...(asked ? attestation(`${runId}:${site.callId}`) : {}),
        },
        timeoutMs: (command.timeoutMs ?? PRESET_MS) + GRACE_MS,
        // A call runs one command: begun again after a restart it finds this key, and not the node.
        idempotencyKey: `${runId}:${site.callId}`,
        facts: this.#facts(),
      },
      site.signal,
    );
  }

  #facts(): Readonly<Record<string, string>> {
    const { run, tool } = this.#gate.site;
    return { tool, runId: run.runId, sessionKey: run.sessionKey };
  }

  async #input(request: ProcRequest) {
    const { run, event } = this.#gate.site;
    const session = await this.#kernel.store.transact((tx) => readSession(tx, run.sessionKey));
    const override = session?.exec;
    const { sender, conversation } = event;
    const wished = request.node === undefined ? request.host : 'node';
    return {
      agentId: run.agentId,
      sandboxed: sandboxOf(this.#kernel, run).wanted,
      channel: conversation.channel,
      ...(wished === undefined ? {} : { host: wished }),
      ...(sender.id === undefined ? {} : { sender: { id: sender.id } }),
      ...(request.ask === undefined ? {} : { ask: request.ask }),
      ...(request.elevated === undefined ? {} : { elevated: request.elevated }),
      ...(override === undefined ? {} : { session: sessionRules(override, run.isOwner) }),
    };
  }
}

/** What a node says a command came to, as far as it can be read. */
function resultOf({ payload }: NodeAnswer): ProcResult {
  const read = systemRunResultSchema.safeParse(payload);
  if (!read.success) {
    throw new PortcullisError('node.result', 'The node did not say what the command came to.', {
      hint: 'Look at the node: it may have run.',
    });
  }
  const { exitCode, timedOut, stdout = '', stderr = '', truncated, error } = read.data;
  const output = [stdout, stderr, error ?? ''].filter((text) => text !== '').join('\n');
  return {
    state: timedOut === true ? 'timed-out' : 'exited',
    ...(typeof exitCode === 'number' ? { exitCode } : {}),
    output,
    truncated: truncated === true,
  };
}

function foregroundOnly(): PortcullisError {
  return new PortcullisError(
    'proc.node_foreground',
    'A command on another machine runs to its end, without input.',
    { hint: 'Leave out background and input.' },
  );
}
