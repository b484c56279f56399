/**
 * From one raw update to the inbox: the part polling and webhooks have in common.
 *
 * @module
 */
import type { Event, Inbox, Logger } from '@portcullis/core';
import { type ParseContext, parseUpdate } from './parse-update.ts';

/** The kinds of update the channel asks for. Anything else Telegram keeps to itself. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'message_reaction',
  'my_chat_member',
] as const;

function kindsOf(update: unknown): string {
  const keys = typeof update === 'object' && update !== null ? Object.keys(update) : [];
  return keys.filter((key) => key !== 'update_id' && /^[a-z_]{1,40}$/u.test(key)).join(',');
}

function parse(update: unknown, context: ParseContext, log: Logger): Event | undefined {
  try {
    const event = parseUpdate(update, context);
    if (event === undefined) log.info({ kind: kindsOf(update) }, 'Skipped an update of no use.');
    return event;
  } catch {
    // The payload is a stranger's: its error message may quote it, so it is not logged.
    log.warn({ kind: kindsOf(update) }, 'Skipped an update that could not be read.');
    return undefined;
  }
}

/**
 * Hands one update to the inbox. Resolves when it may be acknowledged: stored, or not for us.
 * Rejects when the inbox could not store it.
 */
export async function receive(
  update: unknown,
  context: ParseContext,
  inbox: Inbox,
  log: Logger,
): Promise<void> {
  const event = parse(update, context, log);
  if (event !== undefined) await inbox.accept(event);
}
