/**
 * Messages of the bot: checked as the real service checks them.
 *
 * @module
 */
import type { APIAttachment, APIMessage } from 'discord.js';
import { mentionFields, namedIn, pingsOf } from './mentions.ts';
import { type ChannelState, type Network, timestamp } from './network.ts';
import type { DiscordFile, SentDiscordMessage } from './records.ts';
import { invalidField, Refusal } from './refusal.ts';
import { type ApiRequest, object, text } from './request.ts';

const CONTENT_LIMIT = 2000;
const FILE_LIMIT = 10;
const BYTES_LIMIT = 10 * 1024 * 1024;
const NONCE_LIMIT = 25;
const EPHEMERAL = 1 << 6;
const SUPPRESS_EMBEDS = 1 << 2;

type Body = Readonly<Record<string, unknown>>;

function checkedContent(body: Body): string {
  const content = text(body, 'content') ?? '';
  // Discord counts code points, and trims before it looks whether anything is left.
  if ([...content].length > CONTENT_LIMIT) {
    const message = `Must be ${CONTENT_LIMIT} or fewer in length.`;
    throw invalidField('content', 'BASE_TYPE_MAX_LENGTH', message);
  }
  return content.trim();
}

function checkedFiles(files: readonly DiscordFile[]): void {
  if (files.length > FILE_LIMIT) {
    throw invalidField(
      'files',
      'BASE_TYPE_MAX_LENGTH',
      `Must be ${FILE_LIMIT} or fewer in length.`,
    );
  }
  if (files.some(({ bytes }) => bytes.length > BYTES_LIMIT)) {
    throw new Refusal(413, 40005, 'Request entity too large');
  }
}

interface Button {
  readonly label: string;
  readonly customId: string;
}

