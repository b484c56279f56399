/**
 * Chat of operators and of HTTP callers: the same inbox, gate, lane and turn as every channel; only the answer goes back to
 * the connections that listen instead of through the outbox.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type ContextItem, type Event, PortcullisError } from '@portcullis/core';

import { MAIN_AGENT } from './agents.ts';
import { textHash } from './audit/journal.ts';
import { doorEvent } from './intake/door-event.ts';
import { type GatewayInbox, inboxTable } from './intake/inbox.ts';
import type { Kernel } from './kernel.ts';
import type { Lanes } from './session/lanes.ts';
import type { Runs } from './session/runs.ts';
import type {
  Caller,
  ChatContext,
  ChatSend,
  ChatSent,
  ChatService,
  HistoryPage,
  QueuedInput,
  QueuedInputs,
  TranscriptMessage,
} from './services.ts';
import { readMessage, readMessages, readSession } from './session/sessions.ts';

/** Runs whose callers are remembered. */
const REMEMBERED = 1000;
/** Waiting messages on one page. */
const QUEUED_PAGE = 20;

const KEY_SHAPE = /^agent:([a-z0-9][a-z0-9_-]{0,63}):[^\p{C}\s]{1,400}$/u;

/** What chat needs from the rest of the gateway. */
export interface ChatRooms {
  readonly inbox: GatewayInbox;
  readonly runs: Runs;
  readonly lanes: Lanes;
}

/** Chat for operator clients and HTTP callers. */
export class Chat implements ChatService {
  readonly #kernel: Kernel;
  readonly #inbox: GatewayInbox;
  readonly #runs: Runs;
  readonly #lanes: Lanes;
  readonly #stopDelegated: (sessionKey: string) => Promise<boolean>;
  /** Who began which run, the latest of them. */
  readonly #senders = new Map<string, string>();

  /** `stopDelegated` stops what other sessions do for one. */
  constructor(
    kernel: Kernel,
    { inbox, runs, lanes }: ChatRooms,
    stopDelegated: (sessionKey: string) => Promise<boolean>,
  ) {
    this.#kernel = kernel;
    this.#inbox = inbox;
    this.#runs = runs;
    this.#lanes = lanes;
    this.#stopDelegated = stopDelegated;
  }

  resolveKey(sessionKey: string): string {
    const { agents, mainKey } = this.#kernel;
    if (sessionKey === 'main' || sessionKey === '') {
      return `agent:${agents().find(({ isDefault }) => isDefault)?.id ?? MAIN_AGENT}:${mainKey()}`;
    }
    const agentId = KEY_SHAPE.exec(sessionKey)?.[1];
    if (agentId === undefined || !agents().some(({ id }) => id === agentId)) {
      throw new PortcullisError(
        'chat.session_invalid',
        'The session key names no agent of this gateway.',
        {
          hint: 'Use "main", or a key of sessions.list: agent:<agent>:<rest>.',
        },
      );
    }
    return sessionKey;
  }

  async send(caller: Caller, request: ChatSend): Promise<ChatSent> {
    const sessionKey = this.resolveKey(request.sessionKey);
    const { idempotencyKey: runId } = request;
    const event = chatEvent(caller, request, sessionKey, this.#kernel.now());
    this.#remember(runId, caller.id);
    const accepted = await this.#inbox.accept(event);
    if (accepted === 'duplicate')
      return { runId, sessionKey, ...(await this.#known(event, runId)) };
    return { runId, sessionKey, status: 'started' };
  }

  async history(
    sessionKey: string,
    options: { limit: number; offset?: number },
  ): Promise<HistoryPage> {
    const key = this.resolveKey(sessionKey);
    const page = await this.#kernel.store.transact(async (tx) => {
      const session = await readSession(tx, key);
      if (session === undefined) return undefined;
      return { session, messages: await readMessages(tx, session, options) };
    });
    const [live] = this.#runs.inSession(key);
    const inFlight =
      live === undefined
        ? {}
        : { inFlight: { runId: live.runId, text: live.text, startedAt: live.startedAt } };
    if (page === undefined) {
      return { sessionKey, messages: [], totalMessages: 0, hasMore: false, ...inFlight };
    }
    const { session, messages } = page;
    return {
      sessionKey,
      sessionId: session.sessionId,
      messages,
      totalMessages: session.messageCount,
      hasMore: (messages[0]?.seq ?? 1) > 1,
      ...inFlight,
    };
  }

  async queued(
    sessionKey: string,
    { before, runIds }: { before?: number; runIds?: readonly string[] } = {},
  ): Promise<QueuedInputs> {
    const keys = this.#lanes.waiting(this.resolveKey(sessionKey));
    if (keys.length === 0) return { items: [], total: 0 };
    const end = Math.min(keys.length, (before ?? Infinity) - 1);
    const start = runIds === undefined ? Math.max(0, end - QUEUED_PAGE) : 0;
    const found = await this.#inputs(keys.slice(start, end));
    const items =
      runIds === undefined ? found : found.filter(({ runId }) => runIds.includes(runId));
    return {
      items: items.slice(-QUEUED_PAGE),
      total: keys.length,
      ...(start > 0 ? { nextBefore: start + 1 } : {}),
    };
  }

  async #waitingIn(key: string): Promise<readonly QueuedInput[]> {
    return await this.#inputs(this.#lanes.waiting(key));
  }

