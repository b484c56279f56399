/**
 * What people do without writing a message: slash commands and pressed buttons.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { field, listField, textField, timeOf } from './fields.ts';
import { senderOf } from './identity.ts';
import { cleanText } from './markup.ts';
import type { ParseContext, Parsed } from './parse-message.ts';

/** Commands that only carry another one, or words: `/openclaw stop now`. */
const CARRIERS: ReadonlySet<string> = new Set(['openclaw', 'portcullis']);

function splitWord(text: string): readonly [word: string, rest: string] {
  const at = text.search(/\s/u);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()];
}

/** A typed slash command. Where it was typed has to be asked for: its names can be chosen. */
export function parseCommand(body: unknown, context: ParseContext): Parsed | undefined {
  const channelId = textField(body, 'channel_id');
  const typed = (textField(body, 'command') ?? '').replace(/^\//u, '').toLowerCase();
  if (channelId === undefined || typed === '') return undefined;
  const words = cleanText(textField(body, 'text') ?? '', context.me).text;
  const isCarrier = CARRIERS.has(typed);
  const [name, args] = isCarrier ? splitWord(words) : [typed, words];
  if (name === '') return undefined;
  const trigger = textField(body, 'trigger_id');
  const author = {
    user: field(body, 'user_id'),
    team: field(body, 'team_id'),
    name: field(body, 'user_name'),
  };
  return {
    event: {
      kind: 'command',
      // A trigger is for one command; it also opens dialogs, so only its digest is kept.
      ...(trigger === undefined ? {} : { eventId: `command:${channelId}:${digest(trigger)}` }),
      sender: senderOf(author, context),
      at: context.now,
      text: isCarrier ? words : `/${typed} ${words}`.trim(),
      command: { name: name.replace(/^\//u, '').toLowerCase(), args },
    },
    place: { channelId, kind: undefined },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** A pressed button under a message of ours. */
export function parsePress(body: unknown, context: ParseContext): Parsed | undefined {
  const [action] = listField(body, 'actions');
  const [container, user] = [field(body, 'container'), field(body, 'user')];
  const channelId = textField(field(body, 'channel'), 'id') ?? textField(container, 'channel_id');
  const messageId = textField(container, 'message_ts');
  const data = textField(action, 'value');
  const isButton = field(action, 'type') === 'button' && data !== undefined;
  if (!isButton || channelId === undefined || messageId === undefined) return undefined;
  const thread =
    textField(container, 'thread_ts') ?? textField(field(body, 'message'), 'thread_ts');
  const actionTs = textField(action, 'action_ts');
  const author = {
    user: field(user, 'id'),
    team: field(user, 'team_id'),
    name: field(user, 'name'),
  };
  return {
    event: {
      kind: 'button',
      eventId: `button:${channelId}:${messageId}:${textField(user, 'id')}:${actionTs}`,
      sender: senderOf(author, context),
      at: timeOf(actionTs, context.now),
      messageId,
      button: { data },
    },
    place: { channelId, kind: undefined, threadId: thread === messageId ? undefined : thread },
  };
}
