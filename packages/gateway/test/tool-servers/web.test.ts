import { afterEach, describe, expect, test } from 'vitest';

import { sessionsTable } from '../../src/session/sessions.ts';
import type { Site } from '../brokers/net-world.ts';
import { until } from '../pipeline/harness.ts';
import { type Manner, openMcpSite } from './fake-site.ts';
import { type McpWorld, openMcpWorld } from './world.ts';

let world: McpWorld | undefined;
let site: Site;
const here = async (): Promise<readonly string[]> => ['127.0.0.1'];
const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';

async function open(
  manner: Manner = 'json',
  config: object = {},
  { path = '/mcp', resolve = async () => [] as readonly string[], host = '127.0.0.1' } = {},
): Promise<McpWorld> {
  site = await openMcpSite(manner);
  const url = `http://${host}:${String(site.port)}${path}`;
  const servers = { far: { url, tools: { echo: { effect: 'read' } }, ...config } };
  world = await openMcpWorld({ servers, resolve });
  return world;
}

afterEach(async () => {
  await world?.harness.close();
  world = undefined;
  site.server.closeAllConnections();
  site.server.close();
});

describe('a server over the net', () => {
  test.each<Manner>(['json', 'stream'])('answers as %s', async (manner) => {
    const at = await open(manner);
    expect(site.requests).toEqual([]);
    await at.accept('far');
    expect(await at.call('far__echo', { a: 1 })).toContain('{"a":1}');
    expect(await at.call('far__echo', { a: 2 })).toContain('{"a":2}');
    expect(site.requests.filter(({ method }) => method === 'GET')).toEqual([]);
    await at.harness.close();
    world = undefined;
    expect(site.requests.at(-1)).toMatchObject({ method: 'DELETE' });
  });

  test('is sent the headers of the config with every request, and nobody else is', async () => {
    const at = await open('json', { headers: { Authorization: `Bearer ${TOKEN}` } });
    await at.accept('far');
    await at.call('far__echo');
    expect(site.requests.length).toBeGreaterThan(3);
    for (const { headers } of site.requests) {
      expect(headers['authorization']).toBe(`Bearer ${TOKEN}`);
      expect(headers['cookie']).toBeUndefined();
    }
    expect(JSON.stringify(await at.lines())).not.toContain(TOKEN);
    expect(JSON.stringify(at.harness.model.requests)).not.toContain(TOKEN);
  });

  test('may lead on to its own origin', async () => {
    const at = await open('json', {}, { path: '/here' });
    await at.accept('far');
    expect(await at.call('far__echo', { a: 1 })).toContain('{"a":1}');
  });

  test('may not lead anywhere else, whatever answers there', async () => {
    const at = await open('json', {}, { path: '/away', resolve: here });
    await expect(at.servers.inspect('far')).rejects.toMatchObject({ code: 'net.redirect.body' });
    expect(site.requests.map(({ url }) => url)).toEqual(['/away']);
  });

  test.each([
    ['no credential', {}, []],
    ['a credential', { headers: { 'x-key': TOKEN } }, ['workspace']],
  ])('that takes %s answers in its own name, and labels the session', async (_, config, P) => {
    const at = await open('json', config);
    await at.accept('far');
    await at.call('far__echo');
    const [session] = await at.harness.store.transact((tx) => tx.find(sessionsTable));
    expect(session?.value.flow).toEqual({ u: 3, P });
    const lines = await at.lines();
    const principals = new Set(
      lines.filter(({ broker }) => broker === 'net').map(({ principal }) => principal),
    );
    expect([...principals]).toEqual(['mcp:far']);
  });
});

describe('an address of this machine or of the local network', () => {
  test('is reached where it was written as one', async () => {
    const at = await open('json', {}, { host: 'localhost', resolve: here });
    await at.accept('far');
    expect(await at.names()).toEqual(['far__echo']);
  });

  test.each([['127.0.0.1'], ['10.1.2.3'], ['169.254.169.254']])(
    'is not where a public name leads to %s',
    async (address) => {
      const resolve = async (): Promise<readonly string[]> => [address];
      const at = await open('json', {}, { host: 'mcp.example.com', resolve });
      await expect(at.servers.inspect('far')).rejects.toMatchObject({ code: 'net.dns.private' });
      expect(site.requests).toEqual([]);
    },
  );

  test('never is one of a cloud machine that hands out credentials', async () => {
    const at = await open('json', {}, { host: '169.254.169.254' });
    await expect(at.servers.inspect('far')).rejects.toMatchObject({ code: 'net.dns.private' });
  });

  test('gets no credential in the clear beyond this machine', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const at = await open('json', { headers }, { host: '10.1.2.3' });
    await expect(at.servers.inspect('far')).rejects.toMatchObject({ code: 'net.secret_in_clear' });
  });
});

describe('an answer', () => {
  test('that never comes ends the call in its time', async () => {
    const at = await open('endless', { timeout: 0.4 });
    await at.accept('far');
    expect(await at.call('far__echo')).toMatch(/\[(?:server|net)\.timeout\]/u);
  });

  test('that never ends is cut off', async () => {
    const at = await open('flood', { timeout: 20 });
    await at.accept('far');
    expect(await at.call('far__echo')).toMatch(/\[server\.(?:flood|gone)\]/u);
    expect(at.servers.list()).toMatchObject([{ state: 'failed' }]);
  });

  test.each<Manner>(['packed', 'broken'])('that is %s is none', async (manner) => {
    const at = await open(manner, { timeout: 1 });
    await at.accept('far');
    expect(await at.call('far__echo')).toMatch(/\[(?:net|server|mcp)\.[a-z]+\]/u);
  });
});

test('a server that forgot the session is connected anew', async () => {
  const at = await open('forgetful');
  await at.accept('far');
  const heard = await at.call('far__echo');
  expect(heard).toContain('The server answers with HTTP status 404. [mcp.http]');
  expect(heard).not.toContain('no such session');
  await until(() => at.servers.list()[0]?.state === 'failed', 'the end of the session');
  at.harness.clock.now += 2000;
  expect(await at.call('far__echo', { again: 1 })).toContain('{"again":1}');
});

test('what cannot be spoken to is told apart, and nothing is tried', async () => {
  site = await openMcpSite();
  const url = `http://127.0.0.1:${String(site.port)}/mcp`;
  world = await openMcpWorld({
    servers: {
      both: { url, command: 'node' },
      neither: {},
      old: { url, transport: 'sse' },
      oauth: { url, auth: 'oauth' },
      unchecked: { url, sslVerify: false },
      'bad name': { url },
    },
  });
  const reports = world.servers.list();
  expect(reports.map(({ state }) => state)).toEqual(reports.map(() => 'unusable'));
  for (const { id, problem } of reports) {
    expect(problem).toMatch(/\.$/u);
    await expect(world.servers.inspect(id)).rejects.toMatchObject({ code: 'server.config' });
  }
  expect(site.requests).toEqual([]);
});
