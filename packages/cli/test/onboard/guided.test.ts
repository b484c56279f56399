import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createSecrets, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import type { Doors } from '../../src/command.ts';
import { main } from '../../src/main.ts';
import { Home } from '../call.ts';
import { KEY, Terminal } from './screen.ts';

const MACHINE: Partial<Doors> = {
  discoverLocalServers: async () => [],
  findKeychain: async () => undefined,
  probeSandbox: async () => ({ available: true }),
};

interface Sitting {
  readonly code: Promise<number>;
  readonly terminal: Terminal;
  readonly home: Home;
}

function sit(
  argv: readonly string[],
  home: Home = new Home(),
  doors: Partial<Doors> = {},
): Sitting {
  const terminal = new Terminal();
  const { stdin, stdout } = terminal;
  const code = main(
    argv,
    {
      env: { HOME: home.path, NO_COLOR: '1' },
      stdin,
      stdout,
      stderr: stdout,
      signal: new AbortController().signal,
      version: '9.9.9',
    },
    { ...MACHINE, ...doors },
  );
  return { code, terminal, home };
}

function secretOf(home: Home, path: string): string | undefined {
  const paths = resolvePaths({ HOME: home.path });
  const config = loadConfig({ env: {}, paths });
  return createSecrets(config, config.env, paths).resolve(path)?.reveal();
}

const TOKEN = '123456:AAbbCCddEEffGGhhIIjjKKllMMnnOO';
const KEY_TEXT = 'sk-ant-0123456789abcdefghijklmnop';

/** Anthropic with a key, Telegram with a bot, an owner, and the rest as it is proposed. */
const WHOLE = [
  ['Which model answers?', KEY.up.repeat(4) + KEY.enter],
  ['Which of its models?', KEY.enter],
  ['The key for Anthropic', KEY_TEXT + KEY.enter],
  ['Which chat networks', KEY.space + KEY.enter],
  ['Telegram: the token of the bot', TOKEN + KEY.enter],
  ['Your own account', `telegram:123456789${KEY.enter}`],
  ['Does the agent work in the sandbox?', KEY.enter],
  ['Who can connect to the gateway?', KEY.enter],
  ['Once it is written, ask the model', `n`],
  ['Write this?', `y`],
] as const;

describe('a guided run', () => {
  test('sets up a model, a network and an owner; no secret is ever on the screen', async () => {
    const { code, terminal, home } = sit(['onboard']);
    await terminal.play(WHOLE);
    expect(await code).toBe(0);
    const { source } = loadConfig({ env: {}, paths: resolvePaths({ HOME: home.path }) });
    expect(source).toMatchObject({
      gateway: { bind: 'loopback', auth: { mode: 'token' } },
      agents: { defaults: { model: 'anthropic/claude-sonnet-4-5' } },
      channels: { telegram: { dmPolicy: 'pairing', allowFrom: ['123456789'] } },
      commands: { ownerAllowFrom: ['telegram:123456789'] },
    });
    expect(secretOf(home, 'models.providers.anthropic.apiKey')).toBe(KEY_TEXT);
    expect(secretOf(home, 'channels.telegram.botToken')).toBe(TOKEN);
    const token = secretOf(home, 'gateway.auth.token') ?? 'none';
    for (const secret of [KEY_TEXT, TOKEN, token]) {
      expect(terminal.raw).not.toContain(secret);
      expect(home.read()).not.toContain(secret);
    }
    expect(terminal.screen.text).toContain('0 critical');
  });

  test('shows what a bot opens before it asks for the yes', async () => {
    const { code, terminal } = sit(['onboard']);
    await terminal.play(WHOLE.slice(0, -1));
    await terminal.sees('Write this?', 0);
    const shown = terminal.screen.text;
    expect(shown).toContain('channels.telegram.botToken');
    expect(shown.indexOf('opens')).toBeLessThan(shown.indexOf('Write this?'));
    terminal.type('n');
    expect(await code).toBe(1);
  });
});

