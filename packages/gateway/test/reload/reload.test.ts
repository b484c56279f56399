import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Channel, ChannelAccount, Plugin } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Harness,
  type HarnessOptions,
  MemoryNetwork,
  cli,
  direct,
  openHarness,
  until,
} from '../pipeline/harness.ts';

/** A network of which each account is told apart, with a secret and one option of its own. */
class Wires {
  /** Accounts by the token they were made with, in order. */
  readonly made: string[] = [];
  readonly live = new Set<string>();
  /** Most lives of one account at one time. */
  most = 0;
  /** Keeps accounts from ending. */
  lastWords: Promise<void> = Promise.resolve();

  readonly plugin: Plugin = {
    id: 'wire',
    register: (registry) =>
      registry.channel({
        id: 'wire',
        secrets: { token: undefined },
        config: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: (value) => {
              const { speed = 1 } = value as { speed?: unknown };
              return typeof speed === 'number'
                ? { value: { speed } }
                : { issues: [{ message: 'is no number', path: ['speed'] }] };
            },
          },
        },
        create: async (account) => this.#channel(account),
      }),
  };

  #channel(account: ChannelAccount): Channel {
    const { accountId } = account;
    const name = `${accountId}:${account.secret('token')?.reveal() ?? ''}`;
    this.made.push(name);
    let lives = 0;
    return {
      id: 'wire',
      run: async (_, signal) => {
        lives = [...this.live].filter((each) => each.startsWith(`${accountId}:`)).length + 1;
        this.most = Math.max(this.most, lives);
        this.live.add(name);
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
        await this.lastWords;
        this.live.delete(name);
      },
      send: async () => ({ messageId: '1' }),
    };
  }
}

const BASE = {
  gateway: { mode: 'local', auth: { mode: 'token', token: 'gateway-token-of-32-characters-1' } },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
};
const TELEGRAM = { dmPolicy: 'allowlist', allowFrom: ['43'] };
const wire = (more: object = {}): object => ({
  dmPolicy: 'pairing',
  token: 'wire-token-1',
  ...more,
});

let harness: Harness;
let wires: Wires;

async function open(asked: object, more: Partial<HarnessOptions> = {}): Promise<void> {
  harness = await openHarness({ config: asked, plugins: [wires.plugin], ...more });
}

beforeEach(() => {
  wires = new Wires();
});
afterEach(() => harness.close());

const inForce = (): object => harness.gateway.services.config().value;
const state = (account: string): string | undefined =>
  harness.gateway.services
    .channels()
    .find(({ channel, accountId }) => `${channel}:${accountId}` === account)?.state;

describe('a turn that runs', () => {
  test('goes on, and is told by the new policy what it may not do any more', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    const gate = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      yield { type: 'text', delta: 'before ' };
      await gate.promise;
      yield { type: 'text', delta: 'and after' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    await harness.network.deliver(direct('43', 'hello'));
    await until(() => harness.model.requests.length === 1, 'a request');
    const { applied } = await harness.reload({
      ...BASE,
      tools: { profile: 'full', deny: ['exec'] },
      channels: { telegram: TELEGRAM },
    });
    expect(applied).toEqual(['tools.deny']);
    gate.resolve();
    await until(() => harness.network.texts('43').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual(['before and after']);
    expect(harness.network.runs).toBe(1);
  });

  test('answers over the connection that its account has by then', async () => {
    const network = new MemoryNetwork();
    await open(
      { ...BASE, channels: { telegram: { ...TELEGRAM, linkPreview: true } } },
      { network },
    );
    const gate = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      await gate.promise;
      yield { type: 'text', delta: 'late' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    await network.deliver(direct('43', 'hello'));
    await until(() => harness.model.requests.length === 1, 'a request');
    await harness.reload({
      ...BASE,
      channels: { telegram: { ...TELEGRAM, linkPreview: false } },
    });
    expect(network.runs).toBe(2);
    gate.resolve();
    await until(() => network.texts('43').length === 1, 'an answer');
    expect(network.texts('43')).toEqual(['late']);
  });
});

describe('what is read at each decision', () => {
  test('counts at once: a sender taken off the list is not heard any more', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    await harness.network.deliver(direct('43', 'one'));
    await until(() => harness.network.texts('43').length === 1, 'an answer');
    const { applied } = await harness.reload({
      ...BASE,
      channels: { telegram: { ...TELEGRAM, allowFrom: ['44'] } },
    });
    expect(applied).toEqual(['channels.telegram.allowFrom']);
    await harness.network.deliver(direct('43', 'two'));
    await harness.network.deliver(direct('44', 'three'));
    await until(() => harness.network.texts('44').length === 1, 'an answer');
    expect(harness.model.heard.some((text) => text.includes('two'))).toBe(false);
  });
});

describe('what only a start can change', () => {
  test('is named, and its old value is in force until then', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    const next = {
      ...BASE,
      gateway: { ...BASE.gateway, bind: 'lan', port: 19_000 },
      tools: { profile: 'minimal' },
      store: { kind: 'sqlite' },
      channels: { telegram: TELEGRAM },
    };
    const outcome = await harness.reload(next);
    expect(outcome).toEqual({
      applied: ['tools.profile'],
      restartNeeded: ['gateway.bind', 'gateway.port', 'store.kind'],
      failed: [],
    });
    expect(inForce()).toMatchObject({ gateway: BASE.gateway, tools: { profile: 'minimal' } });
    expect(inForce()).not.toHaveProperty('gateway.bind');
    expect(harness.gateway.reloader.state().restartNeeded).toEqual(outcome.restartNeeded);

    const back = await harness.reload({ ...BASE, channels: { telegram: TELEGRAM } });
    expect(back.restartNeeded).toEqual([]);
  });
});

