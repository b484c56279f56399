/**
 * From a decrypted message to an event.
 *
 * The server attests who sent it and where; everything else is the sender's word.
 *
 * @module
 */
import {
  type ContextItem,
  type Conversation,
  type Event,
  type EventFacts,
  type Logger,
  messageEventId,
  type Sender,
} from '@portcullis/core';
import type { proto, WAMessage } from 'baileys';
import { type Directory, isOurs, ownId, parseAddress, personId, type Self } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { Baileys } from './library.ts';
import type { MediaRef } from './media.ts';
import { attachmentsOf, numberOf, pollOf, surroundings, wordsOf } from './message-content.ts';

type Content = proto.IMessage;

/** What parsing looks things up in. */
export interface ParseContext {
  readonly baileys: Pick<Baileys, 'normalizeMessageContent' | 'proto'>;
  readonly accountId: string;
  readonly self: Self;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly seal: (ref: MediaRef) => string;
  readonly log: Logger;
}

/** A message with the address of the receiver that the envelope names beside its own. */
export interface Envelope {
  readonly message: WAMessage;
  /** For messages of our own account: the other address of whom they went to. */
  readonly recipientAlt?: string | undefined;
}

/** Where and by whom, as the server attests it. */
interface Place {
  readonly conversation: Conversation;
  readonly sender: Sender;
  readonly at: number;
  readonly id: string;
}

async function conversationOf(
  { message, recipientAlt }: Envelope,
  context: ParseContext,
): Promise<Conversation | undefined> {
  const { remoteJid, remoteJidAlt, fromMe } = message.key;
  const base = { channel: 'whatsapp', accountId: context.accountId } as const;
  const address = parseAddress(remoteJid);
  if (address?.space === 'group') return { ...base, kind: 'group', id: `${address.user}@g.us` };
  const other = fromMe === true ? recipientAlt : remoteJidAlt;
  const id = await personId(context.self, context.directory, remoteJid, other);
  return id === undefined ? undefined : { ...base, kind: 'direct', id };
}

async function senderOf(
  { key, pushName }: WAMessage,
  conversation: Conversation,
  { self, directory }: ParseContext,
): Promise<Sender> {
  if (key.fromMe === true) return { id: ownId(self), isSelf: true };
  const id =
    conversation.kind === 'direct'
      ? conversation.id
      : await personId(self, directory, key.participant, key.participantAlt);
  const username = key.participantUsername ?? key.remoteJidUsername;
  return {
    ...(id === undefined ? {} : { id }),
    ...(username ? { username: username.slice(0, 100) } : {}),
    ...(pushName ? { name: pushName.slice(0, 100) } : {}),
  };
}

async function placeOf(envelope: Envelope, context: ParseContext): Promise<Place | undefined> {
  const { message } = envelope;
  const id = message.key.id ?? '';
  const seconds = numberOf(message.messageTimestamp);
  if (id === '' || id.length > 200 || seconds === undefined) return undefined;
  const conversation = await conversationOf(envelope, context);
  if (conversation === undefined) return undefined;
  const sender = await senderOf(message, conversation, context);
  return { conversation, sender, at: seconds * 1000, id };
}

async function factsOf(
  info: proto.IContextInfo | undefined,
  chat: string,
  { self, ledger }: ParseContext,
): Promise<EventFacts> {
  const mentioned = new Set((info?.mentionedJid ?? []).map((jid) => isOurs(self, jid)));
  const answered = info?.stanzaId ?? undefined;
  // The sender names what is answered. It counts when we did send that, and only to wake us.
  const answersUs = answered !== undefined && (await ledger.isOurs(chat, answered));
  return {
    ...(mentioned.has(true) ? { nativeMention: true } : {}),
    ...(mentioned.has(false) ? { mentionsOthers: true } : {}),
    ...(answersUs ? { replyToBot: true } : {}),
  };
}

/**
 * What was quoted. Its words and its author are the sender's word: the author is named when we noted
 * them for that message ourselves.
 */
async function quoteOf(
  info: proto.IContextInfo | undefined,
  chat: string,
  { baileys, self, directory, ledger }: ParseContext,
): Promise<ContextItem | undefined> {
  const quoted = baileys.normalizeMessageContent(info?.quotedMessage ?? undefined);
  const text = quoted === undefined ? undefined : (wordsOf(quoted) ?? pollOf(quoted));
  if (text === undefined || text === '') return undefined;
  const id = info?.stanzaId ?? '';
  const sender = await (async (): Promise<Sender> => {
    if (isOurs(self, info?.participant)) {
      return (await ledger.isOurs(chat, id)) ? { id: ownId(self), isSelf: true } : {};
    }
    const claimed = await personId(self, directory, info?.participant);
    const noted = await ledger.author(chat, id);
    return claimed !== undefined && claimed === noted?.id ? { id: claimed } : {};
  })();
  return { kind: 'quote', sender, text };
}

