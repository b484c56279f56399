/**
 * The agent loop for one admitted event.
 *
 * A turn is durable in steps: the user's message, every request for tools and every result is
 * committed before the next thing happens. A turn cut off by a crash begins again from its last
 * committed step; a tool call whose outcome was lost is never repeated.
 *
 * @module
 */
import {
  type Brokers,
  type Decision,
  type EffectRequest,
  type Event,
  type Model,
  PortcullisError,
  type Tool,
  type ToolResult,
  type ToolSettings,
} from '@portcullis/core';

import type { Approvals } from '../approvals/approvals.ts';
import { type Budgets, budgetRefused } from '../budgets/budgets.ts';
import { budgetDecision, budgetSentence } from '../budgets/notice.ts';
import type { CallSite } from '../brokers/effect.ts';
import { SessionFlow } from '../brokers/session-flow.ts';
import { inboxTable } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import type { Models } from '../models.ts';
import type { ChannelOf, OutboxRow } from '../outbox/row.ts';
import { RunAborted, type Runs } from '../session/runs.ts';
import { TurnClock } from '../session/turn-clock.ts';
import type { GatewayNotice, TranscriptMessage, TranscriptPart } from '../services.ts';
import type { ServerTool } from '../tool-servers/tool-servers.ts';
import { readAttachments } from './attachments.ts';
import { APOLOGY, TOO_MANY_QUESTIONS, failureKind, failureSentence } from './failure.ts';
import { type Reply, askModel, assistantMessage } from './model-request.ts';
import { REPLY_CALL, settleReply } from './reply.ts';
import type { Draft, TurnFailure, TurnRecord, TurnSubject } from './record.ts';
import { runTool } from './tool-calls.ts';
import { type ToolCall, offeredTools } from './tool-decision.ts';
import { type ToolFacts, toolFacts } from '../intake/tool-facts.ts';
import type { Toolbox } from '../tool-servers/toolbox.ts';
import type { Work } from './work.ts';

/** Most requests to the model in one turn. */
const MAX_STEPS = 24;
/** Longest a turn may work, in milliseconds; what it waits for others to do does not count. */
const TURN_MS = 600_000;

/** What turns need from the rest of the gateway. */
export interface TurnRooms {
  readonly record: TurnRecord;
  readonly runs: Runs;
  readonly models: Models;
  readonly channelOf: ChannelOf;
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  /** The doors to the world for one tool call. */
  readonly brokers: (site: CallSite) => Brokers;
  /** The refusal of what a tool intends, if it is refused. */
  readonly refuse: (
    site: CallSite,
    requests: readonly EffectRequest[],
  ) => Promise<Decision | undefined>;
  /** Every tool there is right now. */
  readonly toolbox: Toolbox;
  /** Calls a tool of a server. */
  readonly serve: (site: CallSite, tool: ServerTool, input: unknown) => Promise<ToolResult>;
  /** The part of the config that a tool declared as its own. */
  readonly settings: (tool: Tool, agentId: string) => ToolSettings | undefined;
  /** Asks again whether the event is still admitted: authority may have been revoked meanwhile. */
  readonly readmit: (event: Event) => Promise<Decision>;
  readonly deliver: (rows: readonly OutboxRow[]) => void;
  readonly tell: (notice: GatewayNotice) => void;
  /** Waits on behalf of a turn whose place others may have meanwhile. */
  readonly park: <T>(wait: () => Promise<T>) => Promise<T>;
  /** Shows that an answer is being written. Never throws. */
  readonly typing: (event: Event) => void;
}

/** Answers admitted events. */
export class Turns {
  readonly #kernel: Kernel;
  readonly #rooms: TurnRooms;