const config = (accounts: object, more: object = {}): object => ({
  ...BASE,
  channels: { wire: { dmPolicy: 'pairing', accounts, ...more } },
});

describe('an account', () => {
  test('is connected anew for another token, and no other with it', async () => {
    await open(config({ home: { token: 'home-token-1' }, work: { token: 'work-token-1' } }));
    expect(wires.made).toEqual(['home:home-token-1', 'work:work-token-1']);
    await harness.reload(
      config({ home: { token: 'home-token-2' }, work: { token: 'work-token-1' } }),
    );
    expect(wires.made.slice(2)).toEqual(['home:home-token-2']);
    expect([...wires.live].toSorted()).toEqual(['home:home-token-2', 'work:work-token-1']);
    expect(wires.most).toBe(1);
  });

  test('is connected anew for a token in a file that says something else now', async () => {
    await open(config({}));
    const file = join(harness.folder, 'token');
    writeFileSync(file, 'file-token-1\n', { mode: 0o600 });
    const named = config({ home: { tokenFile: file } });
    await harness.reload(named);
    expect(wires.made).toContain('home:file-token-1');
    await harness.reload(named);
    expect(wires.made).toHaveLength(2);
    writeFileSync(file, 'file-token-2\n', { mode: 0o600 });
    await harness.reload(named);
    expect(wires.made.at(-1)).toBe('home:file-token-2');
  });

  test('is left alone by what is policy about it', async () => {
    await open(config({ home: { token: 'home-token-1' } }));
    await harness.reload(config({ home: { token: 'home-token-1' } }, { allowFrom: ['1'] }));
    expect(wires.made).toHaveLength(1);
  });

  test('that is switched off stops; switched on again it starts', async () => {
    await open(config({ home: { token: 'home-token-1' } }));
    await harness.reload(config({ home: { token: 'home-token-1', enabled: false } }));
    expect([...wires.live]).toEqual([]);
    expect(state('wire:home')).toBe('stopped');
    await harness.reload(config({ home: { token: 'home-token-1' } }));
    expect([...wires.live]).toEqual(['home:home-token-1']);
  });

  test('that is new starts; that is gone stops', async () => {
    await open(config({ home: { token: 'home-token-1' } }));
    await harness.reload(config({ work: { token: 'work-token-1' } }));
    expect([...wires.live]).toEqual(['work:work-token-1']);
    expect(state('wire:home')).toBeUndefined();
  });

  test('goes on as it was where its new token cannot be had, and the rest counts', async () => {
    await open(config({ home: { token: 'home-token-1' } }));
    const outcome = await harness.reload({
      ...config({ home: { tokenFile: '/nowhere/token' }, work: { token: 'work-token-1' } }),
      tools: { profile: 'minimal' },
    });
    expect(outcome.failed).toEqual([
      {
        path: 'channels.wire.accounts.home',
        code: 'secret.unresolved',
        message: expect.stringContaining('does not exist') as string,
      },
    ]);
    expect([...wires.live].toSorted()).toEqual(['home:home-token-1', 'work:work-token-1']);
    expect(inForce()).toMatchObject({ tools: { profile: 'minimal' } });
    expect(harness.gateway.reloader.state().failed).toEqual(outcome.failed);
  });

  test('goes on as it was where its new options are wrong', async () => {
    await open({ ...BASE, channels: { wire: wire() } });
    const { failed } = await harness.reload({
      ...BASE,
      channels: { wire: wire({ speed: 'fast' }) },
    });
    expect(failed).toEqual([
      {
        path: 'channels.wire',
        code: 'channel.options',
        message: 'channels.wire.speed: is no number',
      },
    ]);
    expect([...wires.live]).toEqual(['default:wire-token-1']);
    await harness.reload({ ...BASE, channels: { wire: wire({ speed: 2 }) } });
    expect(wires.made).toHaveLength(2);
  });

  test('has one life at a time, however long it takes to end', async () => {
    await open({ ...BASE, channels: { wire: wire() } });
    const words = Promise.withResolvers<void>();
    wires.lastWords = words.promise;
    const done = harness.reload({ ...BASE, channels: { wire: wire({ token: 'wire-token-2' }) } });
    await until(() => state('wire:default') === 'starting', 'the new one to wait');
    expect(wires.made).toHaveLength(1);
    words.resolve();
    await done;
    expect([...wires.live]).toEqual(['default:wire-token-2']);
    expect(wires.most).toBe(1);
  });

  test('that ends by itself while it is being replaced does not come back', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    await harness.network.started;
    const reloaded = harness.reload({ ...BASE, channels: {} });
    harness.network.crash?.();
    await reloaded;
    expect(harness.gateway.services.channels()).toEqual([]);
    expect(harness.network.runs).toBe(1);
  });
});

