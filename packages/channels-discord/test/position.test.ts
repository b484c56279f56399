import { afterEach, describe, expect, test } from 'vitest';
import { CatchUp } from '../src/catch-up.ts';
import { Position, snowflakeAt } from '../src/position.ts';
import { DEFAULT_TIMINGS } from '../src/timings.ts';
import { type Bench, createBench, positionOf, until } from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const minute = (ago: number) => Date.now() - ago * 60_000;
const texts = () => bench.events.map(({ text }) => text);
const messages = () =>
  bench.events.filter(({ kind }) => kind === 'message').map(({ text }) => text);
const heardIn = (place: string) => messages().filter((text) => text?.startsWith(place));
const unstored = () => {
  const { session } = positionOf(bench.account);
  return bench.discord.gateway.messagesAfter(session?.id ?? '', session?.sequence ?? 0);
};

describe('what is stored is not asked for again, and the rest is', () => {
  test('a gateway that was killed between storing and writing the position gets it twice, with one id', async () => {
    bench = await createBench({}, { positionMs: 60_000 });
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, content: 'one' });
    await bench.waitForEvents(1);
    await bench.stop();
    const before = new Map(bench.account.kept);
    await bench.renew();
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, content: 'two' });
    await bench.waitForEvents(2);
    await bench.stop();
    // As if the process had died before it wrote where it was.
    bench.account.kept.clear();
    for (const [key, value] of before) bench.account.kept.set(key, value);
    bench.discord.userSends({ from: bench.anna, content: 'three' });
    await bench.renew();
    void bench.start();
    await bench.waitForEvents(3);
    expect(texts()).toEqual(['one', 'two', 'three']);
    const twice = bench.offered.filter(({ text }) => text === 'two');
    expect(twice).toHaveLength(2);
    expect(twice[0]).toEqual(twice[1]);
    expect(bench.discord.gateway.identifies).toBe(1);
  });

  test('a full disk: nothing is lost, nothing is passed by, and it ends where it began', async () => {
    bench = await createBench();
    let isFull = true;
    bench.onAccept(async () => {
      if (isFull) throw new Error('the disk is full');
    });
    await bench.connect();
    for (const content of ['one', 'two', 'three']) {
      bench.discord.userSends({ from: bench.anna, content });
    }
    await until(() => bench.offered.length >= 3, 'refusals');
    expect(new Set(bench.offered.map(({ text }) => text))).toEqual(new Set(['one']));
    expect(unstored()).toBe(3);
    expect(bench.channel.status?.()).toMatchObject({
      state: 'connected',
      lastError: 'An event could not be stored; it is tried again.',
    });
    // Stopped, started anew, still full.
    await bench.stop();
    await bench.renew();
    await bench.connect();
    isFull = false;
    await bench.waitForEvents(3);
    expect(texts()).toEqual(['one', 'two', 'three']);
    await until(() => unstored() === 0, 'the position');
  });

  test('with too much waiting for the inbox the connection is given up, and Discord keeps the rest', async () => {
    bench = await createBench();
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    bench.onAccept(() => stored);
    await bench.connect();
    for (let index = 0; index < 1500; index += 1) {
      bench.discord.userSends({ from: bench.anna, content: `${index}` });
    }
    await until(() => bench.discord.gateway.connections === 0, 'the connection to be given up');
    expect(bench.offered).toHaveLength(1);
    store();
    await bench.waitForEvents(1500);
    expect(texts()).toEqual(Array.from({ length: 1500 }, (_, index) => `${index}`));
    expect(bench.discord.gateway.identifies).toBe(1);
  });

  test('a position that cannot be written stops nothing and is written later', async () => {
    let isFull = true;
    bench = await createBench({
      beforeKeeping: async () => {
        if (isFull) throw new Error('the disk is full');
      },
    });
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, content: 'one' });
    await bench.waitForEvents(1);
    await until(() => bench.account.lines.some((line) => line.includes('position')), 'the warning');
    isFull = false;
    bench.discord.userSends({ from: bench.anna, content: 'two' });
    await until(() => unstored() === 0 && bench.account.kept.size > 0, 'the position');
  });

  test.each(['{"bot":1', '{}', '[1]', '{"bot":"1","at":1,"session":{"id":4}}'])(
    'a position that is not ours (%s) is no position',
    async (kept) => {
      bench = await createBench();
      bench.account.kept.set('position', kept);
      await bench.connect();
      bench.discord.userSends({ from: bench.anna, content: 'one' });
      await bench.waitForEvents(1);
      expect(bench.discord.gateway.identifies).toBe(1);
    },
  );

  test('the address for resuming must be one that may have the token', async () => {
    bench = await createBench();
    const session = { id: 'stolen', url: 'ws://198.51.100.7:1', sequence: 3 };
    const stored = { bot: bench.discord.bot.id, at: Date.now(), session, channels: [] };
    bench.account.kept.set('position', JSON.stringify(stored));
    await bench.connect();
    expect(bench.discord.gateway.identifies).toBe(1);
  });
});

