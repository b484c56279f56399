import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { createSecrets, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import type { Doors } from '../../src/command.ts';
import { findKeychain } from '../../src/secrets/keychain.ts';
import { type CallOptions, Home, call } from '../call.ts';
import { fakeProgram } from '../secrets/programs.ts';

const ALONE = ['onboard', '--non-interactive', '--json'];

async function onboard(home: Home, argv: readonly string[] = [], options: CallOptions = {}) {
  const called = await call([...ALONE, ...argv], { home, ...options });
  return { ...called, said: JSON.parse(called.stdout || called.stderr) };
}

function secretOf(home: Home, path: string, env: Record<string, string> = {}): string | undefined {
  const paths = resolvePaths({ HOME: home.path });
  const config = loadConfig({ env, paths });
  return createSecrets(config, config.env, paths).resolve(path)?.reveal();
}

function state(home: Home, ...names: readonly string[]): string {
  return join(home.path, '.openclaw', ...names);
}

describe('a first setup', () => {
  test('is the hardened baseline with a fresh token that is not in the config', async () => {
    const home = new Home();
    const { code, said } = await onboard(home);
    expect(code).toBe(0);
    const { source } = loadConfig({ env: {}, paths: resolvePaths({ HOME: home.path }) });
    expect(source).toEqual({
      gateway: {
        mode: 'local',
        bind: 'loopback',
        auth: {
          mode: 'token',
          token: { source: 'file', provider: 'kept', id: '/gateway.auth.token' },
        },
      },
      session: { dmScope: 'per-channel-peer' },
      tools: {
        profile: 'messaging',
        deny: ['group:automation', 'group:runtime', 'group:fs', 'sessions_spawn', 'sessions_send'],
        fs: { workspaceOnly: true },
        exec: { security: 'deny', ask: 'always' },
        elevated: { enabled: false },
      },
      secrets: {
        providers: { kept: { source: 'file', path: '~/.openclaw/credentials/secrets.json' } },
      },
    });
    const token = secretOf(home, 'gateway.auth.token') ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(said)).not.toContain(token);
    expect(home.read()).not.toContain(token);
    const other = new Home();
    await onboard(other);
    expect(secretOf(other, 'gateway.auth.token')).not.toBe(token);
  });

  test('has nothing critical, and no warning but one that only opening more would silence', async () => {
    const { said } = await onboard(new Home());
    expect(said).toMatchObject({ ok: true, created: true, opens: [] });
    expect(said.audit.summary).toMatchObject({ critical: 0, warn: 1 });
    const warnings = said.audit.findings.filter(
      (each: { severity: string }) => each.severity === 'warn',
    );
    expect(warnings.map((each: { checkId: string }) => each.checkId)).toEqual([
      'gateway.trusted_proxies_missing',
    ]);
    expect(said.matrix.rows.length).toBeGreaterThan(0);
    expect(said.next[0]).toEqual({ command: 'openclaw gateway run', does: 'start it' });
  });

  test('keeps everything private, in a home that others may enter', async () => {
    const home = new Home();
    mkdirSync(state(home), { mode: 0o755 });
    chmodSync(state(home), 0o755);
    const { said } = await onboard(home);
    expect(said.closed).toEqual([state(home)]);
    for (const folder of ['.', 'credentials', 'workspace']) {
      expect(statSync(state(home, folder)).mode & 0o777).toBe(0o700);
    }
    for (const file of ['openclaw.json', 'credentials/secrets.json']) {
      expect(statSync(state(home, file)).mode & 0o777).toBe(0o600);
    }
  });

  test('once more changes nothing, and says so', async () => {
    const home = new Home();
    await onboard(home);
    const [config, secrets] = [
      home.read(),
      readFileSync(state(home, 'credentials/secrets.json'), 'utf8'),
    ];
    const { code, said } = await onboard(home);
    expect({ code, changed: said.changed, created: said.created }).toEqual({
      code: 0,
      changed: false,
      created: false,
    });
    expect([home.read(), readFileSync(state(home, 'credentials/secrets.json'), 'utf8')]).toEqual([
      config,
      secrets,
    ]);
  });

  test('a rehearsal touches nothing', async () => {
    const home = new Home();
    const { code, said } = await onboard(home, ['--dry-run']);
    expect({ code, changed: said.changed }).toEqual({ code: 0, changed: false });
    expect(readdirSync(home.path)).toEqual([]);
  });

  test('with a token of a variable names the variable, and makes none', async () => {
    const home = new Home();
    await onboard(home, ['--gateway-token-ref-env', 'MY_TOKEN']);
    expect(secretOf(home, 'gateway.auth.token', { MY_TOKEN: 'from-the-environment' })).toBe(
      'from-the-environment',
    );
    expect(existsSync(state(home, 'credentials'))).toBe(false);
  });
});

