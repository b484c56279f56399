import { fakeOpenAI } from '@portcullis/testkit';
import { expect, onTestFinished, test } from 'vitest';

import { tryModel } from '../../src/compose/try-model.ts';
import { Home, call } from '../call.ts';
import { resolvePaths } from '@portcullis/gateway/config';

async function tried(config: object) {
  const home = new Home().write(JSON.stringify(config));
  const env = { HOME: home.path };
  const signal = new AbortController().signal;
  return await tryModel({ env, paths: resolvePaths(env), signal });
}

function den(baseUrl: string): object {
  return {
    models: { providers: { den: { baseUrl, apiKey: 'key-0123456789', models: [{ id: 'm' }] } } },
    agents: { defaults: { model: 'den/m' } },
  };
}

test('the first model of the config is asked one fixed sentence', async () => {
  const server = await fakeOpenAI();
  onTestFinished(() => server.close());
  expect(await tried(den(server.url))).toMatchObject({ ok: true, model: 'den/m' });
  expect(server.requests).toHaveLength(1);
  expect(JSON.stringify(server.requests[0])).toContain('Answer with one word');
});

test('what keeps it from answering is said, without the key', async () => {
  const trial = await tried(den('http://127.0.0.1:1/v1'));
  expect(trial).toMatchObject({ ok: false, model: 'den/m', code: 'model.unreachable' });
  expect(JSON.stringify(trial)).not.toContain('key-0123456789');
  expect(await tried({ agents: { defaults: { model: 'nobody/m' } } })).toMatchObject({
    ok: false,
    code: 'model.provider_unknown',
  });
});

test('onboard asks the model where it is told to, and not otherwise', async () => {
  const asked: string[] = [];
  const doors = {
    tryModel: async () => {
      asked.push('model');
      return { ok: true, model: 'den/m', ms: 12 } as const;
    },
  };
  const argv = ['onboard', '--non-interactive', '--json'];
  await call(argv, { doors });
  expect(asked).toEqual([]);
  const { stdout } = await call([...argv, '--test-model'], { doors });
  expect(asked).toEqual(['model']);
  expect(JSON.parse(stdout).trial).toEqual({ ok: true, model: 'den/m', ms: 12 });
});
