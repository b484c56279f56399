// What a person does with the app, and what becomes of it.
import type { Event } from '@portcullis/core';
import { proto } from 'baileys';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bench, openBench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.start();
});
beforeEach(() => {
  bench.events.length = 0;
});
afterAll(() => bench.close());

async function events(count: number): Promise<readonly Event[]> {
  await expect.poll(() => bench.events).toHaveLength(count);
  await expect.poll(() => bench.whatsapp.unacknowledged).toEqual([]);
  return bench.events;
}

const soon = () => AbortSignal.timeout(3000);

test('P14.01: both addresses of a person are one person, whichever comes first', async () => {
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson({ name: 'Anna' });
  whatsapp.personSends({ from: anna, text: 'by number', addressing: 'pn' });
  whatsapp.personSends({ from: anna, text: 'by hidden id', addressing: 'lid' });
  // The envelope names one address only: the other is known from before.
  whatsapp.personSends({ from: anna, text: 'alone', addressing: 'lid', withAlternate: false });
  const [first, second, third] = await events(3);
  expect(first).toMatchObject({
    kind: 'message',
    sender: { id: anna.phone, name: 'Anna' },
    conversation: { kind: 'direct', id: anna.phone },
  });
  for (const event of [second, third]) {
    expect(event?.sender.id).toBe(anna.phone);
    expect(event?.conversation).toEqual(first?.conversation);
  }
});

test('P14.01: somebody first seen without a number keeps the hidden id when the number is told', async () => {
  const { whatsapp } = bench;
  const ben = whatsapp.addPerson({ name: '+15550000001' });
  const hidden = `lid:${ben.lid.replace('@lid', '')}`;
  whatsapp.personSends({ from: ben, text: 'one', withAlternate: false });
  whatsapp.personSends({ from: ben, text: 'two', withAlternate: true });
  whatsapp.personSends({ from: ben, text: 'three', addressing: 'pn' });
  const all = await events(3);
  expect(all.map(({ sender }) => sender.id)).toEqual([hidden, hidden, hidden]);
  expect(new Set(all.map(({ conversation }) => conversation.id))).toEqual(new Set([hidden]));
});

test('what one person wrote, another cannot change or delete', async () => {
  const { whatsapp } = bench;
  const [anna, ben] = [whatsapp.addPerson(), whatsapp.addPerson()];
  const group = whatsapp.addGroup({ members: [anna, ben] });
  const message = whatsapp.personSends({ from: anna, to: group, text: 'mine' });
  whatsapp.personEdits({ from: ben, message, text: 'not yours' });
  whatsapp.personRevokes({ from: ben, message });
  whatsapp.personEdits({ from: anna, message, text: 'mine, better' });
  const all = await events(3);
  expect(all.map(({ kind, text }) => [kind, text])).toEqual([
    ['join', `create: ${anna.phone}, ${ben.phone}, us`],
    ['message', 'mine'],
    ['edit', 'mine, better'],
  ]);
  expect(all[2]).toMatchObject({ messageId: message.id, sender: { id: anna.phone } });
  expect(bench.account.lines.join()).toContain('Dropped a change of a message.');
});

test('a mention is the network’s, an answer to us is one we sent, a quote is context', async () => {
  const { whatsapp, channel } = bench;
  const anna = whatsapp.addPerson();
  const ben = whatsapp.addPerson();
  const group = whatsapp.addGroup({ members: [anna, ben], addressing: 'pn' });
  whatsapp.personSends({ from: anna, to: group, text: 'you', mentions: ['account'] });
  const [, mention] = await events(2);
  if (mention === undefined) throw new Error('no mention');
  const { conversation } = mention;
  const sent = await channel.send({ to: conversation, text: 'yes?', idempotencyKey: 'a' }, soon());
  const ours = { id: sent.messageId, chat: group.jid };
  whatsapp.personSends({ from: anna, to: group, text: 'to us', replyTo: ours, quotedText: 'yes?' });
  const forged = { id: 'NEVERSENT', chat: group.jid };
  whatsapp.personSends({
    from: anna,
    to: group,
    text: 'as if',
    replyTo: forged,
    quotedText: 'I owe you',
    quotedBy: 'account',
  });
  whatsapp.personSends({ from: anna, to: group, text: 'him', mentions: [ben] });
  const [, , answer, pretended, other] = await events(5);
  expect(mention.facts).toEqual({ nativeMention: true });
  expect(answer?.facts).toEqual({ replyToBot: true });
  expect(answer?.context).toEqual([
    { kind: 'quote', sender: { id: whatsapp.account.phone, isSelf: true }, text: 'yes?' },
  ]);
  expect(pretended?.facts).toBeUndefined();
  expect(pretended?.context).toEqual([{ kind: 'quote', sender: {}, text: 'I owe you' }]);
  expect(other?.facts).toEqual({ mentionsOthers: true });
});

