/**
 * What operators do with channel accounts, over a network in memory.
 */
import { type ModelEvent, PortcullisError } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import {
  cli,
  direct,
  type Harness,
  MemoryNetwork,
  openHarness,
  until,
} from '../pipeline/harness.ts';

const CONFIG = {
  gateway: { mode: 'local', auth: { mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' } },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['7'] } },
};

let harness: Harness;
let keep: ((entries: Record<string, string>) => Promise<void>) | undefined;
let kept: (key: string) => Promise<string | undefined>;

async function open(network = new MemoryNetwork(), config: object = CONFIG): Promise<void> {
  harness = await openHarness({
    config,
    network,
    onAccount: ({ credentials }) => {
      keep = (entries) => credentials.set(entries);
      kept = (key) => credentials.get(key);
    },
  });
  await network.started;
}

beforeEach(() => open());
afterEach(() => harness.close());

const control = () => harness.gateway.services.channelControl;
const states = () => harness.gateway.services.channels().map(({ state }) => state);
const audited = async () => {
  const lines = await harness.gateway.services.audit.log({ last: true, limit: 20 });
  return lines.map(({ entry }) => (entry as { code?: string }).code);
};

describe('stopping', () => {
  test('ends the account, is written down with who did it, and the config stays', async () => {
    const report = await control().stop(cli, { channel: 'telegram' });
    expect(report).toMatchObject({ accountId: 'default', state: 'stopped', enabled: true });
    expect(harness.gateway.services.channels()).toHaveLength(1);
    const lines = await harness.gateway.services.audit.log({ last: true, limit: 1 });
    expect(lines[0]?.entry).toMatchObject({
      code: 'channel.stopped',
      principal: 'cli',
      channel: 'telegram',
      accountId: 'default',
    });
  });

  test('holds through a change of the config, of that account too', async () => {
    await control().stop(cli, { channel: 'telegram' });
    const next = { telegram: { dmPolicy: 'allowlist', allowFrom: ['7', '8'] } };
    await harness.reload({ ...CONFIG, channels: next });
    expect(states()).toEqual(['stopped']);
    expect(harness.network.runs).toBe(1);
  });

  test('ends with the gateway: the next one starts the account', async () => {
    await control().stop(cli, { channel: 'telegram' });
    harness = await harness.restart();
    await harness.network.started;
    expect(harness.network.runs).toBe(1);
  });

  test('while it is stopped an answer waits, and goes out once it runs', async () => {
    const answer = Promise.withResolvers<void>();
    harness.model.script.push(async function* (): AsyncIterable<ModelEvent> {
      await answer.promise;
      yield { type: 'text', delta: 'late' };
      yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } };
    });
    await harness.network.deliver(direct('7', 'hello'));
    await until(() => harness.model.requests.length === 1, 'the request');
    await control().stop(cli, { channel: 'telegram' });
    answer.resolve();
    await until(
      async () => (await harness.gateway.services.outbox.list({ state: 'pending' })).length === 1,
      'the waiting answer',
    );
    expect(harness.network.sent).toEqual([]);
    await control().start(cli, { channel: 'telegram' });
    await until(() => harness.network.sent.length === 1, 'the answer');
  });
});

describe('starting', () => {
  test('begins another life once the one before has ended', async () => {
    await control().stop(cli, { channel: 'telegram' });
    const report = await control().start(cli, { channel: 'telegram', accountId: 'default' });
    expect(report.state).not.toBe('stopped');
    await until(() => harness.network.runs === 2, 'the second life');
    expect(await audited()).toContain('channel.started');
  });

  test('leaves an account alone that runs', async () => {
    await control().start(cli, { channel: 'telegram' });
    expect(harness.network.runs).toBe(1);
  });

  test('does not switch on what the config switched off', async () => {
    const off = { telegram: { ...CONFIG.channels.telegram, enabled: false } };
    await harness.reload({ ...CONFIG, channels: off });
    await expect(control().start(cli, { channel: 'telegram' })).rejects.toMatchObject({
      code: 'channel.off',
    });
  });

  test('tells what a missing package needs', async () => {
    await harness.reload({ ...CONFIG, channels: { ...CONFIG.channels, slack: {} } });
    await expect(control().start(cli, { channel: 'slack' })).rejects.toMatchObject({
      code: 'channel.cannot_start',
      message: 'install slack',
    });
  });
});

