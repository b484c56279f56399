/**
 * The tool `message`: something said besides the answer.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { sendOf } from './broker.ts';

/** Input of `message`. */
export interface MessageToolInput {
  readonly text: string;
  readonly to?: string | undefined;
  readonly accountId?: string | undefined;
  readonly file?: string | undefined;
}

const INPUT: z.ZodType<MessageToolInput> = z.strictObject({
  text: z.string().trim().min(1).max(20_000).describe('The message, in Markdown.'),
  to: z
    .string()
    .min(3)
    .max(250)
    .optional()
    .describe(
      'Receiver: <channel>:<id> for a person, <channel>:group:<id> or <channel>:channel:<id> for a ' +
        'room, as in telegram:42. Leave it out for the current conversation.',
    ),
  accountId: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Account of the channel to send from. Rarely needed.'),
  file: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'Path of a file in the workspace to send with it. Only where you may read files, and where ' +
        'the network takes them.',
    ),
});

/** Sends one message. */
export const message: Tool<MessageToolInput> = {
  name: 'message',
  description:
    'Sends a message now: to the current conversation, or to another person or room. Your answer is ' +
    'sent by itself and needs no message. Writing to others may have to be approved by a person.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['send', 'files'],
  run: async ({ text, to, accountId, file }, { brokers }) => {
    const { ids } = await sendOf(brokers).send({
      text,
      ...(to === undefined ? {} : { to }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(file === undefined ? {} : { file }),
    });
    const parts = ids.length === 1 ? '' : `, in ${String(ids.length)} parts`;
    return { text: `The message is on its way${parts}.`, details: { ids } };
  },
};
