/**
 * The agent loop for one admitted event.
 *
 * A turn is durable in steps: the user's message, every request for tools and every result is
 * committed before the next thing happens. A turn cut off by a crash begins again from its last
 * committed step; a tool call whose outcome was lost is never repeated.
 *
 * @module
 */
import { type Decision, type Event, type Model, PortcullisError } from '@portcullis/core';

import type { Approvals } from '../approvals/approvals.ts';
import { budgetRefused } from '../budgets/budgets.ts';
import { budgetDecision, budgetSentence } from '../budgets/notice.ts';
import { getPath } from '../config/index.ts';
import { answerPlace } from '../intake/answer-place.ts';
import { type InboxRun, inboxTable } from '../intake/inbox.ts';
import { toolFacts } from '../intake/tool-facts.ts';
import type { Kernel } from '../kernel.ts';
import type { Models } from '../models.ts';
import type { ChannelOf, OutboxRow } from '../outbox/row.ts';
import type { GatewayNotice, TranscriptMessage } from '../services.ts';
import { RunAborted, type Runs } from '../session/runs.ts';
import { TurnClock } from '../session/turn-clock.ts';
import { readAttachments } from './attachments.ts';
import { Course } from './course.ts';
import { APOLOGY, TOO_MANY_QUESTIONS, failureKind, failureSentence } from './failure.ts';
import { type Reply, askModel, assistantMessage } from './model-request.ts';
import {
  type TurnBeginning,
  type TurnFailure,
  type TurnRecord,
  type TurnSubject,
} from './record.ts';
import { REPLY_CALL, settleReply } from './reply.ts';
import type { SingleCalls } from './single-call.ts';
import { offeredTools } from './tool-decision.ts';
import { type ToolRooms, type ToolStep, callTool } from './tool-step.ts';
import { type Work, siteOf } from './work.ts';
import { traced } from '../trace/traced.ts';

/** Longest a turn may work where nobody says, in seconds. */
const TURN_SECONDS = 600;

/** Times a turn may begin: one that ends the gateway each time is given up. */
const MAX_STARTS = 10;

/** What turns need from the rest of the gateway. */
export interface TurnRooms extends ToolRooms {
  readonly record: TurnRecord;
  readonly runs: Runs;
  readonly models: Models;
  readonly channelOf: ChannelOf;
  readonly approvals: Approvals;
  /** Calls that callers make themselves. */
  readonly calls: SingleCalls;
  /** Asks again whether the event is still admitted: authority may have been revoked meanwhile. */
  readonly readmit: (event: Event, run: InboxRun) => Promise<Decision>;
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
    const readmit = (): Promise<Decision> => this.#rooms.readmit(event, run);
    const decision = await readmit();
    if (decision.effect !== 'allow') {
      await this.#rooms.record.revoke(subject, decision.code);
      return;
    }
    const live = this.#rooms.runs.begin(run);
    const { runs } = this.#rooms;
    const clock = new TurnClock(turnLimit(this.#kernel), () => runs.abort(run.runId, 'timeout'));
    const parked: Work['parked'] = (wait) => clock.pause(() => this.#rooms.park(wait));
    const stop = (): void => void runs.abort(run.runId, 'ask_flood');
    const work: Work = { ...subject, live, signal: live.signal, parked, stop, readmit };
    const facts = { runId: run.runId, agentId: run.agentId };
    try {
      // Somebody stopped it while it waited.
      work.signal.throwIfAborted();
      // A call that somebody makes himself has no model to ask, and ends by itself.
      if (event.origin?.call !== undefined) await this.#rooms.calls.take(work, this.#rooms);
      else await traced('turn', facts, () => this.#answer(work));
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
    const { added, refused, ...rest } = await record.begin(work, files);
    this.#tellMessages(work, added);
    this.#tellSession(work, 'start');
    if (refused !== undefined) throw budgetRefused(refused);
    if (rest.starts > MAX_STARTS) throw startedTooOften();
    this.#rooms.typing(event);
    const { model, reply: said } = await this.#converse(work, rest);
    const { approvals } = this.#rooms;
    const text = await settleReply(
      this.#kernel,
      approvals,
      siteOf(this.#kernel, work, { id: REPLY_CALL, name: 'reply' }),
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

  /**
   * Asks the model until it has no more calls to make. Which model that is, is asked anew each time:
   * another one, or another key of it, counts from the next request on.
   */
  async #converse(
    work: Work,
    { unanswered, soFar }: Pick<TurnBeginning, 'unanswered' | 'soFar'>,
  ): Promise<{ readonly model: Model; readonly reply: Reply }> {
    const { models } = this.#rooms;
    const { agentId } = work.run;
    let model = models.forAgent(agentId);
    let facts = toolFacts(work.event, model.id);
    const course = new Course(soFar, detectsLoops(this.#kernel));
    for (const call of unanswered) await this.#call({ work, facts, course, call, resumed: true });
    for (;;) {
      course.step();
      model = models.forAgent(agentId);
      facts = toolFacts(work.event, model.id);
      const offered = offeredTools(this.#kernel, this.#rooms.toolbox, work.run, facts);
      const reply = await askModel(this.#kernel, this.#rooms, work, model, offered);
      if (reply.calls.length === 0) return { model, reply };
      const calls = course.take(reply.calls);
      const step = { ...reply, calls };
      const asked = assistantMessage(work.run, model.id, step, 'toolUse', this.#kernel.now());
      this.#tellMessages(work, await this.#rooms.record.append(work.run, [asked]));
      for (const call of calls) await this.#call({ work, facts, course, call });
      if (work.live.text !== '') work.live.say('\n\n');
    }
  }

  /** Makes one call and writes its result down. */
  async #call(step: ToolStep & { readonly work: Work }): Promise<void> {
    const { work } = step;
    const { message, end } = await callTool(this.#kernel, this.#rooms, step);
    work.signal.throwIfAborted();
    this.#tellMessages(work, await this.#rooms.record.append(work.run, [message], end));
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
    const { channel, accountId, kind, id } = answerPlace(event) ?? event.conversation;
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

function startedTooOften(): PortcullisError {
  return new PortcullisError(
    'turn.too_many_starts',
    `The gateway stopped ${String(MAX_STARTS)} times during this turn, so it was given up.`,
    { hint: 'Look at the gateway log for why it stopped, then ask again.' },
  );
}

/** How long a turn may be at work, in milliseconds. */
function turnLimit(kernel: Kernel): number {
  const seconds = getPath(kernel.config().value, 'agents.defaults.timeoutSeconds');
  return (typeof seconds === 'number' ? seconds : TURN_SECONDS) * 1000;
}

function detectsLoops(kernel: Kernel): boolean {
  return getPath(kernel.config().value, 'tools.loopDetection.enabled') !== false;
}
