import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeSlackUser } from '@portcullis/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Health } from '@portcullis/channel-kit';
import { Secret } from '@portcullis/core';
import { createWebApi, DEFAULT_TIMINGS } from '../src/api.ts';
import { listen, mayConnect } from '../src/socket.ts';
import { type Bench, createBench } from './bench.ts';

let bench: Bench;
let anna: FakeSlackUser;

async function open(...args: Parameters<typeof createBench>): Promise<void> {
  await bench?.close();
  bench = await createBench(...args);
  anna = bench.slack.addUser({ name: 'anna' });
}
beforeEach(() => open());
afterEach(() => bench.close());

test('a connection that is replaced still takes the acknowledgement of what is under way', async () => {
  const { slack } = bench;
  await bench.listen();
  // Longer than a connection has to live before it may be replaced at once.
  await sleep(20);
  const { promise: stored, resolve: store } = Promise.withResolvers<void>();
  bench.onAccept(() => stored);
  slack.userSends({ from: anna, text: 'under way' });
  await expect.poll(() => slack.deliveries[0]?.state).toBe('sent');
  slack.sockets.refresh();
  await expect.poll(() => slack.sockets.made).toBe(2);
  store();
  slack.userSends({ from: anna, text: 'after' });
  await bench.waitForEvents(2);
  await slack.waitForAcknowledged();
  expect(bench.events.map(({ text }) => text)).toEqual(['under way', 'after']);
});

test('Socket Mode that was switched off is said, and found again when it is on', async () => {
  const { slack, channel } = bench;
  await bench.listen();
  slack.fail('apps.connections.open', 3, { error: 'service_unavailable' });
  slack.sockets.disable();
  await expect.poll(() => channel.status?.().state).toBe('reconnecting');
  expect(bench.account.lines.join('\n')).toContain('Socket Mode is switched off');
  await expect.poll(() => channel.status?.().state).toBe('connected');
  expect(channel.status?.().restarts).toBe(1);
});

test('two hundred events at once are acknowledged well within three seconds', async () => {
  const { slack } = bench;
  await bench.listen();
  let last: Promise<void> = Promise.resolve();
  // One disk: writes come one after another, whatever conversation they are of.
  bench.onAccept(() => (last = last.then(() => sleep(1))));
  const rooms = Array.from({ length: 10 }, () => slack.addChannel({ members: [anna] }));
  for (let index = 0; index < 200; index += 1) {
    slack.userSends({ from: anna, channel: rooms[index % 10] ?? { id: '' }, text: `${index}` });
  }
  await slack.waitForAcknowledged();
  const slowest = Math.max(...slack.deliveries.map(({ tookMs }) => tookMs ?? Infinity));
  expect(slowest).toBeLessThan(3000);
  expect(bench.events).toHaveLength(200);
});

test('what the inbox refuses is held in its order, longer than Slack would repeat it', async () => {
  await open({ fake: { retries: 1, retryMs: 5, ackTimeoutMs: 20 } });
  const { slack } = bench;
  await bench.listen();
  let isFull = true;
  bench.onAccept(async () => {
    if (isFull) throw new Error('the disk is full');
  });
  const other = slack.addUser({ name: 'ben' });
  slack.userSends({ from: anna, text: 'one' });
  slack.userSends({ from: anna, text: 'two' });
  await expect
    .poll(() => slack.deliveries.map(({ state }) => state))
    .toEqual(['given-up', 'given-up']);
  expect(bench.events).toEqual([]);
  isFull = false;
  slack.userSends({ from: other, text: 'three' });
  await bench.waitForEvents(3);
  const ofAnna = bench.events.filter(({ sender }) => sender.id === anna.id);
  expect(ofAnna.map(({ text }) => text)).toEqual(['one', 'two']);
});

test('what is stored after the stop does not make the channel look alive', async () => {
  await open();
  const { slack } = bench;
  await bench.listen();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: stored, resolve: store } = Promise.withResolvers<void>();
  bench.onAccept(async () => {
    ask();
    await stored;
  });
  slack.userSends({ from: anna, text: 'one' });
  await asked;
  await bench.stop();
  store();
  await bench.waitForEvents(1);
  expect(bench.channel.status?.().state).toBe('stopped');
});

test('P12.01: a mention that comes as two events, and a repeated delivery, are one message', async () => {
  const { slack } = bench;
  await bench.listen();
  const room = slack.addChannel({ members: [anna] });
  slack.userSends({ from: anna, channel: room, text: `<@${slack.bot.userId}> hello` });
  await slack.waitForAcknowledged();
  const [message, mention] = slack.deliveries;
  expect(mention?.payload['event']).toMatchObject({ type: 'app_mention' });
  slack.redeliver(message?.envelopeId ?? '');
  await slack.waitForAcknowledged();
  expect(new Set(bench.events.map(({ eventId }) => eventId)).size).toBe(1);
  for (const event of bench.events) {
    expect(event.conversation).toMatchObject({ kind: 'channel', id: room.id });
    expect(event.facts).toEqual({ nativeMention: true });
  }
});

const places = (events: Bench['events']) =>
  new Set(events.map(({ conversation: { accountId, id } }) => `${accountId} ${id}`));

