/**
 * Sending a message to the agent, as `chat.send`, `sessions.send` and `agent` do.
 *
 * @module
 */
import { type Attachment, LIMITS, type MethodResult } from '@portcullis/protocol';

import type { ChatSend } from '../../../services.ts';
import type { MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

/** A message before its attachments are checked. */
export interface Outgoing {
  readonly sessionKey: string;
  readonly message: string;
  readonly idempotencyKey: string;
  readonly attachments?: readonly Attachment[] | undefined;
}

type CheckedAttachment = NonNullable<ChatSend['attachments']>[number];

function checkAttachment({ content, mimeType, fileName }: Attachment): CheckedAttachment {
  if (content === undefined || content === '') throw invalidRequest('attachment without content');
  const limit = mimeType?.startsWith('image/') === true ? LIMITS.image : LIMITS.attachment;
  if ((content.length / 4) * 3 > limit + 2) {
    throw invalidRequest(`attachment is larger than ${limit} bytes`, {
      reason: 'attachment-too-large',
    });
  }
  return {
    content,
    ...(mimeType !== undefined && { mimeType }),
    ...(fileName !== undefined && { fileName }),
  };
}

/** Sends a message. Resolves once it is stored durably. */
export async function sendMessage(
  { sessionKey, message, idempotencyKey, attachments = [] }: Outgoing,
  { services, caller }: MethodContext,
): Promise<MethodResult<'chat.send'>> {
  if (message.trim() === '' && attachments.length === 0) {
    throw invalidRequest('message or attachment required');
  }
  const { runId, status } = await services.chat.send(caller, {
    sessionKey,
    message,
    idempotencyKey,
    ...(attachments.length > 0 && { attachments: attachments.map(checkAttachment) }),
  });
  return { runId, status };
}
