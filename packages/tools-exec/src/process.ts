/**
 * The tool `process`: the background commands of the session.
 *
 * @module
 */
import { type ProcBroker, type Tool, type ToolResult } from '@portcullis/core';
import { z } from 'zod';

import { procOf } from './broker.ts';
import { report, statusOf } from './report.ts';

const ID: z.ZodString = z.string().min(1).max(64).describe('The id that exec returned.');

/** Input of `process`. */
export type ProcessToolInput =
  | { readonly action: 'list' }
  | {
      readonly action: 'poll';
      readonly id: string;
      readonly waitSeconds?: number | undefined;
    }
  | { readonly action: 'log' | 'kill'; readonly id: string }
  | { readonly action: 'write'; readonly id: string; readonly text: string };

const INPUT: z.ZodType<ProcessToolInput> = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('list') }),
  z.strictObject({
    action: z.literal('poll'),
    id: ID,
    waitSeconds: z.number().min(0).max(60).optional().describe('Wait for news. Default 0.'),
  }),
  z.strictObject({ action: z.literal('log'), id: ID }),
  z.strictObject({
    action: z.literal('write'),
    id: ID,
    text: z.string().min(1).max(1_000_000).describe('Text for its standard input.'),
  }),
  z.strictObject({ action: z.literal('kill'), id: ID }),
]);

/** What is told to the model: one object, because some models take no other schema. */
const OFFERED = z.strictObject({
  action: z.enum(['list', 'poll', 'log', 'write', 'kill']),
  id: ID.optional(),
  waitSeconds: z.number().min(0).max(60).optional().describe('For poll: wait for news.'),
  text: z.string().optional().describe('For write: text for its standard input.'),
});

/** Looks after background commands. */
export const process: Tool<ProcessToolInput> = {
  name: 'process',
  description:
    'Looks after commands that exec runs in the background: list them, poll for new output, log ' +
    'for the output that is there now, write to standard input, or kill one.',
  input: INPUT,
  inputSchema: z.toJSONSchema(OFFERED, { io: 'input' }),
  effects: ['proc'],
  run: async (input, { brokers }) => await act(procOf(brokers), input),
};

async function act(proc: ProcBroker, input: ProcessToolInput): Promise<ToolResult> {
  switch (input.action) {
    case 'list': {
      const lines = proc.list().map((result) => `${result.id ?? ''} ${statusOf(result)}`);
      return { text: lines.length === 0 ? 'No background commands.' : lines.join('\n') };
    }
    case 'poll':
      return report(await proc.poll(input.id, (input.waitSeconds ?? 0) * 1000));
    case 'log':
      return report(await proc.poll(input.id));
    case 'write':
      await proc.write(input.id, input.text);
      return { text: 'Written.' };
    case 'kill':
      return report(await proc.kill(input.id));
  }
}
