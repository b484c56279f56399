/**
 * A tool of this program's own, as a plugin.
 */
import type { Plugin, StandardSchema, Tool } from '@portcullis/core';

/** Input of `tides`. */
export interface TidesInput {
  readonly harbour: string;
}

/** The next high water at a harbour, `undefined` where none is known. */
export type TideTable = (harbour: string) => string | undefined;

/** Any validator that speaks Standard Schema fits; this one is written out. */
const INPUT: StandardSchema<unknown, TidesInput> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate: (value) => {
      const isObject = typeof value === 'object' && value !== null && 'harbour' in value;
      return isObject && typeof value.harbour === 'string'
        ? { value: { harbour: value.harbour } }
        : { issues: [{ message: 'needs a harbour' }] };
    },
  },
};

/** A plugin that lets the agent ask `table`. */
export function tidesPlugin(table: TideTable): Plugin {
  const tool: Tool<TidesInput> = {
    name: 'tides',
    description: 'Tells when the next high water is at a harbour.',
    input: INPUT,
    inputSchema: {
      type: 'object',
      properties: { harbour: { type: 'string' } },
      required: ['harbour'],
      additionalProperties: false,
    },
    effects: [],
    run: async ({ harbour }) => ({
      text: table(harbour) ?? `No tide is known for ${JSON.stringify(harbour.slice(0, 80))}.`,
    }),
  };
  return { id: 'tides', register: (registry) => registry.tool(tool) };
}
