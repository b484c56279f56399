/**
 * The messages of a request, as one message of its caller and what stands beside it. Only what a
 * user wrote last is his word; whatever else the client sends is data, `system` text like the rest.
 *
 * @module
 */
import type { ChatContext, ChatSend } from '../../../services.ts';
import { type ApiFault, invalid } from './refusal.ts';

/** One message of a request, whatever its endpoint calls its parts. */
export interface ClientMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly text: string;
  /** Data URLs of its images. */
  readonly images: readonly string[];
}

/** What is sent to the agent. */
export type Words = Required<Pick<ChatSend, 'message' | 'context'>> & Pick<ChatSend, 'attachments'>;

const IMAGE = /^data:(image\/[a-z]+);base64,([A-Za-z0-9+/]+={0,2})$/u;

/**
 * Reads the messages. `remembers`: the session has heard everything up to the agent's last answer, so
 * that only what came since is new.
 */
export function wordsOf(messages: readonly ClientMessage[], remembers: boolean): Words | ApiFault {
  const answered = remembers ? messages.findLastIndex(({ role }) => role === 'assistant') : -1;
  const last = messages.at(-1);
  if (last?.role !== 'user') return invalid('the last message must be from the user', 'messages');
  if (last.text.trim() === '' && last.images.length === 0) {
    return invalid('the last message is empty', 'messages');
  }
  const attachments = last.images.flatMap(attachmentOf);
  return {
    message: last.text,
    context: messages.slice(answered + 1, -1).flatMap(contextOf),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

function contextOf({ role, text, images }: ClientMessage): readonly ChatContext[] {
  const shown = images.length === 0 ? text : `${text}\n[${String(images.length)} images]`.trim();
  return shown.trim() === '' ? [] : [{ author: role, text: shown }];
}

function attachmentOf(url: string): readonly { mimeType: string; content: string }[] {
  const [, mimeType, content] = IMAGE.exec(url) ?? [];
  return mimeType === undefined || content === undefined ? [] : [{ mimeType, content }];
}
