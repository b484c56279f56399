import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { Curve, getBinaryNodeChild, getBinaryNodeChildBuffer, S_WHATSAPP_NET } from 'baileys';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type FakeWhatsApp, fakeWhatsApp } from '../src/fake-whatsapp/index.ts';
import { Client, memoryAuth } from './whatsapp-client.ts';
import { verifies } from './xeddsa.ts';

async function setUp(): Promise<readonly [FakeWhatsApp, Client]> {
  const whatsapp = await fakeWhatsApp();
  const client = new Client(whatsapp);
  onTestFinished(async () => {
    await client.end();
    await whatsapp.close();
  });
  return [whatsapp, client];
}

async function linked(): Promise<readonly [FakeWhatsApp, Client]> {
  const [whatsapp, client] = await setUp();
  await client.link();
  return [whatsapp, client];
}

/** The library's own check says yes to everything; this one does not. */
beforeEach(() => {
  vi.spyOn(Curve, 'verify').mockImplementation(verifies);
});

describe('connections', () => {
  test.each([
    ['the server drops it', (whatsapp: FakeWhatsApp) => whatsapp.dropConnections(), 428],
    ['it is told to start again', (whatsapp: FakeWhatsApp) => whatsapp.endStream(515), 515],
    ['the server is overloaded', (whatsapp: FakeWhatsApp) => whatsapp.endStream(503), 503],
    ['another one replaces it', (whatsapp: FakeWhatsApp) => whatsapp.endStream(440), 440],
  ])('%s, and the client comes back', async (_what, fault, code) => {
    const [whatsapp, client] = await linked();
    fault(whatsapp);
    await client.until(() => client.closedWith.length === 2);
    expect(client.closedWith).toEqual([515, code]);
    if (code !== 515) client.connect();
    await client.opened();
    expect(whatsapp.logins).toBe(2);
  });

  test('of two connections of one device the later one stays', async () => {
    const [whatsapp, client] = await linked();
    client.connect();
    await client.until(() => client.closedWith.length === 2);
    expect(client.closedWith).toEqual([515, 440]);
    await client.opened();
    expect(whatsapp).toMatchObject({ logins: 2, connected: true });
  });

  test('a removed device is told so, at once and at every later login', async () => {
    const [whatsapp, client] = await linked();
    whatsapp.unlink();
    await client.until(() => client.closedWith.length === 2);
    client.connect();
    await client.until(() => client.closedWith.length === 3);
    expect(client.closedWith.slice(1)).toEqual([401, 401]);
    expect(whatsapp.linked).toBe(false);
    expect(() => whatsapp.personSends({ from: whatsapp.addPerson(), text: 'x' })).toThrow(
      expect.objectContaining({ code: 'testkit.whatsapp_refused' }),
    );
  });

  test('the client unlinks itself', async () => {
    const [whatsapp, client] = await linked();
    await client.socket.logout();
    await whatsapp.waitFor(() => !whatsapp.linked, 'the device to be gone');
    await client.until(() => client.closedWith.at(-1) === 401);
  });

  test('who names the device and does not hold its keys is not let in', async () => {
    const [whatsapp, client] = await linked();
    const auth = memoryAuth();
    auth.creds.me = { id: client.socket.user?.id ?? '' };
    const impostor = new Client(whatsapp, {}, auth);
    await impostor.until(() => impostor.closedWith.length === 1);
    expect(impostor.closedWith).toEqual([401]);
    expect(whatsapp).toMatchObject({ logins: 1, connected: true });
  });

  test('a login is refused: too old, or overloaded', async () => {
    const [whatsapp, client] = await linked();
    await client.end();
    whatsapp.requireVersion([whatsapp.version[0], whatsapp.version[1], whatsapp.version[2] + 1]);
    client.connect();
    await client.until(() => client.closedWith.length === 3);
    whatsapp.clearFaults();
    whatsapp.fail('login', 1, { error: 503 });
    client.connect();
    await client.until(() => client.closedWith.length === 4);
    expect(client.closedWith.slice(2)).toEqual([405, 503]);
    client.connect();
    await client.opened();
  });

  test('a stalled connection answers nothing, and a new one is served', async () => {
    const [whatsapp, client] = await linked();
    whatsapp.stall();
    const ping = { tag: 'iq', attrs: { to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' } };
    await expect(client.socket.query(ping, 50)).rejects.toThrow();
    expect(whatsapp.connected).toBe(false);
    client.connect();
    await client.opened();
    await client.socket.query({ ...ping, attrs: { ...ping.attrs, id: 'again' } }, 2000);
  });

  test('down refuses, up serves again on the same port', async () => {
    const [whatsapp, client] = await linked();
    await whatsapp.down();
    await client.until(() => client.closedWith.length === 2);
    client.connect();
    await client.until(() => client.closedWith.length === 3);
    await whatsapp.up();
    client.connect();
    await client.opened();
  });

  test('a question is refused, or its answer lost', async () => {
    const [whatsapp, client] = await linked();
    const group = whatsapp.addGroup({ members: [whatsapp.addPerson()] });
    whatsapp.fail('w:g2', 1, { error: 500 });
    await expect(client.socket.groupMetadata(group.jid)).rejects.toThrow('refused');
    whatsapp.fail('w:g2', 1, 'accept-then-reset');
    await expect(client.socket.groupLeave(group.jid)).rejects.toThrow();
    expect(whatsapp.leftGroups).toEqual([group.jid]);
  });
});

describe('keys', () => {
  test('a code of nobody, or of somebody else, cannot be scanned', async () => {
    const [whatsapp, client] = await setUp();
    const code = await client.code();
    const [head = '', noiseKey = '', ...rest] = code.split(',');
    const other = Buffer.alloc(32, 9).toString('base64');
    const refused = expect.objectContaining({ code: 'testkit.whatsapp_refused' });
    await expect(whatsapp.scan([head, other, ...rest].join(','))).rejects.toThrow(refused);
    await expect(whatsapp.scan(['2@x', noiseKey, ...rest].join(','))).rejects.toThrow(refused);
    await whatsapp.scan(code);
    await client.opened();
  });

  test.each([
    ['foreign-root', 'noise intermediate certificate signature invalid'],
    ['forged-leaf', 'noise certificate signature invalid'],
  ] as const)('%s: who checks the chain refuses it', async (forgery, fault) => {
    const [whatsapp, client] = await linked();
    await client.end();
    whatsapp.forge(forgery);
    client.connect();
    await client.until(() => client.faults.length === 3);
    expect(client.faults.at(-1)).toBe(fault);
    whatsapp.clearFaults();
    client.connect();
    await client.opened();
  });

  test('copied-chain: true signatures, and the server does not hold the key', async () => {
    const [whatsapp, client] = await linked();
    await client.end();
    whatsapp.forge('copied-chain');
    // Nobody compares the keys but who wants to: the library lets it pass.
    client.connect();
    await client.opened();
    expect(whatsapp.logins).toBe(2);
  });

  test.each([
    ['forged-account', 'Failed to verify account signature'],
    ['forged-hmac', 'Invalid account signature'],
  ] as const)('%s: who checks the pairing refuses it', async (forgery, fault) => {
    const [whatsapp, client] = await setUp();
    whatsapp.forge(forgery);
    await expect(whatsapp.scan(await client.code())).rejects.toThrow('did not accept');
    await client.until(() => client.faults.length === 1);
    expect(client.faults).toEqual([fault]);
    expect(whatsapp.linked).toBe(false);
  });

  test('forged-prekey: nobody signed the key', async () => {
    const [whatsapp, client] = await linked();
    const anna = whatsapp.addPerson();
    const isSigned = async () => {
      const user = { tag: 'user', attrs: { jid: anna.lid } };
      const answer: unknown = await client.socket.query({
        tag: 'iq',
        attrs: { to: S_WHATSAPP_NET, type: 'get', xmlns: 'encrypt' },
        content: [{ tag: 'key', attrs: {}, content: [user] }],
      });
      const list = getBinaryNodeChild(answer as Parameters<typeof getBinaryNodeChild>[0], 'list');
      const bundle = getBinaryNodeChild(list, 'user');
      const signed = getBinaryNodeChild(bundle, 'skey');
      const bytes = (node: typeof bundle, tag: string) =>
        getBinaryNodeChildBuffer(node, tag) ?? Buffer.alloc(0);
      const message = Buffer.concat([Buffer.from([5]), bytes(signed, 'value')]);
      return verifies(bytes(bundle, 'identity'), message, bytes(signed, 'signature'));
    };
    expect(await isSigned()).toBe(true);
    whatsapp.forge('forged-prekey');
    expect(await isSigned()).toBe(false);
  });

  test('somebody installs anew: both sides start over, and nothing is lost', async () => {
    const [whatsapp, client] = await linked();
    const anna = whatsapp.addPerson();
    whatsapp.personSends({ from: anna, text: 'before' });
    await client.until(() => client.texts.length === 1);
    await client.socket.sendMessage(anna.lid, { text: 'one' });
    await whatsapp.waitForSent(1);
    whatsapp.personReinstalls(anna);
    whatsapp.personSends({ from: anna, text: 'after' });
    await client.until(() => client.texts.length === 2);
    await client.socket.sendMessage(anna.lid, { text: 'two' });
    await whatsapp.waitForSent(2);
    expect(whatsapp.sent).toMatchObject([
      { text: 'one', copies: 1 },
      { text: 'two', copies: 1 },
    ]);
  });

  test('a phone that cannot read a message asks for it, and gets it', async () => {
    const [whatsapp, client] = await linked();
    const anna = whatsapp.addPerson();
    await client.socket.sendMessage(anna.lid, { text: 'one' });
    await whatsapp.waitForSent(1);
    whatsapp.personReinstalls(anna, { announced: false });
    const asks = () => whatsapp.sentTo(anna)[1]?.readableBy.includes(anna.lid) === true;
    await client.socket.sendMessage(anna.lid, { text: 'two' });
    await whatsapp.waitFor(asks, 'the message to be readable');
    expect(whatsapp.sent).toMatchObject([
      { text: 'one', copies: 1 },
      { text: 'two', copies: 1 },
    ]);
  });

  test('a client that lost its sessions asks for what it cannot read, and gets it', async () => {
    const [whatsapp, client] = await linked();
    const anna = whatsapp.addPerson();
    const group = whatsapp.addGroup({ members: [anna] });
    whatsapp.personSends({ from: anna, text: 'one' });
    whatsapp.personSends({ from: anna, to: group, text: 'to all' });
    await client.until(() => client.texts.length === 2);
    // Some words back: from now on Anna takes the session for agreed.
    await client.socket.sendMessage(anna.lid, { text: 'yes' });
    await whatsapp.waitForSent(1);
    const address = client.socket.signalRepository.jidToSignalProtocolAddress(anna.lid);
    const groupKey = `${group.jid}::${address.replace('.', '::')}`;
    await client.auth.keys.set({
      session: { [address]: null },
      'sender-key': { [groupKey]: null },
    });
    const lost = whatsapp.personSends({ from: anna, text: 'two' });
    const alsoLost = whatsapp.personSends({ from: anna, to: group, text: 'to all again' });
    await client.until(() => client.texts.length === 4);
    expect(client.texts.slice(2).toSorted()).toEqual(['to all again', 'two']);
    const asked = whatsapp.receipts.filter(({ type }) => type === 'retry');
    expect(asked.flatMap(({ ids }) => ids).toSorted()).toEqual([lost.id, alsoLost.id].toSorted());
    await whatsapp.waitFor(() => whatsapp.unacknowledged.length === 0, 'every acknowledgement');
  });

  test('the preload trusts the fake it is given, and nothing starts without one', async () => {
    const whatsapp = await fakeWhatsApp();
    onTestFinished(() => whatsapp.close());
    const { directPath } = whatsapp.addMedia({ bytes: Buffer.from('x') });
    const url = `https://${whatsapp.mediaHost}${directPath ?? ''}`;
    const trust = join(import.meta.dirname, '../src/fake-whatsapp/trust.ts');
    const script = `import { WA_CERT_DETAILS } from 'baileys';
      const { status } = await fetch('${url}');
      console.log(WA_CERT_DETAILS.PUBLIC_KEY.toString('hex'), status)`;
    const flags = ['--conditions=@portcullis/source', '--import', trust, '--input-type=module'];
    const start = (env: Readonly<Record<string, string>>) =>
      promisify(execFile)(process.execPath, [...flags, '-e', script], {
        env,
        cwd: import.meta.dirname,
      });
    const [trusting, ...refused] = await Promise.allSettled([
      start(whatsapp.trustEnvironment),
      start({}),
      start({
        ...whatsapp.trustEnvironment,
        PORTCULLIS_FAKE_WHATSAPP_CA: rootCertificates[0] ?? '',
      }),
    ]);
    expect(trusting).toMatchObject({ value: { stdout: `${whatsapp.trustRootKey} 200\n` } });
    const complaint = { reason: { stderr: expect.stringContaining('testkit.whatsapp_trust') } };
    expect(refused).toMatchObject([complaint, complaint]);
  });
});

describe('an attacker', () => {
  test('changes the messages of others, and the client is told who named which', async () => {
    const [whatsapp, client] = await linked();
    const [anna, mallory] = [whatsapp.addPerson(), whatsapp.addPerson()];
    const group = whatsapp.addGroup({ members: [anna, mallory] });
    const hers = whatsapp.personSends({ from: anna, to: group, text: 'pay Bert' });
    await client.until(() => client.texts.length === 1);
    whatsapp.personEdits({ from: mallory, message: hers, text: 'pay Mallory' });
    await client.until(() => client.updates.length === 1);
    expect(client.updates).toMatchObject([
      { key: { id: hers.id, participant: mallory.lid }, update: { message: {} } },
    ]);
  });

  test('who runs the server forges a message without encryption', async () => {
    const [whatsapp, client] = await linked();
    const anna = whatsapp.addPerson();
    whatsapp.serverForges({ from: anna, text: 'never written' });
    await client.until(() => client.texts.length === 1);
    expect(client.messages[0]?.message.key).toMatchObject({ remoteJid: anna.lid, fromMe: false });
  });

  test('sends orders that only the own phone may give, and files that lie elsewhere', async () => {
    const [whatsapp, client] = await linked();
    const mallory = whatsapp.addPerson();
    const keys = [{ keyId: { keyId: Buffer.from('k') }, keyData: { keyData: Buffer.alloc(32) } }];
    const protocolMessage = { type: 6, appStateSyncKeyShare: { keys } };
    whatsapp.personSends({ from: mallory, content: { protocolMessage } });
    const media = whatsapp.addMedia({ bytes: Buffer.from('x') });
    const url = whatsapp.url.replace('ws:', 'http:').replace('/ws/chat', '/admin');
    const elsewhere = { ...media, url, directPath: null };
    whatsapp.personSends({ from: mallory, content: { imageMessage: elsewhere } });
    await client.until(() => client.messages.length === 2);
    expect(client.messages[0]?.message.message?.protocolMessage).toMatchObject({ type: 6 });
    expect(client.messages[1]?.message.message?.imageMessage).toMatchObject({ url });
    await fetch(url);
    expect(whatsapp.requests).toMatchObject([{ server: 'other', path: '/admin' }]);
  });
});
