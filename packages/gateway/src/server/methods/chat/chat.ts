/**
 * Methods of operator chat.
 *
 * @module
 */
import type { Services } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { modelRows } from '../models.ts';
import { requireLife } from '../sessions/life.ts';
import { sendMessage } from '../sessions/send.ts';
import { keyOf } from '../sessions/session-key.ts';

/** Refuses a message written under a transcript that has grown since, unless it is a repeat. */
async function requireLeaf(
  services: Services,
  key: string,
  expected: string | null,
  runId: string,
): Promise<void> {
  const { messages } = await services.chat.history(key, { limit: 50 });
  const leaf = messages.at(-1)?.id ?? null;
  if (leaf === expected || messages.some((message) => message.runId === runId)) return;
  throw invalidRequest('the conversation has moved on', { reason: 'active-leaf-changed' });
}

/** Methods of operator chat. */
export const chatHandlers: Handlers<'chat.send' | 'chat.abort' | 'chat.metadata'> = {
  'chat.send': async (params, context) => {
    const sessionKey = keyOf(context.services, params.sessionKey, params.agentId);
    const { message, idempotencyKey, attachments, expectedLeafEntryId: leaf } = params;
    await requireLife(context.services, sessionKey, params.sessionId);
    if (leaf !== undefined) {
      await requireLeaf(context.services, sessionKey, leaf, idempotencyKey);
    }
    return sendMessage({ sessionKey, message, idempotencyKey, attachments }, context);
  },
  'chat.abort': async ({ sessionKey, runId, agentId }, { services, caller }) => {
    const key = keyOf(services, sessionKey, agentId);
    const runIds = await services.chat.abort(caller, {
      sessionKey: key,
      ...(runId !== undefined && { runId }),
    });
    return { ok: true, aborted: runIds.length > 0, runIds: [...runIds] };
  },
  'chat.metadata': (_params, { services }) => ({
    models: modelRows(services.models()),
    commands: [],
  }),
};
