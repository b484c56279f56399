// Linking, and what ends a connection.
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useMultiFileAuthState } from 'baileys';
import { afterEach, expect, test } from 'vitest';
import { createWhatsAppChannel, whatsappOptions } from '../src/index.ts';
import { loadBaileys } from '../src/library.ts';
import { Vault } from '../src/vault.ts';
import { type Bench, FAST, MemoryCredentials, openBench, openFake, testAccount } from './bench.ts';

let bench: Bench | undefined;
const folders: string[] = [];
afterEach(async () => {
  await bench?.close();
  bench = undefined;
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

test('an account nobody linked says how to link it', async () => {
  const whatsapp = await openFake();
  const channel = await createWhatsAppChannel(testAccount(whatsapp), FAST);
  const inbox = { accept: async () => 'accepted' as const };
  await expect(channel.run(inbox, AbortSignal.timeout(1000))).rejects.toMatchObject({
    code: 'whatsapp.not_linked',
    hint: 'Link it: openclaw channels login whatsapp',
  });
  expect(channel.status?.().state).toBe('failed');
  await expect(channel.probe?.(AbortSignal.timeout(1000))).rejects.toMatchObject({
    code: 'whatsapp.not_linked',
  });
  await whatsapp.close();
});

test('a login that is ended stops at once and leaves nothing linked', async () => {
  const whatsapp = await openFake();
  const account = testAccount(whatsapp);
  const channel = await createWhatsAppChannel(account, FAST);
  const control = new AbortController();
  const shown: string[] = [];
  const login = channel.login?.((qr) => {
    shown.push(qr);
    control.abort();
  }, control.signal);
  await expect(login).rejects.toMatchObject({ code: 'whatsapp.login_ended' });
  expect(shown).toHaveLength(1);
  expect(shown[0]).toContain('#');
  expect(account.credentials.rows.has('creds')).toBe(false);
  await whatsapp.close();
});

test('a login outlives the process, and logging out ends it on the phone', async () => {
  bench = await openBench();
  const { whatsapp, account } = bench;
  const again = new MemoryCredentials(account.credentials.rows);
  const channel = await createWhatsAppChannel(testAccount(whatsapp, {}, again), FAST);
  await expect(channel.probe?.(AbortSignal.timeout(3000))).resolves.toEqual({
    identity: '+15550000001',
  });
  await channel.logout?.(AbortSignal.timeout(3000));
  expect(whatsapp.linked).toBe(false);
});

test('a probe beside a running channel asks over its connection, and takes no message from it', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, channel } = bench;
  const before = whatsapp.logins;
  await expect(channel.probe?.(AbortSignal.timeout(3000))).resolves.toEqual({
    identity: '+15550000001',
  });
  expect(whatsapp.logins).toBe(before);
  expect(whatsapp.connected).toBe(true);
});

test('what comes while only a probe looks is not acknowledged', async () => {
  bench = await openBench();
  const { whatsapp, channel } = bench;
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'for later' });
  await channel.probe?.(AbortSignal.timeout(3000));
  expect(whatsapp.unacknowledged).toHaveLength(1);
  await bench.start();
  await expect.poll(() => bench?.events.map(({ text }) => text)).toEqual(['for later']);
});

test.each([
  [403, 'whatsapp.forbidden'],
  [411, 'whatsapp.mismatch'],
  [440, 'whatsapp.replaced'],
  [401, 'whatsapp.logged_out'],
])('an end with %i is not fought against: %s', async (code, error) => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, account } = bench;
  whatsapp.endStream(code);
  await expect(bench.ran()).rejects.toMatchObject({ code: error });
  const { logins } = whatsapp;
  expect(bench.channel.status?.().state).toBe('failed');
  // Unlinked for good it is forgotten; else somebody may start it again.
  expect(account.credentials.rows.has('creds')).toBe(code !== 401);
  expect(whatsapp.logins).toBe(logins);
});

test('a version that is too old is said to be so', async () => {
  bench = await openBench();
  bench.whatsapp.requireVersion([9, 0, 0]);
  await bench.start().catch(() => undefined);
  await expect(bench.ran()).rejects.toMatchObject({ code: 'whatsapp.outdated' });
});

test('a version that is set is the one that is presented', async () => {
  bench = await openBench({ version: [9, 0, 0] });
  bench.whatsapp.requireVersion([9, 0, 0]);
  await expect(bench.channel.probe?.(AbortSignal.timeout(3000))).resolves.toBeDefined();
});

test.each([503, 515, 428])('an end with %i is followed by a new connection', async (code) => {
  bench = await openBench();
  await bench.start();
  const { whatsapp } = bench;
  const { logins } = whatsapp;
  whatsapp.endStream(code);
  await whatsapp.waitFor(() => whatsapp.logins > logins, 'another login');
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'again' });
  await expect.poll(() => bench?.events).toHaveLength(1);
});

