/**
 * The tool `agents_list`.
 *
 * @module
 */
import { type Tool, plainLine } from '@portcullis/core';
import { z } from 'zod';

import { sessionsOf } from './broker.ts';

/** Input of `agents_list`. */
export type AgentsListToolInput = Readonly<Record<string, never>>;

const INPUT: z.ZodType<AgentsListToolInput> = z.strictObject({});

/** Lists the agents that can be reached from here. */
export const agentsList: Tool<AgentsListToolInput> = {
  name: 'agents_list',
  description: 'Lists the agents you can reach: yourself, and others where that is configured.',
  input: INPUT,
  inputSchema: z.toJSONSchema(INPUT, { io: 'input' }),
  effects: ['sessions'],
  run: async (_input, { brokers }) => {
    const agents = await sessionsOf(brokers).agents();
    const lines = agents.map(({ id, name, isSelf }) => {
      const known = name === undefined ? '' : `, called ${JSON.stringify(plainLine(name, 80))}`;
      return `${id}${isSelf ? ' (you)' : ''}${known}`;
    });
    return { text: lines.join('\n'), details: { agents: agents.length } };
  },
};
