import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Assistant, startAssistant } from '../src/assistant.ts';
import { tidesPlugin } from '../src/tides.ts';

let stateDir: string;
let model: FakeModelServer;
let assistant: Assistant | undefined;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'portcullis-example-'));
  model = await fakeOpenAI({
    respond: ({ body }) => {
      const messages = body['messages'] as readonly { role: string; content: unknown }[];
      const last = messages.at(-1);
      return last?.role === 'tool'
        ? `High water: ${JSON.stringify(last.content)}`
        : { toolCalls: [{ name: 'tides', input: { harbour: 'Whitby' } }] };
    },
  });
});

afterEach(async () => {
  await assistant?.gateway.stop();
  assistant = undefined;
  await model.close();
  rmSync(stateDir, { recursive: true, force: true });
});

function config(tools: object): object {
  return {
    gateway: { mode: 'local', auth: { mode: 'token', token: 'a-token-of-the-example-0123456789' } },
    agents: { defaults: { model: 'local/scripted' } },
    models: {
      providers: {
        local: {
          baseUrl: model.url,
          api: 'openai-completions',
          models: [{ id: 'scripted', name: 'S' }],
        },
      },
    },
    tools,
  };
}

test('the program asks, its own tool is used, and the same question is asked once', async () => {
  const asked: string[] = [];
  assistant = await startAssistant({
    stateDir,
    plugins: [
      tidesPlugin((harbour) => {
        asked.push(harbour);
        return '04:12 UTC';
      }),
    ],
    config: config({ profile: 'messaging', alsoAllow: ['tides'] }),
  });
  expect(await assistant.ask('q1', 'When is high water?')).toContain('04:12 UTC');
  expect(await assistant.ask('q1', 'When is high water?')).toContain('04:12 UTC');
  expect(asked).toEqual(['Whitby']);
  expect(statSync(join(stateDir, 'openclaw.json')).mode & 0o777).toBe(0o600);
});

test('a tool that the config does not name is not there, whoever brings it', async () => {
  let used = 0;
  const plugin = tidesPlugin(() => String((used += 1)));
  assistant = await startAssistant({
    stateDir,
    plugins: [plugin],
    config: config({ profile: 'messaging' }),
  });
  await assistant.ask('q1', 'When is high water?');
  expect(used).toBe(0);
  const { lines } = await assistant.gateway.call('audit.log', { last: true, limit: 50 });
  expect(JSON.stringify(lines)).toContain('tool.');
});

test('others reach it over the gateway protocol, with the token and not without', async () => {
  assistant = await startAssistant({
    stateDir,
    plugins: [],
    config: config({ profile: 'minimal' }),
  });
  const { url } = assistant.gateway;
  const at = (token: string) =>
    fetch(new URL('/control-ui-config.json', url), {
      headers: { authorization: `Bearer ${token}` },
    });
  expect((await at('wrong')).status).toBe(401);
  expect((await at('a-token-of-the-example-0123456789')).status).toBe(200);
});

test('a config that is not valid is refused, and nothing is written', async () => {
  const bad = startAssistant({ stateDir, plugins: [], config: { gatway: {} } });
  await expect(bad).rejects.toMatchObject({ code: 'config.invalid' });
  expect(() => readFileSync(join(stateDir, 'openclaw.json'))).toThrow(/ENOENT/u);
});
