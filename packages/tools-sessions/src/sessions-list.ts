/**
 * The tool `sessions_list`.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { sessionsOf } from './broker.ts';
import { lineOf } from './report.ts';

/** Input of `sessions_list`. */
export interface SessionsListToolInput {
  readonly limit?: number | undefined;
  readonly agentId?: string | undefined;
}

const INPUT: z.ZodType<SessionsListToolInput> = z.strictObject({
  limit: z.int().min(1).max(200).optional().describe('Most sessions to list. Default 50.'),
  agentId: z.string().min(1).max(64).optional().describe('Only sessions of this agent.'),
});

/** Lists the sessions that can be seen from here. */
export const sessionsList: Tool<SessionsListToolInput> = {
  name: 'sessions_list',
  description:
    'Lists the conversations you can see from this one, the newest first: this one and those it ' +
    'started, unless you were given sight of more. Read one with sessions_history.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['sessions'],
  run: async ({ limit, agentId }, { brokers }) => {
    const { sessions, more } = await sessionsOf(brokers).list({
      ...(limit === undefined ? {} : { limit }),
      ...(agentId === undefined ? {} : { agentId }),
    });
    const lines = sessions.map(lineOf);
    if (more) lines.push('[there are more]');
    const text = lines.length === 0 ? 'No sessions.' : lines.join('\n');
    return { text, details: { sessions: sessions.length, more } };
  },
};
