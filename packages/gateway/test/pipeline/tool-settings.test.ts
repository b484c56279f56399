import {
  Secret,
  type Tool,
  type ToolSettings,
  type ToolSettingsDeclaration,
} from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, direct, openHarness, until } from './harness.ts';

const CONFIG = {
  gateway: { mode: 'local', auth: { token: 'canary-gateway-token-0000000000' } },
  tools: {
    profile: 'full',
    web: {
      search: { provider: 'brave', apiKey: 'canary-key', more: { token: 'canary-two', depth: 3 } },
    },
  },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

/** Runs a tool with this declaration once and gives what the model heard of it. */
async function call(
  settings: ToolSettingsDeclaration | undefined,
  look: (own: ToolSettings | undefined) => unknown,
  config: object = CONFIG,
): Promise<string | undefined> {
  const tool: Tool = {
    name: 'look',
    description: 'Looks at its settings.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: [],
    ...(settings === undefined ? {} : { settings }),
    run: async (_input, context) => ({ text: JSON.stringify(look(context.settings)) ?? 'none' }),
  };
  harness = await openHarness({ config, tools: [tool] });
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'call-1', name: 'look', input: {} };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  await harness.network.deliver(direct('42', 'look'));
  await until(() => harness.network.sent.length === 1, 'an answer');
  return harness.model.heard[1];
}

const DECLARED = { path: 'tools.web.search', secrets: { apiKey: 'BRAVE_API_KEY' } };

test('a tool sees the part of the config it declared, without what is secret in it', async () => {
  const heard = await call(DECLARED, (own) => [
    own?.get('provider'),
    own?.get('apiKey') ?? null,
    own?.get('more'),
    own?.get('absent') ?? null,
  ]);
  expect(heard).toBe('["brave",null,{"depth":3},null]');
});

test('a declared secret is a Secret, and prints as one', async () => {
  const heard = await call(DECLARED, (own) => {
    const secret = own?.secret('apiKey');
    return [secret instanceof Secret, secret, secret?.reveal().length];
  });
  expect(heard).toBe('[true,"[secret]",10]');
});

test('a secret that was not declared is refused', async () => {
  const heard = await call(DECLARED, (own) => own?.secret('more.token'));
  expect(heard).toContain('[tool.secret_undeclared]');
});

test.each(['gateway.auth', 'channels.telegram', 'models.providers', 'tools'])(
  'a tool that declares %s as its own is refused',
  async (path) => {
    const heard = await call({ path, secrets: { token: undefined } }, () => 'ran');
    expect(heard).toContain('[tool.settings_path]');
  },
);

test('a tool that declares nothing is given nothing', async () => {
  expect(await call(undefined, (own) => own === undefined)).toBe('true');
});

describe('settings of one agent', () => {
  const search = { provider: 'brave', apiKey: 'canary-key', maxResults: 5, deep: false };
  const withOwn = (own: object): object => ({
    ...CONFIG,
    tools: { profile: 'full', web: { search } },
    agents: { entries: { main: { tools: { web: { search: own } } } } },
  });

  test('stand in for those of everybody, and bounds and switches only narrow', async () => {
    const own = { provider: 'searxng', baseUrl: 'https://s.example', maxResults: 9, deep: true };
    const heard = await call(
      DECLARED,
      (at) => ['provider', 'baseUrl', 'maxResults', 'deep'].map((key) => at?.get(key)),
      withOwn(own),
    );
    expect(heard).toBe('["searxng","https://s.example",5,false]');
  });

  test('narrow a bound', async () => {
    const heard = await call(DECLARED, (at) => at?.get('maxResults'), withOwn({ maxResults: 2 }));
    expect(heard).toBe('2');
  });

  test('bring a key of their own', async () => {
    const config = withOwn({ apiKey: 'canary-own-key-of-the-agent' });
    const heard = await call(DECLARED, (at) => at?.secret('apiKey')?.origin, config);
    expect(heard).toBe('"agents.entries.main.tools.web.search.apiKey"');
  });
});

test.each([
  ['tools', { tools: { profile: 'full', web: { fetch: { enabled: false } } } }],
  [
    'agents.entries.main.tools',
    { agents: { entries: { main: { tools: { web: { fetch: { enabled: false } } } } } } },
  ],
])(
  'a tool that %s switches off is not offered, and refused when it is called',
  async (at, more) => {
    const tool: Tool = {
      name: 'web_fetch',
      description: 'Fetches.',
      input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
      inputSchema: { type: 'object' },
      effects: ['net'],
      run: async () => ({ text: 'ran' }),
    };
    const config = { ...CONFIG, tools: { profile: 'full' }, ...more };
    harness = await openHarness({ config, tools: [tool] });
    harness.model.script.push(async function* () {
      yield { type: 'tool-call', id: 'call-1', name: 'web_fetch', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await harness.network.deliver(direct('42', 'look'));
    await until(() => harness.network.sent.length === 1, 'an answer');
    expect(harness.model.requests[0]?.tools).toEqual([]);
    expect(harness.model.heard[1]).toContain('tool.switched_off');
    const lines = await harness.gateway.services.audit.log({ limit: 100 });
    expect(lines.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({ code: 'tool.switched_off', path: `${at}.web.fetch.enabled` }),
    );
  },
);