  constructor(kernel: Kernel, rooms: TurnRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Takes the event of an inbox row through its turn. */
  async take(key: string): Promise<void> {
    this.#kernel.step('lane.entered');
    const row = await this.#kernel.store.transact((tx) => tx.get(inboxTable, key));
    const { run, event } = row ?? {};
    if (row?.state !== 'admitted' || run === undefined || event === undefined) return;
    const subject: TurnSubject = { key, event, run };
    const decision = await this.#rooms.readmit(event);
    if (decision.effect !== 'allow') {
      await this.#rooms.record.revoke(subject, decision.code);
      return;
    }
    const live = this.#rooms.runs.begin(run);
    const clock = new TurnClock(TURN_MS, () => this.#rooms.runs.abort(run.runId, 'timeout'));
    const parked: Work['parked'] = (wait) => clock.pause(() => this.#rooms.park(wait));
    const work: Work = { ...subject, live, signal: live.signal, parked };
    try {
      await this.#answer(work);
    } catch (error) {
      await this.#fail(work, error);
    } finally {
      clock.stop();
    }
    this.#tellSession(work, 'end');
  }

  async #answer(work: Work): Promise<void> {
    const { record, deliver } = this.#rooms;
    const { event, run } = work;
    const { channel, accountId } = event.conversation;
    const files = await readAttachments(
      event.attachments ?? [],
      this.#rooms.channelOf(channel, accountId),
      this.#kernel.log,
      work.signal,
    );
    const { added, unanswered, refused } = await record.begin(work, files);
    this.#tellMessages(work, added);
    this.#tellSession(work, 'start');
    if (refused !== undefined) throw budgetRefused(refused);
    this.#rooms.typing(event);
    const model = this.#rooms.models.forAgent(run.agentId);
    const said = await this.#converse(work, model, unanswered);
    const { approvals } = this.#rooms;
    const text = await settleReply(
      this.#kernel,
      approvals,
      this.#site(work, { id: REPLY_CALL, name: 'reply' }),
      said.text,
    );
    const reply: Reply = { ...said, text };
    const stopReason = reply.reason === 'length' ? 'length' : 'stop';
    const draft = assistantMessage(work.run, model.id, reply, stopReason, this.#kernel.now());
    const { message, rows } = await record.answer(work, draft, reply.text);
    deliver(rows);
    const took = this.#kernel.now() - work.live.startedAt;
    this.#kernel.log.info({ runId: run.runId, agent: run.agentId, took }, 'turn: answered');
    this.#tellMessages(work, [message]);
    work.live.end('ok', {
      text: reply.text,
      stopReason,
      ...(draft.usage === undefined ? {} : { usage: draft.usage }),
    });
  }

  /** Asks the model until it has no more calls to make. */
  async #converse(work: Work, model: Model, unanswered: readonly ToolCall[]): Promise<Reply> {
    const facts = toolFacts(work.event, model.id);
    for (const call of unanswered) await this.#call(work, facts, call);
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const offered = offeredTools(this.#kernel, this.#rooms.toolbox, work.run, facts);
      const reply = await askModel(this.#kernel, this.#rooms, work, model, offered);
      if (reply.calls.length === 0) return reply;
      const asked = assistantMessage(work.run, model.id, reply, 'toolUse', this.#kernel.now());
      this.#tellMessages(work, await this.#rooms.record.append(work.run, [asked]));
      for (const call of reply.calls) await this.#call(work, facts, call);
      if (work.live.text !== '') work.live.say('\n\n');
    }
    throw new PortcullisError(
      'turn.too_many_steps',
      `The turn took more than ${String(MAX_STEPS)} steps.`,
      {
        hint: 'Ask for less at once.',
      },
    );
  }

  async #call(work: Work, facts: ToolFacts, call: ToolCall): Promise<void> {
    const { run, signal } = work;
    const brokers = (asked: ToolCall): Brokers => this.#rooms.brokers(this.#site(work, asked));
    const result = await runTool(this.#kernel, this.#rooms.toolbox, run, facts, call, {
      signal,
      brokers,
      refuse: (asked, requests) => this.#rooms.refuse(this.#site(work, asked), requests),
      spend: async (tx) => {
        const { decision, hold } = await this.#rooms.budgets.reserve(tx, { run }, { toolCalls: 1 });
        return hold === undefined ? decision : undefined;
      },
      settings: (tool) => this.#rooms.settings(tool, run.agentId),
      serve: (asked, tool) => this.#rooms.serve(this.#site(work, asked), tool, asked.input),
    });
    const part: TranscriptPart = {
      type: 'toolResult',
      id: call.id,
      name: call.name,
      text: result.text,
      isError: result.isError === true,
    };
    const draft: Draft = {
      role: 'tool',
      content: [part],
      timestamp: this.#kernel.now(),
      runId: work.run.runId,
    };
    this.#tellMessages(work, await this.#rooms.record.append(work.run, [draft]));
  }

  /** Where an effect of a turn comes from. */
  #site(
    { run, event, signal, parked }: Work,
    call: { readonly id: string; readonly name: string },
  ): CallSite {
    const { runs } = this.#rooms;
    const flow = new SessionFlow(this.#kernel, run, event);
    return {
      run,
      event,
      signal,
      parked,
      callId: call.id,
      tool: call.name,
      flow,
      stop: () => runs.abort(run.runId, 'ask_flood'),
    };
  }

  /** Ends a turn that threw. Never throws. */
  async #fail(work: Work, error: unknown): Promise<void> {
    const { live, signal, run } = work;
    const why =
      signal.aborted && signal.reason instanceof RunAborted ? signal.reason.reason : undefined;
    if (why === 'shutdown') {
      live.end('parked', { stopReason: 'shutdown' });
      return;
    }
    const fault = why === 'timeout' ? timedOut() : why === 'ask_flood' ? flooded() : error;
    const aborted = why !== undefined && why !== 'timeout' && why !== 'ask_flood';
    if (!aborted) this.#kernel.log.warn({ runId: run.runId, err: fault }, 'turn: no answer');
    const errorMessage = failureSentence(fault);
    try {
      const rows = await this.#rooms.record.fail(work, {
        outcome: aborted ? 'aborted' : 'error',
        partial: live.text,
        sessionGone: why === 'reset' || why === 'delete',
        ...(aborted ? {} : { errorMessage, ...this.#apology(work, fault) }),
        ...(PortcullisError.is(fault) ? { cause: fault.code } : {}),
      });
      this.#rooms.deliver(rows);
    } catch (cause) {
      // The row stays admitted: the next process begins the turn again.
      this.#kernel.log.error(
        { runId: run.runId, err: cause },
        'turn: its end could not be written',
      );
    }
    if (aborted) live.end('aborted', { stopReason: why });
    else live.end('error', { stopReason: 'error', errorMessage, errorKind: failureKind(fault) });
  }

