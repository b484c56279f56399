/**
 * Sends and edits messages.
 *
 * A send is one request. It is repeated in exactly one case: Telegram said 400 because it could not
 * read our markup, so nothing was sent, and the same words go out as plain text.
 *
 * @module
 */
import {
  type Conversation,
  DeliveryError,
  type OutboundMessage,
  type Receipt,
} from '@portcullis/core';
import type { InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters } from 'grammy/types';
import { type BotApi, CallError, notUnderstood } from './api.ts';
import { toDeliveryError } from './errors.ts';
import { MESSAGE_LIMIT, render, type Rendered } from './format.ts';

const BUTTON_DATA_LIMIT = 64;
/** A preview would fetch every link in an answer, from Telegram's servers: a way out for data. */
const NO_PREVIEW: LinkPreviewOptions = { is_disabled: true };

function wrongMessage(why: string, hint: string): DeliveryError {
  return new DeliveryError('failed', 'telegram.message_invalid', why, { hint });
}

/** The chat id Telegram knows. */
export function chatIdOf(to: Conversation): number {
  const id = /^-?\d{1,16}$/u.test(to.id) ? Number(to.id) : Number.NaN;
  if (!Number.isSafeInteger(id)) {
    throw wrongMessage('The conversation has no Telegram chat id.', 'Use the id of an event.');
  }
  return id;
}

/** The topic a message goes to. The general topic has no id of its own when it is written to. */
export function topicOf(to: Conversation): { message_thread_id?: number } {
  const { topicId } = to;
  return topicId === undefined || topicId === '1' || !/^\d{1,15}$/u.test(topicId)
    ? {}
    : { message_thread_id: Number(topicId) };
}

function keyboardOf(message: OutboundMessage): { reply_markup?: InlineKeyboardMarkup } {
  const rows = message.buttons ?? [];
  if (rows.length === 0) return {};
  const inline_keyboard = rows.map((row) =>
    row.map(({ label, data }) => {
      if (Buffer.byteLength(data) > BUTTON_DATA_LIMIT) {
        throw wrongMessage(
          'A button carries more than 64 bytes.',
          'Shorten the data of the button.',
        );
      }
      return { text: label, callback_data: data };
    }),
  );
  return { reply_markup: { inline_keyboard } };
}

/** What goes out. Throws `telegram.message_invalid` when Telegram would not take it. */
function writtenOut(text: string): Rendered {
  const rendered = render(text);
  if (rendered.text.trim() === '') {
    throw wrongMessage('The message is empty.', 'Send text.');
  }
  if (rendered.text.length > MESSAGE_LIMIT) {
    throw wrongMessage('The message is longer than 4096 characters.', 'Cut it with split().');
  }
  return rendered;
}

/** Runs a call and turns its failure into a {@link DeliveryError}. */
export async function deliver<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  if (signal.aborted) {
    throw new DeliveryError('retry', 'telegram.not_sent', 'The channel is stopping.', {
      hint: 'Nothing to do: the message is sent after the start.',
    });
  }
  try {
    return await call();
  } catch (error) {
    if (error instanceof CallError) throw toDeliveryError(error.failure);
    throw error;
  }
}

function isMarkupFault(error: unknown): boolean {
  return (
    error instanceof CallError &&
    error.failure.kind === 'answered' &&
    error.failure.status === 400 &&
    /can't parse entities/iu.test(error.failure.description)
  );
}

/** Calls with HTML, and once more with plain text when Telegram cannot read the HTML. */
export async function withMarkup<T>(
  { html, text }: Rendered,
  call: (body: string, mode: { parse_mode?: 'HTML' }) => Promise<T>,
): Promise<T> {
  try {
    return await call(html, { parse_mode: 'HTML' });
  } catch (error) {
    if (!isMarkupFault(error)) throw error;
    return await call(text, {});
  }
}

/** What a message of any kind carries beside its words. */
export function extrasOf(message: OutboundMessage): {
  readonly message_thread_id?: number;
  readonly reply_markup?: InlineKeyboardMarkup;
  readonly reply_parameters?: ReplyParameters;
} {
  const replyTo = message.replyTo ?? '';
  return {
    ...topicOf(message.to),
    ...keyboardOf(message),
    ...(/^\d{1,15}$/u.test(replyTo)
      ? {
          reply_parameters: {
            message_id: Number(replyTo),
            // The question may be deleted while the answer is written; the answer still matters.
            allow_sending_without_reply: true,
          },
        }
      : {}),
  };
}

/** The receipt of a message Telegram says it took. */
export function receiptOf(sent: unknown): Receipt {
  const id: unknown =
    typeof sent === 'object' && sent !== null ? Reflect.get(sent, 'message_id') : 0;
  if (!Number.isSafeInteger(id) || id === 0) throw toDeliveryError(notUnderstood().failure);
  return { messageId: String(id) };
}

/** Sends one message of words. */
export async function sendMessage(
  api: BotApi,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Receipt> {
  const chat = chatIdOf(message.to);
  const body = writtenOut(message.text);
  const extras = { ...extrasOf(message), link_preview_options: NO_PREVIEW };
  const sent = await deliver(signal, () =>
    withMarkup(body, (text, mode) =>
      api.call((bot, abort) => bot.sendMessage(chat, text, { ...extras, ...mode }, abort), signal),
    ),
  );
  return receiptOf(sent);
}

/** Replaces the text of a message we sent. The same text again is no fault. */
export async function editMessage(
  api: BotApi,
  to: Conversation,
  messageId: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const chat = chatIdOf(to);
  const body = writtenOut(text);
  const edit = (content: string, mode: { parse_mode?: 'HTML' }) =>
    api.call(
      (bot, abort) =>
        bot.editMessageText(
          chat,
          Number(messageId),
          content,
          { ...mode, link_preview_options: NO_PREVIEW },
          abort,
        ),
      signal,
    );
  try {
    await deliver(signal, () => withMarkup(body, edit));
  } catch (error) {
    const unchanged = error instanceof DeliveryError && /not modified/iu.test(error.message);
    if (!unchanged) throw error;
  }
}
