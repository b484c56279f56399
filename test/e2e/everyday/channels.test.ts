/**
 * A channel set up, asked, stopped, started and removed from the command line, while the gateway runs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  type GatewayCommand,
  openclaw,
  openclawJson,
  openclawWithInput,
  runGateway,
} from '../openclaw.ts';
import { type World, createWorld, until } from '../world.ts';

let world: World;
let gateway: GatewayCommand;

beforeAll(async () => {
  // The network is a fake, so the address of its API stands in the config beforehand.
  world = await createWorld(
    () => 'heard',
    (config) => {
      const { telegram } = (config as { channels: { telegram: Record<string, unknown> } }).channels;
      return {
        ...config,
        channels: { telegram: { apiRoot: telegram['apiRoot'], enabled: false } },
      };
    },
  );
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

interface Status {
  readonly channelAccounts: {
    readonly telegram?: readonly {
      readonly healthState: string;
      readonly probe?: { ok: boolean };
    }[];
  };
}

async function stateIs(wanted: string): Promise<void> {
  await until(async () => {
    const { channelAccounts } = await openclawJson<Status>(world.env, 'channels', 'status');
    return channelAccounts.telegram?.[0]?.healthState === wanted;
  }, `the state ${wanted}`);
}

test('a channel lives its whole life from the command line', async () => {
  const { env, telegram } = world;
  const words = ['channels', 'add', 'telegram', '--token-stdin', '--keep', 'file', '--yes'];
  const added = await openclawWithInput(env, `${telegram.token}\n`, ...words);
  expect(added.code).toBe(0);
  expect(added.stdout).toContain('openclaw channels status telegram --probe');
  const config = readFileSync(join(world.folder, 'state', 'openclaw.json'), 'utf8');
  expect(config).not.toContain(telegram.token);

  // Where secrets are read from is a key that only the file may set: the yes counts for both.
  expect(added.stderr).not.toContain('openclaw config accept');
  await stateIs('connected');
  const probed = await openclawJson<Status>(env, 'channels', 'status', '--probe');
  expect(probed.channelAccounts.telegram?.[0]?.probe?.ok).toBe(true);

  expect(await openclaw(env, 'channels', 'stop', 'telegram')).toMatchObject({ code: 0 });
  await stateIs('stopped');
  const ada = telegram.addUser({ id: 4242, firstName: 'Ada' });
  telegram.userSends({ from: ada, text: 'is anybody there?' });
  expect(await openclaw(env, 'channels', 'start', 'telegram')).toMatchObject({ code: 0 });
  await until(() => telegram.sent.length === 1, 'the pairing code for what came meanwhile');

  const message = [
    'message',
    'send',
    '-t',
    'telegram:4242',
    '-m',
    'yes, I am',
    '--idempotency-key',
    'k',
  ];
  expect(await openclawJson(env, ...message)).toMatchObject({ ok: true, status: 'sent' });
  expect(await openclawJson(env, ...message)).toMatchObject({ ok: true, repeated: true });
  expect(telegram.sent.filter(({ text }) => text === 'yes, I am')).toHaveLength(1);

  const logs = await openclawJson<{ lines: readonly unknown[] }>(
    env,
    'channels',
    'logs',
    'telegram',
  );
  expect(JSON.stringify(logs.lines)).toContain('channel: stopped');
  const log = await openclaw(env, 'audit', 'log', '--limit', '50');
  expect(log.stdout).toContain('channel.stopped');

  const removed = await openclaw(env, 'channels', 'remove', 'telegram', '--delete', '--yes');
  expect(removed.code).toBe(0);
  const after = await openclawJson<Status>(env, 'channels', 'status');
  expect(after.channelAccounts).toEqual({});
  const secrets = readFileSync(join(world.folder, 'state', 'credentials', 'secrets.json'), 'utf8');
  expect(JSON.parse(secrets)).toEqual({});
});
