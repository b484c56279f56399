import { Agent, get } from 'node:https';
import { expect, onTestFinished, test } from 'vitest';
import {
  type FakeWhatsApp,
  type FakeWhatsAppOptions,
  fakeWhatsApp,
} from '../src/fake-whatsapp/index.ts';
import { Client } from './whatsapp-client.ts';

async function setUp(options: FakeWhatsAppOptions = {}): Promise<readonly [FakeWhatsApp, Client]> {
  const whatsapp = await fakeWhatsApp(options);
  const client = new Client(whatsapp);
  onTestFinished(async () => {
    await client.end();
    await whatsapp.close();
  });
  return [whatsapp, client];
}

async function linked(options?: FakeWhatsAppOptions): Promise<readonly [FakeWhatsApp, Client]> {
  const [whatsapp, client] = await setUp(options);
  await client.link();
  return [whatsapp, client];
}

const acknowledged = (whatsapp: FakeWhatsApp) =>
  whatsapp.waitFor(() => whatsapp.unacknowledged.length === 0, 'every acknowledgement');

const fetchMedia = (whatsapp: FakeWhatsApp, path: string) =>
  new Promise<string>((resolve, reject) => {
    const url = `https://${whatsapp.mediaHost}${path}`;
    get(url, { ca: whatsapp.caPem, agent: false }, (response) => {
      void response.toArray().then((parts: Buffer[]) => resolve(Buffer.concat(parts).toString()));
    }).on('error', reject);
  });

test('a client is linked by its code, told to start again, and logs in', async () => {
  const [whatsapp, client] = await setUp();
  await client.link();
  expect(client.closedWith).toEqual([515]);
  expect(client.socket.user?.id).toBe('15550000001:7@s.whatsapp.net');
  expect(whatsapp).toMatchObject({ linked: true, connected: true, logins: 1 });
});

test('direct messages go both ways, by number and by hidden id', async () => {
  const [whatsapp, client] = await linked();
  const [anna, bert] = [whatsapp.addPerson(), whatsapp.addPerson()];
  whatsapp.personSends({ from: anna, text: 'by hidden id' });
  whatsapp.personSends({ from: bert, text: 'by number', addressing: 'pn' });
  await acknowledged(whatsapp);
  await client.until(() => client.texts.length === 2);
  expect(client.messages.map(({ message }) => message.key)).toMatchObject([
    { remoteJid: anna.lid, remoteJidAlt: anna.jid, fromMe: false },
    { remoteJid: bert.jid, remoteJidAlt: bert.lid, fromMe: false },
  ]);
  await client.socket.sendMessage(anna.lid, { text: 'for anna' });
  await client.socket.sendMessage(bert.jid, { text: 'for bert' });
  await whatsapp.waitForSent(2);
  expect(whatsapp.sent).toMatchObject([
    { to: anna.lid, text: 'for anna', copies: 1, mentions: [], linkPreview: false },
    { to: bert.jid, text: 'for bert', copies: 1 },
  ]);
  expect(whatsapp.sentTo(anna)[0]?.readableBy).toContain(anna.lid);
  expect(whatsapp.sentTo(bert)[0]?.readableBy).toContain(bert.jid);
});

test.each(['lid', 'pn'] as const)(
  'groups by %s: mentions, replies, changes and members',
  async (addressing) => {
    const [whatsapp, client] = await linked();
    const [anna, bert] = [whatsapp.addPerson({ name: 'Anna' }), whatsapp.addPerson()];
    const key = addressing === 'lid' ? 'lid' : 'jid';
    const group = whatsapp.addGroup({ name: 'Work', members: [anna, bert], addressing });
    const asked = whatsapp.personSends({
      from: anna,
      to: group,
      text: 'and?',
      mentions: ['account'],
    });
    await client.until(() => client.groups.length === 1 && client.texts.length === 1);
    expect(client.groups).toMatchObject([{ id: group.jid, subject: 'Work', author: anna[key] }]);
    const { message } = client.messages.at(-1) ?? {};
    expect(message?.key).toMatchObject({ remoteJid: group.jid, participant: anna[key] });
    expect(message?.message?.extendedTextMessage?.contextInfo?.mentionedJid).toEqual([
      whatsapp.account[key],
    ]);

    await client.socket.sendMessage(group.jid, { text: 'so' }, message && { quoted: message });
    await whatsapp.waitForSent(1);
    expect(whatsapp.sent).toMatchObject([{ to: group.jid, text: 'so', replyTo: asked.id }]);
    expect(whatsapp.sent[0]?.readableBy.toSorted()).toEqual(
      [anna[key], bert[key], whatsapp.account[key]].toSorted(),
    );

    whatsapp.personReacts({ from: bert, message: asked, emoji: '👍' });
    whatsapp.personEdits({ from: anna, message: asked, text: 'and now?' });
    whatsapp.personRevokes({ from: anna, message: asked });
    await client.until(() => client.reactions.length === 1 && client.updates.length === 2);
    const about = client.updates.filter(({ key: { id } }) => id === asked.id);
    expect(about).toMatchObject([
      { update: { message: { editedMessage: { message: { conversation: 'and now?' } } } } },
      { update: { messageStubType: 1 } },
    ]);
    expect(client.reactions[0]?.key.id).toBe(asked.id);

    await client.socket.groupLeave(group.jid);
    expect(whatsapp.leftGroups).toEqual([group.jid]);
    await expect(client.socket.groupMetadata(group.jid)).rejects.toThrow();
  },
);

