import { afterEach, describe, expect, test } from 'vitest';

import { type NetWorld, type Site, codeOf, openNetWorld, openSite, text } from './net-world.ts';

let world: NetWorld;
const sites: Site[] = [];

afterEach(async () => {
  await world.harness.close();
  for (const { server } of sites.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function site(...listener: Parameters<typeof openSite>): Promise<Site> {
  const opened = await openSite(...listener);
  sites.push(opened);
  return opened;
}

describe('P09.01 addresses that are not public', () => {
  const REFUSED: readonly (readonly [url: string, code: string])[] = [
    ['http://127.0.0.1/', 'net.ip.loopback'],
    ['http://localhost/', 'net.host.blocked'],
    ['http://localhost./', 'net.host.blocked'],
    ['http://0.0.0.0/', 'net.ip.unspecified'],
    ['http://0/', 'net.ip.unspecified'],
    ['http://127.1/', 'net.ip.loopback'],
    ['http://2130706433/', 'net.ip.loopback'],
    ['http://0x7f.1/', 'net.ip.loopback'],
    ['http://0177.0.0.1/', 'net.ip.loopback'],
    ['http://[::]/', 'net.ip.unspecified'],
    ['http://[::1]/', 'net.ip.loopback'],
    ['http://[::ffff:127.0.0.1]/', 'net.ip.loopback'],
    ['http://[0:0:0:0:0:ffff:7f00:1]/', 'net.ip.loopback'],
    ['http://[64:ff9b::7f00:1]/', 'net.ip.loopback'],
    ['http://[2002:7f00:1::]/', 'net.ip.loopback'],
    ['http://[fe80::5efe:7f00:1]/', 'net.ip.link_local'],
    ['http://[ff02::1]/', 'net.ip.multicast'],
    ['http://169.254.169.254/', 'net.ip.metadata'],
    ['http://100.64.1.1/', 'net.ip.cgnat'],
    ['http://192.0.0.8/', 'net.ip.reserved'],
    ['http://198.18.0.1/', 'net.ip.benchmark'],
    ['http://224.0.0.1/', 'net.ip.multicast'],
    ['http://240.0.0.1/', 'net.ip.reserved'],
    ['http://metadata.google.internal/', 'net.host.blocked'],
  ];

  test('are refused before anything is looked up or connected', async () => {
    world = await openNetWorld({ fetch: {} });
    const endings = await world.fetchAll(REFUSED.map(([url]) => ({ url })));
    expect(REFUSED.map(([url], index) => [url, codeOf(endings[index])])).toEqual(REFUSED);
    expect(world.lookups).toEqual([]);
  });

  test('are refused behind a name, with a line of its own in the log', async () => {
    world = await openNetWorld({
      fetch: {},
      names: {
        'ten.nip.example': ['10.0.0.1'],
        'mixed.example': ['93.184.216.34', '127.0.0.1'],
        'six.example': ['2606:4700::1111', 'fd00::1'],
        'cloud.example': ['169.254.169.254'],
      },
    });
    const hosts = ['ten.nip.example', 'mixed.example', 'six.example', 'cloud.example'];
    const endings = await world.fetchAll(hosts.map((host) => ({ url: `http://${host}/` })));
    expect(endings.map(codeOf)).toEqual([
      'net.dns.private',
      'net.dns.private',
      'net.dns.private',
      'net.dns.private',
    ]);
    const lines = (await world.lines()).filter(({ host }) => host === 'ten.nip.example');
    expect(lines.map(({ action, effect, code }) => [action, effect, code])).toEqual([
      ['fetch', 'allow', 'effect.fetch'],
      ['connect', 'deny', 'net.dns.private'],
    ]);
  });

  test('stay refused when the private network is open and they are not of it', async () => {
    world = await openNetWorld({ names: { 'cloud.example': ['169.254.169.254'] } });
    const urls = ['http://169.254.169.254/', 'http://cloud.example/', 'http://0.0.0.0/'];
    const endings = await world.fetchAll(urls.map((url) => ({ url })));
    expect(endings.map(codeOf)).toEqual([
      'net.ip.metadata',
      'net.dns.private',
      'net.ip.unspecified',
    ]);
  });
});

describe('P09.02 a name that changes its answer', () => {
  test('is looked up once, and the connection goes where that answer led', async () => {
    const server = await site((_request, response) => response.end('here'));
    world = await openNetWorld({
      names: { 'flip.example': [['127.0.0.1'], ['127.0.0.2']] },
    });
    const ending = await world.fetch({ url: `http://flip.example:${String(server.port)}/` });
    expect(text(ending)).toBe('here');
    expect(world.lookups).toEqual(['flip.example']);
    expect(server.requests[0]?.headers['host']).toBe(`flip.example:${String(server.port)}`);
  });

  test('is refused as soon as one look-up leads to a private address', async () => {
    world = await openNetWorld({
      fetch: {},
      names: { 'flip.example': [['127.0.0.1'], ['93.184.216.34']] },
    });
    const ending = await world.fetch({ url: 'http://flip.example/' });
    expect(codeOf(ending)).toBe('net.dns.private');
    expect(world.lookups).toEqual(['flip.example']);
  });

  test('tries every checked address until one answers', async () => {
    const server = await site((_request, response) => response.end('second'));
    world = await openNetWorld({ names: { 'two.example': ['127.0.0.77', '127.0.0.1'] } });
    const ending = await world.fetch({ url: `http://two.example:${String(server.port)}/` });
    expect(text(ending)).toBe('second');
  });

  test('that leads nowhere is an error', async () => {
    world = await openNetWorld({ fetch: {} });
    expect(codeOf(await world.fetch({ url: 'http://nowhere.example/' }))).toBe('net.dns');
  });
});

describe('P09.05 URLs that pretend', () => {
  test('are judged by the host a parser sees, label by label', async () => {
    world = await openNetWorld({
      fetch: { ssrfPolicy: { hostnameAllowlist: ['api.allowed.com', '*.wild.com'] } },
    });
    const cases: readonly (readonly [string, string])[] = [
      ['http://user@127.0.0.1@evil/', 'net.userinfo'],
      ['http://@api.allowed.com/', 'net.userinfo'],
      ['http://evil.example#@api.allowed.com', 'net.host.not_allowlisted'],
      ['https://api.allowed.com.evil.com/', 'net.host.not_allowlisted'],
      ['https://api.allowed.comevil/', 'net.host.not_allowlisted'],
      ['https://wild.com/', 'net.host.not_allowlisted'],
      ['https://аpi.allowed.com/', 'net.host.not_allowlisted'],
      ['file:///etc/passwd', 'net.scheme'],
      ['gopher://api.allowed.com/', 'net.scheme'],
      ['http://api.allowed.com:25/', 'net.port.blocked'],
      ['not a url', 'net.url.invalid'],
      // These get as far as the resolver, which knows nobody.
      ['https://API.allowed.com./', 'net.dns'],
      ['https://a.wild.com/', 'net.dns'],
    ];
    const endings = await world.fetchAll(cases.map(([url]) => ({ url })));
    expect(cases.map(([url], index) => [url, codeOf(endings[index])])).toEqual(cases);
    expect(world.lookups).toEqual(['api.allowed.com.', 'a.wild.com']);
  });
});

describe('what may leave the session', () => {
  test('what a page said taints the session, so that it cannot be carried to a server', async () => {
    const server = await site((_request, response) => response.end('text from outside'));
    world = await openNetWorld({ names: { 'site.example': ['127.0.0.1'] } });
    const url = `http://site.example:${String(server.port)}/`;
    expect(codeOf(await world.fetch({ url, method: 'POST', body: 'a' }))).toBe('200');
    const asks = world.fetchAll([{ url, method: 'POST', body: 'b' }]);
    const { approvals } = world.harness.gateway.services;
    await expect.poll(async () => (await approvals.pending()).length).toBe(1);
    const [item] = await approvals.pending();
    expect(item).toMatchObject({ effect: 'net fetch', code: 'flow.web.write' });
    expect(JSON.parse(item?.subject ?? '')).toEqual({
      method: 'POST',
      url,
      headers: {},
      body: {
        text: 'b',
        bytes: 1,
        sha256: '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d',
      },
    });
    // Nobody was looked up for it: names are asked last.
    expect(world.lookups).toEqual(['site.example']);
    await approvals.resolve(
      { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] },
      item?.id ?? '',
      'allow-once',
    );
    expect((await asks).map(codeOf)).toEqual(['200']);
    expect(server.requests.map(({ body }) => body)).toEqual(['a', 'b']);
  });

  test('the log names a URL by its host and hash, never by its text', async () => {
    const server = await site((_request, response) => response.end('ok'));
    world = await openNetWorld({ names: { 'site.example': ['127.0.0.1'] } });
    await world.fetch({ url: `http://site.example:${String(server.port)}/private?q=canary` });
    const lines = await world.lines();
    expect(lines.map(({ action, code }) => [action, code])).toEqual([
      ['fetch', 'effect.fetch'],
      ['connect', 'effect.connect'],
      ['connect', 'effect.done'],
      ['fetch', 'effect.done'],
    ]);
    expect(lines[0]).toMatchObject({ host: 'site.example', method: 'GET', hop: 0 });
    expect(lines[3]).toMatchObject({ status: 200, bytes: 2, cut: false });
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});
