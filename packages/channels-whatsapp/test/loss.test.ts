// Killed at any moment, a gateway loses no message and reads none twice as two.
import { type Channel, type Event, silentLogger } from '@portcullis/core';
import type { FakeWhatsApp } from '@portcullis/testkit/fake-whatsapp';
import { addTransactionCapability } from 'baileys';
import { afterEach, expect, test } from 'vitest';
import { Decryption, Plaintexts } from '../src/decryption.ts';
import { createWhatsAppChannel } from '../src/index.ts';
import { loadBaileys, quietLogger } from '../src/library.ts';
import { Vault } from '../src/vault.ts';
import { FAST, link, MemoryCredentials, openFake, testAccount } from './bench.ts';

let whatsapp: FakeWhatsApp;
afterEach(() => whatsapp.close());

/** A gateway that can die between any two things it does. */
class Life {
  readonly credentials: MemoryCredentials;
  readonly control: AbortController = new AbortController();
  /** Things done since the life counts, in words. */
  readonly steps: string[] = [];
  #diesAt = Number.POSITIVE_INFINITY;
  #counts = false;
  #isDead = false;
  ran: Promise<void> = Promise.resolve();

  constructor(rows: ReadonlyMap<string, string>) {
    this.credentials = new MemoryCredentials(rows);
    const { credentials } = this;
    credentials.before = (entries) => {
      this.#step(`before writing ${Object.keys(entries).length}`);
      // The write happens, and nobody hears that it did.
      const willDie = this.#counts && this.steps.length === this.#diesAt;
      if (willDie) {
        for (const [key, value] of Object.entries(entries)) {
          if (value === undefined) credentials.rows.delete(key);
          else credentials.rows.set(key, value);
        }
      }
      this.#step('after writing');
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Counts from now on, and dies at a step. */
  countTo(diesAt: number): void {
    this.#counts = true;
    this.#diesAt = diesAt;
  }

  #step(what: string): void {
    if (this.#isDead) throw new Error('dead');
    if (!this.#counts) return;
    this.steps.push(what);
    if (this.steps.length <= this.#diesAt) return;
    this.#isDead = true;
    whatsapp.dropConnections();
    this.control.abort();
    throw new Error('dead');
  }

  /** Runs a channel until it dies or is stopped. Accepted events go to `inbox`. */
  async run(inbox: Event[]): Promise<Channel> {
    const account = testAccount(whatsapp, {}, this.credentials);
    const channel = await createWhatsAppChannel(account, FAST);
    const accept = async (event: Event) => {
      this.#step('before accepting');
      const isNew = inbox.every(({ eventId }) => eventId !== event.eventId);
      if (isNew) inbox.push(event);
      this.#step('after accepting');
      return isNew ? ('accepted' as const) : ('duplicate' as const);
    };
    const logins = whatsapp.logins;
    this.ran = channel.run({ accept }, this.control.signal).catch(() => undefined);
    await whatsapp.waitFor(() => whatsapp.logins > logins, 'a login');
    await expect.poll(() => channel.status?.().state).toBe('connected');
    return channel;
  }

  async stop(): Promise<void> {
    this.control.abort();
    await this.ran;
  }
}

async function linked(): Promise<Map<string, string>> {
  whatsapp = await openFake();
  const account = testAccount(whatsapp);
  await link(await createWhatsAppChannel(account, FAST), whatsapp);
  return account.credentials.rows;
}

test('a message survives a kill between any two steps of taking it in', async () => {
  let rows: ReadonlyMap<string, string> = await linked();
  const inbox: Event[] = [];
  const known = whatsapp.addPerson();
  let deaths = 0;
  const steps = new Set<string>();
  for (let at = 0; ; at += 1) {
    // A stranger's first message and one of somebody known take different keys.
    const people = [whatsapp.addPerson(), known];
    const dying = new Life(rows);
    await dying.run(inbox);
    dying.countTo(at);
    const receipts = people.map((from) => whatsapp.personSends({ from, text: `at ${at}` }));
    await expect
      .poll(() => dying.isDead || whatsapp.unacknowledged.length === 0, { timeout: 3000 })
      .toBe(true);
    for (const step of dying.steps) steps.add(step);
    await dying.stop();
    const after = new Life(dying.credentials.rows);
    await after.run(inbox);
    await expect.poll(() => whatsapp.unacknowledged, { timeout: 3000 }).toEqual([]);
    await after.stop();
    rows = after.credentials.rows;
    for (const { id } of receipts) {
      expect(inbox.filter(({ messageId }) => messageId === id)).toHaveLength(1);
    }
    if (!dying.isDead) break;
    deaths += 1;
  }
  // Each message is a write of its keys and words, one of its author, and the inbox.
  expect(deaths).toBeGreaterThanOrEqual(12);
  expect(steps).toContain('before accepting');
  expect(steps).toContain('after accepting');
  expect(whatsapp.nacks).toEqual([]);
  expect(whatsapp.receipts.filter(({ type }) => type === 'retry')).toEqual([]);
});

test('kept words are found under who sent them and their id only', async () => {
  whatsapp = await openFake();
  const vault = await Vault.open(new MemoryCredentials(), await loadBaileys());
  const decryption = new Decryption(new Plaintexts(vault), () => undefined);
  let decrypted = 0;
  const fake = {
    decryptMessage: async () => {
      decrypted += 1;
      return new Uint8Array([decrypted]);
    },
  };
  type Make = Parameters<typeof decryption.wrap>[0];
  const make = decryption.wrap(() => fake as unknown as ReturnType<Make>);
  const logger = quietLogger(silentLogger);
  const options = { maxCommitRetries: 1, delayBetweenTriesMs: 0 };
  const keys = addTransactionCapability(vault.keys, logger, options);
  const repository = make({ creds: vault.creds, keys }, logger);
  const read = async (from: string, id: string) => {
    const content = new Uint8Array([9, 9, 9]);
    const enc = { tag: 'enc', attrs: { type: 'msg' }, content };
    decryption.expect({ tag: 'message', attrs: { from, id }, content: [enc] });
    const [byte] = await repository.decryptMessage({ jid: from, type: 'msg', ciphertext: content });
    return byte;
  };
  expect(await read('1@lid', 'A')).toBe(1);
  expect(await read('1@lid', 'A')).toBe(1);
  expect(await read('1@lid', 'B')).toBe(2);
  expect(await read('2@lid', 'A')).toBe(3);
});

test('the words of acknowledged messages are not kept', async () => {
  const rows = await linked();
  const life = new Life(rows);
  const inbox: Event[] = [];
  await life.run(inbox);
  const from = whatsapp.addPerson();
  for (let index = 0; index < 5; index += 1) whatsapp.personSends({ from, text: `word ${index}` });
  await expect.poll(() => inbox).toHaveLength(5);
  await expect.poll(() => whatsapp.unacknowledged).toEqual([]);
  await life.stop();
  // Stopped before the server could say that it knows: then the next login tells.
  const next = new Life(life.credentials.rows);
  next.credentials.rows.set('text:STALE', 'AAAA');
  next.credentials.rows.set('text.slot:200', 'STALE');
  await next.run(inbox);
  const kept = () => [...next.credentials.rows.keys()].filter((key) => key.startsWith('text:'));
  await expect.poll(kept).toEqual([]);
  await next.stop();
  expect(inbox).toHaveLength(5);
});

test('what the inbox refuses is not acknowledged, and is offered again until it is taken', async () => {
  const rows = await linked();
  const account = testAccount(whatsapp, {}, new MemoryCredentials(rows));
  const channel = await createWhatsAppChannel(account, FAST);
  const control = new AbortController();
  let offered = 0;
  const accept = async () => {
    offered += 1;
    if (offered < 4) {
      expect(whatsapp.unacknowledged).toHaveLength(1);
      throw new Error('the disk is full');
    }
    return 'accepted' as const;
  };
  const ran = channel.run({ accept }, control.signal);
  await whatsapp.waitForLogin();
  whatsapp.personSends({ from: whatsapp.addPerson(), text: 'hello' });
  await expect.poll(() => whatsapp.unacknowledged).toEqual([]);
  expect(offered).toBe(4);
  expect(channel.status?.().lastError).toBe('A message could not be stored; it is tried again.');
  control.abort();
  await ran;
});

test('a store that fails for a while costs no message, and no key is used twice', async () => {
  const rows = await linked();
  const life = new Life(rows);
  const inbox: Event[] = [];
  const channel = await life.run(inbox);
  const from = whatsapp.addPerson();
  whatsapp.personSends({ from, text: 'before' });
  await expect.poll(() => inbox).toHaveLength(1);
  let failures = 6;
  const fail = () => {
    failures -= 1;
    if (failures >= 0) throw new Error('the disk is full');
  };
  life.credentials.before = fail;
  whatsapp.personSends({ from, text: 'during' });
  await expect.poll(() => inbox).toHaveLength(2);
  const message = { to: inbox[0]?.conversation, text: 'and out', idempotencyKey: 'k' };
  expect(message.to).toBeDefined();
  failures = 1;
  const { to } = message;
  if (to === undefined) throw new Error('nowhere to write');
  const sent = channel.send({ ...message, to }, AbortSignal.timeout(3000));
  await expect(sent).rejects.toMatchObject({ outcome: 'retry' });
  await channel.send({ ...message, to }, AbortSignal.timeout(3000));
  await expect.poll(() => whatsapp.sent.map(({ text }) => text)).toEqual(['and out']);
  expect(whatsapp.receipts.filter(({ type }) => type === 'retry')).toEqual([]);
  await life.stop();
});
