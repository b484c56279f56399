// What goes out, and what is said of what became of it.
import { type Conversation, DeliveryError, PortcullisError } from '@portcullis/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { messageIdOf } from '../src/send.ts';
import { type Bench, openBench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.start();
});
beforeEach(() => {
  bench.whatsapp.clearFaults();
  bench.events.length = 0;
});
afterAll(() => bench.close());

const soon = () => AbortSignal.timeout(5000);

function chat(id: string): Conversation {
  const kind = id.endsWith('@g.us') ? 'group' : 'direct';
  return { channel: 'whatsapp', accountId: 'default', kind, id };
}

async function failure(work: Promise<unknown>): Promise<PortcullisError> {
  const error: unknown = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!PortcullisError.is(error)) throw new Error('it did not fail as it should');
  return error;
}

test('the id of a message is made from its key, so that a second attempt is the same message', async () => {
  const { channel, whatsapp } = bench;
  const anna = whatsapp.addPerson();
  const message = { to: chat(anna.phone), text: 'once', idempotencyKey: 'again' };
  whatsapp.fail('message', 1, 'accept-then-reset');
  const lost = await failure(channel.send(message, soon()));
  expect(DeliveryError.outcomeOf(lost)).toBe('unknown');
  const { messageId } = await channel.send(message, soon());
  expect(messageId).toBe(messageIdOf('default', 'again'));
  expect(messageId).toMatch(/^3EB0[0-9A-F]{18}$/u);
  expect(whatsapp.sentTo(anna)).toMatchObject([{ id: messageId, text: 'once', copies: 2 }]);
  expect(messageIdOf('other', 'again')).not.toBe(messageId);
});

test.each([
  [429, 'retry', 'whatsapp.rate_limited', 60_000],
  [463, 'retry', 'whatsapp.restricted', 900_000],
  [479, 'retry', 'whatsapp.not_understood', 5000],
  [500, 'unknown', 'whatsapp.server_error', undefined],
  [406, 'failed', 'whatsapp.refused', undefined],
])('a refusal with %i is to be taken as %s', async (code, outcome, error, retryAfterMs) => {
  const { channel, whatsapp } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.fail('message', 1, { error: code });
  const message = { to: chat(anna.phone), text: 'x', idempotencyKey: `refused ${code}` };
  expect(await failure(channel.send(message, soon()))).toMatchObject({
    outcome,
    code: error,
    retryAfterMs,
  });
  expect(whatsapp.sentTo(anna)).toEqual([]);
});

test.each(['group:1', '1555@evil', '', '+12', '15550000002', 'lid:', '1@g.us/x'])(
  'nothing is sent to %j',
  async (id) => {
    const { channel, whatsapp } = bench;
    const before = whatsapp.stanzas.length;
    const error = await failure(
      channel.send({ to: chat(id), text: 'x', idempotencyKey: id }, soon()),
    );
    expect(error).toMatchObject({ outcome: 'failed', code: 'whatsapp.message_invalid' });
    expect(whatsapp.stanzas.slice(before).filter(({ tag }) => tag === 'message')).toEqual([]);
  },
);

test('a group we are not in takes nothing, for good', async () => {
  const { channel } = bench;
  const to = chat('120363999999999999@g.us');
  expect(await failure(channel.send({ to, text: 'x', idempotencyKey: 'g' }, soon()))).toMatchObject(
    {
      outcome: 'failed',
      code: 'whatsapp.refused',
    },
  );
});

test('an answer quotes the message it answers, and mentions nobody', async () => {
  const { channel, whatsapp, events } = bench;
  const [anna, ben] = [whatsapp.addPerson(), whatsapp.addPerson()];
  const group = whatsapp.addGroup({ members: [anna, ben] });
  const { id } = whatsapp.personSends({ from: anna, to: group, text: 'who?' });
  await expect.poll(() => events).toHaveLength(2);
  const text = `@${ben.phone.slice(1)} and @all, see https://example.test/`;
  const message = { to: chat(group.jid), text, replyTo: id, idempotencyKey: 'answer' };
  await channel.send(message, soon());
  const [sent] = whatsapp.sentTo(group);
  expect(sent).toMatchObject({ replyTo: id, mentions: [], linkPreview: false });
  expect(sent?.readableBy.length).toBeGreaterThanOrEqual(2);
});

