/**
 * A Discord channel on a fake Discord, for the tests of this package.
 *
 * @module
 */
import {
  type Channel,
  type ChannelAccount,
  type CredentialStore,
  type Event,
  type Inbox,
  type Logger,
  Secret,
} from '@portcullis/core';
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  type FakeDiscordUser,
  fakeDiscord,
} from '@portcullis/testkit';
import { expect } from 'vitest';
import { createDiscordChannel, type DiscordOptions, type Timings } from '../src/index.ts';

/** Short enough for tests, long enough for a busy machine. */
export const FAST: Partial<Timings> = {
  callMs: 1000,
  openMs: 2000,
  backoffMinMs: 10,
  backoffMaxMs: 40,
  identifyEveryMs: 0,
  positionMs: 5,
  closeMs: 100,
};

export interface TestAccount extends ChannelAccount<DiscordOptions> {
  readonly lines: string[];
  /** What is kept in the account's credentials. */
  readonly kept: Map<string, string>;
}

export interface AccountParts {
  readonly options?: Partial<DiscordOptions>;
  readonly token?: string | undefined;
  readonly accountId?: string;
  readonly log?: Logger;
  /** Runs before anything is kept. */
  readonly beforeKeeping?: () => Promise<void>;
}

export function testAccount(apiUrl: string, parts: AccountParts): TestAccount {
  const lines: string[] = [];
  const kept = new Map<string, string>();
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${JSON.stringify(fields)} ${message}`);
  };
  const credentials: CredentialStore = {
    get: async (key) => kept.get(key),
    async set(entries) {
      await parts.beforeKeeping?.();
      for (const [key, value] of Object.entries(entries)) {
        if (value === undefined) kept.delete(key);
        else kept.set(key, value);
      }
    },
  };
  const { token } = parts;
  return {
    accountId: parts.accountId ?? 'default',
    options: { apiUrl, dangerouslyAllowEndpoint: false, ...parts.options },
    secret: () => (token === undefined ? undefined : new Secret(token, 'test:token')),
    credentials,
    log: parts.log ?? { debug: write, info: write, warn: write, error: write },
    route: () => undefined,
    lines,
    kept,
  };
}

/** The position an account has kept. */
export function positionOf(account: TestAccount): {
  readonly at?: number;
  readonly session?: { readonly id: string; readonly url: string; readonly sequence: number };
  readonly channels: readonly (readonly string[])[];
} {
  return JSON.parse(account.kept.get('position') ?? '{"channels":[]}') as ReturnType<
    typeof positionOf
  >;
}

export interface Bench {
  readonly discord: FakeDiscord;
  readonly account: TestAccount;
  readonly channel: Channel;
  readonly anna: FakeDiscordUser;
  /** Every event that was accepted, duplicates left out. */
  readonly events: Event[];
  /** Every event that was offered. */
  readonly offered: Event[];
  /** Replaces what the inbox does with an event. */
  onAccept(accept: (event: Event) => Promise<void>): void;
  /** Resolves when `count` events were accepted. */
  waitForEvents(count: number): Promise<readonly Event[]>;
  /** Starts the channel; the promise is `run`'s. */
  start(): Promise<void>;
  /** Starts and waits until it is connected. */
  connect(): Promise<void>;
  stop(): Promise<void>;
  /** A new channel on the same account and credentials, as after a new start of the gateway. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Waits for a condition, for states that have no event of their own. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  await expect.poll(condition, { timeout: 5000, interval: 5, message: what }).toBe(true);
}

class TestBench implements Bench {
  readonly discord: FakeDiscord;
  readonly account: TestAccount;
  readonly anna: FakeDiscordUser;
  readonly events: Event[] = [];
  readonly offered: Event[] = [];
  readonly #timings: Partial<Timings>;
  #channel: Channel | undefined;
  #accept: ((event: Event) => Promise<void>) | undefined;
  #controller = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(discord: FakeDiscord, account: TestAccount, timings: Partial<Timings>) {
    this.discord = discord;
    this.account = account;
    this.#timings = timings;
    this.anna = discord.addUser({ username: 'anna' });
  }

  get channel(): Channel {
    if (this.#channel === undefined) throw new Error('the bench has no channel yet');
    return this.#channel;
  }

  async renew(): Promise<void> {
    this.#channel = await createDiscordChannel(this.account, { ...FAST, ...this.#timings });
  }

  onAccept(accept: (event: Event) => Promise<void>): void {
    this.#accept = accept;
  }

  async waitForEvents(count: number): Promise<readonly Event[]> {
    await until(() => this.events.length >= count, `${count} events`);
    return this.events;
  }

  start(): Promise<void> {
    const inbox: Inbox = {
      accept: async (event) => {
        this.offered.push(event);
        await this.#accept?.(event);
        if (this.events.some(({ eventId }) => eventId === event.eventId)) return 'duplicate';
        this.events.push(event);
        return 'accepted';
      },
    };
    this.#controller = new AbortController();
    this.#running = this.channel.run(inbox, this.#controller.signal);
    this.#running.catch(() => undefined);
    return this.#running;
  }

  async connect(): Promise<void> {
    void this.start();
    await until(() => this.channel.status?.().state === 'connected', 'the connection');
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.discord.close();
  }
}

export async function createBench(
  parts: Omit<AccountParts, 'token'> & { readonly discord?: FakeDiscordOptions } = {},
  timings: Partial<Timings> = {},
): Promise<Bench> {
  const discord = await fakeDiscord(parts.discord);
  const account = testAccount(discord.url, { ...parts, token: discord.token });
  const bench = new TestBench(discord, account, timings);
  await bench.renew();
  return bench;
}
