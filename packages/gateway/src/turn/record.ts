/**
 * The durable side of a turn: what is committed at each of its steps.
 *
 * The answer, the outbox rows that carry it and the end of the inbox row are one commit, so that a
 * crash at any point leaves a turn that is either to be done or done.
 *
 * @module
 */
import type { ContextItem, Decision, Event, Tx } from '@portcullis/core';
import { readLabel } from '@portcullis/policy/flow';

import type { Budgets } from '../budgets/budgets.ts';
import { mayTell } from '../budgets/notice.ts';
import { answerPlace } from '../intake/answer-place.ts';
import { type GatewayInbox, type InboxRun, inboxTable } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { isVisible } from '../intake/policy-input.ts';
import { takeRoomContext } from '../intake/room-context.ts';
import type { TranscriptMessage, TranscriptPart } from '../services.ts';
import { type OwnWords, ownWords, ownWordsColumns } from '../session/own-words.ts';
import {
  type SessionRow,
  appendMessage,
  openSession,
  readMessages,
  readSession,
  writeSession,
} from '../session/sessions.ts';
import { messageLabel, withLearned } from '../brokers/session-flow.ts';
import { withoutSecret } from './hidden-parts.ts';
import { type Beside, besideOf } from './beside.ts';
import { describeEvent } from './prompt.ts';
import type { ToolCall } from './tool-decision.ts';
import { sortUnanswered } from './unanswered.ts';

/** A message before it has its place in a session. */
export type Draft = Omit<TranscriptMessage, 'id' | 'seq'>;

/** One admitted event at work. */
export interface TurnSubject {
  /** Key of its inbox row. */
  readonly key: string;
  readonly event: Event;
  readonly run: InboxRun;
}

/** How a turn ended without an answer. */
export interface TurnFailure {
  readonly outcome: 'error' | 'aborted';
  /** What was said before it ended. */
  readonly partial: string;
  /** For the transcript, where it is an error. */
  readonly errorMessage?: string;
  /** For the conversation, where it should hear of it. */
  readonly apology?: string;
  /** Names what the apology says to whom: under one name it is said once an hour. */
  readonly once?: string;
  /** Error code, for the audit log. */
  readonly cause?: string;
  /** True when the session was reset or deleted meanwhile: nothing is written to it. */
  readonly sessionGone: boolean;
}

/** What the record needs from the rest of the gateway. */
export interface RecordRooms {
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly budgets: Budgets;
  readonly paired: (event: Event) => Promise<readonly string[]>;
  /** Ids of the calls of a run that asked for an approval and have no outcome. */
  readonly openCalls: (tx: Tx, runId: string) => Promise<ReadonlySet<string>>;
}

/** Where a turn begins. */
export interface TurnBeginning {
  readonly added: readonly TranscriptMessage[];
  /** Calls that wait for an approval, or got one: to be taken up before the model is asked again. */
  readonly unanswered: readonly ToolCall[];
  /** What the turn wrote before, oldest first: nothing, unless it begins again. */
  readonly soFar: readonly TranscriptMessage[];
  /** How often the turn began, this time included. */
  readonly starts: number;
  /** Set where a budget has no room for the answer: nothing is to be spent on it. */
  readonly refused?: Decision;
}

/** Messages of one run looked through to find where it stopped: more than a turn can write. */
const RUN_MESSAGES = 200;

/** Writes the steps of turns. */
export class TurnRecord {
  readonly #kernel: Kernel;
  readonly #inbox: GatewayInbox;
  readonly #outbox: Outbox;
  readonly #budgets: Budgets;
  readonly #paired: RecordRooms['paired'];
  readonly #openCalls: RecordRooms['openCalls'];

  constructor(kernel: Kernel, { inbox, outbox, budgets, paired, openCalls }: RecordRooms) {
    this.#kernel = kernel;
    this.#inbox = inbox;
    this.#outbox = outbox;
    this.#budgets = budgets;
    this.#paired = paired;
    this.#openCalls = openCalls;
  }

  /**
   * Writes the user's message, with its files, once, however often the turn begins. Resolves with
   * what was added.
   */
  async begin(
    { key, event, run }: TurnSubject,
    files: readonly TranscriptPart[],
  ): Promise<TurnBeginning> {
    const kernel = this.#kernel;
    kernel.step('turn.before-begin');
    const beginning = await commit(kernel, async (tx) => {
      const now = kernel.now();
      const session = await openSession(tx, { key: run.sessionKey, agentId: run.agentId, now });
      const recent = await readMessages(tx, session, { limit: RUN_MESSAGES });
      const mine = recent.filter((message) => message.runId === run.runId);
      const left = sortUnanswered(mine, await this.#openCalls(tx, run.runId), now);
      const first = mine.length > 0 ? undefined : await this.#userMessage(tx, event, run, files);
      const drafts = first === undefined ? left.givenUp : [first.draft];
      const words = ownWords(event, run.principal);
      const written = this.#append(tx, run, session, drafts, words);
      writeSession(tx, {
        ...afterMessage(written.session, { event, run }, files.length > 0, first?.beside),
        status: 'running',
        lastRunId: run.runId,
        ...(isGatewayDoor(event) ? {} : { conversation: event.conversation }),
      });
      const code = mine.length > 0 ? 'turn.resumed' : 'turn.begun';
      this.#note(tx, run, code, { inbox: key, sessionId: session.sessionId });
      const soFar = mine.length > 0 ? [...mine, ...written.messages] : [];
      const starts = await this.#countStart(tx, key);
      const found = { added: written.messages, unanswered: left.open, soFar, starts };
      const refused = await this.#holdReply(tx, { key, event, run });
      return refused === undefined ? found : { ...found, refused };
    });
    kernel.step('turn.after-begin');
    return beginning;
  }

  /** Writes messages of a running turn, and what belongs to them. */
  async append(
    run: InboxRun,
    drafts: readonly Draft[],
    also?: (tx: Tx) => void,
  ): Promise<readonly TranscriptMessage[]> {
    return await commit(this.#kernel, async (tx) => {
      also?.(tx);
      const session = await this.#open(tx, run);
      const written = this.#append(tx, run, session, drafts);
      writeSession(tx, written.session);
      return written.messages;
    });
  }