test('the client edits, deletes, reacts, reads and types', async () => {
  const [whatsapp, client] = await linked();
  const anna = whatsapp.addPerson();
  const hello = whatsapp.personSends({ from: anna, text: 'hello' });
  await client.until(() => client.texts.length === 1);
  const key = { remoteJid: anna.lid, id: hello.id, fromMe: false };
  const sent = await client.socket.sendMessage(anna.lid, { text: 'one' });
  const ownKey = sent?.key ?? {};
  await client.socket.sendMessage(anna.lid, { text: 'two', edit: ownKey });
  await client.socket.sendMessage(anna.lid, { react: { text: '👀', key } });
  await client.socket.readMessages([key]);
  await client.socket.sendPresenceUpdate('composing', anna.lid);
  await whatsapp.waitFor(() => whatsapp.presences.length === 1, 'typing');
  expect(whatsapp.sent).toMatchObject([{ text: 'two', edits: ['two'], deleted: false }]);
  expect(whatsapp.reactions).toEqual([{ chat: anna.lid, messageId: hello.id, emoji: '👀' }]);
  expect(whatsapp.presences).toEqual([{ chat: anna.lid, state: 'composing' }]);
  expect(whatsapp.receipts).toEqual([
    { chat: anna.lid, ids: [hello.id], type: 'delivered' },
    { chat: anna.lid, ids: [hello.id], type: 'read' },
  ]);
  await client.socket.sendMessage(anna.lid, { delete: ownKey });
  await whatsapp.waitFor(() => whatsapp.sent[0]?.deleted === true, 'the deletion');
  const [id] = whatsapp.sent.map((message) => message.id);
  whatsapp.personReads({ from: anna, message: { id: id ?? '', chat: anna.lid } });
  await client.until(() => client.updates.some(({ update: { status } }) => status === 4));
});

test('what is not acknowledged is delivered again after the next login, and marked', async () => {
  const [whatsapp, client] = await linked();
  const anna = whatsapp.addPerson();
  whatsapp.stall();
  whatsapp.personSends({ from: anna, text: 'one' });
  whatsapp.personSends({ from: anna, text: 'two' });
  await whatsapp.waitFor(() => whatsapp.unacknowledged.length === 2, 'both to be written');
  expect(client.texts).toEqual([]);
  await client.end();
  client.connect();
  await acknowledged(whatsapp);
  await client.until(() => client.texts.length === 2);
  expect(client.texts).toEqual(['one', 'two']);
  expect(client.messages.map(({ type }) => type)).toEqual(['append', 'append']);
  expect(whatsapp.logins).toBe(2);
});

test('a message may come twice, and others in the wrong order', async () => {
  const [whatsapp, client] = await linked();
  const anna = whatsapp.addPerson();
  const once = whatsapp.personSends({ from: anna, text: 'twice' });
  await client.until(() => client.texts.length === 1);
  whatsapp.redeliver(once);
  await client.until(() => client.texts.length === 2);
  expect(client.messages.map(({ message }) => message.key.id)).toEqual([once.id, once.id]);
  whatsapp.redeliver(once, 'as it was');
  await whatsapp.waitFor(() => whatsapp.nacks.length === 1, 'the client to refuse used keys');
  const release = whatsapp.hold();
  whatsapp.personSends({ from: anna, text: 'first' });
  whatsapp.personSends({ from: anna, text: 'second' });
  release('reversed');
  await client.until(() => client.texts.length === 4);
  expect(client.texts.slice(2)).toEqual(['second', 'first']);
});

