/**
 * Read receipts: for messages that were let in, and for nothing else.
 */
import type { Event } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import {
  type Harness,
  MemoryNetwork,
  direct,
  inRoom,
  openHarness,
  until,
} from '../pipeline/harness.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  channels: {
    telegram: {
      dmPolicy: 'pairing',
      allowFrom: ['7'],
      groups: { '-100': { requireMention: true } },
      groupAllowFrom: ['7'],
    },
  },
};

let harness: Harness;

afterEach(() => harness.close());

async function open(): Promise<readonly (string | undefined)[]> {
  const network = new MemoryNetwork();
  const seen: (string | undefined)[] = [];
  Object.assign(network.channel, {
    seen: async ({ messageId }: Event) => {
      seen.push(messageId);
      throw new Error('the network is not interested');
    },
  });
  harness = await openHarness({ config: CONFIG, network });
  return seen;
}

test('a message that is let in is marked as read, and the answer does not depend on it', async () => {
  const seen = await open();
  await harness.network.deliver(direct('7', 'hello', { messageId: 'm1' }));
  await until(() => harness.network.texts('7').includes('echo: hello'));
  expect(seen).toEqual(['m1']);
});

test('strangers, rooms that are not listed and unmentioned talk are never marked as read', async () => {
  const seen = await open();
  await harness.network.deliver(direct('8', 'who reads this?', { messageId: 'stranger' }));
  await harness.network.deliver(inRoom('-200', '7', 'anybody?', { messageId: 'unlisted' }));
  await harness.network.deliver(inRoom('-100', '7', 'lunch', { messageId: 'unmentioned' }));
  await harness.network.deliver(
    inRoom('-100', '8', 'hey bot', { messageId: 'other', facts: { nativeMention: true } }),
  );
  await harness.network.deliver(
    inRoom('-100', '7', 'hey bot', { messageId: 'meant', facts: { nativeMention: true } }),
  );
  await until(() => harness.network.texts('-100').length === 1);
  await until(() => harness.network.texts('8').length === 1, 'the pairing code');
  expect(seen).toEqual(['meant']);
});

test('an edit, a reaction and a join have nothing to be marked', async () => {
  const seen = await open();
  for (const kind of ['edit', 'reaction', 'join'] as const) {
    await harness.network.deliver(direct('7', 'x', { kind, messageId: kind }));
  }
  await harness.network.deliver(direct('7', 'last', { messageId: 'last' }));
  await until(() => harness.network.texts('7').includes('echo: last'));
  expect(seen).toEqual(['last']);
});
