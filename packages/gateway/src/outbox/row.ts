/**
 * Outbound messages as rows: `pending -> sending -> sent | unknown | failed`.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import {
  type Channel,
  type Conversation,
  type MessageButton,
  type OutboundFile,
  type Table,
  type Tx,
  defineTable,
} from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import type { Kernel } from '../kernel.ts';
import type { OutboxItem, OutboxState } from '../services.ts';
import { type RowFile, dropBytes, rowFileOf } from './files.ts';

/** One outbound message, at most what its network takes in one piece. */
export interface OutboxRow {
  readonly id: string;
  readonly state: OutboxState;
  readonly to: Conversation;
  readonly text: string;
  readonly replyTo?: string;
  readonly buttons?: readonly (readonly MessageButton[])[];
  /** What goes out beside the text. Its bytes are kept apart until the row is settled. */
  readonly file?: RowFile;
  readonly runId?: string;
  readonly part: number;
  readonly parts: number;
  readonly createdAt: number;
  /** When the row got its present state. */
  readonly settledAt: number;
  readonly attempts: number;
  /** Since when it may have arrived without our knowing. */
  readonly doubtSince?: number;
  readonly error?: string;
  readonly messageId?: string;
  /** Names receiver and text of a message with an id of its sender's own. */
  readonly digest?: string;
}

/** All outbound messages by id, which is also their idempotency key. */
export const outboxTable: Table<OutboxRow> = defineTable<OutboxRow>('outbox', {
  byState: ['state', 'settledAt'],
  byMessage: ['messageId'],
});

/** What is to be said to a conversation. */
export interface Outgoing {
  readonly to: Conversation;
  /** Markdown of any length. */
  readonly text: string;
  readonly replyTo?: string;
  readonly buttons?: readonly (readonly MessageButton[])[];
  readonly file?: OutboundFile;
  readonly runId?: string;
  /** An id of its own, with what it stands for: a repeat is known by it. */
  readonly named?: { readonly id: string; readonly digest: string };
}

/** Id of a piece of a message that has one. */
export function partId(id: string, part: number): string {
  return part === 1 ? id : `${id}.${String(part)}`;
}

/** The running channel of an account, if there is one. */
export type ChannelOf = (channel: string, accountId: string) => Channel | undefined;

/** Longest piece, in UTF-16 units, for a channel that does not say how to split. */
const PLAIN_PIECE = 4000;
const PREVIEW_CHARS = 120;
/** Longest text that goes beside a file, UTF-16 units: fits every network that takes files. */
const CAPTION = 1000;

/** Cuts an answer into the rows that will carry it. */
export function toRows(
  outgoing: Outgoing,
  channel: Channel | undefined,
  now: number,
): readonly OutboxRow[] {
  const { to, text, runId, replyTo, buttons, named, file } = outgoing;
  const cut = channel?.split?.(text) ?? cutPlain(text);
  const [only = text, second] = cut;
  const isCaption = file === undefined || (second === undefined && only.length <= CAPTION);
  const texts = cut.length === 0 ? [text] : cut;
  // What does not fit beside the file goes before it.
  const pieces = isCaption ? texts : [...texts, ''];
  return pieces.map((piece, index) => ({
    id: named === undefined ? randomUUID() : partId(named.id, index + 1),
    state: 'pending',
    to,
    text: piece,
    ...(runId === undefined ? {} : { runId }),
    ...(replyTo === undefined || index > 0 ? {} : { replyTo }),
    ...(buttons === undefined || index < pieces.length - 1 ? {} : { buttons }),
    ...(file === undefined || index < pieces.length - 1 ? {} : { file: rowFileOf(file) }),
    ...(named === undefined ? {} : { digest: named.digest }),
    part: index + 1,
    parts: pieces.length,
    createdAt: now,
    settledAt: now,
    attempts: 0,
  }));
}

/** Writes a row and the line that tells of it, in one unit of work. Returns it as it is stored. */
export function writeRow(
  kernel: Kernel,
  tx: Tx,
  row: OutboxRow,
  code: string,
  principal?: string,
): OutboxRow {
  const now = kernel.now();
  const stored: OutboxRow = { ...row, settledAt: now };
  // A delivered text is in the transcript; the outbox need not keep a second copy.
  const kept = row.state === 'sent' ? { ...stored, text: '' } : stored;
  tx.put(outboxTable, row.id, kept);
  const isOver = row.state === 'sent' || row.state === 'failed';
  if (row.file !== undefined && isOver) dropBytes(tx, row.id);
  kernel.journal.record(tx, {
    kind: 'send',
    at: now,
    code,
    outboxId: row.id,
    channel: row.to.channel,
    accountId: row.to.accountId,
    conversation: row.to.id,
    attempts: row.attempts,
    ...(row.state === 'pending' && row.attempts === 0 ? { textHash: textHash(row.text) } : {}),
    ...(row.file === undefined ? {} : { fileBytes: row.file.size, fileSha256: row.file.sha256 }),
    ...(principal === undefined ? {} : { principal }),
    ...(row.messageId === undefined ? {} : { messageId: row.messageId }),
    ...(row.runId === undefined ? {} : { runId: row.runId }),
  });
  return kept;
}

/** A row as operators see it. */
export function describeRow(row: OutboxRow): OutboxItem {
  return {
    id: row.id,
    state: row.state,
    channel: row.to.channel,
    accountId: row.to.accountId,
    conversationId: row.to.id,
    createdAt: row.createdAt,
    attempts: row.attempts,
    part: row.part,
    parts: row.parts,
    preview: `${fileText(row.file)}${row.text}`.slice(0, PREVIEW_CHARS),
    ...(row.error === undefined ? {} : { error: row.error }),
    ...(row.messageId === undefined ? {} : { messageId: row.messageId }),
  };
}

function fileText(file: RowFile | undefined): string {
  return file === undefined ? '' : `[${file.name}, ${String(file.size)} bytes] `;
}

/** Cuts at the last line break or blank before the limit, and never inside a surrogate pair. */
function cutPlain(text: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > PLAIN_PIECE) {
    const window = rest.slice(0, PLAIN_PIECE);
    const border = Math.max(window.lastIndexOf('\n'), window.lastIndexOf(' '));
    let end = border > PLAIN_PIECE / 2 ? border : PLAIN_PIECE;
    const before = rest.charCodeAt(end - 1);
    if (before >= 0xd800 && before <= 0xdbff) end -= 1;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? pieces : [...pieces, rest];
}
