/**
 * The Bot API methods that put or change messages: checked as the real service checks them.
 *
 * @module
 */
import type { InlineKeyboardMarkup, Message, MessageEntity } from 'grammy/types';
import { detectEntities } from './entities.ts';
import { asReply, type ChatState, entitiesField, type Network } from './network.ts';
import { integer, object, type Parameters, text, type UploadedFile } from './parameters.ts';
import { type FormattedText, parseHtml } from './parse-html.ts';
import type { SentTelegramMessage } from './records.ts';
import { badRequest, Refusal } from './refusal.ts';

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
const UPLOAD_LIMIT = 50 * 1024 * 1024;

function formatted(
  network: Network,
  parameters: Parameters,
  name: 'text' | 'caption',
): FormattedText {
  const refusal = network.markupRefusals.shift();
  if (refusal !== undefined) throw badRequest(`can't parse entities: ${refusal}`);
  const raw = text(parameters, name) ?? '';
  const mode = text(parameters, 'parse_mode');
  if (mode !== undefined && mode.toLowerCase() !== 'html') {
    throw badRequest(`unsupported parse_mode`);
  }
  const given = parameters.values[name === 'text' ? 'entities' : 'caption_entities'];
  const result =
    mode === undefined
      ? { text: raw, entities: Array.isArray(given) ? (given as MessageEntity[]) : [] }
      : parseHtml(raw);
  if (result.text.length > (name === 'text' ? TEXT_LIMIT : CAPTION_LIMIT)) {
    throw badRequest(name === 'text' ? 'message is too long' : 'message caption is too long');
  }
  return result;
}

function messageText(network: Network, parameters: Parameters): FormattedText {
  const result = formatted(network, parameters, 'text');
  if ((text(parameters, 'text') ?? '') === '') throw badRequest('message text is empty');
  if (result.text.trim() === '') throw badRequest('text must be non-empty');
  return result;
}

function keyboard(parameters: Parameters): InlineKeyboardMarkup | undefined {
  const rows = object(parameters.values, 'reply_markup')?.['inline_keyboard'];
  if (!Array.isArray(rows)) return undefined;
  const inline_keyboard = rows.map((row: unknown) =>
    (Array.isArray(row) ? row : []).map((button: unknown) => {
      const { text: label, callback_data } = { ...(button as Record<string, unknown>) };
      if (typeof label !== 'string' || label === '') {
        throw badRequest("can't parse inline keyboard button: text is empty");
      }
      if (typeof callback_data !== 'string' || Buffer.byteLength(callback_data) > 64) {
        throw badRequest('BUTTON_DATA_INVALID');
      }
      return { text: label, callback_data };
    }),
  );
  return { inline_keyboard };
}

function buttonsOf(markup: InlineKeyboardMarkup | undefined): SentTelegramMessage['buttons'] {
  return (markup?.inline_keyboard ?? []).map((row) =>
    row.map((button) => ({
      text: button.text,
      data: 'callback_data' in button ? button.callback_data : '',
    })),
  );
}

function replyTarget(state: ChatState, parameters: Parameters): Message | undefined {
  const reply = object(parameters.values, 'reply_parameters');
  const id = reply?.['message_id'] ?? integer(parameters, 'reply_to_message_id');
  if (id === undefined) return undefined;
  const target = typeof id === 'number' ? state.messages.get(id) : undefined;
  if (target === undefined && reply?.['allow_sending_without_reply'] !== true) {
    throw badRequest('message to be replied not found');
  }
  return target;
}

function topic(state: ChatState, parameters: Parameters): number | undefined {
  const id = integer(parameters, 'message_thread_id');
  if (id !== undefined && !state.topics.has(id)) throw badRequest('message thread not found');
  return id;
}

function showsPreview(parameters: Parameters): boolean {
  return object(parameters.values, 'link_preview_options')?.['is_disabled'] !== true;
}

/** Whom a text notifies: Telegram finds usernames by itself wherever there is no code. */
function pingsOf({ text: visible, entities }: FormattedText): readonly string[] {
  const code = entities.filter(({ type }) => type === 'code' || type === 'pre');
  const names = detectEntities(visible)
    .filter(({ type }) => type === 'mention')
    .filter(({ offset }) => !code.some((e) => e.offset <= offset && offset < e.offset + e.length))
    .map(({ offset, length }) => visible.slice(offset, offset + length));
  const linked = entities.flatMap((entity) => {
    if (entity.type === 'text_mention') return [String(entity.user.id)];
    const id = entity.type === 'text_link' ? /^tg:\/\/user\?id=(\d+)$/iu.exec(entity.url)?.[1] : '';
    return id === undefined || id === '' ? [] : [id];
  });
  return [...names, ...linked];
}

interface Outgoing {
  readonly method: SentTelegramMessage['method'];
  readonly body: FormattedText;
  readonly raw: string;
  readonly content: Partial<Message>;
  readonly file?: UploadedFile;
}

