/**
 * `openclaw config` on files of a temporary home.
 *
 * @module
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openOperator } from '../src/compose/open-operator.ts';
import { type CallOptions, type Called, call as callBare, Home } from './call.ts';

/** No gateway runs: the command opens the state of the home itself. */
function call(argv: readonly string[], options: CallOptions = {}): Promise<Called> {
  return callBare(argv, { ...options, doors: { openOperator, ...options.doors } });
}

const CONFIG = `{
  // Keep me.
  gateway: { mode: 'local', port: 19000, auth: { token: 'a-secret-token-of-32-characters!' } },
  channels: { telegram: { botToken: '\${TELEGRAM_BOT_TOKEN}' } },
}
`;

describe('config get', () => {
  test.each([
    ['gateway.port', '19000\n'],
    ['gateway.mode', 'local\n'],
    ['gateway.auth.token', '__OPENCLAW_REDACTED__\n'],
    ['gateway.auth', '{\n  "token": "__OPENCLAW_REDACTED__"\n}\n'],
    ['channels["telegram"].botToken', '${TELEGRAM_BOT_TOKEN}\n'],
  ])('%s', async (path, stdout) => {
    expect(await call(['config', 'get', path], { home: new Home().write(CONFIG) })).toEqual({
      code: 0,
      stdout,
      stderr: '',
    });
  });

  test('never shows a secret, whatever is asked for', async () => {
    for (const argv of [[], ['gateway'], ['--json'], ['gateway.auth.token', '--json']]) {
      const { stdout, stderr } = await call(['config', 'get', ...argv], {
        home: new Home().write(CONFIG),
      });
      expect(stdout + stderr).not.toContain('a-secret-token');
    }
  });

  test('prints the value as one JSON document with --json', async () => {
    const { stdout } = await call(['config', 'get', 'gateway.mode', '--json'], {
      home: new Home().write(CONFIG),
    });
    expect(stdout).toBe('"local"\n');
  });

  test('of a file that is not there is empty', async () => {
    expect(await call(['config', 'get'])).toEqual({ code: 0, stdout: '{}\n', stderr: '' });
  });

  test.each([
    ['gateway.prt', 'gateway.prt is not set. [config.not_set]\n  Did you mean gateway.port?\n'],
    ['gatway.port', 'gatway.port is not set. [config.not_set]\n  Did you mean gateway?\n'],
    [
      'gateway.port.x',
      'gateway.port.x is not set. [config.not_set]\n  Did you mean gateway.port?\n',
    ],
    [
      'constructor',
      'constructor is not set. [config.not_set]\n  Run "openclaw config get" to see what is.\n',
    ],
    [
      'gateway..port',
      'That is not a path into the config. [config.path]\n  Write it like gateway.auth.mode, bindings[0].agentId or channels["x.y"].enabled.\n',
    ],
  ])('%s is not there', async (path, says) => {
    expect(await call(['config', 'get', path], { home: new Home().write(CONFIG) })).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: ${says}`,
    });
  });

  test('says where a file stops being JSON5, and shows nothing of it', async () => {
    const broken = new Home().write('{ gateway: { auth: { token: "a-secret" } }');
    const { code, stdout, stderr } = await call(['config', 'get'], { home: broken });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('[config.syntax]');
    expect(stderr).toContain('the file ends too early at line 1, column 43');
    expect(stderr).not.toContain('a-secret');
  });
});

describe('config set', () => {
  test('keeps comments and layout, and the file private', async () => {
    const home = new Home().write(CONFIG);
    const { code, stdout } = await call(['config', 'set', 'gateway.port', '19001'], { home });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `gateway.port is set in ${home.config}.\n`,
    });
    expect(home.read()).toBe(CONFIG.replace('19000', '19001'));
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['gateway.port', '19001', 19_001],
    ['gateway.bind', 'loopback', 'loopback'],
    ['gateway.controlUi.enabled', 'false', false],
    ['gateway.trustedProxies', '["10.0.0.1"]', ['10.0.0.1']],
    ['session', "{dmScope: 'per-channel-peer'}", { dmScope: 'per-channel-peer' }],
    ['gateway.controlUi.basePath', '"/7"', '/7'],
    ['channels.telegram.groups.-100123', '{}', {}],
  ])('%s %s', async (path, value, stored) => {
    const home = new Home().write('{}');
    expect((await call(['config', 'set', path, value, '--yes'], { home })).stderr).toBe('');
    const { stdout } = await call(['config', 'get', path, '--json'], { home });
    expect(JSON.parse(stdout)).toEqual(stored);
  });

  test.each([
    {
      argv: ['gateway.prot', '1'],
      says: 'Error: OpenClaw config is invalid: gateway.prot: unknown key, did you mean "port"? [config.invalid]\n  Nothing was written. "openclaw config validate" shows every issue of the file as it is.\n',
    },
    { argv: ['gateway.port', 'high'], says: 'gateway.port: must be a whole number, 1 to 65535' },
    { argv: ['gateway.bind', 'lop'], says: 'gateway.bind:' },
    { argv: ['gateway.port', 'x', '--json-value'], says: '[config.syntax]' },
    { argv: ['gateway.mode.x', '1'], says: '[config.path]' },
    { argv: ['gateway.port'], says: '"openclaw config set" needs one value. [usage.missing]' },
    { argv: ['gateway.port', '1', '--stdin'], says: '[usage.missing]' },
  ])('$argv is refused and writes nothing', async ({ argv, says }) => {
    const home = new Home().write(CONFIG);
    const { code, stdout, stderr } = await call(['config', 'set', ...argv], { home });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(says);
    expect(home.read()).toBe(CONFIG);
    expect(readdirSync(join(home.path, '.openclaw'))).toEqual(['openclaw.json']);
  });

  test('lists every issue when there are several', async () => {
    const home = new Home().write('{ gateway: { prot: 1 } }');
    const { stderr } = await call(['config', 'set', 'gateway.bind', 'x'], { home });
    expect(stderr.match(/^ {2}gateway\.\w+: /gm)).toEqual(['  gateway.prot: ', '  gateway.bind: ']);
  });

  test('gives a machine the issues', async () => {
    const home = new Home().write('{}');
    const argv = ['config', 'set', 'gateway.prot', '1', '--json'];
    const { code, stdout } = await call(argv, { home });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: {
        code: 'config.invalid',
        message: 'OpenClaw config is invalid: gateway.prot: unknown key, did you mean "port"?',
        hint: 'Nothing was written. "openclaw config validate" shows every issue of the file as it is.',
        issues: [
          {
            path: 'gateway.prot',
            message: 'unknown key, did you mean "port"?',
            suggestion: 'port',
          },
        ],
      },
    });
  });

  test('mends an invalid file', async () => {
    const home = new Home().write('{ gateway: { port: "high" } }');
    expect((await call(['config', 'set', 'gateway.port', '1'], { home })).code).toBe(0);
    expect(home.read()).toBe('{ gateway: { port: 1 } }');
  });

  test('begins with the config of a first start where there is none', async () => {
    const home = new Home();
    const { code, stderr } = await call(['config', 'set', 'gateway.port', '19001'], { home });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `There was no config; a first one is in ${home.config}.\n`,
    });
    const { stdout } = await call(['config', 'get', '--json'], { home });
    expect(JSON.parse(stdout)).toMatchObject({
      gateway: { mode: 'local', bind: 'loopback', port: 19_001, auth: { mode: 'token' } },
      tools: { exec: { security: 'deny' } },
    });
  });

  test('leaves no file behind when the first key is wrong', async () => {
    const home = new Home();
    expect((await call(['config', 'set', 'gateway.prot', '1'], { home })).code).toBe(1);
    expect(existsSync(home.config)).toBe(false);
  });

  test('takes a secret from standard input, and says so when it came another way', async () => {
    const home = new Home().write('{}');
    const path = 'channels.telegram.botToken';
    const piped = await call(['config', 'set', path, '--stdin', '--yes'], {
      home,
      stdin: '123:abc\n',
    });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toContain(`${path} is set in ${home.config}.\n`);
    expect(piped.stdout).not.toContain('123:abc');
    expect(home.read()).toContain('123:abc');
    const typed = await call(['config', 'set', path, '456:def'], { home });
    expect(typed.stderr).toBe(
      'Warning: The secret is now in the history of this shell. Next time use --stdin.\n',
    );
    expect(typed.stdout).not.toContain('456:def');
    expect((await call(['config', 'set', path, '${TOKEN}'], { home })).stderr).not.toContain(
      'history',
    );
  });

  test('does not turn text from standard input into a number', async () => {
    const home = new Home().write('{}');
    await call(['config', 'set', 'messages.responsePrefix', '--stdin', '--yes'], {
      home,
      stdin: '42',
    });
    expect(home.read()).toMatch(/responsePrefix"?: ['"]42['"]/);
  });
});

describe('config unset', () => {
  test('removes a key and nothing else', async () => {
    const home = new Home().write(CONFIG);
    const { code, stdout } = await call(['config', 'unset', 'gateway.port'], { home });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `gateway.port is removed from ${home.config}.\n`,
    });
    expect(home.read()).toBe(CONFIG.replace(' port: 19000,', ''));
  });

  test('of a key that is not there is an error', async () => {
    const home = new Home().write(CONFIG);
    const { code, stderr } = await call(['config', 'unset', 'gateway.prt'], { home });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: gateway.prt is not set. [config.not_set]\n  Did you mean gateway.port?\n',
    });
  });
});

test('a change no gateway would start with is refused with what to do', async () => {
  const token = 'x'.repeat(32);
  const home = new Home().write(`{ gateway: { mode: 'local', auth: { token: '${token}' } } }`);
  const { code, stderr } = await call(['config', 'set', 'gateway.bind', 'lan', '--yes'], { home });
  expect(code).toBe(1);
  expect(stderr).toContain(
    '[gateway.start_refused]\n  List the addresses the page is opened under',
  );
});

describe('config validate', () => {
  test('passes a valid file', async () => {
    const home = new Home().write(CONFIG);
    const { code, stdout } = await call(['config', 'validate'], {
      home,
      env: { TELEGRAM_BOT_TOKEN: '1:x' },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${home.config} is valid.\n` });
  });

  test('shows every issue and warning, and exits with 1', async () => {
    const home = new Home().write('{ gateway: { prot: 1, bind: "lop" }, tools: { profle: "x" } }');
    const { code, stdout } = await call(['config', 'validate'], { home });
    expect(code).toBe(1);
    expect(stdout.match(/^error +\S+/gm)).toEqual([
      'error    gateway.prot:',
      'error    gateway.bind:',
      'error    tools.profle:',
    ]);
    const json = await call(['config', 'validate', '--json'], { home });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, exists: true, path: home.config });
  });

  test('says of a valid file that no gateway starts with it, and why', async () => {
    const home = new Home().write("{ gateway: { bind: 'lan', auth: { mode: 'none' } } }");
    const { code, stdout } = await call(['config', 'validate'], { home });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error +gateway\.bind: .*without authentication\. Set .*bind_no_auth/);
  });
});

test('config file prints the path, also with OPENCLAW_CONFIG_PATH', async () => {
  const env = { OPENCLAW_CONFIG_PATH: '/etc/openclaw.json' };
  expect((await call(['config', 'file'], { env })).stdout).toBe('/etc/openclaw.json\n');
  expect((await call(['config', 'file', '--json'], { env })).stdout).toBe(
    '{\n  "path": "/etc/openclaw.json"\n}\n',
  );
});
