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