/** A control command, written as one. WhatsApp itself has none. */
function commandOf(text: string): { name: string; args: string } | undefined {
  const parts = /^\/(?<name>[a-z][a-z0-9_]{0,31})(?:\s+(?<args>[^]*))?$/iu.exec(
    text.trim(),
  )?.groups;
  const name = parts?.['name'];
  return name === undefined
    ? undefined
    : { name: name.toLowerCase(), args: (parts?.['args'] ?? '').trim() };
}

async function parseWords(
  content: Content,
  place: Place,
  context: ParseContext,
): Promise<Event | undefined> {
  const { conversation, sender, at, id } = place;
  const poll = pollOf(content);
  const words = wordsOf(content) ?? poll;
  if (words === undefined) return undefined;
  const info = surroundings(content);
  const isForwarded = info?.isForwarded === true;
  const text = isForwarded ? '' : words;
  const attachments = attachmentsOf(content, context.seal);
  if (words === '' && attachments.length === 0) return undefined;
  const facts = await factsOf(info, conversation.id, context);
  const quote = await quoteOf(info, conversation.id, context);
  const forwarded: ContextItem[] =
    isForwarded && words !== '' ? [{ kind: 'forwarded', sender: {}, text: words }] : [];
  const items = [...(quote === undefined ? [] : [quote]), ...forwarded];
  const command = poll === undefined ? commandOf(text) : undefined;
  const kind = poll !== undefined ? 'poll' : command === undefined ? 'message' : 'command';
  return {
    kind,
    eventId:
      kind === 'poll' ? `poll:${conversation.id}:${id}` : messageEventId(conversation.id, id),
    conversation,
    sender,
    at,
    text,
    messageId: id,
    ...(info?.stanzaId ? { replyTo: info.stanzaId } : {}),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(items.length === 0 ? {} : { context: items }),
    ...(command === undefined ? {} : { command }),
  };
}

/** Whether the sender wrote the message they want changed. Nobody else may. */
async function isTheirs(place: Place, id: string, { ledger, log }: ParseContext): Promise<boolean> {
  const author = await ledger.author(place.conversation.id, id);
  if (author !== undefined && author.id === place.sender.id) return true;
  const why = author === undefined ? 'it is not remembered' : 'somebody else wrote it';
  log.warn({ why }, 'Dropped a change of a message.');
  return false;
}

async function parseChange(
  change: proto.Message.IProtocolMessage,
  place: Place,
  context: ParseContext,
): Promise<Event | undefined> {
  const { MESSAGE_EDIT, REVOKE } = context.baileys.proto.Message.ProtocolMessage.Type;
  const id = change.key?.id ?? '';
  if (id === '' || (change.type !== MESSAGE_EDIT && change.type !== REVOKE)) return undefined;
  if (!(await isTheirs(place, id, context))) return undefined;
  if (change.type === REVOKE) {
    context.log.debug({}, 'A message was deleted by its author.');
    return undefined;
  }
  const content = context.baileys.normalizeMessageContent(change.editedMessage ?? undefined);
  const event = content === undefined ? undefined : await parseWords(content, place, context);
  if (event === undefined) return undefined;
  const { command: _never, ...edit } = event;
  const eventId = `edit:${place.conversation.id}:${id}:${place.id}`;
  return { ...edit, kind: 'edit', eventId, messageId: id };
}

function parseReaction(
  { key, text }: proto.Message.IReactionMessage,
  { conversation, sender, at, id }: Place,
): Event | undefined {
  if (!key?.id) return undefined;
  const eventId = `reaction:${conversation.id}:${key.id}:${id}`;
  return {
    kind: 'reaction',
    eventId,
    conversation,
    sender,
    at,
    text: (text ?? '').slice(0, 50),
    messageId: key.id,
  };
}

/**
 * Parses a message. Undefined when nothing in it is for us: keys, history, a change somebody else
 * ordered, what cannot be read.
 */
export async function parseMessage(
  envelope: Envelope,
  context: ParseContext,
): Promise<Event | undefined> {
  const { message } = envelope;
  if (message.category === 'peer' || message.message === null) return undefined;
  const outer = context.baileys.normalizeMessageContent(message.message);
  // The library does not know this wrapper: a message that mentions a whole group.
  const content = outer?.groupMentionedMessage?.message ?? outer;
  if (content === undefined) return undefined;
  const place = await placeOf(envelope, context);
  if (place === undefined) return undefined;
  if (content.protocolMessage) return await parseChange(content.protocolMessage, place, context);
  if (content.reactionMessage) return parseReaction(content.reactionMessage, place);
  const { conversation, sender, at, id } = place;
  const pinned = content.pinInChatMessage?.key?.id;
  if (pinned) {
    const eventId = `pin:${conversation.id}:${pinned}:${id}`;
    return { kind: 'pin', eventId, conversation, sender, at, messageId: pinned };
  }
  return await parseWords(content, place, context);
}
