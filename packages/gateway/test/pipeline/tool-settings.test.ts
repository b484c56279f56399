import {
  Secret,
  type Tool,
  type ToolSettings,
  type ToolSettingsDeclaration,
} from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

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
  harness = await openHarness({ config: CONFIG, tools: [tool] });
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
