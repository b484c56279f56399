import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { type HookWorld, TOKEN, openHooks } from '../hooks/world.ts';
import { FakeServer, type McpWorld, openMcpWorld } from '../tool-servers/world.ts';

const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

const FRESH = 'hook-token-of-32-characters-0002';
async function openWebhooks(): Promise<HookWorld> {
  const world = await openHooks();
  ended.push(() => world.close());
  return world;
}
const inForce = (world: HookWorld): { readonly hooks: object } =>
  world.harness.gateway.services.config().value as unknown as { readonly hooks: object };
const status = async (world: HookWorld, token: string): Promise<number> =>
  (await world.post('/hooks/wake', { text: 'hi' }, { authorization: `Bearer ${token}` })).status;

describe('webhooks', () => {
  test('P23.02: are called with the new token at once, and with the old one no more', async () => {
    const world = await openWebhooks();
    expect(await status(world, TOKEN)).toBe(200);
    const { hooks } = inForce(world);
    await world.harness.reload({ ...inForce(world), hooks: { ...hooks, token: FRESH } });
    expect(await status(world, TOKEN)).toBe(401);
    expect(await status(world, FRESH)).toBe(200);
  });

  test('that are new are there at once, and those that are gone are not', async () => {
    const world = await openWebhooks();
    expect((await world.github('{}')).status).toBe(200);
    const { hooks } = inForce(world);
    await world.harness.reload({ ...inForce(world), hooks: { ...hooks, mappings: [] } });
    expect((await world.github('{}')).status).toBe(401);
  });

  test('stay as they were where their new secret cannot be had', async () => {
    const world = await openWebhooks();
    const { token: _token, ...hooks } = inForce(world).hooks as { readonly token: string };
    const { failed } = await world.harness.reload({
      ...inForce(world),
      hooks: { ...hooks, tokenFile: join(world.harness.folder, 'nowhere') },
    });
    expect(failed).toMatchObject([{ path: 'hooks', code: 'secret.unresolved' }]);
    expect(await status(world, TOKEN)).toBe(200);
  });
});

/** So that nobody is asked about a call. */
const MAPPED = { tools: { echo: { effect: 'read' } } };

async function openServers(servers: Readonly<Record<string, FakeServer>>): Promise<McpWorld> {
  const world = await openMcpWorld({
    servers: Object.fromEntries(
      Object.entries(servers).map(([id, server]) => [id, server.config(MAPPED)]),
    ),
  });
  ended.push(() => world.harness.close());
  for (const server of Object.values(servers)) ended.push(() => server.remove());
  return world;
}
const starts = ({ log }: FakeServer): number => log.filter((line) => line === 'start').length;

describe('servers of tools', () => {
  test('that did not change keep their connection; one that did is connected anew', async () => {
    const [left, right] = [new FakeServer([{ name: 'echo' }]), new FakeServer([{ name: 'echo' }])];
    const world = await openServers({ left, right });
    for (const id of ['left', 'right']) await world.accept(id);
    await world.call('left__echo');
    await world.call('right__echo');
    const before = [starts(left), starts(right)];
    expect(before).toEqual([1, 1]);
    const config = world.harness.gateway.services.config().value;
    await world.harness.reload({
      ...config,
      mcp: {
        servers: {
          left: left.config(MAPPED),
          right: right.config({ ...MAPPED, env: { KEY: 'another-key-1' } }),
        },
      },
    });
    expect(await world.call('left__echo', { a: 1 })).toContain('{"a":1}');
    expect(await world.call('right__echo', { b: 2 })).toContain('{"b":2}');
    expect([starts(left), starts(right)]).toEqual([1, 2]);
  });

  test('that are switched off are let go of, and their tools are not offered any more', async () => {
    const server = new FakeServer([{ name: 'echo' }]);
    const world = await openServers({ files: server });
    await world.accept('files');
    expect(await world.names()).toContain('files__echo');
    const config = world.harness.gateway.services.config().value;
    const off = { mcp: { servers: { files: server.config({ ...MAPPED, enabled: false }) } } };
    await world.harness.reload({ ...config, ...off });
    expect(await world.names()).not.toContain('files__echo');
    expect(world.servers.list()).toEqual([]);
    await world.harness.reload(config);
    expect(await world.names()).toContain('files__echo');
  });

  test('with another command offer nothing before that is accepted', async () => {
    const server = new FakeServer([{ name: 'echo' }]);
    const world = await openServers({ files: server });
    await world.accept('files');
    const config = world.harness.gateway.services.config().value;
    const other = { mcp: { servers: { files: server.config(MAPPED, 'other') } } };
    await world.harness.reload({ ...config, ...other });
    expect(await world.names()).not.toContain('files__echo');
  });

  test('go on as they were where a secret of theirs cannot be had, until it can', async () => {
    const server = new FakeServer([{ name: 'echo' }]);
    const world = await openServers({ files: server });
    await world.accept('files');
    const config = world.harness.gateway.services.config().value;
    const file = join(world.harness.folder, 'key');
    const secrets = { providers: { kept: { source: 'file', path: file, mode: 'singleValue' } } };
    const env = { KEY: { source: 'file', provider: 'kept', id: 'value' } };
    const next = {
      ...config,
      secrets,
      mcp: { servers: { files: server.config({ ...MAPPED, env }) } },
    };
    const { failed } = await world.harness.reload(next);
    expect(failed).toMatchObject([{ path: 'mcp.servers.files', code: 'secret.unresolved' }]);
    expect(await world.call('files__echo', { a: 1 })).toContain('{"a":1}');
    writeFileSync(file, 'a-key-of-some-length\n', { mode: 0o600 });
    expect((await world.harness.gateway.services.edits.reloadSecrets()).failed).toEqual([]);
    await world.accept('files');
    expect(await world.call('files__echo', { b: 2 })).toContain('{"b":2}');
    expect(starts(server)).toBe(2);
  });
});
