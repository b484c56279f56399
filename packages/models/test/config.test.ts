import { PortcullisError, createRegistry, silentLogger } from '@portcullis/core';
import { fakeOpenAI } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import {
  createModels,
  environmentSecrets,
  modelsConfigSchema,
  resolveModels,
} from '../src/config.ts';
import plugin from '../src/index.ts';
import { ask, collect, textOf } from './chat.ts';

const resolve = (config: unknown, env: Record<string, string> = {}) =>
  resolveModels(config, { secrets: environmentSecrets(config, env), log: silentLogger });

const choose = (model: unknown, providers: unknown = {}): unknown => ({
  agents: { defaults: { model } },
  models: { providers },
});

function errorOf(work: () => unknown): PortcullisError {
  try {
    work();
  } catch (error) {
    if (PortcullisError.is(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

const local = {
  baseUrl: 'http://127.0.0.1:9/v1',
  apiKey: '${LOCAL_KEY}',
  api: 'openai-completions',
  models: [{ id: 'small', name: 'Small', contextWindow: 8192, maxTokens: 512 }],
};

const priceOf = (cost: object) => {
  const p = { baseUrl: 'http://127.0.0.1:9/v1', models: [{ id: 'm', cost }] };
  return resolve(choose('p/m', { p }))[0]?.cost;
};

describe('resolveModels', () => {
  test('takes everything a provider entry says', () => {
    const [model] = resolve(choose('local/small', { local }), { LOCAL_KEY: 'k-1' });
    expect(model).toMatchObject({
      id: 'local/small',
      api: 'openai-completions',
      contextWindow: 8192,
      source: {
        provider: 'local',
        model: 'small',
        baseUrl: 'http://127.0.0.1:9/v1',
        maxOutputTokens: 512,
      },
    });
    expect(model?.source.apiKey?.reveal()).toBe('k-1');
    expect(model?.source.apiKey?.origin).toBe('env:LOCAL_KEY');
  });

  test('takes a price only where both sides of it are known', () => {
    expect(priceOf({ input: 3, output: 15, cacheRead: 0.3 })).toEqual({
      input: 3,
      output: 15,
      cacheRead: 0.3,
    });
    expect(priceOf({ input: 0, output: 0 })).toEqual({ input: 0, output: 0 });
    expect(priceOf({ input: 3 })).toBeUndefined();
    expect(priceOf({})).toBeUndefined();
    expect(errorOf(() => priceOf({ input: -1, output: 2 })).code).toBe('model.config');
    expect(resolve(choose('offline/demo'))[0]?.cost).toEqual({ input: 0, output: 0 });
  });

  test('knows the built-in providers', () => {
    const config = choose({
      primary: 'anthropic/claude-x',
      fallbacks: ['openai/gpt-x', 'openrouter/meta/llama-x', 'ollama/llama3.2:3b', 'offline/demo'],
    });
    const env = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o', OPENROUTER_API_KEY: 'r' };
    const rows = resolve(config, env).map(({ id, api, source }) => [
      id,
      api,
      source.baseUrl,
      source.apiKey?.reveal(),
    ]);
    expect(rows).toEqual([
      ['anthropic/claude-x', 'anthropic-messages', 'https://api.anthropic.com/v1', 'a'],
      ['openai/gpt-x', 'openai-completions', 'https://api.openai.com/v1', 'o'],
      ['openrouter/meta/llama-x', 'openai-completions', 'https://openrouter.ai/api/v1', 'r'],
      ['ollama/llama3.2:3b', 'openai-completions', 'http://127.0.0.1:11434/v1', undefined],
      ['offline/demo', 'offline', undefined, undefined],
    ]);
  });

  test('names each model once', () => {
    const config = choose({ primary: 'ollama/a', fallbacks: ['ollama/b', 'ollama/a'] });
    expect(resolve(config).map(({ id }) => id)).toEqual(['ollama/a', 'ollama/b']);
  });

  test('falls back to the offline model where nothing was chosen', () => {
    expect(resolve({}).map(({ id }) => id)).toEqual(['offline/demo']);
  });

  test('the choice of an agent wins over the default', () => {
    const config = choose('ollama/a');
    const options = {
      secrets: environmentSecrets(config, {}),
      log: silentLogger,
      choice: { value: 'ollama/b', path: 'agents.list[0].model' },
    };
    expect(resolveModels(config, options).map(({ id }) => id)).toEqual(['ollama/b']);
  });

  test('mode replace leaves only what is written', () => {
    const config = { agents: { defaults: { model: 'ollama/a' } }, models: { mode: 'replace' } };
    expect(errorOf(() => resolve(config)).code).toBe('model.provider_unknown');
  });

  test('reads keys and headers from references', () => {
    const provider = {
      ...local,
      apiKey: { source: 'env', provider: 'default', id: 'A_KEY' },
      headers: { 'x-team': '${TEAM}' },
    };
    const [model] = resolve(choose('local/small', { local: provider }), { A_KEY: 'k', TEAM: 't' });
    expect(model?.source.apiKey?.reveal()).toBe('k');
    expect(String(model?.source.headers?.['x-team'])).toBe('[secret]');
  });

  test('finds a provider whose id has a dot', () => {
    const [model] = resolve(choose('z.ai/m', { 'z.ai': { ...local, apiKey: 'k' } }));
    expect(model?.source.apiKey?.reveal()).toBe('k');
  });
});

describe('faults', () => {
  test('an unknown provider is answered with the nearest', () => {
    const error = errorOf(() => resolve(choose('antropic/claude-x')));
    expect(error.code).toBe('model.provider_unknown');
    expect(error.hint).toBe('Did you mean "anthropic"? Otherwise add it under models.providers.');
    expect(error.details).toEqual({
      provider: 'antropic',
      path: 'agents.defaults.model',
      nearest: 'anthropic',
    });
  });

  test.each(['constructor/x', '__proto__/x', 'toString/x'])('%s is no provider', (model) => {
    expect(errorOf(() => resolve(choose(model))).code).toBe('model.provider_unknown');
  });

  test('a missing key names the variable and the path', () => {
    const error = errorOf(() => resolve(choose('openai/gpt-x')));
    expect(error.code).toBe('model.key_missing');
    expect(error.hint).toBe('Set OPENAI_API_KEY or models.providers.openai.apiKey.');
  });

  test('a variable that is not set is a missing key, not an empty one', () => {
    const error = errorOf(() => resolve(choose('local/small', { local })));
    expect(error.code).toBe('model.key_missing');
    expect(error.hint).toBe('Set LOCAL_KEY or models.providers.local.apiKey.');
  });

  test('a key in the environment does not follow a baseUrl that points elsewhere', () => {
    const env = { OPENAI_API_KEY: 'o' };
    const elsewhere = { openai: { baseUrl: 'https://proxy.example/v1' } };
    const [model] = resolve(choose('openai/gpt-x', elsewhere), env);
    expect(model?.source.apiKey).toBeUndefined();
    const home = { openai: { baseUrl: 'https://api.openai.com/v1/' } };
    expect(resolve(choose('openai/gpt-x', home), env)[0]?.source.apiKey?.reveal()).toBe('o');
  });

  test.each([
    'gpt-4',
    '',
    '/x',
    'x/',
    7,
    null,
    { primary: 'x' },
    { primary: 'a/b', fallbacks: 'c/d' },
  ])('%j names no model', (model) => {
    const config = { agents: { defaults: { model } } };
    if (model === null) expect(resolve(config)[0]?.id).toBe('offline/demo');
    else expect(errorOf(() => resolve(config)).code).toBe('model.ref_invalid');
  });

  test('a malformed section names the path', () => {
    const error = errorOf(() => resolve(choose('local/x', { local: { baseUrl: 7 } })));
    expect([error.code, error.message]).toEqual([
      'model.config',
      'models.providers.local.baseUrl is not what the models section takes.',
    ]);
  });
});

test('the schema takes a section with keys it does not know', () => {
  expect(
    modelsConfigSchema.safeParse({ mode: 'merge', providers: { local }, bedrock: {} }).success,
  ).toBe(true);
  expect(modelsConfigSchema.safeParse({ providers: { 'a/b': local } }).success).toBe(false);
});

describe('createModels', () => {
  const registry = createRegistry();
  plugin.register(registry);

  test('makes models that answer', async () => {
    const server = await fakeOpenAI();
    const config = choose('local/small', { local: { ...local, baseUrl: server.url, apiKey: 'k' } });
    const [model] = createModels(resolve(config), registry.models);
    expect(textOf(model === undefined ? [] : await collect(model, ask('hi')))).toBe('You said: hi');
    await server.close();
  });

  test('a format that no plugin offers is answered with the nearest', () => {
    const config = choose('local/x', {
      local: { ...local, apiKey: 'k', api: 'openai-completion' },
    });
    const error = errorOf(() => createModels(resolve(config), registry.models));
    expect([error.code, error.hint]).toEqual([
      'model.api_unknown',
      'Did you mean "openai-completions"?',
    ]);
  });

  test('openai-responses says what to use instead', () => {
    const config = choose('local/x', { local: { ...local, apiKey: 'k', api: 'openai-responses' } });
    expect(errorOf(() => createModels(resolve(config), registry.models)).code).toBe(
      'model.api_unsupported',
    );
  });
});
