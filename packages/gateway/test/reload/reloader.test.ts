import { PortcullisError, silentLogger } from '@portcullis/core';
import { expect, test } from 'vitest';

import {
  type LiveSecrets,
  type LoadedConfig,
  createSecrets,
  parseConfig,
  resolvePaths,
} from '../../src/config/index.ts';
import { type Change, GatewayReloader, type ReloadRoom } from '../../src/reload/reloader.ts';

const env = { HOME: '/nowhere', OPENCLAW_STATE_DIR: '/nowhere/state' };
const paths = resolvePaths(env);
const load = (config: object): LoadedConfig => parseConfig(JSON.stringify(config), { env, paths });

const TOKEN = 'gateway-token-of-32-characters-1';
const BASE = {
  gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN } },
  hooks: { enabled: true, token: 'hook-token-of-32-characters-0001' },
  tools: { profile: 'full' },
};

interface Bench {
  readonly reloader: GatewayReloader;
  readonly secrets: LiveSecrets;
  readonly inForce: () => LoadedConfig;
}

function bench(rooms: readonly ReloadRoom[], config: object = BASE): Bench {
  let current = load(config);
  const secrets = createSecrets(current, current.env, paths);
  const reloader = new GatewayReloader({
    current: () => current,
    use: (next) => {
      current = next;
    },
    secrets,
    rooms,
    log: silentLogger,
    now: () => 0,
    changed: () => undefined,
  });
  return { reloader, secrets, inForce: () => current };
}

const refusal = new PortcullisError('secret.unresolved', 'No such file.');
const refusing = (path: string, keepsSection: boolean): ReloadRoom => ({
  path,
  keepsSection,
  prepare: async () => {
    throw refusal;
  },
});

test('a section that falls back stays whole, with its secrets, and the rest counts', async () => {
  const { reloader, secrets, inForce } = bench([refusing('gateway', true)]);
  const outcome = await reloader.apply(
    load({
      ...BASE,
      gateway: { mode: 'local', auth: { mode: 'none' }, trustedProxies: ['10.0.0.1'] },
      tools: { profile: 'minimal' },
    }),
  );
  expect(outcome).toEqual({
    applied: ['tools.profile'],
    restartNeeded: [],
    failed: [{ path: 'gateway', code: 'secret.unresolved', message: 'No such file.' }],
  });
  expect(inForce().value).toEqual({ ...BASE, tools: { profile: 'minimal' } });
  expect(secrets.resolve('gateway.auth.token')?.reveal()).toBe(TOKEN);
});

test('the other parts are made of what is in force after a section fell back', async () => {
  const seen: Change[] = [];
  const watching: ReloadRoom = {
    path: 'channels',
    prepare: async (change) => {
      seen.push(change);
      return { put: () => undefined };
    },
  };
  const { reloader } = bench([watching, refusing('hooks', true)]);
  await reloader.apply(load({ ...BASE, hooks: { enabled: false }, tools: { profile: 'minimal' } }));
  expect(seen.map(({ config }) => config.value)).toEqual([
    { ...BASE, tools: { profile: 'minimal' } },
  ]);
  expect(seen[0]?.secrets.resolve('hooks.token')?.reveal()).toBe(BASE.hooks.token);
});

test('a part that only holds something keeps it, and its policy counts', async () => {
  const { reloader, inForce } = bench([refusing('channels', false)]);
  const channels = { telegram: { dmPolicy: 'disabled' } };
  const { applied, failed } = await reloader.apply(load({ ...BASE, channels }));
  expect(applied).toEqual(['channels.telegram.dmPolicy']);
  expect(failed).toHaveLength(1);
  expect(inForce().value).toMatchObject({ channels });
});

test('a fault that nobody foresaw is one of its part alone, and tells nothing of itself', async () => {
  const broken: ReloadRoom = {
    path: 'mcp',
    prepare: async () => {
      throw new TypeError(`cannot read ${TOKEN}`);
    },
  };
  const late: ReloadRoom = {
    path: 'cron',
    prepare: async () => ({
      put: async () => {
        throw new Error('too late');
      },
    }),
  };
  const { reloader, inForce } = bench([broken, late]);
  const { failed } = await reloader.apply(load({ ...BASE, tools: { profile: 'minimal' } }));
  expect(failed).toMatchObject([{ path: 'mcp', code: 'config.reload_failed' }]);
  expect(JSON.stringify(failed)).not.toContain(TOKEN);
  expect(inForce().value).toMatchObject({ tools: { profile: 'minimal' } });
});

test('nothing counts before every part is ready, and then all of it at one moment', async () => {
  const order: string[] = [];
  const room = (path: string): ReloadRoom => ({
    path,
    prepare: async () => {
      order.push(`ready ${path} at ${String(inForce().value['meta'] !== undefined)}`);
      return {
        put: () => {
          order.push(`put ${path} at ${String(inForce().value['meta'] !== undefined)}`);
        },
      };
    },
  });
  const { reloader, inForce } = bench([room('channels'), room('mcp')]);
  await reloader.apply(load({ ...BASE, meta: { note: 'new' } }));
  expect(order).toEqual([
    'ready channels at false',
    'ready mcp at false',
    'put channels at true',
    'put mcp at true',
  ]);
});

test('what a gateway that runs could take up only as no valid config is refused whole', async () => {
  const { reloader, inForce } = bench([refusing('hooks', true)]);
  const before = inForce();
  // The old webhooks stay, because the new ones cannot be had: one secret would open both doors.
  const next = load({
    ...BASE,
    gateway: { mode: 'local', auth: { mode: 'token', token: BASE.hooks.token } },
    hooks: { enabled: true, token: 'hook-token-of-32-characters-0002' },
  });
  await expect(reloader.apply(next)).rejects.toMatchObject({ code: 'config.not_in_force' });
  expect(inForce()).toBe(before);
  expect(reloader.state().restartNeeded).toEqual(['gateway.auth.token', 'hooks.token']);
  const { applied } = await reloader.apply(load({ ...BASE, tools: { profile: 'minimal' } }));
  expect(applied).toEqual(['tools.profile']);
});

test('a key of before does not count as a literal where its variable is not there', async () => {
  const { reloader, secrets } = bench([refusing('gateway', true)], {
    ...BASE,
    gateway: { mode: 'local', auth: { mode: 'token', token: '${NOT_SET_ANYWHERE}' } },
  });
  await reloader.apply(load(BASE));
  expect(secrets.resolve('gateway.auth.token')).toBeUndefined();
});
