/**
 * Waking the agent.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema, sessionKeySchema } from '../scalars.ts';

/** Methods that wake the agent. */
export const wakeMethods = defineMethods({
  wake: {
    scope: 'operator.write',
    params: z.strictObject({
      /** `next-heartbeat` is refused: there are no heartbeats to wait for. */
      mode: z.enum(['now', 'next-heartbeat']),
      text: idSchema,
      /** Default: the main session. */
      sessionKey: sessionKeySchema.optional(),
      agentId: idSchema.optional(),
    }),
    result: z.strictObject({ ok: z.literal(true) }),
    summary: 'Tells the agent something in a session and has it answer there.',
  },
});