test('accounts of one app hand each other what is the other workspace of theirs', async () => {
  const { slack } = bench;
  const club = slack.addWorkspace({ name: 'Club' });
  const clubBot = slack.install(slack.app, club);
  const other = await createBench({ slack, bot: clubBot, accountId: 'club' });
  try {
    await bench.listen();
    void other.start();
    await expect.poll(() => slack.sockets.open).toBe(2);
    const ben = slack.addUser({ name: 'ben', workspace: club });
    const [home, away] = [slack.addChannel(), slack.addChannel({ bot: clubBot })];
    for (let index = 0; index < 6; index += 1) {
      slack.userSends({ from: anna, channel: home, text: `home ${index}` });
      slack.userSends({ from: ben, channel: away, text: `club ${index}` });
    }
    await slack.waitForAcknowledged();
    expect([bench.events.length, other.events.length]).toEqual([6, 6]);
    expect(places(bench.events)).toEqual(new Set([`default ${home.id}`]));
    expect(places(other.events)).toEqual(new Set([`club ${away.id}`]));
  } finally {
    await other.close();
  }
});

test('what is for a workspace without an account is left to whoever has one', async () => {
  const { slack } = bench;
  await bench.listen();
  const elsewhere = slack.addWorkspace();
  const bot = slack.install(slack.app, elsewhere);
  const room = slack.addChannel({ bot });
  slack.userSends({ from: slack.addUser({ workspace: elsewhere }), channel: room, text: 'psst' });
  slack.userSends({ from: anna, text: 'hello' });
  await bench.waitForEvents(1);
  expect(bench.events.map(({ text }) => text)).toEqual(['hello']);
  expect(slack.deliveries[0]?.state).not.toBe('acknowledged');
});

test.each(['hang', 'reset', 429, 500] as const)(
  'a start that meets %s is tried again',
  async (fault) => {
    await open({ timings: { callMs: 100 } });
    const { slack, channel } = bench;
    slack.fail('auth.test', 1, fault === 429 ? { retryAfter: 0 } : fault);
    slack.fail('apps.connections.open', 1, fault === 429 ? { retryAfter: 0 } : fault);
    await bench.listen();
    slack.userSends({ from: anna, text: 'at last' });
    await bench.waitForEvents(1);
    expect(channel.status?.()).toMatchObject({ state: 'connected', identity: '@gate_bot' });
  },
);

test('stops at once, also while Slack is silent or away', async () => {
  const { slack } = bench;
  await bench.listen();
  slack.sockets.stall();
  const from = performance.now();
  await bench.stop();
  expect(performance.now() - from).toBeLessThan(1000);
  await slack.down();
  void bench.start();
  await expect.poll(() => bench.channel.status?.().state).toBe('reconnecting');
  const again = performance.now();
  await bench.stop();
  expect(performance.now() - again).toBeLessThan(1000);
});

test('a socket on which Slack never says hello is given up for another', async () => {
  await open({ timings: { helloMs: 100 } });
  const { slack } = bench;
  slack.fail('socket', 1, 'hang');
  slack.fail('socket', 1, 'reset');
  await bench.listen();
  slack.userSends({ from: anna, text: 'hello' });
  await bench.waitForEvents(1);
  expect(slack.calls.filter(({ method }) => method === 'apps.connections.open')).toHaveLength(3);
});

test.each([
  ['https://wss-primary.slack.com', 'https://slack.com/api', true],
  ['http://wss-primary.slack.com', 'https://slack.com/api', false],
  ['https://slack.com.evil.test', 'https://slack.com/api', false],
  ['https://evilslack.com', 'https://slack.com/api', false],
  ['http://127.0.0.1:8080', 'https://slack.com/api', false],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:9090', true],
  ['https://wss-primary.slack.com', 'http://127.0.0.1:9090', false],
  ['https://chat.example', 'https://chat.example/api', true],
  ['http://chat.example', 'https://chat.example/api', false],
  ['not an address', 'https://slack.com/api', false],
])('a socket to %s for %s: %s', (address, api, may) => {
  expect(mayConnect(address, api)).toBe(may);
});

const elsewhere = async () => Response.json({ ok: true, url: 'ws://198.51.100.7:8443/link' });

test('an address for the socket that is not one of Slack is not called', async () => {
  const { slack } = bench;
  const token = new Secret(slack.bot.token, 'test:botToken');
  const api = await createWebApi(token, slack.url.replace(/\/$/u, ''), DEFAULT_TIMINGS);
  const health = new Health();
  const stop = new AbortController();
  const listening = listen(
    {
      api: { ...api, clientOptions: { ...api.clientOptions, fetch: elsewhere } },
      appToken: new Secret(slack.bot.app.appToken, 'test:appToken'),
      health,
      log: bench.account.log,
      timings: DEFAULT_TIMINGS,
      answer: () => ({}),
    },
    stop.signal,
  );
  await expect.poll(() => health.status().lastError).toMatch(/not one of its own/u);
  stop.abort();
  await listening;
});

test('an address that comes too late opens no socket', async () => {
  await open({ timings: { helloMs: 60, callMs: 5000 } });
  const { slack } = bench;
  slack.fail('apps.connections.open', 2, 'hang');
  await bench.listen();
  await bench.stop();
  await expect.poll(() => slack.sockets.open).toBe(0);
  expect(slack.sockets.made).toBe(1);
});