describe('secrets', () => {
  test('of before are kept out of what leaves for as long as the process lives', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    await harness.reload({
      ...BASE,
      gateway: {
        mode: 'local',
        auth: { mode: 'token', token: 'another-token-of-32-characters-2' },
      },
      channels: { telegram: TELEGRAM },
    });
    for (const token of ['gateway-token-of-32-characters-1', 'another-token-of-32-characters-2']) {
      harness.model.script.push(async function* () {
        yield { type: 'text', delta: `it is ${token}` };
        yield { type: 'finish', reason: 'stop', usage: {} };
      });
      const before = harness.network.sent.length;
      await harness.network.deliver(direct('43', 'tell me'));
      await until(() => harness.network.sent.length > before, 'an answer');
      expect(harness.network.sent.at(-1)?.text).not.toContain(token);
    }
  });
});

describe('looking the secrets up anew', () => {
  test('connects what has another one by now, and leaves the config and the rest alone', async () => {
    await open(config({}));
    const file = join(harness.folder, 'token');
    writeFileSync(file, 'file-token-1\n', { mode: 0o600 });
    await harness.reload({
      ...config({ home: { tokenFile: file }, work: { token: 'work-token-1' } }),
      gateway: { ...BASE.gateway, reload: { mode: 'off' }, port: 19_000 },
    });
    const { edits } = harness.gateway.services;
    const before = inForce();
    expect(await edits.reloadSecrets()).toMatchObject({ applied: [], failed: [] });
    expect([...wires.live].toSorted()).toEqual(['home:file-token-1', 'work:work-token-1']);
    writeFileSync(file, 'file-token-2\n', { mode: 0o600 });
    await edits.reloadSecrets();
    expect([...wires.live].toSorted()).toEqual(['home:file-token-2', 'work:work-token-1']);
    expect(inForce()).toEqual(before);
    expect(edits.report().restartNeeded).toEqual(['gateway.port']);
    rmSync(file);
    expect((await edits.reloadSecrets()).failed).toMatchObject([{ code: 'secret.unresolved' }]);
    expect([...wires.live].toSorted()).toEqual(['home:file-token-2', 'work:work-token-1']);
  });
});

describe('gateway.reload.mode off', () => {
  const off = { ...BASE, gateway: { ...BASE.gateway, reload: { mode: 'off' } } };

  test('takes up nothing, and says so', async () => {
    await open({ ...off, channels: { telegram: TELEGRAM } });
    const outcome = await harness.reload({ ...BASE, channels: {} });
    expect(outcome).toEqual({
      applied: [],
      restartNeeded: [
        'gateway.reload.mode',
        'channels.telegram.dmPolicy',
        'channels.telegram.allowFrom',
      ],
      failed: [],
    });
    expect(inForce()).toMatchObject({ channels: { telegram: TELEGRAM } });
    await harness.network.deliver(direct('43', 'hello'));
    await until(() => harness.network.texts('43').length === 1, 'an answer');
  });

  test('does not keep an owner waiting who was approved just now', async () => {
    await open({ ...off, channels: { telegram: { dmPolicy: 'pairing' } } });
    await harness.network.deliver(direct('8', 'hello'));
    const { pairing } = harness.gateway.services;
    await until(async () => (await pairing.list()).pending.length === 1, 'a code');
    const code = (await pairing.list()).pending[0]?.code ?? '';
    await pairing.approve(cli, { channel: 'telegram', code, bootstrapOwner: true });
    expect(inForce()).toMatchObject({ commands: { ownerAllowFrom: ['telegram:8'] } });
  });
});

describe('changes', () => {
  test('that come together are taken up one after another', async () => {
    await open({ ...BASE, channels: { wire: wire() } });
    await Promise.all(
      [2, 3, 4].map((number) =>
        harness.reload({ ...BASE, channels: { wire: wire({ token: `wire-token-${number}` }) } }),
      ),
    );
    expect(wires.most).toBe(1);
    expect([...wires.live]).toEqual(['default:wire-token-4']);
  });

  test('are told of to those who listen', async () => {
    await open({ ...BASE, channels: { telegram: TELEGRAM } });
    const heard: string[] = [];
    harness.gateway.services.listen(({ type }) => heard.push(type));
    await harness.reload({
      ...BASE,
      tools: { profile: 'minimal' },
      channels: { telegram: TELEGRAM },
    });
    expect(heard).toEqual(['config']);
  });
});
