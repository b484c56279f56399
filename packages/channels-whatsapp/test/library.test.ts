// What the library does by itself, each fault beside what is done about it.
import { createRequire } from 'node:module';
import {
  addTransactionCapability,
  downloadContentFromMessage,
  makeWASocket,
  proto,
  type WASocket,
} from 'baileys';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { loadBaileys, NO_REQUESTS, quietLogger } from '../src/library.ts';
import { isMediaPath } from '../src/media.ts';
import { Vault } from '../src/vault.ts';
import { type Bench, MemoryCredentials, openBench } from './bench.ts';

// What is printed goes through here, also what the library prints before its console is taken.
const printed: unknown[][] = [];
for (const name of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void printed.push(words));
}
afterAll(() => vi.restoreAllMocks());

const fromBaileys = createRequire(createRequire(import.meta.url).resolve('baileys'));
const { SessionRecord } = fromBaileys('libsignal') as {
  SessionRecord: {
    new (): { closeSession(session: object): void };
    createEntry(): Record<string, unknown>;
  };
};

function closeOne(): void {
  const session = SessionRecord.createEntry();
  session['currentRatchet'] = { ephemeralKeyPair: { privKey: 'PRIVATE' } };
  session['indexInfo'] = { closed: -1 };
  new SessionRecord().closeSession(session);
}

closeOne();
const nakedPrints = JSON.stringify(printed);

let bench: Bench | undefined;
const sockets: WASocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.end(undefined);
  await bench?.close();
  bench = undefined;
  if (vi.isMockFunction(globalThis.fetch)) vi.mocked(globalThis.fetch).mockRestore();
});

test('the library alone prints private keys', () => {
  expect(nakedPrints).toContain('PRIVATE');
});

test('nothing of the library reaches the console, least of all a key', async () => {
  bench = await openBench();
  await bench.start();
  printed.length = 0;
  closeOne();
  const anna = bench.whatsapp.addPerson();
  bench.whatsapp.personSends({ from: anna, text: 'one' });
  await expect.poll(() => bench?.events).toHaveLength(1);
  bench.whatsapp.personReinstalls(anna);
  bench.whatsapp.personSends({ from: anna, text: 'two' });
  await expect.poll(() => bench?.events).toHaveLength(2);
  await expect.poll(() => bench?.whatsapp.unacknowledged).toEqual([]);
  // What cannot be read the library tells the console, too.
  const t = String(Math.floor(Date.now() / 1000));
  const enc = { tag: 'enc', attrs: { type: 'msg', v: '2' }, content: new Uint8Array(60).fill(51) };
  const attrs = { from: anna.lid, id: 'UNREADABLE', t, type: 'text' };
  bench.whatsapp.deliver({ tag: 'message', attrs, content: [enc] });
  await expect
    .poll(() => bench?.whatsapp.receipts.map(({ type, ids }) => [type, ...ids]))
    .toContainEqual(['retry', 'UNREADABLE']);
  expect(printed).toEqual([]);
  console.info('others');
  expect(printed).toEqual([['others']]);
});

/** The library by itself, with the login of a channel. */
async function nakedSocket(from: Bench, credentials = from.account.credentials): Promise<WASocket> {
  const vault = await Vault.open(credentials, await loadBaileys());
  const socket = makeWASocket({
    auth: { creds: vault.creds, keys: vault.keys },
    waWebSocketUrl: from.whatsapp.url,
    logger: quietLogger(from.account.log),
    markOnlineOnConnect: false,
  });
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.ev.on('connection.update', ({ connection }) => connection === 'open' && resolve());
  });
  return socket;
}

test('the library alone acknowledges what nobody has stored', async () => {
  bench = await openBench();
  const socket = await nakedSocket(bench);
  let isStored = false;
  socket.ev.on('messages.upsert', async () => {
    await new Promise(() => undefined);
    isStored = true;
  });
  const { whatsapp } = bench;
  const { id } = whatsapp.personSends({ from: whatsapp.addPerson(), text: 'gone' });
  await expect.poll(() => whatsapp.receipts.flatMap(({ ids }) => ids)).toContain(id);
  expect(whatsapp.unacknowledged).toEqual([]);
  expect(isStored).toBe(false);
});

