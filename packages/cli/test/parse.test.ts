/**
 * How a call is understood, and what is said when it is not.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { openOperator } from '../src/compose/open-operator.ts';
import { call, FakeOperator, Home } from './call.ts';

describe('a call that is not understood', () => {
  test.each([
    {
      argv: ['confg'],
      says: 'Error: There is no command "confg". [usage.unknown_command]\n  Did you mean "config"? Run "openclaw help" to see how it is used.\n',
    },
    {
      argv: ['pairing', 'aprove', 'telegram'],
      says: 'Error: There is no command "pairing aprove". [usage.unknown_command]\n  Did you mean "approve"? Run "openclaw help pairing" to see how it is used.\n',
    },
    {
      argv: ['frobnicate'],
      says: 'Error: There is no command "frobnicate". [usage.unknown_command]\n  Run "openclaw help" to see how it is used.\n',
    },
    {
      argv: ['pairing'],
      says: 'Error: "openclaw pairing" needs one more word. [usage.incomplete]\n  One of: list, approve, reject, revoke. Run "openclaw help pairing" to see how it is used.\n',
    },
    {
      argv: ['status', '--jsn'],
      says: 'Error: "openclaw status" has no option "--jsn". [usage.unknown_option]\n  Did you mean "--json"? Run "openclaw help status" to see how it is used.\n',
    },
    {
      argv: ['pairing', 'revoke', 'telegram'],
      says: 'Error: "openclaw pairing revoke" needs <sender>: The id of the sender. [usage.missing]\n  Run "openclaw help pairing revoke" to see how it is used.\n',
    },
    {
      argv: ['agent'],
      says: 'Error: "openclaw agent" needs --message: What to say; - reads it from standard input. [usage.missing]\n  Run "openclaw help agent" to see how it is used.\n',
    },
    {
      argv: ['agent', '--message'],
      says: 'Error: --message must be followed by TEXT. [usage.invalid_value]\n  Run "openclaw help agent" to see how it is used.\n',
    },
    {
      argv: ['config', 'file', 'one', 'two'],
      says: 'Error: "openclaw config file" does not know what to do with "one". [usage.too_many]\n  Quote values that contain spaces. Run "openclaw help config file" to see how it is used.\n',
    },
    {
      argv: ['gateway', 'rnu'],
      says: 'Error: There is no command "gateway rnu". [usage.unknown_command]\n  Did you mean "run"? Run "openclaw help gateway" to see how it is used.\n',
    },
    {
      argv: ['gateway', '--port', '65536'],
      says: 'Error: --port must be a whole number from 0 to 65535. [usage.invalid_value]\n  Run "openclaw help gateway" to see how it is used.\n',
    },
    {
      argv: ['sessions', 'list', '--limit', '0x10'],
      says: 'Error: --limit must be a whole number from 1 to 1000. [usage.invalid_value]\n  Run "openclaw help sessions list" to see how it is used.\n',
    },
    {
      argv: ['audit', 'log', '--after', '-1'],
      says: 'Error: --after must be a whole number of 0 or more. [usage.invalid_value]\n  Run "openclaw help audit log" to see how it is used.\n',
    },
    {
      argv: ['outbox', 'list', '--state', 'snt'],
      says: 'Error: --state must be one of: pending, sending, sent, unknown, failed. [usage.invalid_value]\n  Did you mean "sent"? Run "openclaw help outbox list" to see how it is used.\n',
    },
    {
      argv: ['gateway', '--verbose=yes'],
      says: 'Error: --verbose takes no value. [usage.invalid_value]\n  Run "openclaw help gateway" to see how it is used.\n',
    },
    {
      argv: ['--profile', '../x', 'config', 'file'],
      says: 'Error: That profile name cannot be used. [config.profile]\n  Use 1 to 64 lower-case letters, digits, "-" or "_", starting with a letter or digit.\n',
    },
  ])('$argv', async ({ argv, says }) => {
    expect(await call(argv)).toEqual({ code: 1, stdout: '', stderr: says });
  });

  test('a program is told in the document it waits for', async () => {
    expect(await call(['agent', '--message', '--json'])).toEqual({
      code: 1,
      stdout:
        '{"ok":false,"error":{"code":"usage.invalid_value","message":"--message must be followed by TEXT.","hint":"Run \\"openclaw help agent\\" to see how it is used."}}\n',
      stderr: '',
    });
  });

  test('a word with a prototype name is a word like any other', async () => {
    for (const word of ['__proto__', 'constructor', 'toString']) {
      const { code, stderr } = await call([word]);
      expect(code).toBe(1);
      expect(stderr).toContain('[usage.unknown_command]');
    }
    const { stderr } = await call(['status', '--constructor']);
    expect(stderr).toContain('has no option "--constructor"');
  });
});

const fileOf = async (argv: readonly string[], env = {}): Promise<string> => {
  const home = new Home();
  const { stdout } = await call(argv, { home, env });
  return stdout.trimEnd().slice(home.path.length);
};

describe('a call that is understood', () => {
  test('options of every command stand before or after its name', async () => {
    expect(await fileOf(['config', 'file'])).toBe('/.openclaw/openclaw.json');
    expect(await fileOf(['--profile', 'work', 'config', 'file'])).toBe(
      '/.openclaw-work/openclaw.json',
    );
    expect(await fileOf(['config', 'file', '--profile=work'])).toBe(
      '/.openclaw-work/openclaw.json',
    );
    expect(await fileOf(['--no-color', 'config', 'file'])).toBe('/.openclaw/openclaw.json');
  });

  test('OPENCLAW_PROFILE does as --profile does', async () => {
    expect(await fileOf(['config', 'file'], { OPENCLAW_PROFILE: 'work' })).toBe(
      '/.openclaw-work/openclaw.json',
    );
  });

  test('a value that begins with a dash and a digit is a value', async () => {
    const operator = new FakeOperator({
      'channels.pairing.list': {
        requests: [],
        allowed: [{ channel: 'telegram', accountId: 'default', senderId: '-42' }],
      },
      'channels.pairing.revoke': { senderId: '-42', code: 'pairing.revoked' },
    });
    const result = await call(['pairing', 'revoke', 'telegram', '-42'], operator);
    expect(result).toEqual({
      code: 0,
      stdout: 'telegram:-42 may no longer talk to the agent.\n',
      stderr: '',
    });
  });

  test('words behind -- are no options', async () => {
    const home = new Home().write('{}');
    const argv = ['config', 'set', '--yes', '--', 'messages.responsePrefix', '--json'];
    await call(argv, { home, doors: { openOperator } });
    expect(home.read()).toContain('--json');
  });

  test.each([['--version'], ['-V'], ['status', '--version']])(
    '%s prints the version',
    async (...argv) => {
      expect(await call(argv)).toEqual({
        code: 0,
        stdout: 'Portcullis 9.9.9 (openclaw)\n',
        stderr: '',
      });
    },
  );
});
