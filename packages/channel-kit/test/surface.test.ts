import { expect, test } from 'vitest';
import * as kit from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, with a changeset.
test('what may be imported', () => {
  expect(Object.keys(kit).toSorted()).toEqual([
    'Backoff',
    'Health',
    'PLAIN_TEXT',
    'accountBlocks',
    'accountCheck',
    'beforeSending',
    'endpointFault',
    'errorField',
    'fetchCapped',
    'fileName',
    'isLoopbackUrl',
    'parseBlocks',
    'parseInline',
    'pause',
    'readCapped',
    'renderMarkdown',
    'splitMarkdown',
  ]);
});