  async #inputs(keys: readonly string[]): Promise<readonly QueuedInput[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      Promise.all(keys.map((key) => tx.get(inboxTable, key))),
    );
    return rows.flatMap((row): readonly QueuedInput[] => {
      const { run, event, receivedAt } = row ?? {};
      if (run === undefined || receivedAt === undefined) return [];
      const text = this.#kernel.egress.redact(event?.text ?? '');
      return [{ runId: run.runId, text, acceptedAt: receivedAt }];
    });
  }

  async message(sessionKey: string, messageId: string): Promise<TranscriptMessage | undefined> {
    const key = this.resolveKey(sessionKey);
    return this.#kernel.store.transact(async (tx) => {
      const session = await readSession(tx, key);
      return session === undefined ? undefined : readMessage(tx, session, messageId);
    });
  }

  async abort(
    _caller: Caller,
    { sessionKey, runId, queued = false }: { sessionKey: string; runId?: string; queued?: boolean },
  ): Promise<readonly string[]> {
    const key = this.resolveKey(sessionKey);
    const isMeant = (id: string): boolean => runId === undefined || id === runId;
    const waiting = queued || runId !== undefined ? await this.#waitingIn(key) : [];
    const doomed = waiting.filter(({ runId: id }) => isMeant(id)).map((input) => input.runId);
    // What waits is stopped as soon as its turn comes, before anything else is.
    for (const id of doomed) this.#runs.doom(id, 'rpc');
    const ids = this.#runs.active(key).filter(isMeant);
    const stopped = ids.filter((id) => this.#runs.abort(id, 'rpc'));
    if (runId === undefined) await this.#stopDelegated(key);
    return [...new Set([...stopped, ...doomed])];
  }

  async abortOf(callerId: string): Promise<readonly string[]> {
    const ids = [...this.#senders].flatMap(([runId, sender]) =>
      sender === callerId ? [runId] : [],
    );
    // What still waits in its lane is refused when its turn comes.
    return ids.filter((runId) => this.#runs.abort(runId, 'stop'));
  }

  #remember(runId: string, callerId: string): void {
    this.#senders.set(runId, callerId);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > REMEMBERED && oldest !== undefined) this.#senders.delete(oldest);
  }

  async wait(runId: string, timeoutMs: number): Promise<'ok' | 'error' | 'aborted' | 'timeout'> {
    const deadline = this.#kernel.now() + timeoutMs;
    for (;;) {
      const end = this.#runs.outcome(runId) ?? (await this.#stored(runId));
      if (end !== undefined) return end === 'parked' ? 'aborted' : end;
      const left = deadline - this.#kernel.now();
      if (left <= 0) return 'timeout';
      // A run that still waits in its lane has no live side yet: look again in a moment.
      await Promise.race([
        this.#runs.ended(runId) ?? sleep(Math.min(50, left)),
        sleep(left, undefined, { ref: false }),
      ]);
    }
  }

  async #known(event: Event, runId: string): Promise<Pick<ChatSent, 'status' | 'differs'>> {
    const row = await this.#kernel.store.transact((tx) =>
      tx.get(inboxTable, this.#inbox.keyOf(event)),
    );
    const isSame = row?.textHash === textHash(event.text ?? '');
    const differs = row === undefined || isSame ? {} : { differs: true as const };
    const isOver = this.#runs.get(runId) === undefined && row?.state === 'done';
    if (!isOver) return { status: 'in_flight', ...differs };
    return { status: row.outcome === 'answered' ? 'ok' : 'error', ...differs };
  }

  async #stored(runId: string): Promise<'ok' | 'error' | 'aborted' | undefined> {
    const [entry] = await this.#kernel.store.transact((tx) =>
      tx.find(inboxTable, { index: 'byRun', equals: [runId], limit: 1 }),
    );
    if (entry?.value.state !== 'done') return undefined;
    const { outcome } = entry.value;
    return outcome === 'answered' ? 'ok' : outcome === 'aborted' ? 'aborted' : 'error';
  }
}

function chatEvent(caller: Caller, request: ChatSend, sessionKey: string, now: number): Event {
  const { message, attachments, context, idempotencyKey: runId } = request;
  return {
    ...doorEvent(caller, { sessionKey, runId }, now),
    text: message,
    ...(attachments === undefined
      ? {}
      : {
          attachments: attachments.map(({ fileName, mimeType, content }) => ({
            ref: 'inline',
            content,
            ...(fileName === undefined ? {} : { name: fileName }),
            ...(mimeType === undefined ? {} : { mimeType }),
          })),
        }),
    ...(context === undefined ? {} : { context: context.map(contextItem) }),
  };
}

/** Nobody vouches for who said it, so that it has no author with an id. */
function contextItem({ author, text }: ChatContext): ContextItem {
  return { kind: 'history', sender: { name: author }, text };
}
