/**
 * The tool `session_status`.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { sessionsOf } from './broker.ts';
import { lineOf } from './report.ts';

/** Input of `session_status`. */
export interface SessionStatusToolInput {
  readonly sessionKey?: string | undefined;
}

const INPUT: z.ZodType<SessionStatusToolInput> = z.strictObject({
  sessionKey: z.string().min(1).max(512).optional().describe('Default: this session.'),
});

/** Tells how a session is doing. */
export const sessionStatus: Tool<SessionStatusToolInput> = {
  name: 'session_status',
  description:
    'Tells how a conversation is doing: whether it is being answered, and how long it is.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['sessions'],
  run: async ({ sessionKey }, { brokers }) => {
    const info = await sessionsOf(brokers).status(sessionKey);
    return { text: lineOf(info), details: { status: info.status } };
  },
};
