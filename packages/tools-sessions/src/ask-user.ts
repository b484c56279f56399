/**
 * The tool `ask_user`: a question to the person the agent works for.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { askOf } from './broker.ts';

/** Input of `ask_user`. */
export interface AskUserToolInput {
  readonly question: string;
  readonly options?: readonly string[] | undefined;
  readonly timeoutMinutes?: number | undefined;
}

const INPUT: z.ZodType<AskUserToolInput> = z.strictObject({
  question: z.string().trim().min(1).max(2000).describe('One question, in plain text.'),
  options: z
    .array(z.string().trim().min(1).max(100))
    .max(4)
    .optional()
    .describe('Answers to choose from. Another answer may be written all the same.'),
  timeoutMinutes: z.number().min(1).max(1440).optional().describe('Default 30.'),
});

const UNANSWERED = {
  declined: 'The person did not want to answer. Go on without it, or say what you need.',
  expired: 'Nobody answered in time. Go on without it, or say what you need.',
} as const;

/** Asks the requester and waits for the answer. */
export const askUser: Tool<AskUserToolInput> = {
  name: 'ask_user',
  description:
    'Asks the person you work for a question in this conversation and waits for the answer. Use it ' +
    'when you cannot go on without knowing, not for what you can find out. The answer is what the ' +
    'person says; it permits nothing that needs an approval.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['send'],
  run: async ({ question, options, timeoutMinutes }, { brokers }) => {
    const outcome = await askOf(brokers).ask({
      text: question,
      ...(options === undefined ? {} : { options }),
      ...(timeoutMinutes === undefined ? {} : { timeoutMs: timeoutMinutes * 60_000 }),
    });
    return outcome.status === 'answered'
      ? { text: `The person answered: ${outcome.text}`, details: { status: outcome.status } }
      : { text: UNANSWERED[outcome.status], details: { status: outcome.status } };
  },
};
