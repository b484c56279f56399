import type { Tool } from '@portcullis/core';

/** A tool that writes to somebody through the broker it is handed. */
export const tell: Tool<{ to: string; text: string }> = {
  name: 'tell',
  description: 'Tells somebody something.',
  input: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => ({ value: value as { to: string; text: string } }),
    },
  },
  inputSchema: { type: 'object' },
  effects: ['send'],
  run: async (input, { brokers }) => {
    await brokers.send?.send(input);
    return { text: 'told' };
  },
};