test('the library alone hands on a change of a message by somebody who did not write it', async () => {
  bench = await openBench();
  const socket = await nakedSocket(bench);
  const updates: unknown[] = [];
  socket.ev.on('messages.update', (all) => updates.push(...all));
  const { whatsapp } = bench;
  const [anna, ben] = [whatsapp.addPerson(), whatsapp.addPerson()];
  const group = whatsapp.addGroup({ members: [anna, ben] });
  const message = whatsapp.personSends({ from: anna, to: group, text: 'I owe Ben nothing' });
  whatsapp.personEdits({ from: ben, message, text: 'I owe Ben a lot' });
  await expect.poll(() => JSON.stringify(updates)).toContain('I owe Ben a lot');
  // Ours: conversation.test.ts, 'what one person wrote, another cannot change or delete'.
});

const DENIED = new Error('the disk is full');

/** Fails every write of a session: what a send uses up. */
function denySessions(credentials: MemoryCredentials): void {
  credentials.before = (entries) => {
    if (Object.keys(entries).some((key) => key.includes(':session:'))) throw DENIED;
  };
}

test('the library alone sends before the key it used up is stored', async () => {
  bench = await openBench();
  const { whatsapp, account } = bench;
  const anna = whatsapp.addPerson();
  const socket = await nakedSocket(bench);
  await socket.relayMessage(anna.jid, { conversation: 'first' }, {});
  await whatsapp.waitForSent(1);
  const keys = [...account.credentials.rows].filter(([key]) => key.includes(':session:'));
  const committed = addTransactionCapability(
    { get: () => ({}), set: () => Promise.reject(DENIED) },
    quietLogger(account.log),
    { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  );
  let isSent = false;
  const work = committed.transaction(async () => {
    await committed.set({ session: { a: new Uint8Array([1]) } });
    isSent = true;
  }, 'send');
  await expect(work).rejects.toThrow(DENIED);
  expect(isSent).toBe(true);
  expect(keys.length).toBeGreaterThan(0);
});

test('a message whose key cannot be stored is not sent', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, account, channel } = bench;
  const anna = whatsapp.addPerson();
  const to = { channel: 'whatsapp', accountId: 'default', kind: 'direct', id: anna.phone } as const;
  const send = (key: string) =>
    channel.send({ to, text: key, idempotencyKey: key }, AbortSignal.timeout(5000));
  await send('first');
  denySessions(account.credentials);
  await expect(send('second')).rejects.toMatchObject({ outcome: 'retry' });
  expect(whatsapp.sent.map(({ text }) => text)).toEqual(['first']);
  account.credentials.before = undefined;
  await send('second');
  expect(whatsapp.sent.map(({ text }) => text)).toEqual(['first', 'second']);
});

const keysOfMedia = {
  mediaKey: new Uint8Array(32),
  fileSha256: new Uint8Array(32),
  fileEncSha256: new Uint8Array(32),
};

test('the library alone fetches what a message names, wherever it is', async () => {
  bench = await openBench();
  const { whatsapp } = bench;
  const inside = whatsapp.url.replace('ws://', 'http://').replace('/ws/chat', '/admin');
  const wanted = { ...keysOfMedia, url: inside };
  await downloadContentFromMessage(wanted, 'image').then(
    (stream) => stream.destroy(),
    () => undefined,
  );
  expect(whatsapp.requests.map(({ path }) => path)).toContain('/admin');
});

test.each([
  '@evil.test/x',
  '//evil.test/x',
  '/v/t@evil.test',
  '\\\\evil.test\\x',
  'https://evil.test/x',
  '/a b',
  '/a#b',
  '',
])('a file at %j is no file', (path) => {
  expect(isMediaPath(path)).toBe(false);
});

const content = (imageMessage: proto.Message.IImageMessage) => ({ imageMessage });

