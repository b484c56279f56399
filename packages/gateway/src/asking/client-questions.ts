/**
 * Questions that clients put to approvers about commands they run themselves.
 *
 * Promises: what policy refuses is not asked; the device that asked, or without one the connection,
 * cannot allow it; a yes is told once, in time, and to nobody but who asked; and nothing in the gateway
 * takes it for an approval of its own.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto';

import { type Decision, type Json, PortcullisError, canonicalJson } from '@portcullis/core';
import { decideExec } from '@portcullis/policy/exec';

import { operatorRun } from '../intake/operator-run.ts';
import { type Kernel, commit } from '../kernel.ts';
import { textOf } from '../nodes/words.ts';
import type {
  Caller,
  ClientAsk,
  ClientDecision,
  ClientQuestion,
  ClientQuestionService,
  NodeItem,
} from '../services.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { hostApprovals } from '../approvals/host-document.ts';
import { refusal } from '../approvals/refusal.ts';
import {
  type ApprovalQuestion,
  type ApprovalRow,
  LIFETIME_MS,
  approvalsTable,
} from '../approvals/row.ts';

/** What the questions of clients need from the rest of the gateway. */
export interface ClientQuestionRooms {
  readonly approvals: Approvals;
  readonly nodes: { find(nodeId: string): Promise<NodeItem | undefined> };
}

/** Whom a command is asked about for. */
interface Subject {
  readonly text: string;
  readonly agentId: string;
  readonly sessionKey: string;
}

const TOOL = 'exec.approval.request';
/** Most UTF-16 units of what an approver has to read. */
const MOST_TO_READ = 200_000;
const NEVER = new AbortController().signal;

const ASKED: Decision = {
  effect: 'ask',
  code: 'exec.ask.always',
  path: TOOL,
  reason: 'A client of the gateway asks before it runs this. The gateway itself does not run it.',
};

/** The questions of the clients of one gateway. */
export class ClientQuestions implements ClientQuestionService {
  readonly #kernel: Kernel;
  readonly #rooms: ClientQuestionRooms;

  constructor(kernel: Kernel, rooms: ClientQuestionRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Puts one: see {@link ClientQuestionService.ask}. */
  async ask(caller: Caller, ask: ClientAsk): Promise<ClientQuestion> {
    const subject = this.#subjectOf(ask);
    const decision = await this.#judge(ask, subject);
    if (decision.effect === 'deny') throw denied(decision);
    const isForwarded = ask.inConversations && this.#rooms.approvals.isForwarded;
    const route = isForwarded ? 'forwarder' : ask.hasClients ? 'approval-client' : 'none';
    const question = questionOf(caller, ask, subject, {
      asks: decision.effect === 'ask' ? [ASKED, decision] : [ASKED],
      isHeard: route !== 'none',
    });
    if (canonicalJson(question.subject).length > MOST_TO_READ) throw tooLong();
    const id = ask.id ?? randomBytes(16).toString('hex');
    const { createdAt, expiresAt } = await this.#rooms.approvals.open(question, id);
    return { id, route, createdAt, expiresAt };
  }

  /** Waits for an answer: see {@link ClientQuestionService.decision}. */
  async decision(
    caller: Caller,
    id: string,
    { signal = NEVER, isOnly = false }: { signal?: AbortSignal | undefined; isOnly?: boolean },
  ): Promise<ClientDecision> {
    const { approvals } = this.#rooms;
    const asked = await this.#read(id);
    if (asked?.byClient !== true || !isSameAsker(caller.id, asked.requester)) {
      throw refusal('not_found');
    }
    try {
      const { allowed } = await approvals.outcome(id, signal);
      const row = allowed
        ? await commit(this.#kernel, (tx) => approvals.consume(tx, id))
        : await this.#read(id);
      if (row === undefined) throw refusal('not_found');
      if (!allowed && row.state === 'used') throw refusal('consumed');
      return endOf(row);
    } catch (error) {
      if (isOnly && signal.aborted) await approvals.withdraw(id);
      throw error;
    }
  }

  async #read(id: string): Promise<ApprovalRow | undefined> {
    return await this.#kernel.store.transact((tx) => tx.get(approvalsTable, id));
  }

  #subjectOf({ command, argv, agentId, sessionKey }: ClientAsk): Subject {
    const text = argv === undefined ? command : textOf(argv);
    if (text === undefined) throw invalid('command, commandArgv or systemRunPlan required');
    const agents = this.#kernel.agents();
    const agent = agents.find(({ id, isDefault }) =>
      agentId === undefined ? isDefault : id === agentId,
    );
    if (agent === undefined) throw invalid('unknown agentId');
    const own = `agent:${agent.id}:`;
    const key = sessionKey === 'main' ? undefined : sessionKey;
    if (key?.startsWith(own) === false) throw invalid('the session is not of this agent');
    return { text, agentId: agent.id, sessionKey: key ?? `${own}${this.#kernel.mainKey()}` };
  }

