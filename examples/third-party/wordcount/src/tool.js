// @ts-check
/** @import { StandardSchema, Tool } from '@portcullis/core' */
import { PortcullisError } from '@portcullis/core';

/** @typedef {{ readonly path: string }} Input */

/**
 * What a model sends may be anything. zod, valibot and arktype fit here as well.
 *
 * @type {StandardSchema<unknown, Input>}
 */
const input = {
  '~standard': {
    version: 1,
    vendor: 'wordcount',
    validate(value) {
      const path =
        typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
      return typeof path === 'string' && path !== ''
        ? { value: { path } }
        : { issues: [{ message: 'must name a file', path: ['path'] }] };
    },
  },
};

/** @type {Tool<Input>} */
export const wordcount = {
  name: 'wordcount',
  description: 'Counts the words and lines of a text file of the workspace.',
  input,
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string', description: 'The file, relative to the workspace.' } },
    required: ['path'],
    additionalProperties: false,
  },
  effects: ['files'],
  settings: { path: 'plugins.entries.wordcount' },

  // Decided before anything is done, so that one question covers the whole call.
  plan: ({ path }) => [{ kind: 'files', request: { op: 'read', path } }],

  async run({ path }, { brokers, settings }) {
    // The broker asks policy and writes the audit log; a tool has no other way to the world.
    if (brokers.files === undefined) {
      throw new PortcullisError('wordcount.no_files', 'Files cannot be read here.');
    }
    const most = settings?.get('config.maxBytes');
    const { bytes } = await brokers.files.read(path, {
      maxBytes: typeof most === 'number' ? most : 1_000_000,
    });
    const text = new TextDecoder().decode(bytes);
    const words = text.split(/\s+/u).filter((word) => word !== '').length;
    return { text: `${words} words in ${text.split('\n').length} lines` };
  },
};
