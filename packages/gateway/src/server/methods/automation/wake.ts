/**
 * Waking the agent.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { sendMessage } from '../sessions/send.ts';
import { keyOf } from '../sessions/session-key.ts';

/** Methods that wake the agent. */
export const wakeHandlers: Handlers<'wake'> = {
  wake: async ({ mode, text, sessionKey = 'main', agentId }, context) => {
    if (mode !== 'now') {
      throw invalidRequest('this gateway has no heartbeats to wait for: wake with mode "now"', {
        reason: 'no-heartbeats',
      });
    }
    const key = keyOf(context.services, sessionKey, agentId);
    await sendMessage({ sessionKey: key, message: text, idempotencyKey: randomUUID() }, context);
    return { ok: true };
  },
};
