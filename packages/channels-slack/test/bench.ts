/**
 * A Slack channel on a fake Slack, for the tests of this package.
 *
 * @module
 */
import {
  type Channel,
  type ChannelAccount,
  type Conversation,
  type Event,
  type Inbox,
  type RouteRequest,
  type RouteResponse,
  Secret,
} from '@portcullis/core';
import {
  type FakeSlack,
  type FakeSlackBot,
  type FakeSlackOptions,
  fakeSlack,
} from '@portcullis/testkit';
import { expect } from 'vitest';
import { createSlackChannel, type SlackOptions, type Timings } from '../src/index.ts';

/** Short enough for tests, long enough for a busy machine. */
export const FAST: Partial<Timings> = {
  callMs: 1000,
  pongMs: 400,
  helloMs: 1000,
  checkMs: 200,
  answerMs: 1000,
  backoffMinMs: 10,
  backoffMaxMs: 40,
};

/** A Slack that delivers again soon, and never gives up while a test waits. */
export const PATIENT: FakeSlackOptions = { retries: 200, retryMs: 20, ackTimeoutMs: 400 };

export type Handler = (request: RouteRequest) => Promise<RouteResponse>;

export interface AccountParts {
  readonly options?: Partial<SlackOptions>;
  readonly accountId?: string;
  readonly bot?: FakeSlackBot;
  readonly secrets?: Readonly<Record<string, string | undefined>>;
}

export interface TestAccount extends ChannelAccount<SlackOptions> {
  readonly lines: string[];
  readonly routes: Map<string, Handler>;
}

export function testAccount(slack: FakeSlack, parts: AccountParts = {}): TestAccount {
  const lines: string[] = [];
  const routes = new Map<string, Handler>();
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${JSON.stringify(fields)} ${message}`);
  };
  const { token: botToken, app } = parts.bot ?? slack.bot;
  const { appToken, signingSecret } = app;
  const secrets = { botToken, appToken, signingSecret, ...parts.secrets };
  return {
    accountId: parts.accountId ?? 'default',
    options: {
      mode: 'socket',
      webhookPath: '/events',
      slashCommand: { enabled: true },
      apiUrl: slack.url.replace(/\/$/u, ''),
      dangerouslyAllowEndpoint: false,
      ...parts.options,
    },
    secret: (key) => {
      const value = (secrets as Readonly<Record<string, string | undefined>>)[key];
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
  readonly slack: FakeSlack;
  readonly account: TestAccount;
  readonly channel: Channel;
  readonly events: Event[];
  /** Replaces what the inbox does with an event. */
  onAccept(accept: (event: Event) => Promise<void>): void;
  /** Resolves when `count` events were accepted. */
  waitForEvents(count: number): Promise<readonly Event[]>;
  /** Starts the channel; the promise is `run`'s. */
  start(): Promise<void>;
  /** Starts, and waits for the connection. */
  listen(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface BenchParts extends AccountParts {
  readonly slack?: FakeSlack;
  readonly fake?: FakeSlackOptions;
  readonly timings?: Partial<Timings>;
}

export async function createBench(parts: BenchParts = {}): Promise<Bench> {
  const slack = parts.slack ?? (await fakeSlack({ ...PATIENT, echoes: false, ...parts.fake }));
  const account = testAccount(slack, parts);
  const channel = await createSlackChannel(account, { ...FAST, ...parts.timings });
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
  const start = () => {
    controller = new AbortController();
    running = channel.run(inbox, controller.signal);
    running.catch(() => undefined);
    return running;
  };
  const stop = async () => {
    controller.abort();
    await running.catch(() => undefined);
  };
  return {
    slack,
    account,
    channel,
    events,
    onAccept: (work) => {
      accept = work;
    },
    waitForEvents: async (count) => {
      await expect
        .poll(() => events.length, { timeout: 5000, interval: 5 })
        .toBeGreaterThanOrEqual(count);
      return events;
    },
    start,
    listen: async () => {
      void start();
      await slack.waitForSocket();
    },
    stop,
    close: async () => {
      await stop();
      if (parts.slack === undefined) await slack.close();
    },
  };
}

/** A conversation of the default account, as events name it. */
export function place(
  slack: FakeSlack,
  id: string,
  kind: Conversation['kind'] = 'channel',
): Conversation {
  return { channel: 'slack', accountId: 'default', kind, id, teamId: slack.workspace.id };
}

export const soon = (): AbortSignal => AbortSignal.timeout(5000);
