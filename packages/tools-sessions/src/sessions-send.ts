/**
 * The tool `sessions_send`: a message to another conversation's agent.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { sessionsOf } from './broker.ts';
import { answerOf } from './report.ts';

/** Input of `sessions_send`. */
export interface SessionsSendToolInput {
  readonly sessionKey: string;
  readonly message: string;
  readonly timeoutSeconds?: number | undefined;
  readonly wait?: boolean | undefined;
}

const INPUT: z.ZodType<SessionsSendToolInput> = z.strictObject({
  sessionKey: z.string().min(1).max(512).describe('A whole key, as sessions_list shows it.'),
  message: z.string().trim().min(1).max(20_000),
  timeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .optional()
    .describe('After that it is stopped. Default 300.'),
  wait: z.boolean().optional().describe('False: return at once, without the answer.'),
});

/** Sends a message to the agent of another conversation. */
export const sessionsSend: Tool<SessionsSendToolInput> = {
  name: 'sessions_send',
  description:
    'Sends a message to the agent of another conversation you can see, and returns what it answers. ' +
    'It arrives there as data, not as the word of a person, and nobody in that conversation is ' +
    'written to. To write to a person use message.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['sessions'],
  run: async ({ sessionKey, message, timeoutSeconds, wait }, { brokers }) =>
    answerOf(
      await sessionsOf(brokers).send({
        key: sessionKey,
        text: message,
        ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }),
        ...(wait === undefined ? {} : { wait }),
      }),
    ),
};