describe.each([
  ['Escape', KEY.escape],
  ['Ctrl-C', KEY.interrupt],
])('%s', (_name, key) => {
  test.each(WHOLE.map(([question], at) => ({ question, at })))(
    'at "$question" leaves everything untouched',
    async ({ question, at }) => {
      const { code, terminal, home } = sit(['onboard']);
      await terminal.play([...WHOLE.slice(0, at), [question, key]]);
      expect(await code).toBe(1);
      expect(terminal.screen.text).toContain('usage.cancelled');
      expect(existsSync(join(home.path, '.openclaw'))).toBe(false);
    },
  );
});

test('an answer that cannot be is asked again, and what is typed is not repeated', async () => {
  const { code, terminal } = sit(['configure', 'channels']);
  await terminal.play([
    ['Which chat networks', KEY.space + KEY.enter],
    ['Telegram: the token of the bot', `not-a-token${KEY.enter}`],
    ['does not look like one', KEY.escape],
  ]);
  expect(await code).toBe(1);
  expect(terminal.raw).not.toContain('not-a-token');
});

test('a second run begins with what is set, and Enter all the way changes nothing', async () => {
  const home = new Home();
  const first = sit(['onboard'], home);
  await first.terminal.play(WHOLE);
  await first.code;
  const [config, secrets] = [
    home.read(),
    readFileSync(join(home.path, '.openclaw/credentials/secrets.json'), 'utf8'),
  ];
  const { code, terminal } = sit(['onboard'], home);
  await terminal.play([
    ['Keep anthropic/claude-sonnet-4-5', KEY.enter],
    ['Which chat networks', KEY.enter],
    ['Telegram: the token of the bot:', KEY.enter],
    ['Another owner', KEY.enter],
    ['Does the agent work in the sandbox?', KEY.enter],
    ['Who can connect to the gateway?', KEY.enter],
  ]);
  expect(await code).toBe(0);
  expect(terminal.screen.text).toContain('Everything is as answered already.');
  expect([
    home.read(),
    readFileSync(join(home.path, '.openclaw/credentials/secrets.json'), 'utf8'),
  ]).toEqual([config, secrets]);
});

test('a config wider than the baseline is neither narrowed nor kept unsaid', async () => {
  const wide = `{
    gateway: { mode: "local", auth: { mode: "token", token: "a-token-of-forty-characters-and-no-words" } },
    tools: { profile: "coding", exec: { security: "full", ask: "off" }, elevated: { enabled: true } },
  }`;
  const kept = new Home().write(wide);
  const first = sit(['onboard', '--flow', 'quickstart'], kept);
  await first.terminal.play([
    ['This config is wider', KEY.enter],
    ['Which model answers?', KEY.enter],
    ['Which chat networks', KEY.enter],
    ['Write this?', 'y'],
  ]);
  expect(await first.code).toBe(0);
  expect(first.terminal.screen.text).toContain('tools.exec.security');
  expect(first.terminal.screen.text).toContain('Wider than the baseline, and kept:');
  const narrowed = new Home().write(wide);
  const second = sit(['onboard', '--flow', 'quickstart'], narrowed);
  await second.terminal.play([
    ['This config is wider', KEY.down + KEY.enter],
    ['Which model answers?', KEY.enter],
    ['Which chat networks', KEY.enter],
    ['Write this?', 'y'],
  ]);
  expect(await second.code).toBe(0);
  const paths = resolvePaths({ HOME: narrowed.path });
  expect(loadConfig({ env: {}, paths }).source).toMatchObject({
    tools: {
      // The profile of the baseline has tools that this one has not.
      profile: 'coding',
      deny: expect.arrayContaining(['group:runtime', 'group:fs']),
      exec: { security: 'deny', ask: 'always' },
      elevated: { enabled: false },
    },
  });
});
