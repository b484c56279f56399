// What a message can hold, and what the gateway is told of it.
import type { Event } from '@portcullis/core';
import type { WhatsAppPerson, WhatsAppWords } from '@portcullis/testkit/fake-whatsapp';
import { proto } from 'baileys';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bench, openBench } from './bench.ts';

let bench: Bench;
let anna: WhatsAppPerson;
beforeAll(async () => {
  bench = await openBench();
  await bench.start();
  anna = bench.whatsapp.addPerson({ name: 'Anna' });
});
beforeEach(() => {
  bench.events.length = 0;
});
afterAll(() => bench.close());

/** What becomes of one message: a second one after it tells that it was dealt with. */
async function heard(words: WhatsAppWords): Promise<Event | undefined> {
  const { whatsapp, events } = bench;
  const { id } = whatsapp.personSends({ from: anna, ...words });
  const after = whatsapp.personSends({ from: anna, text: 'after' });
  await expect.poll(() => events.map(({ messageId }) => messageId)).toContain(after.id);
  await expect.poll(() => whatsapp.unacknowledged).toEqual([]);
  return events.find(
    ({ messageId }) => messageId !== after.id && messageId !== undefined && id !== '',
  );
}

const inner = { conversation: 'inside' };

test.each<readonly [string, proto.IMessage, Partial<Event>]>([
  ['a text', { conversation: 'hi' }, { kind: 'message', text: 'hi' }],
  ['a disappearing text', { ephemeralMessage: { message: inner } }, { text: 'inside' }],
  ['a text seen once', { viewOnceMessageV2: { message: inner } }, { text: 'inside' }],
  [
    'a text in many wrappers',
    { ephemeralMessage: { message: { viewOnceMessage: { message: inner } } } },
    { text: 'inside' },
  ],
  ['a mention of a whole group', { groupMentionedMessage: { message: inner } }, { text: 'inside' }],
  [
    'a place',
    { locationMessage: { degreesLatitude: 1.5, degreesLongitude: -2 } },
    { text: '[location] 1.5, -2' },
  ],
  [
    'a contact',
    { contactMessage: { displayName: 'Ben', vcard: 'BEGIN:VCARD' } },
    { text: '[contact] Ben' },
  ],
  [
    'a poll',
    {
      pollCreationMessageV3: {
        name: 'Lunch?',
        options: [{ optionName: 'yes' }, { optionName: 'no' }],
      },
    },
    { kind: 'poll', text: '[poll] Lunch? / yes / no' },
  ],
  ['an answer to a list', { listResponseMessage: { title: 'Two' } }, { text: 'Two' }],
  [
    'a command',
    { conversation: '/Stop  now please' },
    { kind: 'command', command: { name: 'stop', args: 'now please' } },
  ],
  [
    'a path, which is no command',
    { conversation: '/etc/passwd' },
    { kind: 'message', text: '/etc/passwd' },
  ],
])('%s', async (_, content, told) => {
  expect(await heard({ content })).toMatchObject(told);
});

test.each<readonly [string, proto.IMessage]>([
  ['a vote, which is encrypted for the author of the poll', { pollUpdateMessage: { vote: {} } }],
  ['a key of a group', { senderKeyDistributionMessage: {} }],
  ['an empty text', { conversation: '' }],
  ['a change of how long messages last', { protocolMessage: { type: 3, ephemeralExpiration: 60 } }],
  ['a history somebody else sends', { protocolMessage: { type: 5, historySyncNotification: {} } }],
])('%s is no event', async (_, content) => {
  expect(await heard({ content })).toBeUndefined();
});

test('P20.04: a command in forwarded words, or in an edit, is text', async () => {
  const forwarded = await heard({ text: '/stop', forwarded: true });
  expect(forwarded).toMatchObject({
    kind: 'message',
    text: '',
    context: [{ kind: 'forwarded', sender: {}, text: '/stop' }],
  });
  expect(forwarded?.command).toBeUndefined();
  const { whatsapp, events } = bench;
  events.length = 0;
  const message = whatsapp.personSends({ from: anna, text: 'hello' });
  whatsapp.personEdits({ from: anna, message, text: '/stop' });
  await expect.poll(() => events).toHaveLength(2);
  expect(events[1]).toMatchObject({ kind: 'edit', text: '/stop', messageId: message.id });
  expect(events[1]?.command).toBeUndefined();
  expect(events[1]?.eventId).not.toBe(events[0]?.eventId);
});

test('a file is a reference with what its sender says of it, and its name is no path', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const event = await heard({
    text: 'see',
    file: { kind: 'document', name: '../../etc/pass\u202Ewd', mimeType: 'text/plain; x=1', bytes },
  });
  expect(event).toMatchObject({ kind: 'message', text: 'see' });
  const [file] = event?.attachments ?? [];
  expect(file).toMatchObject({ name: 'passwd', mimeType: 'text/plain', size: 3 });
  expect(bench.whatsapp.requests).toEqual([]);
  if (file === undefined) throw new Error('no file');
  const fetched = await bench.channel.fetchMedia?.(file, 3, AbortSignal.timeout(3000));
  expect(fetched).toEqual(bytes);
  await expect(
    bench.channel.fetchMedia?.(file, 2, AbortSignal.timeout(3000)),
  ).rejects.toMatchObject({
    code: 'media.too_large',
  });
});

test('a reaction and its taking back name the message', async () => {
  const { whatsapp, events } = bench;
  const message = whatsapp.personSends({ from: anna, text: 'like me' });
  whatsapp.personReacts({ from: anna, message, emoji: '👍' });
  whatsapp.personReacts({ from: anna, message, emoji: '' });
  await expect.poll(() => events).toHaveLength(3);
  expect(events.slice(1).map(({ kind, text, messageId }) => [kind, text, messageId])).toEqual([
    ['reaction', '👍', message.id],
    ['reaction', '', message.id],
  ]);
});

test('what waited for more than a day is not answered, what waited for an hour is', async () => {
  const hour = 3_600_000;
  expect(await heard({ text: 'old', at: Date.now() - 25 * hour })).toBeUndefined();
  bench.events.length = 0;
  expect(await heard({ text: 'older', at: Date.now() - hour })).toMatchObject({ text: 'older' });
});

test('what cannot be read is no event, and is one when it comes again', async () => {
  const { whatsapp, events } = bench;
  const t = String(Math.floor(Date.now() / 1000));
  const enc = { tag: 'enc', attrs: { type: 'msg', v: '2' }, content: new Uint8Array(60).fill(51) };
  whatsapp.deliver({
    tag: 'message',
    attrs: { from: anna.lid, id: 'LATER', t, type: 'text' },
    content: [enc],
  });
  await expect
    .poll(() => whatsapp.receipts.map(({ type, ids }) => [type, ...ids]))
    .toContainEqual(['retry', 'LATER']);
  expect(events).toEqual([]);
  whatsapp.personSends({ from: anna, id: 'LATER', text: 'here it is' });
  await expect.poll(() => events).toMatchObject([{ messageId: 'LATER', text: 'here it is' }]);
});

test('the same bytes once more are the same message', async () => {
  const { whatsapp, events } = bench;
  const message = whatsapp.personSends({ from: anna, text: 'pay Ben' });
  await expect.poll(() => events).toHaveLength(1);
  whatsapp.redeliver(message, 'as it was');
  whatsapp.personSends({ from: anna, text: 'after' });
  await expect.poll(() => events.map(({ text }) => text)).toEqual(['pay Ben', 'after']);
});