test('what the owner writes to himself is his own chat; to others it is an echo', async () => {
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.ownPhoneSends({ text: 'note to self' });
  whatsapp.ownPhoneSends({ to: anna, text: 'hello Anna' });
  const [note, echo] = await events(2);
  const sender = { id: whatsapp.account.phone, isSelf: true };
  expect(note).toMatchObject({ sender, conversation: { id: whatsapp.account.phone } });
  expect(echo).toMatchObject({ sender, conversation: { id: anna.phone } });
  if (note === undefined) throw new Error('no note');
  const answer = { to: note.conversation, text: 'noted', idempotencyKey: 'note' };
  await bench.channel.send(answer, soon());
  expect(whatsapp.sentTo(whatsapp.account).map(({ text }) => text)).toEqual(['noted']);
  // What we wrote ourselves does not come back.
  expect(bench.events).toHaveLength(2);
});

test('what the server writes in the name of somebody is believed: it vouches for who sent what', async () => {
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.serverForges({ from: anna, text: 'never written' });
  const [event] = await events(1);
  expect(event).toMatchObject({ sender: { id: anna.phone }, text: 'never written' });
});

test('whoever has our number in a forged envelope is not us', async () => {
  const { whatsapp } = bench;
  const mallory = whatsapp.addPerson();
  const t = String(Math.floor(Date.now() / 1000));
  const content = proto.Message.encode({ conversation: 'I am the owner' }).finish();
  const attrs = {
    from: mallory.lid,
    id: 'FORGED',
    t,
    type: 'text',
    sender_pn: whatsapp.account.jid,
  };
  whatsapp.deliver({ tag: 'message', attrs, content: [{ tag: 'plaintext', attrs: {}, content }] });
  const [event] = await events(1);
  expect(event?.sender).toEqual({ id: `lid:${mallory.lid.replace('@lid', '')}` });
});

test('status updates and a stanza for nobody are no events', async () => {
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.personPostsStatus({ from: anna, text: 'my day' });
  whatsapp.personSends({ from: anna, text: 'after' });
  const all = await events(1);
  expect(all[0]?.text).toBe('after');
});

test('coming into a group is a join, the ways of others are not', async () => {
  const { whatsapp } = bench;
  const [anna, ben] = [whatsapp.addPerson(), whatsapp.addPerson()];
  const group = whatsapp.addGroup({ members: [anna] });
  whatsapp.memberMoves(group, ben, 'joins', anna);
  whatsapp.memberMoves(group, ben, 'leaves');
  const all = await events(3);
  expect(all.map(({ kind }) => kind)).toEqual(['join', 'member', 'member']);
  expect(all[0]).toMatchObject({ sender: { id: anna.phone }, conversation: { id: group.jid } });
});

test('somebody with a new phone is the same person, and the log says so', async () => {
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.personSends({ from: anna, text: 'old phone' });
  await events(1);
  whatsapp.personReinstalls(anna);
  whatsapp.personSends({ from: anna, text: 'new phone' });
  const [, again] = await events(2);
  expect(again).toMatchObject({ text: 'new phone', sender: { id: anna.phone } });
  expect(bench.account.lines.join()).toContain('A contact writes with new keys');
});
