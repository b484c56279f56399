/**
 * The parts outside the gateway that follow the config in force: who may come in, the models, the
 * packages and the log.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Registered, createRegistry, silentLogger } from '@portcullis/core';
import { type GatewayLog, logSettings, openLog } from '@portcullis/gateway';
import {
  type LiveSecrets,
  type LoadedConfig,
  type StatePaths,
  createSecrets,
  loadConfig,
  resolvePaths,
} from '@portcullis/gateway/config';
import plugin, { ConfiguredModels } from '@portcullis/models';
import { describe, expect, test } from 'vitest';

import { Entrance } from '../../src/compose/entrance.ts';
import { Packages } from '../../src/compose/packages.ts';
import { logRoom, packagesRoom } from '../../src/compose/reload-rooms.ts';
import { Home } from '../call.ts';

const TOKEN = 'gateway-token-of-32-characters-1';
const FRESH = 'gateway-token-of-32-characters-2';

interface Opened {
  readonly paths: StatePaths;
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  readonly load: (config: object) => LoadedConfig;
}

function open(config: object): Opened {
  const home = new Home();
  const env = { HOME: home.path };
  const paths = resolvePaths(env);
  const load = (next: object): LoadedConfig => {
    home.write(JSON.stringify(next));
    return loadConfig({ env, paths });
  };
  const loaded = load(config);
  return { paths, load, config: loaded, secrets: createSecrets(loaded, loaded.env, paths) };
}

const MACHINE = { container: false, tailnetAddress: undefined };
const gateway = (more: object): object => ({ gateway: { mode: 'local', ...more } });
const token = (text: string): object => ({ auth: { mode: 'token', token: text } });

describe('who may come in', () => {
  test('is read anew for another config, and not before it is in force', async () => {
    const { paths, load, config, secrets } = open(gateway(token(TOKEN)));
    const entrance = new Entrance(paths, secrets, MACHINE);
    const before = entrance.policyConfig(config);
    const next = load(gateway(token(FRESH)));
    const { put } = await entrance.prepare({
      before: config,
      config: next,
      secrets: secrets.of(next),
    });
    expect(entrance.policyConfig(config)).toBe(before);
    await put();
    expect(entrance.policyConfig(next)).toMatchObject(gateway(token(FRESH)));
    expect(entrance.policyConfig(next)).toBe(entrance.policyConfig(next));
  });

  test.each([
    [
      'a secret that cannot be had',
      { auth: { mode: 'token', token: { source: 'env', provider: 'default', id: 'NOT_SET' } } },
      'secret.',
    ],
    [
      'what no gateway would start with',
      { bind: 'lan', auth: { mode: 'none' } },
      'gateway.start_refused',
    ],
  ])('stays as it was for %s', async (_what, more, code) => {
    const { paths, load, config, secrets } = open(
      gateway({
        bind: 'lan',
        ...token(TOKEN),
        controlUi: { allowedOrigins: ['https://a.example'] },
      }),
    );
    const entrance = new Entrance(paths, secrets, MACHINE);
    const next = load(gateway({ controlUi: { allowedOrigins: ['https://a.example'] }, ...more }));
    await expect(
      entrance.prepare({ before: config, config: next, secrets: secrets.of(next) }),
    ).rejects.toMatchObject({ code: expect.stringContaining(code) as string });
    expect(entrance.policyConfig(config)).toMatchObject(gateway(token(TOKEN)));
  });

  test('is by a token of its own where the new one is a published placeholder', async () => {
    const { paths, load, config, secrets } = open(gateway(token(TOKEN)));
    const entrance = new Entrance(paths, secrets, MACHINE);
    const next = load(gateway(token('replace-with-long-random-token')));
    const { put } = await entrance.prepare({
      before: config,
      config: next,
      secrets: secrets.of(next),
    });
    await put();
    const own = readFileSync(join(paths.stateDir, 'gateway-token'), 'utf8').trim();
    expect(entrance.policyConfig(next)).toMatchObject(gateway(token(own)));
    expect(secrets.known().map((secret) => secret.reveal())).toContain(own);
  });
});

const provider = (apiKey: unknown, model = 'den/qwen3'): object => ({
  agents: { defaults: { model } },
  models: { providers: { den: { baseUrl: 'http://127.0.0.1:9/v1', apiKey } } },
});
function models({ config, secrets }: Opened): ConfiguredModels {
  const registry = createRegistry();
  plugin.register(registry);
  const door = { fetchFor: () => async () => new Response(null, { status: 404 }) };
  return new ConfiguredModels({ config, secrets, registry, door, log: silentLogger });
}

describe('the models', () => {
  test('are those of another config once it is in force', () => {
    const opened = open(provider('model-key-number-0001'));
    const made = models(opened);
    const first = made.forAgent('main');
    const next = opened.load(provider('model-key-number-0002', 'den/other'));
    const { put } = made.change({ config: next, secrets: opened.secrets.of(next) });
    expect(made.forAgent('main')).toBe(first);
    put();
    expect(made.forAgent('main')).not.toBe(first);
    expect(made.report().active).toEqual(['den/other']);
  });

  test('stay where a key that is configured cannot be had', () => {
    const opened = open(provider('model-key-number-0001'));
    const made = models(opened);
    const missing = provider({ source: 'env', provider: 'default', id: 'NOT_SET_ANYWHERE' });
    const next = opened.load(missing);
    expect(() => made.change({ config: next, secrets: opened.secrets.of(next) })).toThrow(
      expect.objectContaining({ code: 'secret.unresolved' }),
    );
    expect(made.report().active).toEqual(['den/qwen3']);
  });

  test('are none where the config names a server that is gone: it is not used any more', () => {
    const opened = open(provider('model-key-number-0001'));
    const made = models(opened);
    made.forAgent('main');
    const next = opened.load({ agents: { defaults: { model: 'den/qwen3' } } });
    made.change({ config: next, secrets: opened.secrets.of(next) }).put();
    expect(() => made.forAgent('main')).toThrow(
      expect.objectContaining({ code: 'model.provider_unknown' }),
    );
    expect(made.report()).toMatchObject({ active: [], problem: expect.any(String) as string });
  });
});

test('packages that another config asks for are loaded once, and stay', async () => {
  const { paths, load, config, secrets } = open({ tools: { profile: 'minimal' } });
  const packages = new Packages(paths, silentLogger);
  await packages.load(config);
  const registered: Registered = packages.registered;
  expect(registered.tools.has('exec')).toBe(false);
  const room = packagesRoom(packages);
  const next = load({
    tools: { profile: 'coding', exec: { security: 'allowlist', ask: 'always' } },
    channels: { telegram: { dmPolicy: 'pairing' } },
  });
  for (const time of ['first', 'second']) {
    await room.prepare({ before: config, config: next, secrets });
    expect(registered.tools.has('exec'), time).toBe(true);
    expect(registered.channels.has('telegram'), time).toBe(true);
  }
  await room.prepare({ before: next, config, secrets });
  expect(registered.tools.has('exec')).toBe(true);
});

test('the log writes what the level in force lets through', async () => {
  const { paths, load, config, secrets } = open({ logging: { level: 'error' } });
  const path = join(paths.stateDir, 'test.log');
  writeFileSync(path, '', { mode: 0o600 });
  const log: GatewayLog = openLog({ path, settings: logSettings(config), secrets: () => [] });
  const shown: LoadedConfig[] = [];
  const room = logRoom(log, (each) => shown.push(each));
  log.info({}, 'too little');
  const next = load({ logging: { level: 'info' } });
  const { put } = await room.prepare({ before: config, config: next, secrets });
  log.info({}, 'still too little');
  await put();
  log.info({}, 'enough');
  log.close();
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['enough']);
  expect(shown).toEqual([next]);
});
