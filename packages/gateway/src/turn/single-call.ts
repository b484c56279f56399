/**
 * One call of one tool that a caller makes himself. It enters by the inbox, is admitted by the gate and
 * waits in the lane of its session like a message, and then runs as a call of the agent would: the
 * same decisions, the same brokers, the same budget. Nobody is asked, nothing of it is repeated after a
 * crash, and its result leaves only where an answer to the caller may.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';

import { type Decision, type Event, canonicalJson } from '@portcullis/core';

import { messageLabel, withLearned } from '../brokers/session-flow.ts';
import { doorEvent } from '../intake/door-event.ts';
import { type GatewayInbox, inboxTable } from '../intake/inbox.ts';
import { toolFacts } from '../intake/tool-facts.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Models } from '../models.ts';
import type { Caller, ToolAnswer, ToolRequest } from '../services.ts';
import type { Runs } from '../session/runs.ts';
import { openSession, writeSession } from '../session/sessions.ts';
import { Course } from './course.ts';
import { releaseResult } from './reply.ts';
import type { CallFault } from './tool-calls.ts';
import { type ToolRooms, callTool } from './tool-step.ts';
import { type CallWork, type Work, siteOf } from './work.ts';

/** How long a call waits for the turn of its session that is at work. */
const LANE_MS = 30_000;
/** How long an answer is kept for a caller who asks again, and how many are. */
const KEPT_MS = 300_000;
const KEPT = 1000;

/** What calls need from the rest of the gateway. */
export interface SingleCallRooms extends ToolRooms {
  readonly models: Models;
}

/** A call on its way. */
interface Waiting {
  readonly callerId: string;
  /** Names tool and arguments. */
  readonly digest: string;
  readonly answer: Promise<ToolAnswer>;
  readonly settle: (answer: ToolAnswer) => void;
  /** Aborts when nobody waits for it any more. */
  readonly left: AbortController;
  hasBegun: boolean;
}

/** Calls that callers make themselves. */
export class SingleCalls {
  readonly #kernel: Kernel;
  readonly #inbox: GatewayInbox;
  readonly #runs: Runs;
  readonly #calls = new Map<string, Waiting>();
  /** Those that are over and kept for a repeat, oldest first: only they make room. */
  readonly #kept = new Set<string>();

  constructor(kernel: Kernel, rooms: { readonly inbox: GatewayInbox; readonly runs: Runs }) {
    this.#kernel = kernel;
    this.#inbox = rooms.inbox;
    this.#runs = rooms.runs;
    const hear = async (_tx: unknown, event: Event, outcome: string): Promise<void> =>
      this.#ended(event, outcome);
    this.#inbox.onEnd('api', hear);
    this.#inbox.onEnd('operator', hear);
  }

