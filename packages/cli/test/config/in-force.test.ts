/**
 * The parts outside the gateway that follow the config in force: the models and the packages.
 *
 * @module
 */
import { type Registered, createRegistry, silentLogger } from '@portcullis/core';
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

import { Packages } from '../../src/compose/packages.ts';
import { Home } from '../call.ts';

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
  const { paths, load, config } = open({ tools: { profile: 'minimal' } });
  const packages = new Packages(paths);
  await packages.load(config, silentLogger);
  const registered: Registered = packages.registered;
  expect(registered.tools.has('exec')).toBe(false);
  const next = load({
    tools: { profile: 'coding', exec: { security: 'allowlist', ask: 'always' } },
    channels: { telegram: { dmPolicy: 'pairing' } },
  });
  for (const time of ['first', 'second']) {
    await packages.load(next, silentLogger);
    expect(registered.tools.has('exec'), time).toBe(true);
    expect(registered.channels.has('telegram'), time).toBe(true);
  }
  await packages.load(config, silentLogger);
  expect(registered.tools.has('exec')).toBe(true);
});