  /** What the rules for commands of the agent say: what they refuse, no approver can allow. */
  async #judge(ask: ClientAsk, { text, agentId }: Subject): Promise<Decision> {
    const { host, nodeId, cwd, env } = ask;
    const node = nodeId === undefined ? undefined : await this.#rooms.nodes.find(nodeId);
    const document = await hostApprovals(this.#kernel);
    return decideExec(this.#kernel.config().value, {
      agentId,
      command: text,
      env,
      host,
      sandboxed: host === 'sandbox',
      ...(cwd === undefined ? {} : { cwd }),
      ...(document === undefined ? {} : { hostApprovals: document }),
      ...(nodeId === undefined
        ? {}
        : {
            node: {
              id: nodeId,
              paired: node?.approved !== undefined,
              commands: node?.usable.commands ?? [],
            },
          }),
    });
  }
}

function questionOf(
  caller: Caller,
  ask: ClientAsk,
  { text, agentId, sessionKey }: Subject,
  { asks, isHeard }: { readonly asks: ApprovalQuestion['asks']; readonly isHeard: boolean },
): ApprovalQuestion {
  const { argv, host, nodeId, cwd, env, told, timeoutMs = LIFETIME_MS, inConversations } = ask;
  const id = randomUUID();
  return {
    run: operatorRun(caller, { runId: id, agentId, sessionKey }),
    callId: id,
    tool: TOOL,
    kind: 'proc',
    action: 'run outside',
    subject: {
      command: ask.command ?? text,
      argv: argv === undefined ? null : [...argv],
      host,
      nodeId: nodeId ?? null,
      cwd: { path: cwd ?? null },
      env: { ...env },
      ...(Object.keys(told).length === 0 ? {} : { told: told as Json }),
    },
    asks,
    client: { lifetimeMs: Math.min(timeoutMs, LIFETIME_MS), inConversations, isHeard },
  };
}

function endOf({ id, state, answer, createdAt, expiresAt, unheard }: ApprovalRow): ClientDecision {
  const told = { id, createdAt, expiresAt } as const;
  switch (state) {
    case 'used':
      return { ...told, decision: answer ?? null, reason: 'user' };
    case 'denied':
      return { ...told, decision: 'deny', reason: 'user' };
    case 'expired':
      return { ...told, decision: null, reason: unheard === true ? 'no-route' : 'timeout' };
    default:
      return { ...told, decision: null, reason: 'run-aborted' };
  }
}

/**
 * Whether one who waits is the one who asked: the same device, or, for those without one, whoever
 * proved the same shared secret, over whichever connection.
 */
function isSameAsker(waiting: string, asked: string): boolean {
  return waiting === asked || (isShared(waiting) && isShared(asked));
}

function isShared(principal: string): boolean {
  return principal === 'cli' || principal.startsWith('operator:');
}

function denied({ code, path, reason }: Decision): PortcullisError {
  return new PortcullisError(code, `not asked: ${reason}`, {
    details: { wireCode: 'INVALID_REQUEST', path },
    hint: 'What the rules for commands refuse, no approver can allow.',
  });
}

function invalid(fault: string): PortcullisError {
  return new PortcullisError('request.invalid', `invalid ${TOOL} params: ${fault}`, {
    details: { wireCode: 'INVALID_REQUEST' },
  });
}

function tooLong(): PortcullisError {
  return new PortcullisError('approval.too_long', 'This is more than an approver can read.', {
    hint: 'Do it in smaller steps, each of which can be read.',
  });
}