  /** Makes a call. Throws `inbox.overloaded` and what the store throws; then nothing was done. */
  async invoke(caller: Caller, request: ToolRequest): Promise<ToolAnswer> {
    const { tool, args, sessionKey, idempotencyKey, signal, revoked } = request;
    const runId = runIdOf(caller, request);
    const digest = createHash('sha256')
      .update(canonicalJson([tool, args]))
      .digest('hex');
    const known = this.#calls.get(runId);
    if (known !== undefined) {
      return known.digest === digest ? await known.answer : answers(runId).conflict;
    }
    const waiting = makeWaiting(caller.id, digest);
    this.#calls.set(runId, waiting);
    const event = doorEvent(
      caller,
      { sessionKey, runId, call: { tool, args } },
      this.#kernel.now(),
    );
    const leave = (): void => this.#leave(runId, waiting, 'stopped');
    const late = setTimeout(() => {
      if (!waiting.hasBegun) this.#leave(runId, waiting, 'busy');
    }, LANE_MS);
    try {
      // What was named before and is not remembered here ran, or was cut off, and does not run again.
      if ((await this.#inbox.accept(event)) === 'duplicate') {
        waiting.settle(answers(runId).conflict);
      }
      // A call that has a name goes on: its caller can come back for what it gave.
      const ends = [revoked, idempotencyKey === undefined ? signal : undefined];
      for (const end of ends) end?.addEventListener('abort', leave, { once: true });
      if (ends.some((end) => end?.aborted === true)) leave();
      return await waiting.answer;
    } catch (error) {
      waiting.settle(answers(runId).stopped);
      this.#calls.delete(runId);
      throw error;
    } finally {
      clearTimeout(late);
      for (const end of [revoked, signal]) end?.removeEventListener('abort', leave);
      this.#keep(runId, idempotencyKey !== undefined);
    }
  }

  /** Stops every call of a caller that is not over. */
  abortOf(callerId: string): void {
    for (const [runId, waiting] of this.#calls) {
      if (waiting.callerId === callerId) this.#leave(runId, waiting, 'stopped');
    }
  }

  /** Takes an admitted call. Never throws for what the tool does. */
  async take(work: Work, rooms: SingleCallRooms): Promise<void> {
    const { event, run, live } = work;
    const call = event.origin?.call;
    const waiting = this.#calls.get(run.runId);
    // After a restart nobody waits, and whether it had run is not known: it is not repeated.
    if (call === undefined || waiting === undefined || waiting.left.signal.aborted) {
      await this.#over(work, 'aborted');
      live.end('aborted', { stopReason: 'rpc' });
      return;
    }
    waiting.hasBegun = true;
    const signal = AbortSignal.any([work.signal, waiting.left.signal]);
    try {
      const answer = await this.#run({ ...work, signal, unattended: true }, rooms, call);
      await this.#over(work, answer.ok ? 'answered' : 'error');
      waiting.settle(answer);
      live.end(answer.ok ? 'ok' : 'error', { stopReason: 'stop' });
    } catch (error) {
      if (!signal.aborted) {
        this.#kernel.log.error({ runId: run.runId, err: error }, 'tools: a call broke');
      }
      await this.#over(work, signal.aborted ? 'aborted' : 'error');
      waiting.settle(signal.aborted ? answers(run.runId).stopped : answers(run.runId).broken);
      live.end(signal.aborted ? 'aborted' : 'error', { stopReason: 'error' });
    }
  }

  async #run(
    work: CallWork,
    rooms: SingleCallRooms,
    { tool, args }: NonNullable<NonNullable<Event['origin']>['call']>,
  ): Promise<ToolAnswer> {
    const kernel = this.#kernel;
    const { run, event } = work;
    const { runId } = run;
    const call = { id: `call_${runId}`, name: tool, input: args };
    const facts = toolFacts(event, rooms.models.forAgent(run.agentId).id);
    const over = kernel.toolPolicy().overHttp(tool, rooms.toolbox.registered());
    const refused = over.effect === 'allow' ? undefined : over;
    await this.#open(work);
    const course = new Course([], false);
    const { message, fault, end } = await callTool(kernel, rooms, {
      work,
      facts,
      course,
      call,
      refused,
    });
    await commit(kernel, end);
    const [part] = message.content;
    const text = part?.type === 'toolResult' ? part.text : '';
    // Also what a tool says of its failure may hold what the caller may not know.
    const released = await releaseResult(
      kernel,
      siteOf(kernel, work, { id: call.id, name: tool }),
      text,
    );
    if ('refused' in released) return answers(runId).withheld(released.refused);
    if (fault === undefined) return { ok: true, runId, text: released.text };
    return answers(runId).fault(fault, released.text);
  }

  /** The session knows whose call it is part of, before anything is done. */
  async #open({ run, event }: CallWork): Promise<void> {
    const { principal, sessionKey: key, agentId } = run;
    const seen = { source: `a call of ${principal.id}`, at: event.at };
    await commit(this.#kernel, async (tx) => {
      const session = await openSession(tx, { key, agentId, now: this.#kernel.now() });
      writeSession(tx, withLearned(session, messageLabel(principal.trust), seen));
    });
  }