test('a send fails in every way there is', async () => {
  const [whatsapp, client] = await linked({ deliveryReceipts: false });
  const anna = whatsapp.addPerson();
  const send = (text: string) => client.socket.sendMessage(anna.lid, { text });
  await send('goes through');
  await whatsapp.waitForSent(1);
  whatsapp.fail('message', 1, { error: 429 });
  await send('too fast');
  await client.until(() => client.updates.length === 1);
  expect(client.updates).toMatchObject([{ update: { status: 0, messageStubParameters: ['429'] } }]);
  whatsapp.fail('message', 1, 'hang');
  await send('into the void');
  whatsapp.fail('message', 1, 'accept-then-hang');
  await send('taken');
  whatsapp.fail('message', 1, 'accept-then-reset');
  await send('taken, then silence');
  await client.until(() => client.state.connection === 'close');
  expect(client.closedWith.at(-1)).toBe(428);
  expect(whatsapp.sent.map(({ text }) => text)).toEqual([
    'goes through',
    'taken',
    'taken, then silence',
  ]);
  client.connect();
  await client.opened();
  whatsapp.fail('message', 1, 'reset');
  await send('not taken');
  await client.until(() => client.closedWith.length === 3);
  expect(whatsapp.sent).toHaveLength(3);
});

test('files go both ways over TLS, encrypted', async () => {
  const whatsapp = await fakeWhatsApp();
  const client = new Client(whatsapp, { fetchAgent: new Agent({ ca: whatsapp.caPem }) });
  onTestFinished(async () => {
    await client.end();
    await whatsapp.close();
  });
  await client.link();
  const anna = whatsapp.addPerson();
  const bytes = Buffer.from('%PDF a report');
  const document = { kind: 'document', name: 'r.pdf', mimeType: 'application/pdf', bytes } as const;
  whatsapp.personSends({ from: anna, text: 'look', file: document });
  await client.until(() => client.messages.length === 1);
  const inner = client.messages[0]?.message.message?.documentWithCaptionMessage?.message;
  expect(inner?.documentMessage).toMatchObject({ fileName: 'r.pdf', caption: 'look' });
  expect(await fetchMedia(whatsapp, inner?.documentMessage?.directPath ?? '')).not.toContain('PDF');
  expect(whatsapp.requests).toMatchObject([{ host: whatsapp.mediaHost, server: 'media' }]);

  const picture = { image: Buffer.from('a picture'), caption: 'here', mimetype: 'image/png' };
  await client.socket.sendMessage(anna.lid, { ...picture, jpegThumbnail: 'AA==' });
  await whatsapp.waitForSent(1);
  expect(whatsapp.sent).toMatchObject([
    { text: 'here', file: { mimeType: 'image/png', bytes: Buffer.from('a picture') } },
  ]);
});

test('the owner writes on the phone, to people, groups and itself', async () => {
  const [whatsapp, client] = await linked();
  const anna = whatsapp.addPerson();
  const group = whatsapp.addGroup({ members: [anna] });
  whatsapp.ownPhoneSends({ text: 'a note' });
  whatsapp.ownPhoneSends({ to: anna, text: 'to anna', addressing: 'pn' });
  whatsapp.ownPhoneSends({ to: group, text: 'to all' });
  await acknowledged(whatsapp);
  await client.until(() => client.messages.length === 4);
  const own = client.messages.filter(({ message }) => message.message?.conversation);
  expect(own.map(({ message }) => message.key.fromMe)).toEqual([true, true, true]);
  expect(new Set(own.map(({ message }) => message.key.remoteJid))).toEqual(
    new Set([whatsapp.account.lid, anna.jid, group.jid]),
  );
});

test('people come, go, type and post, and the account is thrown out and taken back', async () => {
  const [whatsapp, client] = await linked();
  const [anna, bert] = [whatsapp.addPerson(), whatsapp.addPerson()];
  const group = whatsapp.addGroup({ members: [anna] });
  whatsapp.memberMoves(group, bert, 'joins', anna);
  whatsapp.memberMoves(group, bert, 'leaves');
  whatsapp.removesAccount(group, anna);
  await client.until(() => client.members.length === 3);
  expect(client.members).toMatchObject([
    { id: group.jid, author: anna.lid, participants: [{ id: bert.lid }], action: 'add' },
    { id: group.jid, author: bert.lid, participants: [{ id: bert.lid }], action: 'remove' },
    { author: anna.lid, participants: [{ id: whatsapp.account.lid }], action: 'remove' },
  ]);
  await expect(client.socket.groupMetadata(group.jid)).rejects.toThrow();
  whatsapp.addsAccount(group, anna);
  await client.until(() => client.groups.length === 2);
  expect((await client.socket.groupMetadata(group.jid)).participants).toHaveLength(2);

  whatsapp.personTypes({ from: anna });
  await client.until(() => client.typing.length === 1);
  expect(client.typing[0]?.presences[anna.lid]?.lastKnownPresence).toBe('composing');
  whatsapp.personPostsStatus({ from: anna, text: 'on a beach' });
  await client.until(() => client.texts.length === 1);
  expect(client.messages.at(-1)?.message.key).toMatchObject({
    remoteJid: 'status@broadcast',
    participant: anna.jid,
  });
});
