/**
 * What the client library does by itself, and that this channel does not: two halves of each test.
 *
 * @module
 */
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits, type Message, Options, Partials } from 'discord.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, createBench, until } from './bench.ts';

let bench: Bench;
let client: Client;
let heard: Message[];

beforeEach(async () => {
  bench = await createBench({ discord: { heartbeatIntervalMs: 100 } });
  heard = [];
  client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
      GatewayIntentBits.MessageContent,
    ],
    partials: [Partials.Channel, Partials.Message],
    rest: { api: bench.discord.url },
    // Its cache of messages hides some of what is shown here, until the cache is full.
    makeCache: Options.cacheWithLimits({ MessageManager: 0 }),
  });
  client.on(Events.MessageCreate, (message) => heard.push(message));
});
afterEach(async () => {
  await client.destroy();
  await bench.close();
});

async function ready(token: string): Promise<void> {
  const isReady = once(client, Events.ClientReady);
  await client.login(token);
  await isReady;
}

const to = () =>
  ({ channel: 'discord', accountId: 'default', kind: 'direct', id: bench.anna.id }) as const;
const created = () =>
  bench.discord.calls.filter(({ operation }) => operation === 'createMessage').length;

test('an error without a listener ends a process; here every one has a listener', async () => {
  const { discord } = bench;
  await ready(discord.token);
  expect(() => client.emit(Events.Error, new Error('of the socket'))).toThrow('of the socket');
  await bench.connect();
  discord.gateway.closeWith(4000);
  await discord.down();
  await until(() => bench.channel.status?.().state === 'reconnecting', 'the loss');
  await discord.up();
  await until(() => bench.channel.status?.().state === 'connected', 'the return');
});

test('a token that begins with Bot is cut by the library; here it is taken as it is, or refused', async () => {
  client.rest.setToken('');
  const stripped = await client
    .login(`Bot${bench.discord.token}`)
    .then(() => client.token)
    .catch(() => client.token);
  expect(stripped).toBe(bench.discord.token);
  const words = await createBench();
  const secret = () => `Bot ${bench.discord.token}`;
  const { createDiscordChannel } = await import('../src/index.ts');
  const { Secret } = await import('@portcullis/core');
  const account = { ...words.account, secret: () => new Secret(secret(), 'test') };
  await expect(createDiscordChannel(account)).rejects.toMatchObject({
    code: 'discord.token_malformed',
    hint: expect.stringContaining('without the word "Bot"'),
  });
  await words.close();
});

test('a fault of the server: the library sends again by itself; here it is told as doubtful, once', async () => {
  const { discord, anna } = bench;
  await ready(discord.token);
  discord.userSends({ from: anna, content: 'hello' });
  await until(() => heard.length === 1, 'the message');
  discord.fail('createMessage', 1, 'accept-then-500');
  await heard[0]?.reply('hi');
  expect(discord.sent.map(({ content }) => content)).toEqual(['hi', 'hi']);
  const before = created();
  discord.fail('createMessage', 1, 'accept-then-500');
  const message = { to: to(), text: 'ours', idempotencyKey: 'k' };
  await expect(bench.channel.send(message, AbortSignal.timeout(5000))).rejects.toMatchObject({
    outcome: 'unknown',
  });
  expect(created() - before).toBe(1);
  // The outbox may send it again: Discord knows its number.
  await bench.channel.send(message, AbortSignal.timeout(5000));
  expect(discord.sent.filter(({ content }) => content === 'ours')).toHaveLength(1);
});

test('a rate limit: the library waits in silence; here the outbox is told how long', async () => {
  const { discord, anna } = bench;
  await ready(discord.token);
  discord.userSends({ from: anna, content: 'hello' });
  await until(() => heard.length === 1, 'the message');
  discord.fail('createMessage', 1, { retryAfter: 0.2 });
  const from = performance.now();
  await heard[0]?.reply('hi');
  expect(performance.now() - from).toBeGreaterThan(200);
  discord.fail('createMessage', 1, { retryAfter: 30 });
  const sent = bench.channel.send(
    { to: to(), text: 'ours', idempotencyKey: 'k' },
    AbortSignal.timeout(1000),
  );
  await expect(sent).rejects.toMatchObject({ outcome: 'retry', retryAfterMs: 30_050 });
});

test('a preview: the library calls it an update of the message; here it is no edit', async () => {
  const { discord, anna } = bench;
  const updates: unknown[] = [];
  client.on(Events.MessageUpdate, (message) => updates.push(message));
  await ready(discord.token);
  await bench.connect();
  const place = discord.userSends({ from: anna, content: 'https://example.com' });
  await bench.waitForEvents(1);
  discord.previewAppears(place);
  await until(() => updates.length === 1, 'the update');
  discord.userEdits({ ...place, content: 'changed' });
  await bench.waitForEvents(2);
  // A preview after an edit repeats the time of the edit.
  discord.previewAppears(place);
  discord.userSends({ from: anna, content: 'after' });
  await bench.waitForEvents(3);
  expect(bench.events.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'message https://example.com',
    'edit changed',
    'message after',
  ]);
});

test('a delivery that comes again reaches handlers again; here it keeps its id', async () => {
  const { discord, anna } = bench;
  await ready(discord.token);
  await bench.connect();
  const place = discord.userSends({ from: anna, content: 'once' });
  await bench.waitForEvents(1);
  discord.gateway.redeliver(place);
  await until(() => heard.length === 2, 'the handler again');
  await until(() => bench.offered.length === 2, 'the event again');
  expect(bench.offered[0]).toEqual(bench.offered[1]);
});

test('an event counts as had when it arrived, for the library; here when it is stored', async () => {
  const { discord, anna } = bench;
  await ready(discord.token);
  client.on(Events.MessageCreate, () => {
    throw new Error('the disk is full');
  });
  client.on(Events.Error, () => undefined);
  const faults: unknown[] = [];
  const keep = (error: unknown) => void faults.push(error);
  process.on('uncaughtException', keep);
  process.on('unhandledRejection', keep);
  discord.userSends({ from: anna, content: 'lost' });
  await until(() => heard.length === 1, 'the message');
  const resumes = discord.gateway.resumes;
  discord.gateway.drop();
  await until(() => discord.gateway.resumes > resumes, 'the resume');
  discord.userSends({ from: anna, content: 'after' });
  await until(() => heard.length === 2, 'the next message');
  expect(heard.map(({ content }) => content)).toEqual(['lost', 'after']);
  process.off('uncaughtException', keep);
  process.off('unhandledRejection', keep);
  await client.destroy();
  let refusals = 1;
  bench.onAccept(async () => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('the disk is full');
  });
  await bench.connect();
  discord.userSends({ from: anna, content: 'kept' });
  await bench.waitForEvents(1);
  expect(bench.offered.map(({ text }) => text)).toEqual(['kept', 'kept']);
});

test('a dead peer: the library waits for it to close; here it is cut off', async () => {
  const { discord, anna } = bench;
  await ready(discord.token);
  await bench.connect();
  discord.gateway.stall();
  discord.userSends({ from: anna, content: 'after the stall' });
  await bench.waitForEvents(1);
  // The library noticed at the same heartbeat, and is still waiting.
  expect(heard).toEqual([]);
});
