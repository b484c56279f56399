import { once } from 'node:events';
import { createInflate } from 'node:zlib';
import { Client, Events, GatewayIntentBits, Options, Partials } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type FakeDiscord, type FakeDiscordUser, fakeDiscord } from '../src/index.ts';

let discord: FakeDiscord;
let anna: FakeDiscordUser;

beforeEach(async () => {
  discord = await fakeDiscord();
  anna = discord.addUser({ username: 'anna' });
  discord.directMessages(anna);
});
afterEach(() => discord.close());

interface Frame {
  readonly op: number;
  readonly t: string | null;
}

async function open(query = '?v=10&encoding=json'): Promise<WebSocket> {
  const answer = await fetch(`${discord.url}/v10/gateway/bot`, {
    headers: { authorization: `Bot ${discord.token}` },
    signal: AbortSignal.timeout(300),
  });
  const { url } = (await answer.json()) as { url: string };
  return new WebSocket(`${url}/${query}`);
}

const identify = (more: object = {}): object => ({
  op: 2,
  d: { token: discord.token, intents: 1, properties: {}, ...more },
});

async function closeCode(frames: readonly unknown[], query?: string): Promise<number> {
  const socket = await open(query);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  for (const frame of frames) {
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
  const [code] = (await closed) as [number];
  return code;
}

describe('the gateway, by hand', () => {
  test('closes with the code for each mistake', async () => {
    expect(await closeCode([], '?v=8&encoding=json')).toBe(4012);
    expect(await closeCode([{ op: 77, d: null }])).toBe(4001);
    expect(await closeCode(['nonsense'])).toBe(4002);
    expect(await closeCode([{ op: 3, d: {} }])).toBe(4003);
    expect(await closeCode([identify({ token: 'wrong' })])).toBe(4004);
    expect(await closeCode([identify(), identify()])).toBe(4005);
    expect(await closeCode(Array.from({ length: 121 }, () => ({ op: 1, d: null })))).toBe(4008);
    expect(await closeCode([identify({ shard: [1, 1] })])).toBe(4010);
    expect(await closeCode([identify({ intents: 1 << 30 })])).toBe(4013);
  });

  test('refuses a resume with a wrong token or number, or of a session it does not know', async () => {
    const socket = await open();
    const ready = new Promise<{ readonly session_id: string }>((resolve) => {
      socket.on('message', (data: Buffer) => {
        const { t, d } = JSON.parse(data.toString()) as Frame & { d: { session_id: string } };
        if (t === 'READY') resolve(d);
      });
    });
    await once(socket, 'open');
    socket.send(JSON.stringify(identify()));
    const { session_id } = await ready;
    socket.terminate();
    const resume = (d: object) => ({
      op: 6,
      d: { token: discord.token, session_id, seq: 1, ...d },
    });
    expect(await closeCode([resume({ token: 'wrong' })])).toBe(4004);
    expect(await closeCode([resume({ seq: 99 })])).toBe(4007);
    const other = await open();
    const frames: Frame[] = [];
    other.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
    await once(other, 'open');
    other.send(JSON.stringify(resume({ session_id: 'none' })));
    await expect.poll(() => frames.map(({ op }) => op)).toEqual([10, 9]);
    other.terminate();
  });

  test('a client that sends no heartbeat is closed', async () => {
    await discord.close();
    discord = await fakeDiscord({ heartbeatIntervalMs: 20 });
    expect(await closeCode([identify()])).toBe(4009);
  });

  test('speaks zlib-stream to whom asks for it', async () => {
    const socket = await open('?v=10&encoding=json&compress=zlib-stream');
    const inflate = createInflate();
    const frames: Frame[] = [];
    socket.on('message', (data: Buffer) => {
      expect(data.subarray(-4)).toEqual(Buffer.from([0, 0, 0xff, 0xff]));
      inflate.write(data);
    });
    inflate.on('data', (part: Buffer) => frames.push(JSON.parse(part.toString()) as Frame));
    await once(socket, 'open');
    socket.send(JSON.stringify(identify()));
    await expect
      .poll(() => frames.map(({ op, t }) => [op, t]))
      .toEqual([
        [10, null],
        [0, 'READY'],
      ]);
    socket.terminate();
    expect(await closeCode([], '?v=10&encoding=etf')).toBe(4002);
  });

  test('shards share the servers', async () => {
    discord.addGuild({ id: String(2n << 22n) });
    discord.addGuild({ id: String(3n << 22n) });
    const socket = await open();
    const guilds: string[] = [];
    socket.on('message', (data: Buffer) => {
      const { t, d } = JSON.parse(data.toString()) as Frame & { d: { id: string } };
      if (t === 'GUILD_CREATE') guilds.push(d.id);
    });
    await once(socket, 'open');
    socket.send(JSON.stringify(identify({ shard: [1, 2] })));
    await expect.poll(() => guilds).toEqual([String(3n << 22n)]);
    socket.terminate();
  });
});

describe('the gateway, with a client library', () => {
  let client: Client;
  let heard: string[];

  async function login(): Promise<void> {
    client = new Client({
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
      partials: [Partials.Channel],
      // A client that remembers messages hides that they come twice.
      makeCache: Options.cacheWithLimits({ MessageManager: 0 }),
      rest: { api: discord.url },
    });
    heard = [];
    client.on('error', () => undefined);
    client.on(Events.MessageCreate, ({ content }) => heard.push(content));
    const isReady = new Promise<void>((resolve) => {
      client.once(Events.ClientReady, () => resolve());
    });
    await client.login(discord.token);
    await isReady;
  }
  beforeEach(login);
  afterEach(() => client.destroy());

  const hears = (wanted: readonly string[]) =>
    expect.poll(() => heard, { timeout: 9000, interval: 10 }).toEqual(wanted);

  test.each<[name: string, breakIt: () => void]>([
    ['a drop', () => discord.gateway.drop()],
    ['close 4000', () => discord.gateway.closeWith(4000)],
    ['a reconnect request', () => discord.gateway.requestReconnect()],
  ])('after %s the session resumes and what was missed is replayed', async (_, breakIt) => {
    discord.userSends({ from: anna, content: 'before' });
    await hears(['before']);
    breakIt();
    discord.userSends({ from: anna, content: 'meanwhile' });
    await hears(['before', 'meanwhile']);
    discord.userSends({ from: anna, content: 'after' });
    await hears(['before', 'meanwhile', 'after']);
    expect([discord.gateway.identifies, discord.gateway.resumes]).toEqual([1, 1]);
  });

  test('after an invalid session the client identifies again and has missed something', async () => {
    discord.gateway.invalidateSessions();
    discord.userSends({ from: anna, content: 'lost' });
    await expect.poll(() => discord.gateway.identifies, { timeout: 9000 }).toBe(2);
    await discord.waitForSession();
    discord.userSends({ from: anna, content: 'after' });
    await hears(['after']);
    expect(discord.gateway.resumes).toBe(0);
  });

  test('without heartbeat acknowledgements the client connects again', async () => {
    await client.destroy();
    await discord.close();
    discord = await fakeDiscord({ heartbeatIntervalMs: 100 });
    await login();
    discord.gateway.withholdAcks();
    await expect.poll(() => discord.gateway.resumes, { timeout: 9000 }).toBeGreaterThan(0);
    discord.gateway.withholdAcks(false);
    discord.userSends({ from: discord.addUser(), content: 'after' });
    await hears(['after']);
  });

  test('an event can come twice', async () => {
    const place = discord.userSends({ from: anna, content: 'once' });
    discord.gateway.redeliver(place);
    await hears(['once', 'once']);
  });

  test('a wrong token and a spent budget end the login', async () => {
    const other = new Client({ intents: [], rest: { api: discord.url } });
    await expect(other.login('wrong')).rejects.toThrow('An invalid token was provided');
    await other.destroy();
    const spent = await fakeDiscord({ identifyBudget: 0 });
    const late = new Client({ intents: [], rest: { api: spent.url } });
    await expect(late.login(spent.token)).rejects.toThrow('Not enough sessions remaining');
    await late.destroy();
    await spent.close();
  });

  test('waiting in vain says what was waited for', async () => {
    await expect(discord.waitForSent(1, 20)).rejects.toMatchObject({
      code: 'testkit.timeout',
      message: 'Waited 20 ms for 1 messages from the bot (0 came).',
    });
    await expect(discord.waitForCall('createDM', 1, 20)).rejects.toMatchObject({
      message: 'Waited 20 ms for 1 calls of createDM (0 came).',
    });
  });
});
