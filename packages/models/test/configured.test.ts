import { createRegistry, silentLogger } from '@portcullis/core';
import { expect, test } from 'vitest';

import plugin, { ConfiguredModels, type NamedServer } from '../src/index.ts';

function modelsOf(baseUrl: string, asked: NamedServer[] = []): ConfiguredModels {
  const value = {
    agents: { defaults: { model: 'den/qwen3' } },
    models: { providers: { den: { baseUrl } } },
  };
  const registry = createRegistry();
  plugin.register(registry);
  return new ConfiguredModels({
    config: { value },
    secrets: { resolve: () => undefined },
    registry,
    door: {
      fetchFor: (server) => {
        asked.push(server);
        return async () => new Response(null, { status: 404 });
      },
    },
    log: silentLogger,
  });
}

test.each(['http://192.168.1.5:11434/v1', 'http://gpu.example/v1'])(
  'a server at %s is warned of',
  (baseUrl) => {
    expect(modelsOf(baseUrl).warnings()).toEqual([
      `Conversations and the key go to ${new URL(baseUrl).origin} unencrypted: models.providers.den.baseUrl is http.`,
    ]);
  },
);

test.each([
  'https://models.example/v1',
  'http://127.0.0.1:11434/v1',
  'http://localhost:1234/v1',
  'http://[::1]:1234/v1',
])('a server at %s is not', (baseUrl) => {
  expect(modelsOf(baseUrl).warnings()).toEqual([]);
});

test('a model reaches its server through the door of the gateway alone', async () => {
  const asked: NamedServer[] = [];
  const model = modelsOf('https://models.example/v1', asked).forAgent('main');
  const request = { system: '', messages: [], tools: [] };
  const { signal } = new AbortController();
  const answer = model.stream(request, signal)[Symbol.asyncIterator]();
  const outcome: unknown = await answer.next().catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: 'model.request' });
  expect(asked).toEqual([
    { provider: 'den', model: 'qwen3', baseUrl: 'https://models.example/v1' },
  ]);
});
