/**
 * Sessions and their transcripts.
 *
 * A session key selects a conversation; a session id names one life of it, from one reset to the
 * next. A key is routing, never authority.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';

import {
  type Conversation,
  type Table,
  type TrustClass,
  type Tx,
  defineTable,
} from '@portcullis/core';

import type { FlowLabel } from '@portcullis/policy/flow';

import type { Kernel } from '../kernel.ts';
import type { TranscriptMessage } from '../services.ts';
import type { FlowStory } from './story.ts';

/** A session as it is stored. */
export interface SessionRow {
  readonly key: string;
  readonly sessionId: string;
  readonly agentId: string;
  /** Where an answer goes when nothing else says so; absent for operator sessions. */
  readonly conversation?: Conversation;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Messages written so far; the next one gets this plus one. */
  readonly messageCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly model?: string;
  readonly lastRunId?: string;
  readonly status: 'idle' | 'running' | 'done' | 'error' | 'aborted';
  readonly preview?: string;
  readonly label?: string;
  /** When an operator pinned or archived it. */
  readonly pinnedAt?: number;
  readonly archivedAt?: number;
  /** What the session has seen (POLICY 9). Absent in a fresh row: nothing yet. */
  readonly flow?: FlowLabel;
  /** How the label came to be, for approvers. */
  readonly story?: FlowStory;
  /** What the owner chose for commands by `/exec` and `/elevated`. */
  readonly exec?: ExecOverride;
  /** How a room wakes the agent, where the owner chose. */
  readonly activation?: 'always' | 'mention';
  /** Keys of the sessions that spawned this one, the nearest first. Only where one did. */
  readonly ancestors?: readonly string[];
  /** The person it was spawned for. Only where a session spawned it. */
  readonly spawnedFor?: string;
}

/** What an owner chose for the commands of a session. */
export interface ExecOverride {
  readonly host?: 'auto' | 'sandbox' | 'gateway' | 'node';
  readonly security?: 'deny' | 'allowlist' | 'full';
  readonly ask?: 'off' | 'on-miss' | 'always';
  readonly elevated?: 'on' | 'ask' | 'full' | 'off';
}

/** One message of one life of a session. */
export interface MessageRow extends TranscriptMessage {
  readonly sessionId: string;
  /** Principal id of the person whose message it is, with {@link MessageRow.wrote}. */
  readonly author?: string;
  /** What he wrote himself, and the class he had then. Never leaves the store with the transcript. */
  readonly wrote?: { readonly trust: TrustClass; readonly text: string };
}

/** Sessions by the hash of their key, so that a key of any length and case is stored safely. */
export const sessionsTable: Table<SessionRow> = defineTable<SessionRow>('sessions', {
  byUpdated: ['updatedAt'],
});

/** Messages by `<sessionId>/<seq>`. */
export const messagesTable: Table<MessageRow> = defineTable<MessageRow>('messages', {
  bySession: ['sessionId', 'seq'],
  byAuthor: ['sessionId', 'author'],
  byTime: ['timestamp'],
});

/** Woken when any session changed. */
export const SESSIONS_TOPIC = 'sessions';

const PREVIEW_CHARS = 120;

function storageKey(sessionKey: string): string {
  return createHash('sha256').update(sessionKey, 'utf8').digest('hex');
}

function messageKey(sessionId: string, seq: number): string {
  return `${sessionId}/${String(seq)}`;
}

/** Reads a session inside a unit of work. */
export function readSession(tx: Tx, key: string): Promise<SessionRow | undefined> {
  return tx.get(sessionsTable, storageKey(key));
}

/** Reads a session, or makes the row of a new one (not yet written). */
export async function openSession(
  tx: Tx,
  init: { readonly key: string; readonly agentId: string; readonly now: number },
): Promise<SessionRow> {
  const known = await readSession(tx, init.key);
  return known ?? freshSession(init);
}

function freshSession(init: { key: string; agentId: string; now: number }): SessionRow {
  return {
    key: init.key,
    sessionId: randomUUID(),
    agentId: init.agentId,
    createdAt: init.now,
    updatedAt: init.now,
    messageCount: 0,
    inputTokens: 0,
    outputTokens: 0,
    status: 'idle',
    flow: { u: 0, P: [] },
  };
}