describe('which account', () => {
  test('an unknown one is refused', async () => {
    const unknown = { code: 'channel.unknown_account', message: 'There is no such account.' };
    await expect(control().stop(cli, { channel: 'signal' })).rejects.toMatchObject(unknown);
    const other = { channel: 'telegram', accountId: 'other' };
    await expect(control().stop(cli, other)).rejects.toMatchObject(unknown);
    expect(await audited()).not.toContain('channel.stopped');
  });

  test('of several the usual one is meant, and without one it must be named', async () => {
    const accounts = { work: {}, home: {} };
    const channels = { telegram: { ...CONFIG.channels.telegram, accounts } };
    await harness.reload({ ...CONFIG, session: { dmScope: 'per-account-channel-peer' }, channels });
    await expect(control().stop(cli, { channel: 'telegram' })).rejects.toMatchObject({
      message: 'The channel has several accounts, and none was named.',
    });
    const usual = { telegram: { ...channels.telegram, defaultAccount: 'home' } };
    await harness.reload({
      ...CONFIG,
      session: { dmScope: 'per-account-channel-peer' },
      channels: usual,
    });
    expect(await control().stop(cli, { channel: 'telegram' })).toMatchObject({ accountId: 'home' });
    expect(states()).toContain('starting');
  });
});

describe('logging out', () => {
  test('stops the account and forgets what it kept, of this account alone', async () => {
    await keep?.({ session: 'a login', keys: 'more of it' });
    expect(await control().logout(cli, { channel: 'telegram' })).toMatchObject({
      report: { state: 'stopped' },
      cleared: true,
      secretLeft: false,
    });
    expect(await kept('session')).toBeUndefined();
    expect(await control().logout(cli, { channel: 'telegram' })).toMatchObject({ cleared: false });
    expect(await audited()).toContain('channel.logged_out');
  });
});

const asking = async (probe: NonNullable<MemoryNetwork['channel']['probe']>) => {
  await harness.close();
  const network = new MemoryNetwork();
  Object.assign(network.channel, { probe });
  await open(network);
  return await control().probe({ timeoutMs: 1000 });
};

describe('asking the network', () => {
  test('tells who we are there', async () => {
    expect(await asking(async () => ({ identity: '@gate' }))).toMatchObject([
      { channel: 'telegram', accountId: 'default', ok: true, identity: '@gate' },
    ]);
  });

  test('tells why not, and nothing of an unforeseen fault', async () => {
    const refused = new PortcullisError('telegram.unauthorized', 'The token is not valid.');
    expect(await asking(() => Promise.reject(refused))).toMatchObject([
      { ok: false, error: 'The token is not valid.' },
    ]);
    expect(await asking(() => Promise.reject(new Error('token 42:abc')))).toMatchObject([
      { ok: false, error: 'The channel had a fault of its own.' },
    ]);
  });

  test('waits no longer than it was told', async () => {
    await harness.close();
    const network = new MemoryNetwork();
    Object.assign(network.channel, { probe: () => new Promise(() => undefined) });
    await open(network);
    expect(await control().probe({ timeoutMs: 20 })).toMatchObject([
      { ok: false, error: 'The network did not answer in time.' },
    ]);
  });

  test('that fails at once leaves nothing behind that fails later', async () => {
    const late: unknown[] = [];
    const note = (reason: unknown): unknown => late.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const over = vi.spyOn(AbortSignal, 'timeout');
    const answers = await asking(() => {
      throw new Error('token 42:abc');
    });
    expect(answers).toMatchObject([{ ok: false, error: 'The channel had a fault of its own.' }]);
    const signal = over.mock.results.at(-1)?.value as AbortSignal;
    over.mockRestore();
    await expect.poll(() => signal.aborted, { timeout: 10_000 }).toBe(true);
    await new Promise(setImmediate);
    expect(late).toEqual([]);
  });

  test('many who ask at one time cost the network one question', async () => {
    const probe = vi.fn(async () => ({ identity: '@gate' }));
    await asking(probe);
    await Promise.all([control().probe({ timeoutMs: 9 }), control().probe({ timeoutMs: 9 })]);
    expect(probe).toHaveBeenCalledTimes(1);
    harness.clock.now += 5000;
    await control().probe({ timeoutMs: 1000 });
    expect(probe).toHaveBeenCalledTimes(2);
  });

  test('a channel that cannot be asked is left out, and so is another channel', async () => {
    expect(await control().probe({ timeoutMs: 1000 })).toEqual([]);
    await asking(async () => ({}));
    expect(await control().probe({ channel: 'signal', timeoutMs: 1000 })).toEqual([]);
  });
});