  /** Writes that the event is over. */
  async #over({ key }: Work, outcome: string): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      const row = await tx.get(inboxTable, key);
      if (row !== undefined) await this.#inbox.settle(tx, key, row, outcome);
    });
    this.#inbox.settled();
  }

  /** An event ended: where the call had not begun, it was refused at the gate. */
  #ended({ origin }: Event, outcome: string): void {
    const waiting = this.#calls.get(origin?.runId ?? '');
    if (origin?.call === undefined || waiting === undefined || waiting.hasBegun) return;
    const { refused, stopped } = answers(origin.runId ?? '');
    waiting.settle(outcome === 'aborted' ? stopped : refused(outcome));
  }

  #leave(runId: string, waiting: Waiting, why: 'stopped' | 'busy'): void {
    waiting.left.abort();
    this.#runs.abort(runId, 'rpc');
    if (!waiting.hasBegun) waiting.settle(answers(runId)[why]);
  }

  /** Keeps a named call for a while, so that a repeat hears the same. */
  #keep(runId: string, isNamed: boolean): void {
    if (!isNamed || !this.#calls.has(runId)) {
      this.#calls.delete(runId);
      return;
    }
    setTimeout(() => this.#forget(runId), KEPT_MS).unref();
    this.#kept.add(runId);
    const [oldest] = this.#kept;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#forget(oldest);
  }

  #forget(runId: string): void {
    if (this.#kept.delete(runId)) this.#calls.delete(runId);
  }
}

function makeWaiting(callerId: string, digest: string): Waiting {
  const { promise, resolve } = Promise.withResolvers<ToolAnswer>();
  const left = new AbortController();
  return { callerId, digest, answer: promise, settle: resolve, left, hasBegun: false };
}

/** The id of a call. Nobody else's call can have it, whatever he calls his own. */
function runIdOf({ id }: Caller, { sessionKey, idempotencyKey }: ToolRequest): string {
  if (idempotencyKey === undefined) return `tool-${randomUUID()}`;
  const named = JSON.stringify([id, sessionKey, idempotencyKey]);
  return `tool-${createHash('sha256').update(named).digest('hex').slice(0, 40)}`;
}

type Refused = Extract<ToolAnswer, { ok: false }>;

/** Everything a caller may hear of a call that gave no result. */
function answers(runId: string): {
  readonly conflict: Refused;
  readonly stopped: Refused;
  readonly busy: Refused;
  readonly broken: Refused;
  readonly refused: (code: string) => Refused;
  readonly withheld: (decision: Decision) => Refused;
  readonly fault: (fault: CallFault, text: string) => Refused;
} {
  const no = (kind: Refused['kind'], code: string, message: string): Refused => ({
    ok: false,
    runId,
    kind,
    code,
    message,
  });
  return {
    conflict: no('conflict', 'tool.key_reused', 'The idempotency key was used before.'),
    stopped: no('stopped', 'tool.stopped', 'The call was stopped.'),
    busy: no(
      'busy',
      'tool.session_busy',
      'The session is at work, and nothing was done. Try again in a moment.',
    ),
    broken: no('broken', 'tool.failed', 'The tool failed unexpectedly.'),
    refused: (code) => no('forbidden', code, 'The call was not admitted.'),
    withheld: ({ code }) =>
      no(
        'forbidden',
        code,
        'The tool ran, and its result may not be told to you: it holds what you may not know. flow.audience says who may.',
      ),
    fault: ({ kind, code, needsApproval }, text) => {
      if (needsApproval === undefined) return no(kind, code, text);
      const hint = 'It needs an approval, and nobody is asked here: have an agent do it.';
      return { ...no(kind, code, `${text} ${hint}`), needsApproval };
    },
  };
}