async function savedLogin(from: Bench): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-'));
  folders.push(folder);
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  const vault = await Vault.open(from.account.credentials, await loadBaileys());
  Object.assign(state.creds, vault.creds);
  for (const key of from.account.credentials.rows.keys()) {
    const [, type, id] = /^key:[^:]+:([^:]+):(.+)$/u.exec(key) ?? [];
    if (type === undefined || id === undefined) continue;
    const found = await vault.keys.get(type as 'session', [id]);
    await state.keys.set({ [type]: found });
  }
  await saveCreds();
  return folder;
}

test('the login of another program is taken over, once, and stays as it was', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp } = bench;
  const anna = whatsapp.addPerson();
  const group = whatsapp.addGroup({ members: [anna] });
  whatsapp.personSends({ from: anna, to: group, text: 'before' });
  await expect.poll(() => bench?.events).toHaveLength(2);
  await bench.stop();
  const authDir = await savedLogin(bench);
  const before = await Promise.all(
    (await readdir(authDir)).map(async (name) => [
      name,
      await readFile(join(authDir, name), 'utf8'),
    ]),
  );
  const heir = await openBench({ authDir }, {}, new MemoryCredentials(), whatsapp);
  await heir.start();
  // The group's key came with a message before: only who has it can read this one.
  whatsapp.personSends({ from: anna, to: group, text: 'after' });
  await expect.poll(() => heir.events.map(({ text }) => text)).toEqual(['after']);
  await heir.close();
  const after = await Promise.all(
    (await readdir(authDir)).map(async (name) => [
      name,
      await readFile(join(authDir, name), 'utf8'),
    ]),
  );
  expect(after).toEqual(before);
  expect(whatsapp.receipts.filter(({ type }) => type === 'retry')).toEqual([]);
});

test('the library alone keeps a login where others can read it', async () => {
  bench = await openBench();
  const folder = await savedLogin(bench);
  expect(((await stat(join(folder, 'creds.json'))).mode & 0o044) !== 0).toBe(true);
});

test.each([
  ['others can read', async (folder: string) => chmod(folder, 0o755)],
  ['is damaged', async (folder: string) => writeFile(join(folder, 'creds.json'), '{"noiseKey":')],
  ['is nobody’s', async (folder: string) => writeFile(join(folder, 'creds.json'), '{}')],
  [
    'leads elsewhere',
    async (folder: string) => {
      await rm(join(folder, 'creds.json'));
      await symlink('/etc/hostname', join(folder, 'creds.json'));
    },
  ],
  ['is not there', async (folder: string) => rm(folder, { recursive: true })],
])('a directory that %s is not taken over', async (_, spoil) => {
  bench = await openBench();
  const authDir = await savedLogin(bench);
  await spoil(authDir);
  const account = testAccount(bench.whatsapp, { authDir });
  await expect(createWhatsAppChannel(account, FAST)).rejects.toMatchObject({
    code: 'whatsapp.auth_dir',
  });
  expect(account.credentials.rows.has('creds')).toBe(false);
  folders.splice(
    0,
    folders.length,
    ...(await stat(authDir).then(
      () => [authDir],
      () => [],
    )),
  );
});

test('a login that cannot be read is said to be damaged', async () => {
  const credentials = new MemoryCredentials(new Map([['creds', '{"noiseKey":']]));
  const account = testAccount({ url: 'ws://127.0.0.1:1/ws/chat' }, {}, credentials);
  await expect(createWhatsAppChannel(account, FAST)).rejects.toMatchObject({
    code: 'whatsapp.login_damaged',
  });
});

test.each([
  [{ socketUrl: 'wss://evil.test/ws' }, 'socketUrl'],
  [{ socketUrl: 'ws://web.whatsapp.com/ws/chat' }, 'socketUrl'],
  [{ socketUrl: 'wss://web.whatsapp.com/ws/chat?x=1' }, 'socketUrl'],
  [{ version: [2, 3000] }, 'version'],
  [{ version: [2, 3000, -1] }, 'version'],
  [{ sendReadReceipts: 'yes' }, 'sendReadReceipts'],
])('%j is refused', (options, key) => {
  const { error } = whatsappOptions.safeParse(options);
  expect(error?.issues[0]?.path[0]).toBe(key);
});

test('without options everything is as it should be', () => {
  expect(whatsappOptions.parse({})).toEqual({
    sendReadReceipts: true,
    socketUrl: 'wss://web.whatsapp.com/ws/chat',
    dangerouslyAllowEndpoint: false,
    dangerouslySkipSignatureChecks: false,
  });
});
