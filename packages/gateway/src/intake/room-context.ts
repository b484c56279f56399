/**
 * What was said in a room since the last answer, without anybody addressing us: kept so that an
 * answer fits the talk, bounded in number, size and age.
 *
 * @module
 */
import {
  type ContextItem,
  type Conversation,
  type Event,
  type Table,
  type Tx,
  defineTable,
} from '@portcullis/core';

/** The talk of one room. */
export interface RoomContext {
  readonly items: readonly (ContextItem & { readonly at: number })[];
  readonly updatedAt: number;
}

/** Unanswered talk by room. */
export const roomContextTable: Table<RoomContext> = defineTable<RoomContext>('room_context', {
  byTime: ['updatedAt'],
});

const MAX_ITEMS = 50;
const MAX_CHARS = 2000;
const MAX_AGE_MS = 24 * 3_600_000;

function roomKey({ channel, accountId, id, topicId, threadId }: Conversation): string {
  return JSON.stringify([channel, accountId, id, topicId ?? threadId ?? '']);
}

/** Remembers a message that addressed somebody else. */
export async function storeRoomContext(tx: Tx, event: Event, now: number): Promise<void> {
  if (event.text === undefined || event.text === '') return;
  const key = roomKey(event.conversation);
  const kept = (await tx.get(roomContextTable, key))?.items ?? [];
  const item = {
    kind: 'history' as const,
    sender: event.sender,
    text: event.text.slice(0, MAX_CHARS),
    at: now,
  };
  const items = [...kept, item].filter(({ at }) => now - at < MAX_AGE_MS).slice(-MAX_ITEMS);
  tx.put(roomContextTable, key, { items, updatedAt: now });
}

/** Takes what was remembered of a room; it is then part of the transcript. */
export async function takeRoomContext(tx: Tx, room: Conversation): Promise<readonly ContextItem[]> {
  if (room.kind === 'direct') return [];
  const key = roomKey(room);
  const kept = await tx.get(roomContextTable, key);
  if (kept === undefined) return [];
  tx.delete(roomContextTable, key);
  return kept.items.map(({ kind, sender, text }) => ({ kind, sender, text }));
}

/** Deletes what is older than its time. Resolves with how many rooms. */
export async function sweepRoomContext(tx: Tx, now: number): Promise<number> {
  const old = await tx.find(roomContextTable, {
    index: 'byTime',
    upTo: now - MAX_AGE_MS,
    limit: 500,
  });
  for (const { key } of old) tx.delete(roomContextTable, key);
  return old.length;
}
