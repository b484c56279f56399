import { expect, test } from 'vitest';

import * as surface from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose,
// in the same change as a changeset.
test('exports exactly these values', () => {
  expect(Object.keys(surface).toSorted()).toEqual([
    'DeliveryError',
    'PortcullisError',
    'Secret',
    'TRACE_CHANNEL',
    'canonicalJson',
    'createRegistry',
    'defineTable',
    'fenced',
    'isAllowed',
    'messageEventId',
    'plainLine',
    'plainText',
    'registerPlugin',
    'silentLogger',
  ]);
});
