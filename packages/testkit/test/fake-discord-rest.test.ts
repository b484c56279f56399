import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
