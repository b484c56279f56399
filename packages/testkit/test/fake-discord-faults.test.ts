import { once } from 'node:events';
import { createInflate } from 'node:zlib';
import { Client, Events, GatewayIntentBits, Options, Partials } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type DiscordFault,
  type FakeDiscord,
  type FakeDiscordChannel,
  type FakeDiscordUser,
  fakeDiscord,
} from '../src/index.ts';

let discord: FakeDiscord;
let anna: FakeDiscordUser;
let dm: FakeDiscordChannel;

beforeEach(async () => {
  discord = await fakeDiscord();
  anna = discord.addUser({ username: 'anna' });
  dm = discord.directMessages(anna);
});
afterEach(() => discord.close());

const call = (method: string, path: string, body?: unknown, token = discord.token) =>
  fetch(`${discord.url}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(300),
  });

const send = (body: object, channel = dm.id) => call('POST', `/channels/${channel}/messages`, body);

async function refusal(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  const { code, message } = (await response.json()) as { code: number; message: string };
  return [response.status, code, message];
}

async function sentId(body: object): Promise<string> {
  const { id } = (await (await send(body)).json()) as { id: string };
  return id;
}

async function listed(query: string): Promise<readonly string[]> {
  const answer = await call('GET', `/channels/${dm.id}/messages?${query}`);
  return ((await answer.json()) as { content: string }[]).map(({ content }) => content);
}

async function attempt(): Promise<unknown> {
  const response = await send({ content: 'x' });
  await response.text();
  return response.status;
}

interface Frame {
  readonly op: number;
  readonly t: string | null;
}

async function open(query = '?v=10&encoding=json'): Promise<WebSocket> {
  const answer = await call('GET', '/gateway/bot');
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

const INVALID = [400, 50035, 'Invalid Form Body'];

describe('REST', () => {
  test.each<[name: string, body: object, wanted: unknown]>([
    ['nothing', { content: ' ' }, [400, 50006, 'Cannot send an empty message']],
    ['too much', { content: 'x'.repeat(2001) }, INVALID],
    ['an answer to nothing', { content: 'x', message_reference: { message_id: '99999' } }, INVALID],
    ['a nonce of 26', { content: 'x', nonce: 'n'.repeat(26) }, INVALID],
    [
      'parse and a list',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      INVALID,
    ],
  ])('refuses to send %s', async (_, body, wanted) => {
    expect(await refusal(send(body))).toEqual(wanted);
    expect(discord.sent).toEqual([]);
  });

  test('refuses places', async () => {
    const guild = discord.addGuild();
    const readOnly = discord.addChannel(guild, { writable: false });
    const forum = discord.addChannel(guild, { type: 15 });
    const content = { content: 'x' };
    expect(await refusal(send(content, '99999'))).toEqual([404, 10003, 'Unknown Channel']);
    expect(await refusal(send(content, readOnly.id))).toEqual([403, 50013, 'Missing Permissions']);
    expect(await refusal(send(content, forum.id))).toEqual([
      400,
      50024,
      'Cannot execute action on this channel type',
    ]);
    discord.userBlocks(anna);
    expect(await refusal(send(content))).toEqual([403, 50007, 'Cannot send messages to this user']);
    discord.removesBot(guild);
    expect(await refusal(send(content, readOnly.id))).toEqual([403, 50001, 'Missing Access']);
  });

  test('refuses foreign messages, tokens, versions, methods and paths', async () => {
    const { messageId } = discord.userSends({ from: anna, content: 'mine' });
    const path = `/channels/${dm.id}/messages/${messageId}`;
    expect(await refusal(call('PATCH', path, { content: 'x' }))).toEqual([
      403,
      50005,
      'Cannot edit a message authored by another user',
    ]);
    expect(await refusal(call('GET', '/users/@me', undefined, 'wrong'))).toEqual([
      401,
      0,
      '401: Unauthorized',
    ]);
    expect(await refusal(call('PUT', '/users/@me'))).toEqual([405, 0, '405: Method Not Allowed']);
    expect(await refusal(call('GET', '/coffee'))).toEqual([404, 0, '404: Not Found']);
    expect(await refusal(fetch(`${discord.url}/v6/users/@me`))).toEqual([
      400,
      50041,
      'Invalid API version provided',
    ]);
    expect(discord.calls.map(({ operation }) => operation)).toEqual([
      'updateMessage',
      'getMyUser',
      'unknown',
      'unknown',
    ]);
  });

  test('a nonce is a promise only where it is enforced', async () => {
    const first = await sentId({ content: 'a', nonce: '7', enforce_nonce: true });
    expect(await sentId({ content: 'b', nonce: '7', enforce_nonce: true })).toBe(first);
    expect(await sentId({ content: 'c', nonce: '7' })).not.toBe(first);
    expect(discord.sent.map(({ content }) => content)).toEqual(['a', 'c']);
  });

  test.each<[allowed: object | undefined, users: number, everyone: boolean]>([
    [undefined, 2, true],
    [{ parse: [] }, 0, false],
    [{ parse: ['everyone'] }, 0, true],
    [{ parse: ['users'] }, 1, false],
    [{ parse: [], replied_user: true }, 1, false],
  ])('allowed mentions %j notify %i', async (allowed, users, everyone) => {
    const ben = discord.addUser();
    const { messageId } = discord.userSends({ from: anna, content: 'x' });
    await send({
      content: `<@${ben.id}> @everyone`,
      message_reference: { message_id: messageId },
      ...(allowed === undefined ? {} : { allowed_mentions: allowed }),
    });
    expect(discord.sent[0]?.pings.users).toHaveLength(users);
    expect(discord.sent[0]?.pings.everyone).toBe(everyone);
  });

  test('reads ids that came as numbers', async () => {
    const { messageId } = discord.userSends({ from: anna, content: 'x' });
    const path = `${discord.url}/v10/channels/${dm.id}/messages`;
    const body = `{"content":"y","message_reference":{"message_id":${messageId}}}`;
    const headers = {
      authorization: `Bot ${discord.token}`,
      'content-type': 'application/json',
    };
    expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(200);
    expect(discord.sent[0]?.replyTo).toBe(messageId);
  });

  test('lists messages newest first', async () => {
    const ids = ['a', 'b', 'c', 'd'].map(
      (content) => discord.userSends({ from: anna, content }).messageId,
    );
    expect(await listed('limit=2')).toEqual(['d', 'c']);
    expect(await listed(`after=${ids[0]}&limit=2`)).toEqual(['c', 'b']);
    expect(await listed(`before=${ids[2]}`)).toEqual(['b', 'a']);
  });

  test.each<[fault: DiscordFault, seen: unknown, carriedOut: number]>([
    [500, 500, 0],
    [502, 502, 0],
    [429, 429, 0],
    [{ retryAfter: 0.5, global: true }, 429, 0],
    ['reset', 'lost', 0],
    ['hang', 'lost', 0],
    ['half-body', 'lost', 1],
    ['accept-then-500', 500, 1],
    ['accept-then-reset', 'lost', 1],
    ['accept-then-hang', 'lost', 1],
  ])('%j fails one call', async (fault, seen, carriedOut) => {
    discord.fail('createMessage', 1, fault);
    expect(await attempt().catch(() => 'lost')).toBe(seen);
    expect(discord.sent).toHaveLength(carriedOut);
    expect(await attempt()).toBe(200);
  });

  test('a limit says how long and for what', async () => {
    discord.fail('createMessage', 1, { retryAfter: 1.5 });
    const response = await send({ content: 'x' });
    expect(await response.json()).toEqual({
      message: 'You are being rate limited.',
      retry_after: 1.5,
      global: false,
    });
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  test('down and up on the same port', async () => {
    const { url } = discord;
    await discord.down();
    await expect(call('GET', '/users/@me')).rejects.toThrow('fetch failed');
    await discord.up();
    expect((await call('GET', '/users/@me')).status).toBe(200);
    expect(discord.url).toBe(url);
  });
});

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