test('a message that names an address of its own gets nothing fetched from there', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, channel, events } = bench;
  const from = whatsapp.addPerson();
  const inside = whatsapp.url.replace('ws://', 'http://').replace('/ws/chat', '/admin');
  const real = whatsapp.addMedia({ bytes: new Uint8Array([1, 2, 3]) });
  whatsapp.personSends({ from, content: content({ ...real, url: inside, caption: 'a' }) });
  whatsapp.personSends({
    from,
    content: content({ ...real, directPath: '@127.0.0.1/x', caption: 'b' }),
  });
  await expect.poll(() => events).toHaveLength(2);
  expect(events[1]?.attachments).toBeUndefined();
  const [file] = events[0]?.attachments ?? [];
  if (file === undefined) throw new Error('no file');
  const bytes = await channel.fetchMedia?.(file, 100, AbortSignal.timeout(3000));
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect(whatsapp.requests.filter(({ server }) => server === 'other')).toEqual([]);
});

/** What the owner's phone says of the history of the account, lying somewhere else. */
function history(): proto.IMessage {
  const { HISTORY_SYNC_NOTIFICATION } = proto.Message.ProtocolMessage.Type;
  const { INITIAL_BOOTSTRAP } = proto.Message.HistorySyncType;
  const directPath = '.evil.test/history';
  const historySyncNotification = { ...keysOfMedia, syncType: INITIAL_BOOTSTRAP, directPath };
  return { protocolMessage: { type: HISTORY_SYNC_NOTIFICATION, historySyncNotification } };
}

/** Where this process wanted to fetch something, none of which it gets. */
function fetches(): readonly string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    asked.push(String(input));
    throw new TypeError('no network');
  });
  return asked;
}

test('the library alone is sent anywhere by the history of the account', async () => {
  bench = await openBench();
  await nakedSocket(bench);
  const asked = fetches();
  bench.whatsapp.ownPhoneSends({ content: history() });
  await expect.poll(() => asked).toEqual(['https://mmg.whatsapp.net.evil.test/history']);
});

test('a channel fetches no history', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, events } = bench;
  const asked = fetches();
  whatsapp.ownPhoneSends({ content: history() });
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'after' });
  await expect.poll(() => events).toHaveLength(1);
  await expect.poll(() => whatsapp.unacknowledged).toEqual([]);
  expect(asked).toEqual([]);
});

test('what the library fetches for itself it does not get', async () => {
  bench = await openBench();
  const address = bench.whatsapp.url.replace('ws://', 'http://');
  const options: object = { dispatcher: NO_REQUESTS };
  await expect(fetch(address, options)).rejects.toMatchObject({
    cause: { code: 'whatsapp.request_refused' },
  });
  const wanted = { ...keysOfMedia, url: address };
  await expect(downloadContentFromMessage(wanted, 'image', { options })).rejects.toThrow();
  expect(bench.whatsapp.requests).toEqual([]);
});

const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;

test('the library alone leaves timers behind that keep a process alive', async () => {
  bench = await openBench();
  const before = timers();
  const socket = await nakedSocket(bench);
  await socket.end(undefined);
  expect(timers()).toBeGreaterThan(before);
});

test('a channel that stopped keeps no process alive', async () => {
  const before = timers();
  bench = await openBench();
  await bench.start();
  await bench.stop();
  await bench.whatsapp.close();
  expect(timers()).toBeLessThanOrEqual(before);
});

test('the library alone dies of a stanza it does not expect', async () => {
  bench = await openBench();
  const socket = await nakedSocket(bench);
  // An async listener that nobody waits for: what it rejects with ends the process.
  const listeners = socket.ws.listeners('CB:ib,,offline_preview');
  await bench.whatsapp.down();
  await socket.end(undefined);
  const stanza = { tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: {} }] };
  const work: unknown = Reflect.apply(listeners[0] ?? (() => undefined), socket.ws, [stanza]);
  await expect(work).rejects.toThrow('Connection Closed');
});

test('a channel does not', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, events } = bench;
  whatsapp.deliver({ tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: {} }] });
  whatsapp.deliver({ tag: 'message', attrs: {} });
  whatsapp.deliver({ tag: 'notification', attrs: { type: 'w:gp2', from: '1@g.us', id: 'x' } });
  whatsapp.deliver({
    tag: 'iq',
    attrs: { type: 'set' },
    content: [{ tag: 'pair-device', attrs: {} }],
  });
  whatsapp.deliver({ tag: 'iq', attrs: {}, content: [{ tag: 'pair-success', attrs: {} }] });
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'still there?' });
  await expect.poll(() => events, { timeout: 3000 }).toHaveLength(1);
});
