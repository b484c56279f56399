import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { afterEach, expect, test } from 'vitest';

import { type NetWorld, type Site, codeOf, openNetWorld, openSite, text } from './net-world.ts';
import { selfSigned } from './self-signed.ts';

const NAMES = { 'one.example': ['127.0.0.1'], 'two.example': ['127.0.0.1'] };
let world: NetWorld | undefined;
const closers: (() => void)[] = [];

afterEach(async () => {
  await world?.harness.close();
  world = undefined;
  for (const close of closers.splice(0)) close();
});

async function site(...listener: Parameters<typeof openSite>): Promise<Site> {
  const opened = await openSite(...listener);
  closers.push(() => {
    opened.server.closeAllConnections();
    opened.server.close();
  });
  return opened;
}

/** Answers every connection with these bytes. */
async function raw(answer: string, end = true): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => (end ? socket.end(answer) : socket.write(answer)));
    closers.push(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const at = (port: number, path = '/'): string => `http://one.example:${String(port)}${path}`;

test('every coding that is asked for is unpacked', async () => {
  const packed: Readonly<Record<string, readonly [string, Buffer]>> = {
    '/gzip': ['gzip', gzipSync('words')],
    '/br': ['br', brotliCompressSync('words')],
    '/zlib': ['deflate', deflateSync('words')],
    '/raw': ['deflate', deflateRawSync('words')],
    '/empty': ['deflate', Buffer.alloc(0)],
    '/plain': ['identity', Buffer.from('words')],
    '/broken': ['gzip', Buffer.from('words')],
    '/cut': ['gzip', gzipSync('words'.repeat(1000)).subarray(0, 20)],
    '/twice': ['gzip, br', brotliCompressSync(gzipSync('words'))],
    '/unknown': ['zstd', Buffer.from('words')],
  };
  const { port } = await site(({ url = '' }, response) => {
    const [coding = '', bytes] = packed[url] ?? [];
    response.setHeader('content-encoding', coding).end(bytes);
  });
  world = await openNetWorld({ names: NAMES });
  const endings = await world.fetchAll(
    Object.keys(packed).map((path) => ({ url: at(port, path) })),
  );
  expect(endings.map((ending) => ('code' in ending ? ending.code : text(ending)))).toEqual([
    'words',
    'words',
    'words',
    'words',
    '',
    'words',
    'net.encoding',
    'net.encoding',
    'net.encoding',
    'net.encoding',
  ]);
});

test('a large answer arrives whole, packed or not', async () => {
  const bytes = randomBytes(1_900_000);
  const { port } = await site(({ url }, response) => {
    if (url === '/plain') response.end(bytes);
    else response.setHeader('content-encoding', 'gzip').end(gzipSync(bytes));
  });
  world = await openNetWorld({ names: NAMES });
  const endings = await world.fetchAll([{ url: at(port) }, { url: at(port, '/plain') }]);
  const same = endings.map((ending) => 'body' in ending && bytes.equals(ending.body));
  expect(same).toEqual([true, true]);
});

test('P33.01: a small answer that unpacks to a huge one is cut at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const { port } = await site((_request, response) => {
    response.setHeader('content-encoding', 'gzip').end(bomb);
  });
  world = await openNetWorld({ names: NAMES });
  const ending = await world.fetch({ url: at(port), maxBytes: 10_000 });
  expect(ending).toMatchObject({ status: 200, truncated: true });
  expect(ending).toHaveProperty('body.length', 10_000);
});

test('packed bytes that never become anything are refused', async () => {
  const nothing = gzipSync('');
  const { port } = await site((_request, response) => {
    response.setHeader('content-encoding', 'gzip');
    const chunk = Buffer.concat(Array.from({ length: 2000 }, () => nothing));
    const feed = (): void => {
      while (response.write(chunk));
    };
    response.on('drain', feed).on('error', () => undefined);
    feed();
  });
  world = await openNetWorld({ names: NAMES });
  const ending = await world.fetch({ url: at(port), maxBytes: 10_000 });
  expect(codeOf(ending)).toBe('net.too_large');
});

