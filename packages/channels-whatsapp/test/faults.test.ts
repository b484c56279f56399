// What is not WhatsApp's word, and a store that fails, cost neither the login nor a message.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createWhatsAppChannel } from '../src/index.ts';
import { type Bench, FAST, openBench, testAccount } from './bench.ts';

const open: Bench[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function bench(): Promise<Bench> {
  const made = await openBench();
  open.push(made);
  return made;
}

test('an HTTP 401 of a proxy on the way does not cost the login', async () => {
  const { account } = await bench();
  let asked = 0;
  const proxy = createServer();
  proxy.on('upgrade', (_request, socket) => {
    asked += 1;
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}/ws/chat`;
  const linked = testAccount({ url }, {}, account.credentials);
  const channel = await createWhatsAppChannel(linked, FAST);
  const control = new AbortController();
  const ran = channel.run({ accept: async () => 'accepted' }, control.signal);
  ran.catch(() => undefined);
  try {
    await expect.poll(() => asked, { timeout: 5000 }).toBeGreaterThan(1);
    expect(linked.credentials.rows.has('creds')).toBe(true);
    control.abort();
    await expect(ran).resolves.toBeUndefined();
  } finally {
    control.abort();
    await new Promise((resolve) => proxy.close(resolve));
  }
});

test('a server is not spoken to when the check of its certificate was taken away', async () => {
  const { channel, whatsapp } = await bench();
  const fromBaileys = createRequire(createRequire(import.meta.url).resolve('baileys'));
  const ed25519 = createRequire(fromBaileys.resolve('libsignal'))('curve25519-js') as {
    verify: () => boolean;
  };
  const { verify } = ed25519;
  ed25519.verify = () => true;
  const control = new AbortController();
  const before = whatsapp.logins;
  const ran = channel.run({ accept: async () => 'accepted' }, control.signal);
  try {
    await expect.poll(() => whatsapp.logins, { timeout: 5000 }).toBeGreaterThan(before + 1);
    expect(channel.status?.().state).not.toBe('connected');
  } finally {
    ed25519.verify = verify;
    control.abort();
    await ran;
  }
});

test('a message survives whichever read of the store fails', async () => {
  const { account, channel, whatsapp, start, events } = await bench();
  const { credentials } = account;
  const read = credentials.get.bind(credentials);
  await start();
  expect(channel.status?.().state).toBe('connected');
  let failures = 0;
  for (let at = 0; at === failures; at += 1) {
    let reads = 0;
    credentials.get = async (key) => {
      reads += 1;
      if (reads === at + 1) {
        failures += 1;
        throw new Error('busy');
      }
      return await read(key);
    };
    const { id } = whatsapp.personSends({ from: whatsapp.addPerson(), text: `at ${at}` });
    await expect
      .poll(() => events.filter(({ messageId }) => messageId === id), { timeout: 3000 })
      .toHaveLength(1);
    await expect.poll(() => whatsapp.unacknowledged, { timeout: 3000 }).toEqual([]);
    expect(reads).toBeGreaterThan(0);
  }
  expect(failures).toBeGreaterThan(2);
});
