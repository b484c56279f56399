/**
 * From a message to an {@link Event}: words, facts, context, command.
 *
 * @module
 */
import {
  type Conversation,
  type Event,
  type EventFacts,
  type EventKind,
  messageEventId,
} from '@portcullis/core';
import { type ParseContext, senderOf } from './identity.ts';
import {
  answeredId,
  attachmentsOf,
  contextOf,
  names,
  readable,
  wordsOf,
} from './message-content.ts';
import { fields, idOf, list } from './places.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A message with what was found out about it. */
export interface FoundMessage {
  readonly message: Fields;
  readonly conversation: Conversation;
  /** The role Discord made for the bot in this server. */
  readonly ourRole: string | undefined;
  /** Whether we wrote in this thread. */
  readonly wroteHere: boolean;
}

/** Messages that somebody wrote: plain, an answer, and what a command of an app put out. */
const WRITTEN: ReadonlySet<unknown> = new Set([0, 19, 20, 23]);
const PINNED = 6;
/** People added to and taken from a group, and people who came into a server. */
const MEMBERS: ReadonlySet<unknown> = new Set([1, 2, 7]);
const CAME: ReadonlySet<unknown> = new Set([1, 7]);

function factsOf({ message, ourRole, wroteHere }: FoundMessage, context: ParseContext): EventFacts {
  const { me } = context;
  const content = String(message['content'] ?? '');
  const answered = fields(fields(message['referenced_message'])['author'])['id'];
  const isAnswer = answeredId(message) !== undefined;
  const replyToBot = isAnswer && answered === me.id;
  // An answer that notifies its author counts as a mention there; that is `replyToBot`.
  const notified = list(message['mentions'])
    .map((user) => fields(user)['id'])
    .filter((id) => !(isAnswer && id === answered) || names(content, String(id)));
  const roles = list(message['mention_roles']);
  const mentioned = notified.includes(me.id) || (ourRole !== undefined && roles.includes(ourRole));
  const others = notified.some((id) => id !== me.id) || roles.some((role) => role !== ourRole);
  return {
    ...(mentioned ? { nativeMention: true } : {}),
    ...(others ? { mentionsOthers: true } : {}),
    ...(replyToBot ? { replyToBot: true } : {}),
    ...(wroteHere ? { botInThread: true } : {}),
  };
}

/** A command somebody typed: `/stop now`, after a mention of us or by itself. */
function commandOf(content: string): { readonly name: string; readonly args: string } | undefined {
  const found = /^\/(?<name>[a-z][a-z0-9_-]{0,31})(?:\s+(?<args>[^]*))?$/iu.exec(content)?.groups;
  if (found === undefined) return undefined;
  return { name: (found['name'] ?? '').toLowerCase(), args: (found['args'] ?? '').trim() };
}

/** The words as they were typed, so that a link to a command is not one. */
function typed(message: Fields, { me }: ParseContext): string {
  const content = String(message['content'] ?? '');
  return content.includes('</') ? '' : readable(content, me);
}

function timeOf(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? at : Date.now();
}

function base(found: FoundMessage, kind: EventKind, context: ParseContext): Event | undefined {
  const { message, conversation } = found;
  const id = idOf(message['id']);
  if (id === undefined) return undefined;
  const isMessage = kind === 'message' || kind === 'command';
  return {
    kind,
    eventId: isMessage ? messageEventId(conversation.id, id) : `${kind}:${conversation.id}:${id}`,
    conversation,
    sender: senderOf(message['author'], message['member'], message['webhook_id'], context),
    at: timeOf(message['timestamp']),
    messageId: id,
  };
}

/** What happened to the room, told by a message of Discord's own. */
function parseService(found: FoundMessage, context: ParseContext): Event | undefined {
  const { message } = found;
  const { type } = message;
  if (type === PINNED) {
    const event = base(found, 'pin', context);
    const pinned = idOf(fields(message['message_reference'])['message_id']);
    return event === undefined || pinned === undefined ? event : { ...event, messageId: pinned };
  }
  if (!MEMBERS.has(type)) return undefined;
  const event = base(found, 'member', context);
  const moved = list(message['mentions']).flatMap((user) => idOf(fields(user)['id']) ?? []);
  const who = moved.length > 0 ? moved : [event?.sender.id ?? ''];
  return event && { ...event, text: `${CAME.has(type) ? 'joined' : 'left'}: ${who.join(', ')}` };
}

/** Parses a message. Undefined: nothing in it is of use (a boost, a call, a renamed thread). */
export function parseMessage(found: FoundMessage, context: ParseContext): Event | undefined {
  const { message } = found;
  if (!WRITTEN.has(message['type'])) return parseService(found, context);
  const words = wordsOf(message, context.me);
  if (words === undefined) return undefined;
  const command = words === '' ? undefined : commandOf(typed(message, context));
  const event = base(found, command === undefined ? 'message' : 'command', context);
  if (event === undefined) return undefined;
  const facts = factsOf(found, context);
  const attachments = attachmentsOf(message);
  const items = contextOf(message, context);
  const answered = answeredId(message);
  return {
    ...event,
    text: words,
    ...(answered === undefined ? {} : { replyTo: answered }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(items.length === 0 ? {} : { context: items }),
    ...(command === undefined ? {} : { command }),
  };
}

/**
 * Parses a change of a message. Undefined unless somebody edited it: Discord also tells of previews,
 * pins and threads in this way. An edit never commands, whatever it now begins with.
 */
export function parseEdit(found: FoundMessage, context: ParseContext): Event | undefined {
  const edited: unknown = found.message['edited_timestamp'];
  if (typeof edited !== 'string' || !WRITTEN.has(found.message['type'])) return undefined;
  const event = parseMessage(found, context);
  if (event === undefined) return undefined;
  const { command: _ignored, ...edit } = event;
  return {
    ...edit,
    kind: 'edit',
    eventId: `edit:${event.conversation.id}:${event.messageId}:${edited}`,
    at: timeOf(edited),
  };
}
