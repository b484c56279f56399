/**
 * Sends and edits messages.
 *
 * A send is one request, and carries a number made of the message's key: within some minutes Discord
 * takes a second request with the same number for the first.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { fileName } from '@portcullis/channel-kit';
import type { Conversation, MessageButton, OutboundMessage, Receipt } from '@portcullis/core';
import type { Api } from './api.ts';
import { CallError, deliver, notUnderstood, wrongMessage } from './errors.ts';
import { MESSAGE_LIMIT, render, showsNothing } from './format.ts';
import { FLAGS, NO_PINGS } from './interactions.ts';
import { fields, idOf, type Places } from './places.ts';

/** How long Discord certainly knows the number of a message. It says "the past few minutes". */
export const NONCE_MEMORY_MS = 60_000;
/** Largest file a bot may send to a server without boosts. */
export const MAX_FILE_BYTES: number = 10 * 1024 * 1024;

const BUTTON_DATA_LIMIT = 64;
const LABEL_LIMIT = 80;
const ROW_LIMIT = 5;
const NONCE_LENGTH = 25;

/** What sending needs. */
export interface Sending {
  readonly api: Api;
  readonly places: Places;
}

/** The channel a conversation is in; a direct one is opened first, which sends nothing. */
export async function channelOf(
  to: Conversation,
  { places }: Sending,
  signal: AbortSignal,
): Promise<string> {
  const id = idOf(to.id);
  if (id === undefined) {
    throw wrongMessage('The conversation has no Discord id.', 'Use the id of an event.');
  }
  if (to.kind !== 'direct') return id;
  try {
    return await places.directChannel(id, signal);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { failure } = error;
    const isAnswer = failure.kind === 'answered' && failure.status < 500;
    if (isAnswer || failure.kind === 'limited') throw error;
    // Whatever became of this call, no message was sent by it.
    throw new CallError({ kind: 'unsent', description: failure.description });
  }
}

function button({ label, data }: MessageButton): object {
  if (Buffer.byteLength(data) > BUTTON_DATA_LIMIT) {
    throw wrongMessage('A button carries more than 64 bytes.', 'Shorten the data of the button.');
  }
  const shown = [...label].slice(0, LABEL_LIMIT).join('');
  return { type: 2, style: 2, label: shown === '' ? ' ' : shown, custom_id: data };
}

/** Rows of at most five, as Discord wants them. */
function componentsOf({ buttons = [] }: OutboundMessage): { components?: readonly object[] } {
  const rows = buttons.flatMap((row) =>
    Array.from({ length: Math.ceil(row.length / ROW_LIMIT) }, (_, index) =>
      row.slice(index * ROW_LIMIT, (index + 1) * ROW_LIMIT),
    ),
  );
  if (rows.length === 0) return {};
  if (rows.length > ROW_LIMIT) {
    throw wrongMessage('A message has more than five rows of buttons.', 'Offer fewer choices.');
  }
  return { components: rows.map((row) => ({ type: 1, components: row.map(button) })) };
}

function contentOf(text: string): string {
  const content = render(text);
  if (content.length > MESSAGE_LIMIT) {
    throw wrongMessage('The message is longer than 2000 characters.', 'Cut it with split().');
  }
  return content;
}

function filesOf({ file }: OutboundMessage) {
  if (file === undefined) return {};
  if (file.bytes.byteLength > MAX_FILE_BYTES) {
    throw wrongMessage('The file is larger than 10 MB.', 'Send a smaller file.');
  }
  const contentType = /^[\w.+-]+\/[\w.+-]+$/u.test(file.mimeType) ? file.mimeType : undefined;
  const named = { data: Buffer.from(file.bytes), name: fileName(file.name) };
  return { files: [contentType === undefined ? named : { ...named, contentType }] };
}

function replyOf({ replyTo }: OutboundMessage): object {
  const id = idOf(replyTo);
  // The question may be deleted while the answer is written; the answer still matters.
  return id === undefined
    ? {}
    : { message_reference: { message_id: id, fail_if_not_exists: false } };
}

/** Sends one message. */
export async function sendMessage(
  sending: Sending,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Receipt> {
  const { file, text, idempotencyKey } = message;
  if (file === undefined && showsNothing(text)) {
    throw wrongMessage('The message is empty.', 'Send text.');
  }
  const key = createHash('sha256').update(idempotencyKey).digest('base64url');
  const body = {
    ...(showsNothing(text) ? {} : { content: contentOf(text) }),
    ...replyOf(message),
    ...componentsOf(message),
    nonce: key.slice(0, NONCE_LENGTH),
    enforce_nonce: true,
    // A preview would fetch every link in an answer, from Discord's servers: a way out for data.
    flags: FLAGS.noPreview,
    allowed_mentions: NO_PINGS,
  };
  const files = filesOf(message);
  return await deliver(signal, async () => {
    const channelId = await channelOf(message.to, sending, signal);
    const path = `/channels/${channelId}/messages` as const;
    const sent = await sending.api.call({ method: 'post', path, body, ...files }, signal);
    const messageId = idOf(fields(sent)['id']);
    if (messageId === undefined) throw notUnderstood();
    return { messageId };
  });
}

/** Replaces the text of a message we sent. */
export async function editMessage(
  sending: Sending,
  { to, messageId, text }: { to: Conversation; messageId: string; text: string },
  signal: AbortSignal,
): Promise<void> {
  if (showsNothing(text)) throw wrongMessage('The message is empty.', 'Send text.');
  const id = idOf(messageId);
  if (id === undefined) throw wrongMessage('This is no message id.', 'Use the id of a receipt.');
  const body = { content: contentOf(text), flags: FLAGS.noPreview, allowed_mentions: NO_PINGS };
  await deliver(signal, async () => {
    const channelId = await channelOf(to, sending, signal);
    const path = `/channels/${channelId}/messages/${id}` as const;
    await sending.api.call({ method: 'patch', path, body }, signal);
  });
}

/** Shows that an answer is being written. */
export async function showTyping(
  sending: Sending,
  to: Conversation,
  signal: AbortSignal,
): Promise<void> {
  await deliver(signal, async () => {
    const channelId = await channelOf(to, sending, signal);
    await sending.api.call({ method: 'post', path: `/channels/${channelId}/typing` }, signal);
  });
}

/** Leaves the server a room is in, or a group conversation. Discord has no leaving of one channel. */
export async function leaveRoom(
  { api }: Sending,
  room: Conversation,
  signal: AbortSignal,
): Promise<void> {
  const guildId = idOf(room.guildId);
  const groupId = room.kind === 'groupdm' ? idOf(room.id) : undefined;
  if (guildId === undefined && groupId === undefined) {
    throw wrongMessage('This is no room that can be left.', 'Leave servers and groups only.');
  }
  const path =
    guildId === undefined
      ? (`/channels/${groupId}` as const)
      : (`/users/@me/guilds/${guildId}` as const);
  await deliver(signal, () => api.call({ method: 'delete', path }, signal));
}
