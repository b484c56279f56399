// @ts-check
/** @import { FilesBroker, ToolContext } from '@portcullis/core' */
import { describeTool } from '@portcullis/testkit';
import { expect, test } from 'vitest';

import { wordcount } from '../src/tool.js';

describeTool({ tool: wordcount, inputs: [{ path: 'notes.txt' }] });

/**
 * @param {string} text
 * @param {number[]} limits
 * @returns {ToolContext}
 */
function contextWith(text, limits) {
  const files = /** @type {FilesBroker} */ (
    /** @type {Partial<FilesBroker>} */ ({
      read: async (_path, options) => {
        limits.push(options?.maxBytes ?? 0);
        return /** @type {Awaited<ReturnType<FilesBroker['read']>>} */ ({
          bytes: new TextEncoder().encode(text),
        });
      },
    })
  );
  return {
    signal: new AbortController().signal,
    sessionKey: 'agent:main:main',
    agentId: 'main',
    requester: { id: 'test:1', trust: 'owner', channel: 'test', accountId: 'default' },
    brokers: { files },
    settings: {
      get: (path) => (path === 'config.maxBytes' ? 500 : undefined),
      secret: () => undefined,
    },
  };
}

test('counts what the broker reads, and no more than it is told to', async () => {
  /** @type {number[]} */
  const limits = [];
  const result = await wordcount.run({ path: 'a.txt' }, contextWith('one two\nthree\n', limits));
  expect(result.text).toBe('3 words in 3 lines');
  expect(limits).toEqual([500]);
});

test('says so where there are no files', async () => {
  const context = { ...contextWith('', []), brokers: {} };
  await expect(wordcount.run({ path: 'a.txt' }, context)).rejects.toMatchObject({
    code: 'wordcount.no_files',
  });
});
