/**
 * WhatsApp on the number of a person: the chat with himself is the owner's, everything else is
 * between people.
 */
import type { Event } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import { type Harness, MemoryNetwork, direct, openHarness, until } from '../pipeline/harness.ts';

const ME = '+15551234567';
const CONFIG = {
  gateway: { mode: 'local' },
  channels: {
    whatsapp: {
      selfChatMode: true,
      groups: { allowlist: [], '*': { requireMention: false } },
    },
  },
};

let harness: Harness;
const read: (string | undefined)[] = [];

afterEach(() => harness.close());

async function open(): Promise<void> {
  const network = new MemoryNetwork('whatsapp');
  read.length = 0;
  Object.assign(network.channel, {
    seen: async ({ messageId }: Event) => void read.push(messageId),
  });
  harness = await openHarness({ config: CONFIG, network });
}

/** A message in the chat of `chat`, by us or by whoever the chat is with. */
function message(chat: string, text: string, isSelf: boolean, more: Partial<Event> = {}): Event {
  return direct(chat, text, {
    conversation: { channel: 'whatsapp', accountId: 'default', kind: 'direct', id: chat },
    sender: isSelf ? { id: ME, isSelf } : { id: chat },
    ...more,
  });
}

const heard = () => harness.model.heard;

test('what is typed in the chat with oneself is the word of the owner', async () => {
  await open();
  await harness.network.deliver(message(ME, 'note to self', true));
  await until(() => harness.network.texts(ME).includes('echo: note to self'));
  const lines = await harness.gateway.services.audit.log({ last: true, limit: 20 });
  expect(lines.map(({ entry }) => entry)).toContainEqual(
    expect.objectContaining({ code: 'dm.self_chat', effect: 'allow' }),
  );
});

test('own answers there are not taken for new words, also when they come again after a start', async () => {
  await open();
  await harness.network.deliver(message(ME, 'hello', true));
  await until(() => harness.network.texts(ME).length === 1);
  // The network gives the id of the message when it takes it, and shows it to every device.
  const echo = { messageId: '1', eventId: 'echo:1' };
  const outbox = harness.gateway.services.outbox;
  await until(async () => (await outbox.list({ state: 'sent' })).length === 1);
  await harness.network.deliver(message(ME, 'echo: hello', true, echo));
  harness = await harness.restart();
  await harness.network.deliver(message(ME, 'echo: hello', true, { ...echo, eventId: 'echo:2' }));
  await harness.network.deliver(message(ME, 'and now?', true));
  await until(() => harness.network.texts(ME).includes('echo: and now?'));
  expect(heard()).toEqual([expect.stringContaining('and now?')]);
});

test('nobody else is heard, answered, asked to pair or shown that he was read', async () => {
  await open();
  const friend = '+15550000002';
  await harness.network.deliver(message(friend, 'hi there', false));
  await harness.network.deliver(message(friend, 'what I wrote to a friend', true));
  const group = { channel: 'whatsapp', accountId: 'default', kind: 'group', id: 'g@g.us' } as const;
  await harness.network.deliver(message(friend, 'hi all', false, { conversation: group }));
  await harness.network.deliver(message(ME, 'in the group', true, { conversation: group }));
  await harness.network.deliver(
    message(friend, '', false, { conversation: group, kind: 'join', eventId: 'join:1' }),
  );
  await harness.network.deliver(message(ME, 'last', true, { messageId: 'mine' }));
  await until(() => harness.network.texts(ME).length === 1);
  expect(harness.network.sent.map(({ to }) => to.id)).toEqual([ME]);
  expect(heard()).toHaveLength(1);
  expect(read).toEqual(['mine']);
  expect((await harness.gateway.services.pairing.list('whatsapp')).pending).toEqual([]);
  // A person is not sent out of his own groups, whatever list of rooms there is.
  expect(harness.network.left).toEqual([]);
});
