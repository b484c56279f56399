/**
 * `openclaw channels` where it asks the running gateway.
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { call, FakeOperator, Home } from '../call.ts';

const ACCOUNT = {
  accountId: 'default',
  name: '@gate_bot',
  enabled: true,
  configured: true,
  installed: true,
  healthState: 'connected',
  lastTransportActivityAt: 0,
  lastError: null,
};

function statusWith(probe?: object): object {
  return {
    channelOrder: ['telegram'],
    channelAccounts: { telegram: [{ ...ACCOUNT, ...(probe && { probe }) }] },
  };
}

describe('status', () => {
  test('asks no network unless told to', async () => {
    const fake = new FakeOperator({ 'channels.status': statusWith() });
    await call(['channels', 'status', 'telegram'], fake);
    expect(fake.asked).toEqual([['channels.status', { channel: 'telegram' }]]);
  });

  test('a probe that every network answers ends well', async () => {
    const probe = { ok: true, identity: '@gate_bot', elapsedMs: 12 };
    const fake = new FakeOperator({ 'channels.status': statusWith(probe) });
    const words = ['channels', 'status', '--probe', '--timeout', '2000'];
    const { code, stdout } = await call(words, fake);
    expect(code).toBe(0);
    expect(fake.asked).toEqual([['channels.status', { probe: true, timeoutMs: 2000 }]]);
    expect(stdout).toContain('telegram default: the network takes our login @gate_bot (12 ms)');
  });

  test('a probe that a network refuses ends with 1 and why', async () => {
    const probe = { ok: false, error: 'Telegram does not accept the bot token.', elapsedMs: 12 };
    const fake = new FakeOperator({ 'channels.status': statusWith(probe) });
    const { code, stdout } = await call(['channels', 'status', '--probe'], fake);
    expect(code).toBe(1);
    expect(stdout).toContain('telegram default: Telegram does not accept the bot token.');
    expect((await call(['channels', 'status', '--probe', '--json'], fake)).code).toBe(1);
  });

  test('an account that could not be asked is named', async () => {
    const fake = new FakeOperator({ 'channels.status': statusWith() });
    const { stdout } = await call(['channels', 'status', '--probe'], fake);
    expect(stdout).toContain('telegram default: not asked; it is not connected');
  });

  test('without a gateway it shows what the config says, but asks no network', async () => {
    const home = new Home().write("{ gateway: { mode: 'local' }, channels: { telegram: {} } }");
    const { code, stdout, stderr } = await call(['channels', 'status'], { home });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'CHANNEL   ACCOUNT  CONFIGURED  NAME\ntelegram  default  on          \n',
    });
    expect(stderr).toContain('No gateway runs here');
    const json = await call(['channels', 'status', '--json'], { home });
    expect(JSON.parse(json.stdout)).toMatchObject({
      gatewayReachable: false,
      configOnly: true,
      configuredChannels: ['telegram'],
    });
    const probed = await call(['channels', 'status', '--probe'], { home });
    expect(probed.code).toBe(1);
    expect(probed.stderr).toContain('[gateway.not_running]');
  });
});

const home = (): Home => new Home().write('{ channels: { telegram: {} } }');

describe('start, stop and logout', () => {
  test('mean the only channel where none is named, and only a gateway that runs', async () => {
    const fake = new FakeOperator({
      'channels.stop': { channel: 'telegram', accountId: 'default', stopped: true },
    });
    const { code, stdout } = await call(['channels', 'stop'], {
      ...fake,
      home: home(),
      doors: fake.doors,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('telegram (default) is stopped, until');
    expect(fake.asked).toEqual([['channels.stop', { channel: 'telegram' }]]);
    expect(fake.options).toEqual({ live: true });
  });

  test('an account that does not start ends with 1 and why', async () => {
    const failed = {
      channel: 'telegram',
      accountId: 'work',
      started: false,
      healthState: 'failed',
      lastError: 'Telegram does not accept the bot token.',
    };
    const fake = new FakeOperator({ 'channels.start': failed });
    const words = ['channels', 'start', 'telegram', '--account', 'work'];
    const { code, stderr } = await call(words, fake);
    expect(code).toBe(1);
    expect(stderr).toContain('Telegram does not accept the bot token.');
    expect(fake.asked).toEqual([['channels.start', { channel: 'telegram', accountId: 'work' }]]);
    const json = await call([...words, '--json'], fake);
    expect(JSON.parse(json.stdout)).toEqual({ ok: false, ...failed });
  });

  test('logout asks first, and says what is left', async () => {
    const fake = new FakeOperator({
      'channels.logout': {
        channel: 'telegram',
        accountId: 'default',
        cleared: false,
        loggedOut: false,
        network: 'none',
      },
    });
    const asked = await call(['channels', 'logout', 'telegram'], fake);
    expect(asked.stderr).toContain('Stop Telegram and forget its login?');
    expect(fake.asked).toEqual([]);
    const { code, stdout, stderr } = await call(['channels', 'logout', 'telegram', '-y'], fake);
    expect(code).toBe(0);
    expect(stdout).toBe('telegram (default) is stopped. It kept no login of its own.\n');
    expect(stderr).toContain('openclaw channels remove telegram --delete');
  });

  test('a refusal of the gateway is shown with what to do', async () => {
    const fake = new FakeOperator({
      'channels.start': () =>
        Promise.reject(
          new PortcullisError('gateway.refused', 'The account is switched off in the config.', {
            hint: 'openclaw channels enable telegram switches it on.',
          }),
        ),
    });
    const { code, stderr } = await call(['channels', 'start', 'telegram'], fake);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'Error: The account is switched off in the config. [gateway.refused]\n  openclaw channels enable telegram switches it on.\n',
    });
  });
});

const line = (message: string, fields?: object) =>
  JSON.stringify({
    time: '2026-01-01T00:00:00Z',
    _meta: { logLevelName: 'INFO' },
    message,
    1: fields,
  });

const fake = (): FakeOperator =>
  new FakeOperator({
    'logs.tail': {
      file: '/log',
      lines: [
        line('one', { channel: 'telegram' }),
        line('two', { channel: 'slack' }),
        line('three'),
        'not json',
        line('four', { channel: 'telegram' }),
      ],
    },
  });

describe('logs', () => {
  test.each([
    [['telegram'], ['one', 'four']],
    [
      ['--channel', 'all'],
      ['one', 'two', 'four'],
    ],
    [['--lines', '1'], ['four']],
    [['signal'], []],
  ])('with %j show %j', async (words, messages) => {
    const { stdout } = await call(['channels', 'logs', ...words, '--json'], fake());
    const { lines } = JSON.parse(stdout) as { lines: { message: string }[] };
    expect(lines.map(({ message }) => message)).toEqual(messages);
  });

  test('say so where there is nothing', async () => {
    const { stdout } = await call(['channels', 'logs', 'signal'], fake());
    expect(stdout).toBe('The log says nothing of signal lately.\n');
  });
});