function buttonOf(component: unknown): readonly Button[] {
  const { type, custom_id, label } = { ...(component as Body) };
  if (type !== 2 || typeof custom_id !== 'string') return [];
  if (custom_id.length > 100) {
    throw invalidField('components', 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
  }
  return [{ label: typeof label === 'string' ? label : '', customId: custom_id }];
}

function buttonsOf(body: Body): readonly (readonly Button[])[] {
  const rows: readonly unknown[] = Array.isArray(body['components']) ? body['components'] : [];
  return rows.map((row) => {
    const { components } = { ...(row as Body) };
    return (Array.isArray(components) ? components : []).flatMap(buttonOf);
  });
}

/** The answered message, unless there is none or it is gone and the bot does not mind. */
function answeredMessage(state: ChannelState, body: Body): APIMessage | undefined {
  const reference = object(body, 'message_reference');
  const id = reference === undefined ? undefined : text(reference, 'message_id');
  const message = id === undefined ? undefined : state.messages.get(id);
  if (id !== undefined && message === undefined && reference?.['fail_if_not_exists'] !== false) {
    throw invalidField('message_reference', 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
  }
  return message;
}

/** Stores a file and describes it. `base`: where the fake serves files. */
export function attach(network: Network, base: string, file: DiscordFile): APIAttachment {
  const id = network.ids.next();
  network.files.set(id, file);
  const url = `${base}/attachments/${id}/${encodeURIComponent(file.name)}`;
  return {
    id,
    filename: file.name,
    size: file.bytes.length,
    url,
    proxy_url: url,
    content_type: file.contentType ?? 'application/octet-stream',
  };
}

/** A message as it appears inside its answer: without the answer's own answer. */
export function asReferenced(message: APIMessage): APIMessage {
  const { referenced_message: _nested, ...rest } = message;
  return rest;
}

/** The fields of a message that answers `answered`. */
export function replyFields(
  { channel }: ChannelState,
  answered: APIMessage | undefined,
): Partial<APIMessage> {
  if (answered === undefined) return {};
  const guild = channel.guild_id === undefined ? {} : { guild_id: channel.guild_id };
  const reference = { type: 0, message_id: answered.id, channel_id: channel.id, ...guild } as const;
  return {
    type: 19,
    message_reference: reference,
    referenced_message: asReferenced(answered),
  };
}

/** Throws where nobody can write: a forum holds posts, and only they hold messages. */
export function checkHoldsMessages({ channel }: ChannelState): void {
  if (channel.type === 15) {
    throw new Refusal(400, 50024, 'Cannot execute action on this channel type');
  }
}

/** Throws when the bot may not write to a channel. */
export function checkWritable(state: ChannelState): void {
  const closed = state.closedBecause;
  if (closed !== undefined) throw new Refusal(403, closed.number, closed.message);
  checkHoldsMessages(state);
}

/** Sends a message of the bot. */
export function createMessage(
  network: Network,
  state: ChannelState,
  { body, files }: Pick<ApiRequest, 'body' | 'files'>,
  base: string,
): APIMessage {
  checkWritable(state);
  const nonce = text(body, 'nonce');
  if (nonce !== undefined && nonce.length > NONCE_LIMIT) {
    throw invalidField(
      'nonce',
      'NONCE_TYPE_TOO_LONG',
      `Must be ${NONCE_LIMIT} or fewer in length.`,
    );
  }
  const content = checkedContent(body);
  checkedFiles(files);
  const embeds = Array.isArray(body['embeds']) ? (body['embeds'] as APIMessage['embeds']) : [];
  if (content === '' && files.length === 0 && embeds.length === 0) {
    throw new Refusal(400, 50006, 'Cannot send an empty message');
  }
  const answered = answeredMessage(state, body);
  const pings = pingsOf(content, object(body, 'allowed_mentions'), answered);
  const buttons = buttonsOf(body);
  const known =
    nonce === undefined || body['enforce_nonce'] !== true
      ? undefined
      : network.sentWithNonce(nonce);
  if (known !== undefined) return known;
  const flags = typeof body['flags'] === 'number' ? body['flags'] : 0;
  const message = network.write(
    state,
    {
      content,
      embeds,
      flags,
      attachments: files.map((file) => attach(network, base, file)),
      components: (body['components'] ?? []) as NonNullable<APIMessage['components']>,
      ...mentionFields(network, pings),
      ...replyFields(state, answered),
      ...(nonce === undefined ? {} : { nonce }),
    },
    network.bot,
  );
  if (nonce !== undefined) network.rememberNonce(nonce, message);
  network.sent.push({
    channelId: state.channel.id,
    messageId: message.id,
    content,
    ...(answered === undefined ? {} : { replyTo: answered.id }),
    ...(nonce === undefined ? {} : { nonce }),
    pings,
    files,
    suppressesEmbeds: (flags & SUPPRESS_EMBEDS) !== 0,
    buttons,
    ephemeral: (flags & EPHEMERAL) !== 0,
    edits: [],
    deleted: false,
  });
  return message;
}

function sentRecord(network: Network, id: string): SentDiscordMessage | undefined {
  return network.sent.find(({ messageId }) => messageId === id);
}

/** Changes a message of the bot. */
export function editMessage(
  network: Network,
  state: ChannelState,
  id: string,
  body: Body,
): APIMessage {
  const message = network.message(state, id);
  if (message.author.id !== network.bot.id) {
    throw new Refusal(403, 50005, 'Cannot edit a message authored by another user');
  }
  const changes: Partial<APIMessage> = { edited_timestamp: timestamp() };
  const record = sentRecord(network, id);
  if (Object.hasOwn(body, 'content')) {
    changes.content = checkedContent(body);
    const empty = changes.content === '' && message.attachments.length === 0;
    if (empty && message.embeds.length === 0) {
      throw new Refusal(400, 50006, 'Cannot send an empty message');
    }
    Object.assign(changes, mentionFields(network, namedIn(changes.content)));
  }
  if (Array.isArray(body['components'])) {
    const buttons = buttonsOf(body);
    changes.components = body['components'] as NonNullable<APIMessage['components']>;
    if (record !== undefined) record.buttons = buttons;
  }
  if (record !== undefined && changes.content !== undefined) {
    record.content = changes.content;
    record.edits.push(changes.content);
  }
  return network.change(state, id, changes);
}

/** Deletes a message, of the bot or of somebody else in a server. */
export function deleteMessage(network: Network, state: ChannelState, id: string): void {
  const message = network.message(state, id);
  if (state.channel.type === 1 && message.author.id !== network.bot.id) {
    throw new Refusal(403, 50003, 'Cannot execute action on a DM channel');
  }
  const record = sentRecord(network, id);
  if (record !== undefined) record.deleted = true;
  network.remove(state, id);
}
