/**
 * Sends files.
 *
 * @module
 */
import { fileName } from '@portcullis/channel-kit';
import type { OutboundFile, OutboundMessage, Receipt } from '@portcullis/core';
import { type BotApi, CallError } from './api.ts';
import { render, type Rendered } from './format.ts';
import { chatIdOf, deliver, extrasOf, receiptOf, sendMessage, withMarkup } from './send.ts';

/** What Telegram takes from a bot, bytes. */
export const MAX_FILE_BYTES = 50_000_000;
/** What it takes as a picture; anything larger is a document. */
const MAX_PHOTO_BYTES = 10_000_000;
/** What it takes beside a file, UTF-16 units. */
const CAPTION_LIMIT = 1024;
const PHOTO = /^image\/(?:jpeg|png|webp)$/u;
/** How many messages whose words went ahead of their file are remembered. */
const REMEMBERED = 100;

function formOf(
  message: OutboundMessage,
  file: OutboundFile,
  field: 'document' | 'photo',
  caption: { readonly text: string; readonly parse_mode?: 'HTML' },
): FormData {
  const form = new FormData();
  form.set('chat_id', String(chatIdOf(message.to)));
  for (const [key, value] of Object.entries(extrasOf(message))) {
    form.set(key, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  if (caption.text !== '') form.set('caption', caption.text);
  if (caption.parse_mode !== undefined) form.set('parse_mode', caption.parse_mode);
  const type = /^[\w.+-]+\/[\w.+-]+$/u.test(file.mimeType) ? file.mimeType : '';
  form.set(field, new Blob([new Uint8Array(file.bytes)], { type }), fileName(file.name));
  return form;
}

/** Whether Telegram said that it does not take this for a picture. Then nothing was sent. */
function isNoPicture(error: unknown): boolean {
  return (
    error instanceof CallError &&
    error.failure.kind === 'answered' &&
    error.failure.status === 400 &&
    /photo|image/iu.test(error.failure.description)
  );
}

/** Sends files with what is written beside them. */
export class FileSender {
  readonly #api: BotApi;
  /** Keys of messages whose words arrived and whose file did not. */
  readonly #halfSent = new Set<string>();

  constructor(api: BotApi) {
    this.#api = api;
  }

  /**
   * Sends a file. Pictures are shown as such where Telegram takes them, anything else is a document.
   * More words than fit beside a file are a message before it, which is not sent again when only the
   * file has to be.
   */
  async send(message: OutboundMessage, file: OutboundFile, signal: AbortSignal): Promise<Receipt> {
    const caption = render(message.text);
    const fits = caption.text.length <= CAPTION_LIMIT;
    if (!fits) await this.#sendWords(message, signal);
    const sent = await deliver(signal, () =>
      this.#upload(message, file, fits ? caption : render(''), signal),
    );
    this.#halfSent.delete(message.idempotencyKey);
    return receiptOf(sent);
  }

  async #sendWords(message: OutboundMessage, signal: AbortSignal): Promise<void> {
    const { idempotencyKey: key, buttons: _under, ...words } = message;
    if (this.#halfSent.has(key)) return;
    await sendMessage(this.#api, { ...words, idempotencyKey: key }, signal);
    const [oldest] = this.#halfSent;
    if (this.#halfSent.size >= REMEMBERED && oldest !== undefined) this.#halfSent.delete(oldest);
    this.#halfSent.add(key);
  }

  async #upload(
    message: OutboundMessage,
    file: OutboundFile,
    caption: Rendered,
    signal: AbortSignal,
  ): Promise<unknown> {
    const as = (method: 'sendDocument' | 'sendPhoto', field: 'document' | 'photo') =>
      withMarkup(caption, (text, mode) =>
        this.#api.upload(method, formOf(message, file, field, { text, ...mode }), signal),
      );
    const isPicture = PHOTO.test(file.mimeType) && file.bytes.byteLength <= MAX_PHOTO_BYTES;
    if (!isPicture) return await as('sendDocument', 'document');
    try {
      return await as('sendPhoto', 'photo');
    } catch (error) {
      if (!isNoPicture(error)) throw error;
      return await as('sendDocument', 'document');
    }
  }
}