  /** Writes the answer and the end of the event. */
  async answer(
    { key, event, run }: TurnSubject,
    draft: Draft,
    text: string,
  ): Promise<{ readonly message: TranscriptMessage; readonly rows: readonly OutboxRow[] }> {
    const kernel = this.#kernel;
    kernel.step('turn.before-commit');
    const result = await commit(kernel, async (tx) => {
      const session = await this.#open(tx, run);
      const written = appendMessage(tx, session, draft);
      writeSession(tx, {
        ...written.session,
        inputTokens: session.inputTokens + (draft.usage?.input ?? 0),
        outputTokens: session.outputTokens + (draft.usage?.output ?? 0),
        status: 'done',
        ...(draft.model === undefined ? {} : { model: draft.model }),
      });
      const rows = this.#reply(tx, event, run, text);
      await this.#settle(tx, key, 'answered', rows.length);
      this.#note(tx, run, 'turn.answered', tokensOf(draft));
      return { message: written.message, rows };
    });
    this.#inbox.settled();
    kernel.step('turn.after-commit');
    return result;
  }

  /** Writes that a turn ended without an answer. Resolves with the apology to deliver. */
  async fail(
    { key, event, run }: TurnSubject,
    failure: TurnFailure,
  ): Promise<readonly OutboxRow[]> {
    const { outcome, partial, errorMessage, apology, once, cause, sessionGone } = failure;
    const rows = await commit(this.#kernel, async (tx) => {
      const session = sessionGone ? undefined : await readSession(tx, run.sessionKey);
      if (session !== undefined) {
        const written = appendMessage(tx, session, {
          role: 'assistant',
          content: partial === '' ? [] : [{ type: 'text', text: partial }],
          timestamp: this.#kernel.now(),
          runId: run.runId,
          stopReason: outcome,
          ...(errorMessage === undefined ? {} : { errorMessage }),
        });
        writeSession(tx, { ...written.session, status: outcome });
      }
      await this.#settle(tx, key, outcome);
      this.#note(tx, run, outcome === 'error' ? 'turn.failed' : 'turn.aborted', { cause });
      // What no person asked for just now apologises to nobody: its maker is told in another way.
      const isOwed = apology !== undefined && !isGatewayDoor(event);
      const isDue = once === undefined || (await mayTell(tx, once, this.#kernel.now()));
      return isOwed && isDue ? this.#reply(tx, event, run, apology) : [];
    });
    this.#inbox.settled();
    return rows;
  }

  /** Writes that authority was gone before the turn began. */
  async revoke({ key, run }: TurnSubject, code: string): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      await this.#settle(tx, key, code);
      this.#note(tx, run, 'turn.revoked', { cause: code });
    });
    this.#inbox.settled();
  }

  async #userMessage(
    tx: Tx,
    event: Event,
    run: InboxRun,
    files: readonly TranscriptPart[],
  ): Promise<{ readonly draft: Draft; readonly beside: Beside | undefined }> {
    const paired = await this.#paired(event);
    // What stands beside a request of the API was sent by its caller, who is admitted: nobody overheard it.
    const visible = (item: ContextItem): boolean =>
      event.kind === 'api' || isVisible(this.#kernel.policy(), event, item, paired);
    const around = (await takeRoomContext(tx, event.conversation)).filter(visible);
    const shown = { ...event, context: (event.context ?? []).filter(visible) };
    const text = describeEvent(shown, around, event.conversation.kind !== 'direct');
    const own: TranscriptPart[] = text === '' ? [] : [{ type: 'text', text }];
    const draft: Draft = {
      role: 'user',
      content: [...own, ...files],
      timestamp: this.#kernel.now(),
      runId: run.runId,
    };
    const items = [...around, ...shown.context];
    return { draft, beside: besideOf(this.#kernel, shown, run.principal, items) };
  }

  /** Writes messages without the secrets of this gateway, and that there were some. */
  #append(
    tx: Tx,
    run: InboxRun,
    session: SessionRow,
    drafts: readonly Draft[],
    words?: OwnWords,
  ): { readonly session: SessionRow; readonly messages: readonly TranscriptMessage[] } {
    const kept = drafts.map((draft) => {
      const content = draft.content.map((part) => withoutSecret(this.#kernel.egress, part));
      if (content.every((part, index) => part === draft.content[index])) return draft;
      this.#note(tx, run, 'turn.secret_hidden', { role: draft.role });
      return { ...draft, content };
    });
    // Own words are kept as they are or not at all: with a part cut out, the rest could name somebody.
    const tells = words !== undefined && this.#kernel.egress.carries([words.text]);
    return appendAll(tx, session, kept, tells ? undefined : words);
  }

  #open(tx: Tx, run: InboxRun): Promise<SessionRow> {
    const { sessionKey: key, agentId } = run;
    return openSession(tx, { key, agentId, now: this.#kernel.now() });
  }

  async #countStart(tx: Tx, key: string): Promise<number> {
    const row = await tx.get(inboxTable, key);
    const starts = (row?.starts ?? 0) + 1;
    if (row !== undefined) tx.put(inboxTable, key, { ...row, starts });
    return starts;
  }

  /**
   * Sets aside the message that will carry the answer, so that no answer is paid for that could not
   * be sent. A turn that begins again finds what it set aside. Answers with the refusal.
   */
  async #holdReply(tx: Tx, { key, event, run }: TurnSubject): Promise<Decision | undefined> {
    const row = await tx.get(inboxTable, key);
    const to = answerPlace(event);
    if (row === undefined || row.hold !== undefined || to === undefined) return undefined;
    const spender = { run, channel: to.channel };
    const { decision, hold } = await this.#budgets.reserve(tx, spender, { messages: 1 });
    if (hold === undefined) return decision;
    tx.put(inboxTable, key, { ...row, hold });
    return undefined;
  }

  /** Ends the event. An answer goes out whole, also where its parts are more than was set aside. */
  async #settle(tx: Tx, key: string, outcome: string, parts = 0): Promise<void> {
    const row = await tx.get(inboxTable, key);
    if (row === undefined) return;
    if (row.hold !== undefined) await this.#budgets.settle(tx, row.hold, { messages: parts });
    await this.#inbox.settle(tx, key, row, outcome);
  }

  #reply(tx: Tx, event: Event, run: InboxRun, text: string): readonly OutboxRow[] {
    const to = answerPlace(event);
    if (text.trim() === '' || to === undefined) return [];
    const inRoom = to.kind !== 'direct' && event.messageId !== undefined;
    return this.#outbox.enqueue(tx, {
      to,
      text,
      runId: run.runId,
      ...(inRoom ? { replyTo: event.messageId } : {}),
    });
  }

  #note(
    tx: Tx,
    run: InboxRun,
    code: string,
    facts: Readonly<Record<string, string | number | undefined>>,
  ): void {
    this.#kernel.journal.record(tx, {
      kind: 'turn',
      at: this.#kernel.now(),
      principal: run.principal.id,
      code,
      runId: run.runId,
      sessionKey: run.sessionKey,
      ...facts,
    });
  }
}