test('whoever is known by the hidden id alone is answered there', async () => {
  const { channel, whatsapp, events } = bench;
  const carla = whatsapp.addPerson();
  whatsapp.personSends({ from: carla, text: 'guess', withAlternate: false });
  await expect.poll(() => events).toHaveLength(1);
  const to = events[0]?.conversation ?? chat('');
  expect(to.id).toMatch(/^lid:/u);
  await channel.send({ to, text: 'found', idempotencyKey: 'hidden' }, soon());
  expect(whatsapp.sentTo(carla).map(({ text }) => text)).toEqual(['found']);
});

test('read receipts name the message as it came', async () => {
  const { channel, whatsapp, events } = bench;
  const anna = whatsapp.addPerson();
  const group = whatsapp.addGroup({ members: [anna], addressing: 'lid' });
  const { id } = whatsapp.personSends({ from: anna, to: group, text: 'read me' });
  await expect.poll(() => events).toHaveLength(2);
  const [, event] = events;
  if (event === undefined) throw new Error('no event');
  await channel.seen?.(event, soon());
  await expect
    .poll(() => whatsapp.receipts.filter(({ type }) => type === 'read'))
    .toMatchObject([{ chat: group.jid, participant: anna.lid, ids: [id] }]);
});

test('a group that is left is left on the network, too', async () => {
  const { channel, whatsapp, events } = bench;
  const group = whatsapp.addGroup({ members: [whatsapp.addPerson()] });
  await expect.poll(() => events).toHaveLength(1);
  await channel.leave?.(chat(group.jid), soon());
  expect(whatsapp.leftGroups).toEqual([group.jid]);
});

test.each([
  ['image/png', 'words', 'imageMessage'],
  ['video/mp4', 'words', 'videoMessage'],
  ['audio/mpeg', '', 'audioMessage'],
  ['audio/mpeg', 'words', 'documentMessage'],
  ['image/svg+xml', '', 'documentMessage'],
])('a file of type %s with %j beside it goes out as %s', async (mimeType, text, shape) => {
  const { channel, whatsapp } = bench;
  const anna = whatsapp.addPerson();
  const bytes = new Uint8Array([5, 6, 7]);
  const file = { name: 'a.bin', mimeType, bytes };
  const idempotencyKey = `${mimeType} ${text}`;
  await channel.send({ to: chat(anna.phone), text, file, idempotencyKey }, soon());
  const [sent] = whatsapp.sentTo(anna);
  expect(Object.keys(sent?.message ?? {})).toContain(shape);
  expect(new Uint8Array(sent?.file?.bytes ?? [])).toEqual(bytes);
  expect(sent?.text).toBe(text);
});

test('a file host that fails or leads elsewhere gets nothing sent', async () => {
  const { channel, whatsapp } = bench;
  const anna = whatsapp.addPerson();
  const file = { name: 'a', mimeType: 'image/png', bytes: new Uint8Array([1]) };
  for (const fault of [{ error: 500 }, { redirect: 'https://127.0.0.1:1/x' }] as const) {
    whatsapp.fail('upload', 1, fault);
    const message = { to: chat(anna.phone), text: '', file, idempotencyKey: JSON.stringify(fault) };
    const error = await failure(channel.send(message, soon()));
    expect(error).toMatchObject({ outcome: 'retry', code: 'whatsapp.upload_failed' });
    expect(`${error.message} ${error.hint}`).not.toMatch(/127\.0\.0\.1|auth=/u);
  }
  expect(whatsapp.sentTo(anna)).toEqual([]);
});

test('no read receipt is sent when none is wanted', async () => {
  const silent = await openBench({ sendReadReceipts: false });
  await silent.start();
  const { channel, whatsapp, events } = silent;
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'read me' });
  await expect.poll(() => events).toHaveLength(1);
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  await channel.seen?.(event, soon());
  const types = whatsapp.receipts.map(({ type }) => type);
  expect(types).not.toContain('read');
  expect(types).not.toContain('read-self');
  await silent.close();
});

test('sends of one account keep their order and their distance', async () => {
  const paced = await openBench({}, { paceMs: 60 });
  await paced.start();
  const anna = paced.whatsapp.addPerson();
  const from = performance.now();
  const words = ['one', 'two', 'three', 'four'];
  await Promise.all(
    words.map((text) =>
      paced.channel.send({ to: chat(anna.phone), text, idempotencyKey: text }, soon()),
    ),
  );
  expect(performance.now() - from).toBeGreaterThanOrEqual(170);
  expect(paced.whatsapp.sent.map(({ text }) => text)).toEqual(words);
  await paced.close();
});