function put(network: Network, parameters: Parameters, make: () => Outgoing): Message {
  const state = network.writableChat(parameters.values['chat_id']);
  const threadId = topic(state, parameters);
  const { method, body, raw, content, file } = make();
  const reply = replyTarget(state, parameters);
  const markup = keyboard(parameters);
  const parseMode = text(parameters, 'parse_mode');
  const inChannel = state.chat.type === 'channel';
  const message = network.write(state, {
    ...(inChannel ? { sender_chat: state.chat } : { from: network.bot }),
    ...content,
    ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true }),
    ...(reply === undefined ? {} : { reply_to_message: asReply(reply) }),
    ...(markup === undefined ? {} : { reply_markup: markup }),
  });
  network.sent.push({
    method,
    chatId: state.chat.id,
    messageId: message.message_id,
    text: body.text,
    entities: body.entities,
    raw,
    ...(parseMode === undefined ? {} : { parseMode }),
    ...(threadId === undefined ? {} : { topicId: threadId }),
    ...(reply === undefined ? {} : { replyTo: reply.message_id }),
    buttons: buttonsOf(markup),
    linkPreview: showsPreview(parameters),
    pings: pingsOf(body),
    ...(file === undefined ? {} : { file }),
    edits: [],
    deleted: false,
  });
  return message;
}

/** `sendMessage`. */
export function sendMessage(network: Network, parameters: Parameters): Message {
  return put(network, parameters, () => {
    const body = messageText(network, parameters);
    return {
      method: 'sendMessage',
      body,
      raw: text(parameters, 'text') ?? '',
      content: { text: body.text.trim(), ...entitiesField('entities', body.entities) },
    };
  });
}

function upload(parameters: Parameters, name: string): UploadedFile {
  const reference = text(parameters, name) ?? name;
  const file = parameters.files.get(
    reference.startsWith('attach://') ? reference.slice('attach://'.length) : name,
  );
  if (file === undefined) throw badRequest(`there is no ${name} in the request`);
  return file;
}

/** Whether bytes begin as those of a JPEG, PNG or WebP file do. */
function isPicture({ bytes }: UploadedFile): boolean {
  const head = Buffer.from(bytes.slice(0, 4)).toString('hex');
  return head.startsWith('ffd8ff') || head === '89504e47' || head === '52494646';
}

/** `sendPhoto` and `sendDocument`. */
export function sendFile(
  network: Network,
  parameters: Parameters,
  kind: 'photo' | 'document',
): Message {
  return put(network, parameters, () => {
    const body = formatted(network, parameters, 'caption');
    const file = upload(parameters, kind);
    if (file.bytes.length > UPLOAD_LIMIT) throw new Refusal(413, 'Request Entity Too Large');
    if (kind === 'photo' && !isPicture(file)) throw badRequest('IMAGE_PROCESS_FAILED');
    const id = network.addFile(file, `${kind}s`);
    const base = { file_id: id, file_unique_id: id.slice(-12), file_size: file.bytes.length };
    const media: Partial<Message> =
      kind === 'photo'
        ? { photo: [{ ...base, width: 800, height: 600 }] }
        : { document: { ...base, file_name: file.name } };
    const caption = body.text === '' ? {} : { caption: body.text };
    return {
      method: kind === 'photo' ? 'sendPhoto' : 'sendDocument',
      body,
      raw: text(parameters, 'caption') ?? '',
      content: { ...media, ...caption, ...entitiesField('caption_entities', body.entities) },
      file,
    };
  });
}

/** What a reader sees of a message, for comparison. */
function looks({ text: visible, entities, reply_markup }: Message): string {
  return JSON.stringify([visible, entities ?? [], reply_markup]);
}

/** `editMessageText`. */
export function editMessageText(network: Network, parameters: Parameters): Message {
  const state = network.writableChat(parameters.values['chat_id']);
  const id = integer(parameters, 'message_id');
  const message = id === undefined ? undefined : state.messages.get(id);
  if (message === undefined) throw badRequest('message to edit not found');
  if (message.from?.id !== network.bot.id) throw badRequest("message can't be edited");
  const body = messageText(network, parameters);
  const markup = keyboard(parameters);
  const edited: Message = {
    ...message,
    text: body.text.trim(),
    edit_date: Math.floor(Date.now() / 1000),
    ...(markup === undefined ? {} : { reply_markup: markup }),
  };
  edited.entities = [...body.entities];
  if (looks(edited) === looks(message)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  state.messages.set(message.message_id, edited);
  const record = network.sent.find(
    (sent) => sent.chatId === state.chat.id && sent.messageId === message.message_id,
  );
  if (record !== undefined) {
    record.text = body.text;
    record.entities = body.entities;
    record.edits.push(body.text);
    record.linkPreview = showsPreview(parameters);
    record.pings = pingsOf(body);
    if (markup !== undefined) record.buttons = buttonsOf(markup);
  }
  return edited;
}

/** `deleteMessage`. */
export function deleteMessage(network: Network, parameters: Parameters): true {
  const state = network.writableChat(parameters.values['chat_id']);
  const id = integer(parameters, 'message_id');
  if (id === undefined || !state.messages.delete(id)) {
    throw badRequest('message to delete not found');
  }
  for (const sent of network.sent) {
    if (sent.chatId === state.chat.id && sent.messageId === id) sent.deleted = true;
  }
  return true;
}

/** `answerCallbackQuery`. */
export function answerCallbackQuery(network: Network, parameters: Parameters): true {
  const callback = network.callbacks.get(text(parameters, 'callback_query_id') ?? '');
  if (callback === undefined) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid');
  }
  callback.answered = text(parameters, 'text') ?? '';
  return true;
}
