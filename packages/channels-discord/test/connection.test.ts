import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fakeDiscord } from '@portcullis/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createDiscordChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount, until } from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const status = () => bench.channel.status?.();
const texts = () => bench.events.map(({ text }) => text);
const hear = async (content: string) => {
  bench.discord.userSends({ from: bench.anna, content });
  await until(() => texts().includes(content), content);
};

describe('losing the connection', () => {
  test.each([
    ['a cut', () => bench.discord.gateway.drop()],
    ['op 7', () => bench.discord.gateway.requestReconnect()],
    ['4000', () => bench.discord.gateway.closeWith(4000)],
    ['4009', () => bench.discord.gateway.closeWith(4009)],
    ['1001', () => bench.discord.gateway.closeWith(1001)],
    ['the server going away', () => bench.discord.dropConnections()],
  ])('after %s the session is resumed and nothing is missed', async (_name, lose) => {
    bench = await createBench();
    await bench.connect();
    await hear('one');
    lose();
    bench.discord.userSends({ from: bench.anna, content: 'two' });
    await bench.waitForEvents(2);
    expect(texts()).toEqual(['one', 'two']);
    expect(bench.discord.gateway).toMatchObject({ identifies: 1, resumes: 1 });
    await until(() => status()?.state === 'connected', 'the state');
    expect(status()?.restarts).toBe(1);
  });

  test.each([
    ['op 9', () => bench.discord.gateway.invalidateSessions()],
    ['4007', () => bench.discord.gateway.closeWith(4007)],
  ])('after %s a session is begun', async (_name, lose) => {
    bench = await createBench();
    await bench.connect();
    await hear('one');
    lose();
    await until(() => bench.discord.gateway.identifies === 2, 'another session');
    await hear('two');
    expect(texts()).toEqual(['one', 'two']);
  });

  test('a frame of another shape ends neither the process nor the connection', async () => {
    bench = await createBench();
    await bench.connect();
    await hear('one');
    // By itself the library ends the process with the fault it meets within.
    bench.discord.gateway.deliver('READY', null as unknown as object);
    await hear('two');
    expect(bench.discord.gateway).toMatchObject({ identifies: 1, resumes: 0 });
  });

  test('while nothing can be reached it says so, waits longer and longer, and comes back', async () => {
    bench = await createBench({}, { backoffMaxMs: 60 });
    await bench.connect();
    await bench.discord.down();
    await until(() => bench.account.lines.length > 5, 'attempts');
    expect(status()?.state).toBe('reconnecting');
    const waits = bench.account.lines.flatMap((line) => /"waitMs":(\d+)/u.exec(line)?.[1] ?? []);
    expect(Number(waits.at(-1))).toBeGreaterThan(Number(waits[0]));
    await bench.discord.up();
    await hear('again');
  });

  test('sessions are not begun faster than Discord allows', async () => {
    bench = await createBench({}, { identifyEveryMs: 300 });
    await bench.connect();
    const from = performance.now();
    bench.discord.gateway.invalidateSessions();
    await until(() => bench.discord.gateway.identifies === 2, 'another session');
    expect(performance.now() - from).toBeGreaterThan(150);
  });

  test('without a session left for today it waits instead of trying', async () => {
    bench = await createBench({ discord: { identifyBudget: 0 } });
    void bench.start();
    await until(() => status()?.state === 'reconnecting', 'the state');
    expect(status()?.lastError).toBe('Discord lets the bot begin no more sessions today.');
    expect(bench.discord.gateway.connections).toBe(0);
  });
});