/** Starts the next life of a session. Undefined when there is no such session. */
export async function renewSession(
  tx: Tx,
  key: string,
  now: number,
): Promise<SessionRow | undefined> {
  const old = await readSession(tx, key);
  if (old === undefined) return undefined;
  const { label, pinnedAt, conversation, activation, ancestors, spawnedFor } = old;
  const fresh: SessionRow = {
    ...freshSession({ key, agentId: old.agentId, now }),
    ...(label === undefined ? {} : { label }),
    ...(pinnedAt === undefined ? {} : { pinnedAt }),
    ...(conversation === undefined ? {} : { conversation }),
    ...(activation === undefined ? {} : { activation }),
    ...(ancestors === undefined ? {} : { ancestors }),
    ...(spawnedFor === undefined ? {} : { spawnedFor }),
  };
  writeSession(tx, fresh);
  return fresh;
}

/** Deletes a session with its messages. Resolves with what it was; undefined when there was none. */
export async function removeSession(tx: Tx, key: string): Promise<SessionRow | undefined> {
  const old = await readSession(tx, key);
  if (old === undefined) return undefined;
  tx.delete(sessionsTable, storageKey(key));
  for (let seq = 1; seq <= old.messageCount; seq += 1) {
    tx.delete(messagesTable, messageKey(old.sessionId, seq));
  }
  tx.notify(SESSIONS_TOPIC);
  return old;
}

/** Writes a session row. */
export function writeSession(tx: Tx, row: SessionRow): void {
  tx.put(sessionsTable, storageKey(row.key), row);
  tx.notify(SESSIONS_TOPIC);
}

/** Appends a message and returns the session as it is then (not yet written) with the message. */
export function appendMessage(
  tx: Tx,
  session: SessionRow,
  message: Omit<TranscriptMessage, 'id' | 'seq'>,
  words: Pick<MessageRow, 'author' | 'wrote'> = {},
): { readonly session: SessionRow; readonly message: TranscriptMessage } {
  const seq = session.messageCount + 1;
  const stored: TranscriptMessage = { ...message, id: `${session.sessionId}:${String(seq)}`, seq };
  tx.put(messagesTable, messageKey(session.sessionId, seq), {
    ...stored,
    ...words,
    sessionId: session.sessionId,
  });
  const text = message.content.find((part) => part.type === 'text')?.text;
  // What is talked about again is no longer out of the way.
  const { archivedAt: _archivedAt, ...present } = session;
  return {
    session: {
      ...present,
      messageCount: seq,
      updatedAt: message.timestamp,
      ...(text === undefined ? {} : { preview: text.slice(0, PREVIEW_CHARS) }),
    },
    message: stored,
  };
}

/** The message of that id, where it is one of this life of the session. */
export async function readMessage(
  tx: Tx,
  { sessionId }: SessionRow,
  id: string,
): Promise<TranscriptMessage | undefined> {
  const [life, seq, ...more] = id.split(':');
  if (life !== sessionId || more.length > 0) return undefined;
  const row = await tx.get(messagesTable, messageKey(sessionId, Number(seq)));
  return row === undefined ? undefined : toTranscript(row);
}

function toTranscript(row: MessageRow): TranscriptMessage {
  const { sessionId: _id, author: _author, wrote: _wrote, ...message } = row;
  return message;
}

/** The newest messages of a session, oldest first. `before` is an exclusive position. */
export async function readMessages(
  tx: Tx,
  session: SessionRow,
  options: { readonly limit: number; readonly offset?: number },
): Promise<readonly TranscriptMessage[]> {
  const newest = session.messageCount - (options.offset ?? 0);
  if (newest <= 0) return [];
  const rows = await tx.find(messagesTable, {
    index: 'bySession',
    equals: [session.sessionId],
    upTo: newest,
    limit: options.limit,
    reverse: true,
  });
  return rows.map(({ value }) => toTranscript(value)).toReversed();
}

/** What changes to sessions need to know of running turns. */
export interface ActiveRuns {
  active(sessionKey: string): readonly string[];
  /** Stops every run of the session and resolves when they have ended. */
  abortAll(sessionKey: string, reason: 'reset' | 'delete'): Promise<readonly string[]>;
}

/** Whether a key names the main session of its agent. */
export function isMain(kernel: Kernel, key: string): boolean {
  const [, agentId, rest, ...more] = key.split(':');
  return agentId !== undefined && rest === kernel.mainKey() && more.length === 0;
}
