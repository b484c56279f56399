/**
 * Methods that send messages.
 *
 * @module
 */
import type { OutboundFile } from '@portcullis/core';
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { MessageOutcome } from '../../../services.ts';
import { mimeTypeOf, nameOf } from '../../../outbox/file-name.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

/** A receiver as the gateway names one. Ids of Telegram's rooms are negative. */
function receiver({ to, channel }: MethodParams<'send'>): string {
  if (channel === undefined || to.startsWith(`${channel}:`)) return to;
  const isRoom = channel === 'telegram' && /^-\d+$/u.test(to);
  return isRoom ? `${channel}:group:${to}` : `${channel}:${to}`;
}

/** The state of the whole: what went wrong counts most, then what is not over. */
function statusOf({ items }: MessageOutcome): MethodResult<'send'>['status'] {
  const states = new Set(items.map(({ state }) => state));
  if (states.size === 0) return 'rehearsed';
  if (states.has('failed')) return 'failed';
  if (states.has('unknown')) return 'unknown';
  return states.has('pending') || states.has('sending') ? 'pending' : 'sent';
}

/** The file of a message: bytes with a name, or none. */
function fileOf({ buffer, filename, contentType }: MethodParams<'send'>): {
  readonly file?: OutboundFile;
} {
  if (buffer === undefined && filename === undefined && contentType === undefined) return {};
  if (buffer === undefined || filename === undefined) {
    throw invalidRequest('a file is its bytes in buffer and its filename');
  }
  const mimeType = contentType ?? mimeTypeOf(filename);
  return { file: { name: nameOf(filename), mimeType, bytes: Buffer.from(buffer, 'base64') } };
}

/** Methods that send messages. */
export const messageHandlers: Handlers<'send'> = {
  send: async (params, { services, caller }) => {
    const { message, accountId, threadId, replyToId, idempotencyKey, dryRun } = params;
    const outcome = await services.messages.send(caller, {
      to: receiver(params),
      text: message,
      idempotencyKey,
      ...(accountId !== undefined && { accountId }),
      ...(threadId !== undefined && { topicId: threadId }),
      ...(replyToId !== undefined && { replyTo: replyToId }),
      ...(dryRun !== undefined && { rehearse: dryRun }),
      ...fileOf(params),
    });
    const { items, channel, conversationId, parts, repeated, decision } = outcome;
    const messageIds = items.flatMap(({ messageId }) => (messageId === undefined ? [] : messageId));
    const error = items.find((each) => each.error !== undefined)?.error;
    return {
      runId: idempotencyKey,
      channel,
      accountId: outcome.accountId,
      conversationId,
      status: statusOf(outcome),
      ...(messageIds[0] !== undefined && { messageId: messageIds[0] }),
      messageIds,
      parts,
      repeated,
      decision: decision.code,
      ...(error !== undefined && { error }),
    };
  },
};