  /** What the conversation hears of a failure: why, where it is a budget; else only that it failed. */
  #apology({ event, run }: Work, fault: unknown): Pick<TurnFailure, 'apology' | 'once'> {
    const decision = budgetDecision(fault);
    if (decision === undefined) {
      const flood = PortcullisError.is(fault) && fault.code === 'approval.ask_flood';
      return { apology: flood ? TOO_MANY_QUESTIONS : APOLOGY };
    }
    const { channel, accountId, kind, id } = event.conversation;
    const isOwner = run.isOwner && kind === 'direct';
    return {
      apology: budgetSentence(decision, this.#kernel.now(), isOwner),
      once: JSON.stringify([channel, accountId, id, decision.path]),
    };
  }

  #tellMessages({ run }: Work, messages: readonly TranscriptMessage[]): void {
    const { sessionKey, agentId } = run;
    for (const message of messages)
      this.#rooms.tell({ type: 'message', sessionKey, agentId, message });
  }

  #tellSession({ run }: Work, reason: 'start' | 'end'): void {
    this.#rooms.tell({ type: 'session', sessionKey: run.sessionKey, agentId: run.agentId, reason });
  }
}

function timedOut(): PortcullisError {
  return new PortcullisError('turn.timeout', 'The turn took too long and was stopped.', {
    hint: 'Ask for less at once, or choose a faster model.',
  });
}

function flooded(): PortcullisError {
  return new PortcullisError('approval.ask_flood', 'The turn asked for approval too often.', {
    hint: 'It was stopped so that nobody says yes only to be left alone. Try again in ten minutes.',
  });
}
