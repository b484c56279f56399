/**
 * Sends, edits and finds messages.
 *
 * A send is one request, or for a file the last one of three: whatever came before it nobody sees.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Conversation, OutboundMessage, Receipt } from '@portcullis/core';
import type { WebApi } from './api.ts';
import { deliver, notUnderstood, toDeliveryError, wrongMessage } from './errors.ts';
import { field, listField, textField } from './fields.ts';
import { isEmpty, MESSAGE_LIMIT, render, sections } from './format.ts';
import { targetOf } from './rooms.ts';
import { sendFile } from './upload.ts';

const BUTTON_DATA_LIMIT = 64;
/** Slack shows no longer label, and takes no more buttons in a row. */
const BUTTON_LABEL_LIMIT = 75;
const BUTTONS_IN_ROW = 25;

/** The name of our mark on messages, for finding them again. */
const MARK = 'portcullis_outbox';

/** How far back a message is looked for, seconds, and in how many pages of it. */
const LOOKUP_SECONDS = 24 * 3600;
const LOOKUP_PAGES = 5;
const LOOKUP_PAGE = 200;

/** A link preview would be fetched by Slack from wherever an answer says: a way out for data. */
const QUIET = { unfurl_links: false, unfurl_media: false, parse: 'none', link_names: false };

function buttonRows({ buttons = [] }: OutboundMessage): readonly object[] {
  return buttons.map((row, index) => {
    if (row.length === 0 || row.length > BUTTONS_IN_ROW) {
      throw wrongMessage('A row holds no button or too many.', 'Use 1 to 25 buttons in a row.');
    }
    return {
      type: 'actions',
      elements: row.map(({ label, data }, at) => {
        if (Buffer.byteLength(data) > BUTTON_DATA_LIMIT) {
          throw wrongMessage('A button carries more than 64 bytes.', 'Shorten its data.');
        }
        const text = { type: 'plain_text', text: label.slice(0, BUTTON_LABEL_LIMIT) };
        return { type: 'button', action_id: `button-${index}-${at}`, text, value: data };
      }),
    };
  });
}

/** The text as blocks with the buttons under it; nothing without buttons. */
function blocksOf(message: OutboundMessage): { blocks?: readonly object[] } {
  const rows = buttonRows(message);
  if (rows.length === 0) return {};
  const texts = sections(message.text).map((text) => ({
    type: 'section',
    // What stands there is all there is: Slack is not to make links or mentions of it.
    text: { type: 'mrkdwn', text, verbatim: true },
  }));
  return { blocks: [...texts, ...rows] };
}

function bodyOf(text: string): string {
  if (isEmpty(text)) throw wrongMessage('The message is empty.', 'Send text.');
  const body = render(text);
  if (body.length > MESSAGE_LIMIT) {
    throw wrongMessage(`The message is longer than ${MESSAGE_LIMIT}.`, 'Cut it with split().');
  }
  return body;
}

function markOf(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40);
}

/** Sends one message. */
export async function sendMessage(
  api: WebApi,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Receipt> {
  if (message.file !== undefined) {
    if ((message.buttons ?? []).length > 0) {
      throw wrongMessage(
        'A file carries no buttons.',
        'Send the buttons in a message of their own.',
      );
    }
    return await sendFile(api, message, message.file, signal);
  }
  const text = bodyOf(message.text);
  const blocks = blocksOf(message);
  const metadata = {
    event_type: MARK,
    event_payload: { key: markOf(message.idempotencyKey) },
  };
  const answer = await deliver(signal, async () => {
    const target = await targetOf(api, message.to, signal);
    return await api.call(
      'chat.postMessage',
      { ...target, ...QUIET, text, ...blocks, metadata },
      signal,
    );
  });
  const messageId = textField(answer, 'ts');
  if (messageId === undefined) throw toDeliveryError(notUnderstood().failure);
  return { messageId };
}

/** Replaces the text of a message we sent, and takes its buttons away. */
export async function editMessage(
  api: WebApi,
  to: Conversation,
  messageId: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const body = bodyOf(text);
  await deliver(signal, async () => {
    const { channel } = await targetOf(api, to, signal);
    const { parse, link_names } = QUIET;
    const change = { channel, ts: messageId, text: body, blocks: [], parse, link_names };
    await api.call('chat.update', change, signal);
  });
}

function isMarked(message: unknown, key: string): boolean {
  const metadata = field(message, 'metadata');
  return (
    field(metadata, 'event_type') === MARK && field(field(metadata, 'event_payload'), 'key') === key
  );
}

/**
 * Looks for a message we sent to a conversation within the last day. Undefined when it is not among
 * what Slack shows. Files cannot be marked and are never found.
 *
 * @param botUserId Ours: a mark on somebody else's message is none of ours.
 */
export async function findMessage(
  api: WebApi,
  botUserId: string,
  sought: { readonly idempotencyKey: string; readonly to: Conversation },
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  const key = markOf(sought.idempotencyKey);
  return await deliver(signal, async () => {
    const { channel, thread_ts } = await targetOf(api, sought.to, signal);
    const method = thread_ts === undefined ? 'conversations.history' : 'conversations.replies';
    const where = {
      channel,
      ...(thread_ts === undefined ? {} : { ts: thread_ts }),
      oldest: String(Math.floor(Date.now() / 1000) - LOOKUP_SECONDS),
      limit: LOOKUP_PAGE,
      include_all_metadata: true,
    };
    let cursor: string | undefined;
    for (let page = 0; page < LOOKUP_PAGES; page += 1) {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await api.call(method, { ...where, ...more }, signal);
      const found = listField(answer, 'messages').find(
        (message) => field(message, 'user') === botUserId && isMarked(message, key),
      );
      const messageId = textField(found, 'ts');
      if (messageId !== undefined) return { messageId };
      cursor = textField(field(answer, 'response_metadata'), 'next_cursor');
      if (cursor === undefined) break;
    }
    return undefined;
  });
}