describe('a session that cannot be resumed', () => {
  test('messages of direct conversations, channels and threads are fetched, each once and in order', async () => {
    bench = await createBench();
    const { discord, anna } = bench;
    const guild = discord.addGuild();
    const channel = discord.addChannel(guild);
    const thread = discord.addThread(channel, { by: anna });
    const role = discord.addRole(guild);
    discord.addMember(guild, anna, { roles: [role] });
    await bench.connect();
    discord.userSends({ from: anna, content: 'direct 0' });
    discord.userSends({ from: anna, channel, content: 'channel 0' });
    await until(() => messages().length === 2, 'the first two');
    await bench.stop();
    for (const number of [1, 2]) {
      discord.userSends({ from: anna, content: `direct ${number}` });
      discord.userSends({ from: anna, channel, content: `channel ${number}` });
      discord.userSends({ from: anna, channel: thread, content: `thread ${number}` });
    }
    discord.gateway.invalidateSessions();
    await bench.renew();
    await bench.connect();
    discord.userSends({ from: anna, channel, content: 'channel 3' });
    await until(() => messages().length === 9, 'every message');
    expect(heardIn('direct')).toEqual(['direct 0', 'direct 1', 'direct 2']);
    expect(heardIn('channel')).toEqual(['channel 0', 'channel 1', 'channel 2', 'channel 3']);
    expect(heardIn('thread')).toEqual(['thread 1', 'thread 2']);
    const missed = bench.events.find(({ text }) => text === 'thread 1');
    expect(missed?.conversation).toMatchObject({ id: thread.id, parentId: channel.id });
    expect(missed?.sender.roles).toEqual([role.id]);
    expect(discord.gateway.identifies).toBe(2);
    await until(() => unstored() === 0, 'the position of the new session');
  });

  test('until what was missed is stored the new session is not where a start begins', async () => {
    bench = await createBench();
    const { discord, anna } = bench;
    const places = [discord.addGuild(), discord.addGuild()].map((guild) =>
      discord.addChannel(guild),
    );
    const sayIn = (content: string) => {
      for (const [index, channel] of places.entries()) {
        discord.userSends({ from: anna, channel, content: `${content} ${index}` });
      }
    };
    await bench.connect();
    sayIn('before');
    await until(() => messages().length === 2, 'the first two');
    await bench.stop();
    const { at } = positionOf(bench.account);
    sayIn('missed');
    discord.gateway.invalidateSessions();
    bench.onAccept(async ({ text }) => {
      if (text === 'missed 1') throw new Error('the disk is full');
    });
    await bench.renew();
    await bench.connect();
    await until(() => bench.offered.some(({ text }) => text === 'missed 1'), 'the missed one');
    await bench.stop();
    // The session it has now would resume after the servers were told of, and miss it for good.
    expect(positionOf(bench.account)).toMatchObject({ at });
    expect(positionOf(bench.account).session).toBeUndefined();
    bench.onAccept(async () => undefined);
    await bench.renew();
    await bench.connect();
    await until(() => messages().includes('missed 1'), 'the missed one, stored');
    expect(messages()).toHaveLength(4);
  });

  test('servers that are not listed are not asked about', async () => {
    bench = await createBench({ options: { guilds: { '12345678': {} } } });
    const { discord, anna } = bench;
    const channel = discord.addChannel(discord.addGuild());
    await bench.connect();
    discord.userSends({ from: anna, channel, content: 'before' });
    await until(() => messages().length === 1, 'the first');
    await bench.stop();
    discord.userSends({ from: anna, channel, content: 'missed' });
    discord.gateway.invalidateSessions();
    await bench.renew();
    await bench.connect();
    discord.userSends({ from: anna, channel, content: 'after' });
    await until(() => messages().includes('after'), 'the last one');
    expect(discord.calls.some(({ operation }) => operation === 'listMessages')).toBe(false);
  });

  test('what was said in a server before the bot came is not fetched, however it came', async () => {
    bench = await createBench();
    const { discord, anna } = bench;
    await bench.connect();
    discord.userSends({ from: anna, content: 'before' });
    await bench.waitForEvents(1);
    await bench.stop();
    discord.gateway.invalidateSessions();
    await bench.renew();
    await bench.connect();
    const [id, channelId] = ['912345678901234567', '912345678901234568'];
    const channels = [{ id: channelId, type: 0, last_message_id: snowflakeAt(Date.now() - 5000) }];
    discord.gateway.deliver('GUILD_CREATE', { id, joined_at: new Date().toISOString(), channels });
    await until(() => bench.events.some(({ kind }) => kind === 'join'), 'the join');
    expect(discord.calls.some(({ path }) => path.includes(channelId))).toBe(false);
  });

  test('of a server that was joined while nobody ran, only what came after that is fetched', async () => {
    bench = await createBench();
    const { account } = bench;
    const asked: string[] = [];
    const parts = {
      api: {
        call: async ({ path }: { readonly path: string }) => void asked.push(path),
        onUnauthorized: () => () => undefined,
      },
      position: new Position(account.credentials, account.log, DEFAULT_TIMINGS),
      log: account.log,
      timings: DEFAULT_TIMINGS,
      signal: AbortSignal.timeout(5000),
      isListed: () => true,
      take: async () => undefined,
    };
    const joined_at = new Date(minute(10)).toISOString();
    const channels = [5, 15].map((ago) => ({
      id: `9123456789${ago + 10}`,
      type: 0,
      last_message_id: snowflakeAt(minute(ago)),
    }));
    const catchUp = new CatchUp(parts, minute(30));
    await catchUp.guild({ id: '912345678901', joined_at, channels });
    expect(asked).toEqual(['/channels/912345678915/messages']);
  });

  test('a bot that never ran fetches nothing', async () => {
    bench = await createBench();
    const channel = bench.discord.addChannel(bench.discord.addGuild());
    bench.discord.userSends({ from: bench.anna, channel, content: 'long ago' });
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, channel, content: 'now' });
    await until(() => messages().length > 0, 'a message');
    expect(messages()).toEqual(['now']);
  });

  test('a channel that may not be read holds nobody up', async () => {
    bench = await createBench();
    const { discord, anna } = bench;
    await bench.connect();
    discord.userSends({ from: anna, content: 'before' });
    await bench.waitForEvents(1);
    await bench.stop();
    discord.userSends({ from: anna, content: 'missed' });
    discord.gateway.invalidateSessions();
    discord.fail('listMessages', 1, 500);
    await bench.renew();
    await bench.connect();
    await bench.waitForEvents(2);
    expect(texts()).toEqual(['before', 'missed']);
  });
});

test('a join is told once, also when it happened while nobody ran', async () => {
  bench = await createBench();
  const { discord } = bench;
  const first = discord.addGuild();
  const joins = () =>
    bench.events.filter(({ kind }) => kind === 'join').map(({ conversation }) => conversation);
  await bench.connect();
  await until(() => joins().length === 1, 'the first join');
  await bench.stop();
  const second = discord.addGuild();
  discord.gateway.invalidateSessions();
  await bench.renew();
  await bench.connect();
  await until(() => joins().length === 2, 'the second join');
  const base = { channel: 'discord', accountId: 'default', kind: 'channel' };
  expect(joins()).toEqual([first, second].map(({ id }) => ({ ...base, id, guildId: id })));
});