test('a first setup with a password has no token, and asks for the password', async () => {
  const home = new Home();
  const argv = ['--gateway-auth', 'password'];
  const refused = await onboard(home, argv);
  expect(refused.said.error.code).toBe('gateway.start_refused');
  expect(existsSync(state(home))).toBe(false);
  const stdin = 'a-password-nobody-guesses';
  const { code } = await onboard(home, [...argv, '--gateway-password-stdin'], { stdin });
  expect(code).toBe(0);
  const { source } = loadConfig({ env: {}, paths: resolvePaths({ HOME: home.path }) });
  expect(source['gateway']).toMatchObject({ auth: { mode: 'password' } });
  expect(home.read()).not.toContain('token:');
  expect(secretOf(home, 'gateway.auth.password')).toBe('a-password-nobody-guesses');
});

test('a keychain that works keeps the secrets, and no file does', async () => {
  const home = new Home();
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };
  const program = fakeProgram('secretTool');
  const keychain = findKeychain({ env, platform: 'linux', program: program.path });
  const doors = { findKeychain: async () => keychain };
  const { said } = await onboard(home, ['--accept-risk'], { doors });
  expect(said.secrets).toEqual([
    { path: 'gateway.auth.token', place: 'the Secret Service keychain' },
  ]);
  expect(existsSync(state(home, 'credentials'))).toBe(false);
  const token = secretOf(home, 'gateway.auth.token', env) ?? '';
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(JSON.stringify(program.calls())).not.toContain(token);
  expect(said.audit.summary).toMatchObject({ critical: 0, warn: 1 });
});

describe('answers', () => {
  test('a hosted model with its key', async () => {
    const home = new Home();
    const { code } = await onboard(
      home,
      ['--model', 'anthropic/claude-sonnet-4-5', '--model-key-stdin'],
      { stdin: 'sk-ant-0123456789\n' },
    );
    expect(code).toBe(0);
    expect(secretOf(home, 'models.providers.anthropic.apiKey')).toBe('sk-ant-0123456789');
    expect(home.read()).toContain('model: "anthropic/claude-sonnet-4-5"');
    const listed = await call(['models', 'list', '--json'], { home });
    expect(JSON.parse(listed.stdout).active).toEqual([
      { id: 'anthropic/claude-sonnet-4-5', available: true },
    ]);
  });

  test('a server of this machine that answers is described in the config', async () => {
    const home = new Home();
    const server = {
      kind: 'ollama',
      baseUrl: 'http://127.0.0.1:11434/v1',
      models: ['llama3.2:3b'],
    } as const;
    const doors = { discoverLocalServers: async () => [server] };
    const refused = await onboard(home, ['--model', 'ollama/mistral'], { doors });
    expect(refused.said.error).toMatchObject({ code: 'usage.invalid_value' });
    expect(refused.said.error.message).toContain('llama3.2:3b');
    await onboard(home, ['--model', 'ollama/llama3.2:3b', '--accept-risk'], { doors });
    expect(home.read()).toContain('model: "ollama/llama3.2:3b"');
    expect(home.read()).toContain('baseUrl: "http://127.0.0.1:11434/v1"');
  });

  test('a server of one’s own', async () => {
    const home = new Home();
    const { code } = await onboard(home, [
      '--custom-base-url',
      'https://models.example/v1',
      '--custom-model-id',
      'qwen3',
      '--custom-provider-id',
      'den',
      '--custom-compatibility',
      'openai-responses',
      '--accept-risk',
    ]);
    expect(code).toBe(0);
    const { source } = loadConfig({ env: {}, paths: resolvePaths({ HOME: home.path }) });
    expect(source['models']).toEqual({
      providers: {
        den: {
          baseUrl: 'https://models.example/v1',
          api: 'openai-responses',
          models: [{ id: 'qwen3' }],
        },
      },
    });
  });

  test('Telegram opens a door: it is shown, and needs a yes', async () => {
    const home = new Home();
    const file = join(home.path, 'token');
    writeFileSync(file, '123456:abcdefghij\n', { mode: 0o600 });
    const argv = ['--telegram-token-file', file, '--owner', 'telegram:123456789'];
    const refused = await onboard(home, argv);
    expect(refused.code).toBe(1);
    expect(refused.said.error).toMatchObject({ code: 'usage.confirmation' });
    expect(existsSync(state(home))).toBe(false);
    const { code, said } = await onboard(home, [...argv, '--accept-risk']);
    expect(code).toBe(0);
    expect(said.opens.length).toBeGreaterThan(0);
    expect(said.audit.summary.critical).toBe(0);
    const { source } = loadConfig({ env: {}, paths: resolvePaths({ HOME: home.path }) });
    expect(source).toMatchObject({
      channels: { telegram: { dmPolicy: 'pairing', allowFrom: ['123456789'] } },
      commands: { ownerAllowFrom: ['telegram:123456789'] },
    });
    expect(secretOf(home, 'channels.telegram.botToken')).toBe('123456:abcdefghij');
  });

  test('a gateway that would not start is refused, and nothing is written', async () => {
    const home = new Home();
    const argv = ['--gateway-bind', 'lan', '--accept-risk'];
    const { code, said } = await onboard(home, argv);
    expect(code).toBe(1);
    expect(said.error.code).toBe('gateway.start_refused');
    expect(existsSync(state(home))).toBe(false);
    const other = await onboard(home, [...argv, '--allowed-origins', 'https://gateway.example']);
    expect(other.code).toBe(0);
    expect(other.said.opens.map(({ key }: { key: string }) => key)).toContain('gateway.bind');
  });

  test('what is missing is said, with the way to give it', async () => {
    const home = new Home();
    const { said } = await onboard(home, ['--model', 'anthropic/claude-sonnet-4-5']);
    expect(said.error).toEqual({
      code: 'usage.missing',
      message: 'The key for Anthropic is missing.',
      hint: 'Give it with --model-key-stdin, --model-key-file or --model-key-env.',
    });
    const env = { ANTHROPIC_API_KEY: 'sk-ant-0123456789' };
    expect((await onboard(home, ['--model', 'anthropic/claude-sonnet-4-5'], { env })).code).toBe(0);
  });

  test.each([
    [['--gateway-port', '70000'], 'whole number'],
    [['--owner', '123'], 'changes nothing here'],
    [['--owner', '123', '--telegram-token-env', 'T'], 'telegram:123456789'],
    [['--owner', 'telegram:@ann', '--telegram-token-env', 'T'], 'your number'],
    [
      ['--custom-base-url', 'http://user:pass@host/v1', '--custom-model-id', 'x'],
      'holds no secret',
    ],
    [['--gateway-custom-host', '192.168.1.2'], 'changes nothing here'],
    [['--model-key-env', 'KEY'], 'changes nothing here'],
    [['--model', 'claude'], '<provider>/<model>'],
    [['--model', 'openai/gpt-5', '--auth-choice', 'anthropic-api-key'], '<provider>/<model>'],
    [['--telegram-token-stdin', '--gateway-token-stdin'], 'one secret'],
    [['--channel', 'carrier-pigeon'], 'Known here: telegram'],
  ])('%j is refused before anything is touched', async (argv, part) => {
    const home = new Home();
    const { code, said } = await onboard(home, [...argv, '--accept-risk'], { stdin: 'secret' });
    expect(code).toBe(1);
    expect(`${said.error.message} ${said.error.hint}`).toContain(part);
    expect(existsSync(state(home))).toBe(false);
  });
});