test.each(['zstd', 'gzip', 'deflate', 'br', 'gzip, gzip'])(
  'an endless answer in %s that is none of it is refused, and harms nothing',
  async (coding) => {
    const { port } = await site((_request, response) => {
      response.setHeader('content-encoding', coding).on('error', () => undefined);
      const feed = (): void => {
        while (response.write('no packed bytes '.repeat(1000)));
      };
      response.on('drain', feed);
      feed();
    });
    world = await openNetWorld({ names: NAMES });
    expect(codeOf(await world.fetch({ url: at(port) }))).toBe('net.encoding');
  },
);

test('P33.01: an endless answer is cut, and one that is exactly as long as the limit is not', async () => {
  const { port } = await site(({ url }, response) => {
    if (url === '/exact') {
      response.end('x'.repeat(1000));
      return;
    }
    const feed = (): void => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', feed).on('error', () => undefined);
    feed();
  });
  world = await openNetWorld({ names: NAMES });
  const endings = await world.fetchAll([
    { url: at(port), maxBytes: 1000 },
    { url: at(port, '/exact'), maxBytes: 1000 },
  ]);
  expect(endings).toMatchObject([
    { truncated: true, body: { length: 1000 } },
    { truncated: false, body: { length: 1000 } },
  ]);
});

test('one time limit covers everything, also a server that drips', async () => {
  const { port } = await site((_request, response) => {
    const timer = setInterval(() => response.write('.'), 20);
    closers.push(() => clearInterval(timer));
  });
  const silent = await raw('', false);
  world = await openNetWorld({ names: NAMES });
  const endings = await world.fetchAll([
    { url: at(port), timeoutMs: 300 },
    { url: at(silent), timeoutMs: 300 },
  ]);
  expect(endings.map(codeOf)).toEqual(['net.timeout', 'net.timeout']);
});

test('answers that are no HTTP are errors', async () => {
  const ports = await Promise.all([
    raw('hello\r\n\r\n'),
    raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'),
    raw(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`),
    raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    raw(''),
  ]);
  world = await openNetWorld({ names: NAMES });
  const endings = await world.fetchAll(ports.map((port) => ({ url: at(port), timeoutMs: 5000 })));
  expect(endings.map(codeOf)).toEqual([
    'net.failed',
    'net.failed',
    'net.failed',
    'net.failed',
    'net.failed',
    'net.failed',
  ]);
});

test('HEAD brings headers alone', async () => {
  const { port } = await site((_request, response) => {
    response.setHeader('content-encoding', 'gzip').setHeader('x-answer', 'yes').end();
  });
  world = await openNetWorld({ names: NAMES });
  const ending = await world.fetch({ url: at(port), method: 'HEAD' });
  expect(ending).toMatchObject({
    status: 200,
    headers: { 'x-answer': 'yes' },
    body: { length: 0 },
  });
});

test('a server nobody vouches for is not talked to, whatever the environment says', async () => {
  const { key, cert } = selfSigned('one.example');
  const server = createTlsServer({ key, cert }, (_request, response) =>
    response.end('secret room'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const [one, two] = ['one', 'two'].map((name) => ({
    url: `https://${name}.example:${String(port)}/`,
  }));
  if (one === undefined || two === undefined) throw new Error('no addresses');
  world = await openNetWorld({ names: NAMES });
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  closers.push(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  expect(codeOf(await world.fetch(one))).toBe('net.tls');
  const usual = getCACertificates('default');
  setDefaultCACertificates([...usual, cert]);
  closers.push(() => setDefaultCACertificates(usual));
  expect(text(await world.fetch(one))).toBe('secret room');
  expect(codeOf(await world.fetch(two))).toBe('net.tls');
});

test('a proxy of the environment is not used', async () => {
  const proxy = await site((_request, response) => response.end('proxied'));
  const { port } = await site((_request, response) => response.end('direct'));
  const address = `http://127.0.0.1:${String(proxy.port)}`;
  const variables = { HTTP_PROXY: address, http_proxy: address, NODE_USE_ENV_PROXY: '1' };
  Object.assign(process.env, variables);
  closers.push(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  world = await openNetWorld({ names: NAMES });
  expect(text(await world.fetch({ url: at(port) }))).toBe('direct');
  expect(proxy.requests).toEqual([]);
});
