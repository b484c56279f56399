/**
 * The entities Telegram itself finds in what people write: commands, mentions and links.
 *
 * @module
 */
import type { MessageEntity } from 'grammy/types';

const FOUND: readonly {
  readonly type: 'bot_command' | 'mention' | 'url';
  readonly pattern: RegExp;
}[] = [
  { type: 'bot_command', pattern: /(?<![\w/])\/[a-z0-9_]{1,32}(?:@[a-z0-9_]{3,32})?(?!\w)/giu },
  { type: 'mention', pattern: /(?<![\w@/])@[a-z][a-z0-9_]{2,31}(?!\w)/giu },
  { type: 'url', pattern: /https?:\/\/[^\s<>"]+/giu },
];

/** Finds entities in plain text; offsets are UTF-16 units. */
export function detectEntities(text: string): MessageEntity[] {
  return FOUND.flatMap(({ type, pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({
      type,
      offset: match.index,
      length: match[0].length,
    })),
  ).toSorted((a, b) => a.offset - b.offset);
}