test('setup makes the baseline and the workspace, and is the same the second time', async () => {
  const home = new Home();
  const argv = ['setup', '--json', '--workspace', join(home.path, 'agent')];
  const first = await call(argv, { home });
  expect(first.code).toBe(0);
  expect(statSync(join(home.path, 'agent')).mode & 0o777).toBe(0o700);
  const config = home.read();
  const second = await call(argv, { home });
  expect(JSON.parse(second.stdout)).toMatchObject({ ok: true, created: false, changed: false });
  expect(home.read()).toBe(config);
});

test('with the config of a client, what is changed is on this machine', async () => {
  const home = new Home();
  home.write('{ gateway: { mode: "remote", remote: { url: "ws://127.0.0.1:9", token: "t" } } }');
  const asked: unknown[] = [];
  const doors: Partial<Doors> = {
    openOperator: async (context, options) => {
      asked.push(context.gateway?.here);
      return (await import('../../src/compose/open-operator.ts')).openOperator(context, options);
    },
  };
  const argv = ['configure', '--non-interactive', '--json', '--sandbox', 'all'];
  const { code } = await call(argv, { home, doors });
  expect(code).toBe(0);
  expect(home.read()).toContain('mode: "all"');
  expect(new Set(asked)).toEqual(new Set([true]));
});

test('without a terminal, onboard and configure say how to go on', async () => {
  for (const argv of [['onboard'], ['configure'], ['configure', 'model']]) {
    const home = new Home();
    const { code, stderr } = await call(argv, { home });
    expect(code).toBe(1);
    expect(stderr).toContain('[usage.no_terminal]');
    expect(stderr).toContain('--non-interactive');
    expect(existsSync(state(home))).toBe(false);
  }
});
