/**
 * Changes of the config of a gateway that runs: told before they count, in force without a restart,
 * kept across kill -9, and gone back to.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { openclaw, openclawJson } from './openclaw.ts';
import { type World, createWorld } from './world.ts';

interface Entry {
  readonly id: string;
  readonly state: string;
  readonly how: string;
  readonly why?: string;
  readonly changed: readonly string[];
}

let world: World;

beforeEach(async () => {
  world = await createWorld(() => 'ok');
});
afterEach(() => world.close());

const file = (): string => readFileSync(join(world.folder, 'state', 'openclaw.json'), 'utf8');

async function history(): Promise<readonly Entry[]> {
  return (await openclawJson<{ entries: readonly Entry[] }>(world.env, 'config', 'history'))
    .entries;
}

/** What the gateway goes by. */
async function inForce(): Promise<unknown> {
  const operator = await world.operator();
  try {
    const view = await operator.call<{ runtimeConfig: unknown }>('config.get', {});
    return view.runtimeConfig;
  } finally {
    await operator.close();
  }
}

test('a change is seen, agreed to, in force at once, and gone back to', async () => {
  const gateway = await world.start();
  const before = file();
  const opening = ['config', 'set', 'tools.profile', 'coding'] as const;

  const refused = await openclaw(world.env, ...opening);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/^opens {3}tools\.profile {2}.*\(deny -> allow\)$/mu);
  expect(refused.stderr).toContain('[usage.confirmation]');
  expect(file()).toBe(before);
  expect(await inForce()).toMatchObject({ tools: { profile: 'messaging' } });

  const done = await openclaw(world.env, ...opening, '--yes', '--why', 'it helps with the site');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(await inForce()).toMatchObject({ tools: { profile: 'coding' } });
  expect(statSync(join(world.folder, 'state', 'openclaw.json')).mode & 0o777).toBe(0o600);
  const [latest] = await history();
  expect(latest).toMatchObject({
    state: 'applied',
    why: 'it helps with the site',
    changed: ['tools.profile'],
  });

  const back = await openclaw(world.env, 'config', 'rollback', '1', '--yes');
  expect(back.code).toBe(0);
  expect(file()).toBe(before);
  expect(await inForce()).toMatchObject({ tools: { profile: 'messaging' } });
  expect((await history()).map(({ how }) => how)).toEqual(['rollback', 'set', 'file']);
  gateway?.child.kill('SIGTERM');
  expect(await gateway?.ended).toBe('0');
});

test('what names a program is written here, and counts by the yes that was said here', async () => {
  const gateway = await world.start();
  const operator = await world.operator();
  const { hash } = await operator.call<{ hash: string }>('config.get', {});
  const patch = { raw: '{"mcp":{"servers":{"x":{"command":"node"}}}}', baseHash: hash };
  await expect(operator.call('config.patch', patch)).rejects.toMatchObject({
    details: { code: 'CONFIG_LOCAL_ONLY' },
  });
  await operator.close();

  const argv = ['config', 'set', 'mcp.servers.x', '{ command: "node", enabled: false }'];
  const set = await openclaw(world.env, ...argv, '--yes');
  expect(set.code).toBe(0);
  expect(set.stderr).toBe('');
  expect(file()).toContain('command');

  expect(await inForce()).toHaveProperty('mcp.servers.x.command');
  expect(await history()).toMatchObject([{ how: 'file', state: 'applied' }, { how: 'file' }]);
  gateway?.child.kill('SIGTERM');
  await gateway?.ended;
});

test.each([
  { step: 'config.before-write', state: 'failed', port: 'old' },
  { step: 'config.after-write', state: 'applied', port: 'new' },
])(
  'kill -9 at $step leaves a whole file and a history that tells',
  async ({ step, state, port }) => {
    const gateway = await world.start(step);
    const before = file();
    const killed = await openclaw(world.env, 'config', 'set', 'logging.level', 'debug');
    expect(killed.code).toBe(1);
    expect(await gateway?.ended).toBe('SIGKILL');
    const again = await world.start();
    expect(file() === before).toBe(port === 'old');
    const entries = await history();
    expect(entries.map((entry) => entry.state)).toEqual([state, 'applied']);
    const level = port === 'old' ? undefined : 'debug';
    expect(await inForce()).toMatchObject(level === undefined ? {} : { logging: { level } });
    again?.child.kill('SIGTERM');
    await again?.ended;
  },
);
