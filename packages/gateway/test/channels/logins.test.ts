/**
 * Linking an account by a code that a person scans, and letting go of it, with a network whose login
 * shows one code after another.
 */
import { type Channel, PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { LoginReport } from '../../src/services.ts';
import {
  cli,
  type Harness,
  MemoryNetwork,
  direct,
  openHarness,
  until,
} from '../pipeline/harness.ts';

const CONFIG = {
  gateway: { mode: 'local', auth: { mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' } },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['7'] } },
};
const WANTED = { channel: 'telegram', timeoutMs: 5000 };

/** A login as the network sees it. */
interface Phone {
  show(code: string): void;
  scan(identity?: string): void;
  refuse(error: Error): void;
  readonly signal: AbortSignal;
}

/** A network that is logged in to with a phone. */
class LinkedNetwork extends MemoryNetwork {
  readonly phones: Phone[] = [];
  readonly loggedOut: AbortSignal[] = [];
  /** How many lives of the channel ran when a login or a logout was asked for. */
  readonly livesMeanwhile: number[] = [];
  onLogout: () => Promise<void> = () => Promise.resolve();
  #alive = 0;
  state: 'connected' | 'failed' = 'failed';

  constructor() {
    super();
    const run = this.channel.run.bind(this.channel);
    const members: Partial<Channel> = {
      run: async (inbox, signal) => {
        this.#alive += 1;
        await run(inbox, signal).finally(() => {
          this.#alive -= 1;
        });
      },
      login: (show, signal) => {
        this.livesMeanwhile.push(this.#alive);
        return new Promise((resolve, reject) => {
          const scan = (identity?: string): void =>
            resolve(identity === undefined ? {} : { identity });
          this.phones.push({ show, scan, refuse: reject, signal });
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
      logout: async (signal) => {
        this.livesMeanwhile.push(this.#alive);
        this.loggedOut.push(signal);
        await this.onLogout();
      },
      status: () => ({ state: this.state, ...(this.state === 'connected' && { identity: '+49' }) }),
    };
    Object.assign(this.channel, members);
  }

  /** The phone of the login that is under way. */
  async phone(count = 1): Promise<Phone> {
    await until(() => this.phones.length >= count, 'the login');
    const phone = this.phones[count - 1];
    if (phone === undefined) throw new Error('there is no login');
    return phone;
  }
}

let harness: Harness;
let network: LinkedNetwork;
let keep: (entries: Record<string, string>) => Promise<void>;
let kept: (key: string) => Promise<string | undefined>;

async function open(): Promise<void> {
  network = new LinkedNetwork();
  harness = await openHarness({
    config: CONFIG,
    network,
    onAccount: ({ credentials }) => {
      keep = (entries) => credentials.set(entries);
      kept = (key) => credentials.get(key);
    },
  });
  await network.started;
}

afterEach(() => harness.close());

const control = () => harness.gateway.services.channelControl;
const audited = async (): Promise<readonly unknown[]> => {
  const lines = await harness.gateway.services.audit.log({ last: true, limit: 30 });
  return lines.map(({ entry }) => entry);
};
const start = (force?: boolean): Promise<LoginReport> =>
  control().startLogin(cli, { ...WANTED, ...(force !== undefined && { force }) });
const wait = (shown?: string): Promise<LoginReport> =>
  control().waitLogin({ ...WANTED, ...(shown !== undefined && { shown }) });

describe('a login', () => {
  test('shows a code, then the one that replaces it, and the account runs once it is scanned', async () => {
    await open();
    const starting = start();
    const phone = await network.phone();
    phone.show('code one');
    const first = await starting;
    expect(first).toMatchObject({ state: 'waiting', qr: 'code one', accountId: 'default' });
    expect(first.qrDataUrl).toMatch(/^data:image\/png;base64,iVBOR/u);
    expect(harness.gateway.services.channels()[0]?.state).toBe('stopped');

    const waiting = wait(first.qrDataUrl);
    phone.show('code two');
    const second = await waiting;
    expect(second).toMatchObject({ state: 'waiting', qr: 'code two' });
    expect(second.qrDataUrl).not.toBe(first.qrDataUrl);

    const done = wait(second.qrDataUrl);
    network.state = 'connected';
    phone.scan('+4915550000001');
    expect(await done).toEqual({
      channel: 'telegram',
      accountId: 'default',
      state: 'linked',
      message: 'The account is linked as +4915550000001.',
      identity: '+4915550000001',
    });
    await until(() => network.runs === 2, 'the next life');
    expect(network.livesMeanwhile).toEqual([0]);
    await network.deliver(direct('7', 'hello'));
    await until(() => network.texts('7').includes('echo: hello'));
  });

  test('is written down with who began it, and never with its code', async () => {
    await open();
    const starting = start();
    (await network.phone()).show('2@secret-code');
    await starting;
    (await network.phone()).scan();
    expect((await wait()).state).toBe('linked');
    const lines = await audited();
    expect(lines).toContainEqual(
      expect.objectContaining({ code: 'channel.login_started', principal: 'cli' }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ code: 'channel.linked' }));
    expect(JSON.stringify(lines)).not.toContain('secret-code');
  });

  test('that the network refuses ends with its sentence, and the account goes on', async () => {
    await open();
    const starting = start();
    const phone = await network.phone();
    phone.refuse(new PortcullisError('test.refused', 'The phone said no.'));
    expect(await starting).toMatchObject({ state: 'ended', message: 'The phone said no.' });
    await until(() => network.runs === 2, 'the next life');
    expect(await audited()).toContainEqual(
      expect.objectContaining({ code: 'channel.login_ended', cause: 'test.refused' }),
    );
  });

  test('whose channel throws something else tells nothing of it', async () => {
    await open();
    const starting = start();
    (await network.phone()).refuse(new Error('key 0xdeadbeef at /home/me'));
    expect((await starting).message).toBe('The channel had a fault of its own.');
  });

  test('that was cancelled lets the account go on as it was', async () => {
    await open();
    const starting = start();
    const phone = await network.phone();
    phone.show('code');
    const { qrDataUrl } = await starting;
    const waiting = wait(qrDataUrl);
    expect(await control().cancelLogin(cli, WANTED)).toBe(true);
    expect(phone.signal.aborted).toBe(true);
    expect(await waiting).toMatchObject({ state: 'ended', message: 'The login was cancelled.' });
    await until(() => network.runs === 2, 'the next life');
    expect(await control().cancelLogin(cli, WANTED)).toBe(false);
  });

  test('of an account that was stopped leaves it stopped unless it succeeds', async () => {
    await open();
    await control().stop(cli, WANTED);
    const starting = start();
    await network.phone();
    await control().cancelLogin(cli, WANTED);
    await starting;
    expect(harness.gateway.services.channels()[0]?.state).toBe('stopped');
    expect(network.runs).toBe(1);
  });

  test('takes the place of another, whose waiting ends', async () => {
    await open();
    const starting = start();
    (await network.phone()).show('of the first');
    const first = await starting;
    const waiting = wait(first.qrDataUrl);
    const again = start();
    (await network.phone(2)).show('of the second');
    expect(await waiting).toMatchObject({
      state: 'ended',
      message: 'Another login of this account took its place.',
    });
    expect(await again).toMatchObject({ state: 'waiting', qr: 'of the second' });
    // A client that only now comes back with its old code is not shown the one of the other.
    expect(await wait(first.qrDataUrl)).toMatchObject({ state: 'ended' });
    expect(network.runs).toBe(1);
    expect(network.livesMeanwhile).toEqual([0, 0]);
  });

  test('begun twice at once is one login', async () => {
    await open();
    const both = [start(), start()];
    await network.phone(2);
    expect(network.phones.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    network.phones[1]?.scan('+49');
    expect((await Promise.all(both)).map(({ state }) => state)).toEqual(['ended', 'linked']);
  });

  test('of an account that is connected is not begun, unless it is to be linked anew', async () => {
    await open();
    network.state = 'connected';
    expect(await start()).toMatchObject({ state: 'linked', identity: '+49' });
    expect(network.phones).toEqual([]);
    await keep({ creds: 'old' });
    const starting = start(true);
    (await network.phone()).show('code');
    await starting;
    expect(network.loggedOut).toHaveLength(1);
    expect(await kept('creds')).toBeUndefined();
  });

  test('ends when the account is started, stopped or logged out of', async () => {
    await open();
    for (const act of ['start', 'stop', 'logout'] as const) {
      const starting = start();
      const phone = await network.phone(network.phones.length + 1);
      await control()[act](cli, WANTED);
      expect(phone.signal.aborted).toBe(true);
      expect((await starting).state).toBe('ended');
    }
  });

  test('ends with the gateway', async () => {
    await open();
    const starting = start();
    const phone = await network.phone();
    const closing = harness.restart(new LinkedNetwork());
    expect(await starting).toMatchObject({ state: 'ended', message: 'The gateway stopped.' });
    expect(phone.signal.aborted).toBe(true);
    harness = await closing;
  });

  test('of a network without one is refused, and the account goes on', async () => {
    await open();
    const { login: _, ...without } = network.channel;
    Object.assign(network, { channel: without });
    await control().stop(cli, WANTED);
    await expect(start()).rejects.toMatchObject({ code: 'channel.no_login' });
  });

  test('without one under way, waiting ends at once', async () => {
    await open();
    expect(await wait()).toMatchObject({ state: 'ended', message: 'No login is under way.' });
  });
});

describe('logging out', () => {
  test('tells the network while nothing runs, then forgets the login', async () => {
    await open();
    await keep({ creds: 'x' });
    network.onLogout = async () => expect(await kept('creds')).toBe('x');
    const done = await control().logout(cli, WANTED);
    expect(done).toMatchObject({ cleared: true, network: 'ended' });
    expect(network.livesMeanwhile).toEqual([0]);
    expect(await kept('creds')).toBeUndefined();
  });

  test('forgets the login also where the network cannot be told, and says so', async () => {
    await open();
    await keep({ creds: 'x' });
    network.onLogout = () => Promise.reject(new Error('no route'));
    expect(await control().logout(cli, WANTED)).toMatchObject({
      cleared: true,
      network: 'not_reached',
    });
    expect(await kept('creds')).toBeUndefined();
  });
});
