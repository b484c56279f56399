import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Secret } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import { openConnection } from '../../src/brokers/net/connection.ts';
import { type NetWorld, type Site, codeOf, openNetWorld, openSite, text } from './net-world.ts';

let world: NetWorld | undefined;
const sites: Site[] = [];

afterEach(async () => {
  await world?.harness.close();
  world = undefined;
  for (const { server } of sites.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Redirects `/<status>?<target>` and answers everything else with what it is. */
async function site(): Promise<Site> {
  const opened = await openSite(({ method, url = '' }, response) => {
    const [, status, target] = /^\/(3\d\d)\?(.*)$/u.exec(url) ?? [];
    if (status === undefined || target === undefined) {
      response.setHeader('set-cookie', 'a=b').end(`${method ?? ''} ${url}`);
      return;
    }
    response.writeHead(Number(status), { location: decodeURIComponent(target) }).end('moved');
  });
  sites.push(opened);
  return opened;
}

const NAMES = { 'one.example': ['127.0.0.1'], 'two.example': ['127.0.0.1'] };

const to = (port: number, host: string, path: string): string =>
  `http://${host}.example:${String(port)}${path}`;

test('P09.03 a redirect is refused at the hop where a first request would be', async () => {
  const { port, requests } = await site();
  world = await openNetWorld({
    fetch: { ssrfPolicy: { allowedHostnames: ['127.0.0.1'] } },
    names: { 'inner.example': ['10.0.0.1'] },
  });
  const cases: readonly (readonly [string, string])[] = [
    ['http://169.254.169.254/latest', 'net.ip.metadata'],
    ['http://10.0.0.1/', 'net.ip.private'],
    ['http://[::ffff:10.0.0.1]/', 'net.ip.private'],
    ['http://inner.example/', 'net.dns.private'],
    ['http://localhost/', 'net.host.blocked'],
    ['file:///etc/passwd', 'net.scheme'],
    ['gopher://127.0.0.1/', 'net.scheme'],
    ['javascript:alert(1)', 'net.scheme'],
    ['//@127.0.0.1/', 'net.userinfo'],
    ['http://user:pass@127.0.0.1/', 'net.userinfo'],
    ['http://', 'net.redirect.invalid'],
  ];
  const endings = await world.fetchAll(
    cases.map(([target]) => ({
      url: `http://127.0.0.1:${String(port)}/302?${encodeURIComponent(target)}`,
    })),
  );
  expect(cases.map(([target], index) => [target, codeOf(endings[index])])).toEqual(cases);
  expect(requests).toHaveLength(cases.length);
});

test('P09.03 no more redirects are followed than policy says, each with its own lines', async () => {
  const { port, requests } = await site();
  world = await openNetWorld({ names: NAMES });
  const around = (count: number): string =>
    count === 0 ? '/end' : `/302?${encodeURIComponent(around(count - 1))}`;
  expect(text(await world.fetch({ url: to(port, 'one', around(3)) }))).toBe('GET /end');
  expect(requests).toHaveLength(4);
  expect(codeOf(await world.fetch({ url: to(port, 'one', around(20)) }))).toBe(
    'net.redirect.limit',
  );
  expect(requests).toHaveLength(8);
  const hops = (await world.lines()).filter(({ code }) => code === 'effect.fetch');
  expect(hops.map(({ hop }) => hop)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
});

test('P10.01 headers stay with the origin they were given for, also after a way back', async () => {
  const { port, requests } = await site();
  world = await openNetWorld({ names: NAMES });
  const headers = {
    authorization: new Secret('Bearer canary', 'test'),
    'x-own': 'mine',
    accept: 'text/html',
  };
  const back = encodeURIComponent(to(port, 'one', '/end'));
  const ending = await world.fetch({
    url: to(
      port,
      'one',
      `/302?${encodeURIComponent(`/302?${encodeURIComponent(to(port, 'two', `/302?${back}`))}`)}`,
    ),
    headers,
  });
  expect(text(ending)).toBe('GET /end');
  expect(ending).toMatchObject({ url: to(port, 'one', '/end') });
  expect(requests.map((each) => [each.headers['authorization'], each.headers['x-own']])).toEqual([
    ['Bearer canary', 'mine'],
    ['Bearer canary', 'mine'],
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(JSON.stringify(await world.lines())).not.toContain('canary');
});

test('P10.01 a body is sent again to its own origin only, and not at all after 303', async () => {
  const { port, requests } = await site();
  world = await openNetWorld({ names: NAMES });
  const post = (status: number, target: string) => ({
    url: to(port, 'one', `/${String(status)}?${encodeURIComponent(target)}`),
    method: 'POST' as const,
    body: 'words',
    headers: { 'content-type': 'text/plain' },
  });
  const ask = async (status: number, target: string): Promise<string> => {
    // Each in a session of its own, which has not seen the answers of the others.
    await world?.harness.close();
    world = await openNetWorld({ names: NAMES });
    return codeOf(await world.fetch(post(status, target)));
  };
  expect(await ask(307, '/same')).toBe('200');
  expect(await ask(303, '/seen')).toBe('200');
  expect(await ask(302, to(port, 'two', '/other'))).toBe('200');
  expect(await ask(308, to(port, 'two', '/never'))).toBe('net.redirect.body');
  const ends = requests.filter(({ url }) => !url.startsWith('/3'));
  expect(
    ends.map(({ method, url, body, headers }) => [method, url, body, headers['content-type']]),
  ).toEqual([
    ['POST', '/same', 'words', 'text/plain'],
    ['GET', '/seen', '', undefined],
    ['GET', '/other', '', undefined],
  ]);
});

test('a credential is not sent in the clear to another machine', async () => {
  world = await openNetWorld({ names: { 'lan.example': ['10.9.9.9'] } });
  const headers = { authorization: new Secret('canary', 'test') };
  const ending = await world.fetch({ url: 'http://lan.example/', headers });
  expect(codeOf(ending)).toBe('net.secret_in_clear');
});

test('what steers the connection, cookies and broken values cannot be set', async () => {
  const { port, requests } = await site();
  world = await openNetWorld({ names: NAMES });
  const url = to(port, 'one', '/end');
  const endings = await world.fetchAll([
    { url, headers: { Host: 'evil.example' } },
    { url, headers: { cookie: 'a=b' } },
    { url, headers: { 'Proxy-Authorization': 'x' } },
    { url, headers: { 'x-split': 'a\r\nhost: evil' } },
    { url, headers: { 'x split': 'a' } },
    { url, body: 'a GET has none' },
    { url },
    { url },
  ]);
  expect(endings.map(codeOf)).toEqual([
    'net.header',
    'net.header',
    'net.header',
    'net.header',
    'net.header',
    'net.request',
    '200',
    '200',
  ]);
  // The server set a cookie: it is neither told nor kept.
  expect(endings[6]).toMatchObject({
    headers: expect.not.objectContaining({ 'set-cookie': 'a=b' }),
  });
  expect(requests.map((each) => each.headers)).toEqual([
    {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br',
      connection: 'close',
      host: `one.example:${String(port)}`,
      'user-agent': 'Mozilla/5.0 (compatible; Portcullis)',
    },
    expect.not.objectContaining({ cookie: 'a=b' }),
  ]);
});

test('P09.02 not a byte is sent when the connection led elsewhere', async () => {
  let bytes = 0;
  const server = createServer();
  server.on('connection', (socket) => socket.on('data', (chunk) => (bytes += chunk.length)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen: string[] = [];
  const opening = openConnection(
    {
      url: new URL(`https://site.example:${String(port)}/`),
      addresses: ['127.0.0.1'],
      check: (address) => {
        seen.push(address);
        throw new Error('led elsewhere');
      },
    },
    AbortSignal.timeout(5000),
  );
  await expect(opening).rejects.toThrow('led elsewhere');
  expect(seen).toEqual(['127.0.0.1']);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  expect(bytes).toBe(0);
});
