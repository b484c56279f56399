/**
 * What people wrote themselves, kept beside the transcript.
 *
 * The text of a transcript message is what a model reads: it also holds quotes, forwarded text and
 * what others said in the room. Who may be named as a receiver, and which address was written by a
 * person, is decided over these words alone (POLICY 14.3).
 *
 * @module
 */
import type { Event, EventKind, Principal, TrustClass, Tx } from '@portcullis/core';

import { type SessionRow, messagesTable } from './sessions.ts';

/** One message as its author wrote it. */
export interface OwnWords {
  /** Principal id. */
  readonly author: string;
  /** The class he had when he wrote it. */
  readonly trust: TrustClass;
  readonly text: string;
}

/** Doors through which a person speaks. What hooks, jobs and sub-agents bring, nobody wrote here. */
const SPOKEN: ReadonlySet<EventKind> = new Set(['message', 'edit', 'command', 'operator', 'api']);

/** Newest messages of one author that count. */
const LIMIT = 50;

/** Most UTF-16 units that are kept; a longer text counts in its own turn only. */
const KEPT_CHARS = 16_384;

/** True when a person himself makes a turn of it: only then do his earlier words count too. */
export function isSpoken(event: Event): boolean {
  return SPOKEN.has(event.kind);
}

/** What the sender of an event wrote himself; undefined when that is nothing. */
export function ownWords(event: Event, principal: Principal): OwnWords | undefined {
  const { text = '' } = event;
  if (text === '' || !isSpoken(event)) return undefined;
  return { author: principal.id, trust: principal.trust, text };
}

/** The columns that keep own words in the row of their message. */
export function ownWordsColumns(
  words: OwnWords | undefined,
): Partial<Pick<OwnWords, 'author'>> & { readonly wrote?: Omit<OwnWords, 'author'> } {
  if (words === undefined || words.text.length > KEPT_CHARS) return {};
  const { author, trust, text } = words;
  return { author, wrote: { trust, text } };
}

/** The newest messages that `author` wrote in this life of the session, newest first. */
export async function readOwnWords(
  tx: Tx,
  session: SessionRow,
  author: string,
): Promise<readonly OwnWords[]> {
  const rows = await tx.find(messagesTable, {
    index: 'byAuthor',
    equals: [session.sessionId, author],
    limit: LIMIT,
    reverse: true,
  });
  return rows.flatMap(({ value: { wrote } }) =>
    wrote === undefined ? [] : [{ author, ...wrote }],
  );
}