describe('giving up', () => {
  test.each([
    [4004, 'discord.unauthorized', /token/u],
    [4010, 'discord.shard_refused', /Update/u],
    [4011, 'discord.sharding_required', /2,500/u],
    [4012, 'discord.version_refused', /Update/u],
    [4013, 'discord.version_refused', /Update/u],
    [4014, 'discord.intents_disallowed', /Message Content Intent/u],
  ])('%s ends the channel and says what to do', async (closeCode, code, hint) => {
    bench = await createBench();
    const running = bench.start();
    await until(() => status()?.state === 'connected', 'the connection');
    bench.discord.gateway.closeWith(closeCode);
    await expect(running).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    expect(status()?.state).toBe('failed');
    await until(() => bench.discord.gateway.connections === 0, 'the end of the connection');
  });

  test('an intent that is switched off is named', async () => {
    bench = await createBench({ discord: { privilegedIntents: false } });
    await expect(bench.start()).rejects.toMatchObject({ code: 'discord.intents_disallowed' });
    expect(bench.discord.gateway.identifies).toBe(0);
  });

  test('a token that is refused by a call ends the channel, and is not tried again', async () => {
    bench = await createBench();
    const running = bench.start();
    await until(() => status()?.state === 'connected', 'the connection');
    bench.discord.fail('createMessage', 1, 'reset');
    const to = {
      channel: 'discord',
      accountId: 'default',
      kind: 'direct',
      id: bench.anna.id,
    } as const;
    const send = () =>
      bench.channel.send({ to, text: 'x', idempotencyKey: 'k' }, AbortSignal.timeout(1000));
    await expect(send()).rejects.toMatchObject({ outcome: 'unknown' });
    bench.discord.revoke();
    await expect(send()).rejects.toMatchObject({ code: 'discord.unauthorized' });
    await expect(running).rejects.toMatchObject({ code: 'discord.unauthorized' });
    const calls = bench.discord.calls.length;
    await expect(send()).rejects.toMatchObject({ code: 'discord.unauthorized' });
    expect(bench.discord.calls.length).toBe(calls);
  });

  test('the API may not name a gateway anywhere', async () => {
    bench = await createBench();
    const evil = createServer();
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    const { port } = evil.address() as AddressInfo;
    const account = testAccount(bench.discord.url, {
      token: bench.discord.token,
      options: { apiUrl: `http://127.0.0.1:${port}/api` },
    });
    evil.on('connection', (socket) => {
      socket.once('data', (head) => {
        const body = head.includes('/users/@me')
          ? `{"id":"12345678","username":"x"}`
          : `{"url":"wss://gateway.example","session_start_limit":{"remaining":1}}`;
        const length = `content-length: ${body.length}`;
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${length}\r\nconnection: close\r\n\r\n${body}`,
        );
      });
    });
    const channel = await createDiscordChannel(account, FAST);
    const running = channel.run({ accept: async () => 'accepted' }, AbortSignal.timeout(5000));
    await expect(running).rejects.toMatchObject({ code: 'discord.gateway_refused' });
    evil.close();
  });
});

describe('a connection that is dead and does not say so', () => {
  test('heartbeats that are not answered end it, also when the peer does not close', async () => {
    bench = await createBench({ discord: { heartbeatIntervalMs: 60 } });
    await bench.connect();
    await hear('one');
    bench.discord.gateway.stall();
    bench.discord.userSends({ from: bench.anna, content: 'two' });
    await bench.waitForEvents(2);
    expect(bench.discord.gateway.resumes).toBe(1);
  });

  test('heartbeats answered and no events: noticed by asking, once that was seen to work', async () => {
    bench = await createBench({}, { quietMs: 60, probeMs: 60 });
    bench.discord.addGuild();
    await bench.connect();
    const chunks = () => bench.discord.gateway.resumes;
    await bench.waitForEvents(1);
    await until(() => bench.discord.gateway.memberRequests >= 2, 'questions');
    expect(chunks()).toBe(0);
    bench.discord.gateway.withholdEvents();
    bench.discord.userSends({ from: bench.anna, content: 'held back' });
    await until(() => texts().includes('held back'), 'what was held back');
    expect(bench.discord.gateway).toMatchObject({ identifies: 1 });
    expect(chunks()).toBeGreaterThan(0);
  });
});

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');

const settled = async () => {
  const from = performance.now();
  await bench.stop();
  return performance.now() - from;
};

describe('stopping', () => {
  test('keeps the session for the next start', async () => {
    bench = await createBench();
    await bench.connect();
    expect(await settled()).toBeLessThan(500);
    expect(status()?.state).toBe('stopped');
    expect(bench.discord.gateway.connections).toBe(0);
    bench.discord.userSends({ from: bench.anna, content: 'in between' });
    await bench.connect();
    await bench.waitForEvents(1);
    expect(bench.discord.gateway).toMatchObject({ identifies: 1, resumes: 1 });
  });

  test('does not wait for a peer that is silent', async () => {
    bench = await createBench();
    await bench.connect();
    bench.discord.gateway.stall();
    expect(await settled()).toBeLessThan(800);
  });

  test('also while it connects', async () => {
    bench = await createBench();
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const session = { id: 'one', url: `ws://127.0.0.1:${port}`, sequence: 1 };
    const stored = { bot: bench.discord.bot.id, at: Date.now(), session, channels: [] };
    bench.account.kept.set('position', JSON.stringify(stored));
    const connected = once(silent, 'connection');
    void bench.start();
    const [socket] = (await connected) as [{ destroyed: boolean; once: typeof silent.once }];
    const closed = new Promise((resolve) => socket.once('close', resolve));
    expect(await settled()).toBeLessThan(500);
    await closed;
    silent.close();
  });

  test('also while the inbox refuses, and leaves no timer behind', async () => {
    bench = await createBench({}, { backoffMinMs: 5000, backoffMaxMs: 9000 });
    bench.onAccept(async () => {
      throw new Error('the disk is full');
    });
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, content: 'one' });
    await until(() => bench.offered.length === 1, 'a refusal');
    expect(await settled()).toBeLessThan(500);
    const after = timers().length;
    await bench.discord.down();
    expect(timers().length).toBeLessThanOrEqual(after);
    await bench.discord.up();
  });
});

test('several accounts run side by side, each with its own session and position', async () => {
  bench = await createBench();
  const other = await fakeDiscord({ username: 'other_bot' });
  const account = testAccount(other.url, { token: other.token, accountId: 'work' });
  const channel = await createDiscordChannel(account, FAST);
  const heard: string[] = [];
  const stop = new AbortController();
  const accept = async ({
    conversation,
    text,
  }: {
    conversation: { accountId: string };
    text?: string;
  }) => {
    heard.push(`${conversation.accountId} ${text}`);
    return 'accepted' as const;
  };
  const running = channel.run({ accept }, stop.signal);
  await bench.connect();
  await other.waitForSession();
  other.userSends({ from: other.addUser(), content: 'for the other' });
  await hear('for this one');
  await until(() => heard.length === 1, 'the other one');
  expect(heard).toEqual(['work for the other']);
  expect(channel.status?.().identity).toBe('@other_bot');
  expect(status()?.identity).toBe('@gate_bot');
  stop.abort();
  await running;
  await other.close();
});

test('asks for no more than it uses', async () => {
  bench = await createBench();
  await bench.connect();
  // Servers, messages and reactions in them and in direct conversations, message content.
  expect(bench.discord.gateway.intents).toBe(1 | 512 | 1024 | 4096 | 8192 | 32_768);
});
