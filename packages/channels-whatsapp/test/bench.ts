/**
 * A WhatsApp channel on a fake WhatsApp, for the tests of this package.
 *
 * @module
 */
import tls from 'node:tls';
import type { Channel, ChannelAccount, CredentialStore, Event, Inbox } from '@portcullis/core';
import { type FakeWhatsApp, fakeWhatsApp } from '@portcullis/testkit/fake-whatsapp';
import { Curve, type KeyPair, WA_CERT_DETAILS } from 'baileys';
import { createWhatsAppChannel, type Timings, type WhatsAppOptions } from '../src/index.ts';

/** Short enough for tests, long enough for a busy machine. */
export const FAST: Partial<Timings> = {
  connectMs: 4000,
  keepAliveMs: 100,
  silenceMs: 1500,
  takenMs: 2000,
  queryMs: 2000,
  paceMs: 0,
  backoffMinMs: 20,
  backoffMaxMs: 80,
};

/** One root for every fake of the process: the library keeps one. */
const ROOT: KeyPair = Curve.generateKeyPair();
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(ROOT.public);

/** A fake the library of this process trusts, its media host included. */
export async function openFake(): Promise<FakeWhatsApp> {
  const whatsapp = await fakeWhatsApp({ trustRoot: ROOT });
  // One at a time: the certificates of two fakes bear the same name.
  tls.setDefaultCACertificates([whatsapp.caPem]);
  return whatsapp;
}

/** Credentials in memory. Every `set` is one transaction, and can be made to fail. */
export class MemoryCredentials implements CredentialStore {
  readonly rows: Map<string, string>;
  /** Asked before every write; what it throws is what the write fails with. */
  before: ((entries: Readonly<Record<string, string | undefined>>) => void) | undefined;
  writes = 0;

  constructor(rows: ReadonlyMap<string, string> = new Map()) {
    this.rows = new Map(rows);
  }

  async get(key: string): Promise<string | undefined> {
    return this.rows.get(key);
  }

  async set(entries: Readonly<Record<string, string | undefined>>): Promise<void> {
    await Promise.resolve();
    this.before?.(entries);
    this.writes += 1;
    for (const [key, value] of Object.entries(entries)) {
      if (value === undefined) this.rows.delete(key);
      else this.rows.set(key, value);
    }
  }
}

/** An account, with what it logged. */
export interface TestAccount extends ChannelAccount<WhatsAppOptions> {
  readonly credentials: MemoryCredentials;
  readonly lines: string[];
}

export function testAccount(
  whatsapp: Pick<FakeWhatsApp, 'url'>,
  options: Partial<WhatsAppOptions> = {},
  credentials: MemoryCredentials = new MemoryCredentials(),
): TestAccount {
  const lines: string[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${JSON.stringify(fields)} ${message}`);
  };
  return {
    accountId: 'default',
    options: {
      sendReadReceipts: true,
      socketUrl: whatsapp.url,
      dangerouslyAllowEndpoint: false,
      dangerouslySkipSignatureChecks: false,
      ...options,
    },
    secret: () => undefined,
    credentials,
    log: { debug: write, info: write, warn: write, error: write },
    route: () => undefined,
    lines,
  };
}

/** Links a channel with the account's phone. */
export async function link(channel: Channel, whatsapp: FakeWhatsApp): Promise<void> {
  let scanned: Promise<void> | undefined;
  const scan = (qr: string) => {
    scanned ??= whatsapp.scan(qr);
    // Told by the login, too.
    scanned.catch(() => undefined);
  };
  await channel.login?.(scan, AbortSignal.timeout(10_000));
  await scanned;
}

export interface Bench {
  readonly whatsapp: FakeWhatsApp;
  readonly account: TestAccount;
  readonly channel: Channel;
  readonly events: Event[];
  /** Replaces what the inbox does with an event. */
  onAccept(accept: (event: Event) => Promise<void>): void;
  /** Starts the channel and waits for its login. */
  start(): Promise<void>;
  /** What `run` came to. */
  readonly ran: () => Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** A linked channel, not running yet. */
export async function openBench(
  options: Partial<WhatsAppOptions> = {},
  timings: Partial<Timings> = {},
  credentials?: MemoryCredentials,
  fake?: FakeWhatsApp,
): Promise<Bench> {
  const whatsapp = fake ?? (await openFake());
  const account = testAccount(whatsapp, options, credentials);
  const channel = await createWhatsAppChannel(account, { ...FAST, ...timings });
  if (credentials === undefined) await link(channel, whatsapp);
  const events: Event[] = [];
  let accept: ((event: Event) => Promise<void>) | undefined;
  let control = new AbortController();
  let ran: Promise<void> = Promise.resolve();
  const inbox: Inbox = {
    accept: async (event) => {
      await accept?.(event);
      const isNew = events.every(({ eventId }) => eventId !== event.eventId);
      if (isNew) events.push(structuredClone(event));
      return isNew ? 'accepted' : 'duplicate';
    },
  };
  const stop = async () => {
    control.abort();
    await ran.catch(() => undefined);
  };
  return {
    whatsapp,
    account,
    channel,
    events,
    onAccept: (replacement) => {
      accept = replacement;
    },
    start: async () => {
      control = new AbortController();
      const before = whatsapp.logins;
      ran = channel.run(inbox, control.signal);
      ran.catch(() => undefined);
      await Promise.race([
        ran,
        whatsapp.waitFor(
          () => whatsapp.logins > before && channel.status?.().state === 'connected',
          'a login',
        ),
      ]);
    },
    ran: () => ran,
    stop,
    close: async () => {
      await stop();
      if (fake === undefined) await whatsapp.close();
    },
  };
}
