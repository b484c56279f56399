/** Who and where the updates of these tests are about, and what is parsed from them. */
import type { Event } from '@portcullis/core';
import { parseUpdate } from '../src/parse-update.ts';

const ME = { id: 7000, username: 'Gate_Bot' };
/** When each update arrives, in milliseconds. */
export const NOW = 1_700_000_009_000;
export const ANNA: object = {
  id: 11,
  is_bot: false,
  first_name: 'Anna',
  last_name: 'A',
  username: 'anna',
};
export const BEN: object = { id: 12, is_bot: false, first_name: 'Ben' };
export const BOT: object = { id: 7000, is_bot: true, first_name: 'Gate', username: 'Gate_Bot' };
export const DIRECT: object = { id: 11, type: 'private', first_name: 'Anna' };
export const ROOM: object = { id: -1001, type: 'supergroup', title: 'Room' };
export const NEWS: object = { id: -1009, type: 'channel', title: 'News', username: 'news' };

/** Parses an update as the bot of the account `work`. */
export const parse = (update: unknown): Event | undefined =>
  parseUpdate(update, { me: ME, accountId: 'work', now: NOW });

/** Parses a message of Anna. */
export const message = (fields: object, chat: object = ROOM): Event | undefined =>
  parse({
    update_id: 5,
    message: { message_id: 42, date: 1_700_000_000, chat, from: ANNA, ...fields },
  });

/** A part of a text that means something. */
export function entity(
  type: string,
  text: string,
  slice: string,
): { type: string; offset: number; length: number } {
  return { type, offset: text.indexOf(slice), length: slice.length };
}
