/**
 * A Telegram channel on a fake Telegram, for the tests of this package.
 *
 * @module
 */
import {
  type Channel,
  type ChannelAccount,
  type Event,
  type Inbox,
  Secret,
} from '@portcullis/core';
import type { RouteRequest, RouteResponse } from '@portcullis/core';
import { type FakeTelegram, fakeTelegram } from '@portcullis/testkit';
import { createTelegramChannel, type TelegramOptions, type Timings } from '../src/index.ts';

/** Short enough for tests, long enough for a busy machine. */
export const FAST: Partial<Timings> = {
  pollSeconds: 1,
  stallSeconds: 0.5,
  callSeconds: 1,
  uploadSeconds: 2,
  backoffMinMs: 20,
  backoffMaxMs: 80,
  conflictMs: 100,
  webhookCheckMs: 100,
};

export type Handler = (request: RouteRequest) => Promise<RouteResponse>;

export interface AccountParts {
  readonly options?: Partial<TelegramOptions>;
  readonly token?: string | undefined;
  readonly webhookSecret?: string;
}

export interface TestAccount extends ChannelAccount<TelegramOptions> {
  readonly lines: string[];
  readonly routes: Map<string, Handler>;
}

export function testAccount(apiRoot: string, parts: AccountParts): TestAccount {
  const lines: string[] = [];
  const routes = new Map<string, Handler>();
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${JSON.stringify(fields)} ${message}`);
  };
  const secrets: Record<string, string | undefined> = {
    botToken: parts.token,
    webhookSecret: parts.webhookSecret,
  };
  return {
    accountId: 'default',
    options: { apiRoot, dangerouslyAllowEndpoint: false, ...parts.options },
    secret: (key) => {
      const value = secrets[key];
      return value === undefined ? undefined : new Secret(value, `test:${key}`);
    },
    credentials: { get: async () => undefined, set: async () => undefined },
    log: { debug: write, info: write, warn: write, error: write },
    // As the gateway does: who is not admitted is not read.
    route: (path, handle, admit) =>
      void routes.set(path, async (request) => admit?.(request) ?? (await handle(request))),
    lines,
    routes,
  };
}

export interface Bench {
  readonly telegram: FakeTelegram;
  readonly account: TestAccount;
  readonly channel: Channel;
  readonly events: Event[];
  /** Replaces what the inbox does with an event. */
  onAccept(accept: (event: Event) => Promise<void>): void;
  /** Resolves when `count` events were accepted. */
  waitForEvents(count: number): Promise<readonly Event[]>;
  /** Starts the channel; the promise is `run`'s. */
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Polls a condition: for states that have no event of their own. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function createBench(
  parts: Omit<AccountParts, 'token'> = {},
  timings: Partial<Timings> = {},
): Promise<Bench> {
  const telegram = await fakeTelegram();
  const account = testAccount(telegram.url, { ...parts, token: telegram.token });
  const channel = await createTelegramChannel(account, { ...FAST, ...timings });
  const events: Event[] = [];
  let accept: ((event: Event) => Promise<void>) | undefined;
  const inbox: Inbox = {
    async accept(event) {
      await accept?.(event);
      events.push(event);
      return 'accepted';
    },
  };
  let controller = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    telegram,
    account,
    channel,
    events,
    onAccept: (work) => {
      accept = work;
    },
    waitForEvents: async (count) => {
      await until(() => events.length >= count, `${count} events, got ${events.length}`);
      return events;
    },
    start: () => {
      controller = new AbortController();
      running = channel.run(inbox, controller.signal);
      running.catch(() => undefined);
      return running;
    },
    stop: async () => {
      controller.abort();
      await running.catch(() => undefined);
    },
    close: async () => {
      controller.abort();
      await running.catch(() => undefined);
      await telegram.close();
    },
  };
}