/** Whether an event came through a door of the gateway itself: no conversation is its own. */
export function isGatewayDoor(event: Event): boolean {
  return event.origin !== undefined;
}

function tokensOf({ usage }: Draft): Readonly<Record<string, number | undefined>> {
  return { inputTokens: usage?.input, outputTokens: usage?.output };
}

function appendAll(
  tx: Tx,
  session: SessionRow,
  drafts: readonly Draft[],
  words?: OwnWords,
): { readonly session: SessionRow; readonly messages: readonly TranscriptMessage[] } {
  let next = session;
  const messages: TranscriptMessage[] = [];
  for (const draft of drafts) {
    const own = draft.role === 'user' ? ownWordsColumns(words) : {};
    const written = appendMessage(tx, next, draft, own);
    next = written.session;
    messages.push(written.message);
  }
  return { session: next, messages };
}

/** Kinds of events that somebody's session started. */
const STARTED: ReadonlySet<string> = new Set(['cron', 'subagent']);

/** A session after a message: it has seen what its sender, its files and what stands beside it bring. */
function afterMessage(
  session: SessionRow,
  { event: { at, kind, origin }, run: { principal } }: Pick<TurnSubject, 'event' | 'run'>,
  hasFiles: boolean,
  beside: Beside | undefined,
): SessionRow {
  const brought: readonly Beside[] = [
    { trust: principal.trust, source: `a message of ${principal.id}` },
    ...(hasFiles
      ? [{ trust: 'external', source: `a file that ${principal.id} sent` } as const]
      : []),
    ...(beside === undefined ? [] : [beside]),
  ];
  const told = brought.reduce(
    (seen, { trust, source }) => withLearned(seen, messageLabel(trust), { source, at }),
    session,
  );
  // A session may have begun anew while its work was waiting: what came with the work is not forgotten.
  const label = STARTED.has(kind) ? origin?.label : undefined;
  return label === undefined
    ? told
    : withLearned(told, readLabel(label), { source: `what ${principal.id} was given`, at });
}
