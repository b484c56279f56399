import { createHmac } from 'node:crypto';
import type { RouteResponse } from '@portcullis/core';
import type { FakeSlackUser } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSlackChannel } from '../src/index.ts';
import { type Bench, createBench, testAccount } from './bench.ts';
import { type RouteServer, serveRoutes } from './route-server.ts';

let bench: Bench;
let server: RouteServer;
let anna: FakeSlackUser;

beforeEach(async () => {
  bench = await createBench({ options: { mode: 'http' }, timings: { answerMs: 100 } });
  server = await serveRoutes();
  server.serve(bench.account.routes);
  anna = bench.slack.addUser({ name: 'anna' });
});
afterEach(async () => {
  await bench.close();
  await server.close();
});

async function listen(): Promise<void> {
  void bench.start();
  await expect.poll(() => bench.channel.status?.().state).toBe('connected');
  expect(await bench.slack.setRequestUrl(`${server.url}/events`)).toBe(true);
}

interface Changes {
  readonly at?: number;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A signed request of Slack's, with something about it that is not. */
async function post({ at = 0, secret, headers = {}, body }: Changes): Promise<RouteResponse> {
  const { slack, account } = bench;
  const event = { type: 'message', channel: 'D0A', channel_type: 'im', user: anna.id, ts: '1.1' };
  const team_id = slack.workspace.id;
  const callback = { type: 'event_callback', team_id, event: { ...event, text: 'hi' } };
  const bytes = Buffer.from(body ?? JSON.stringify(callback));
  const time = String(Math.floor(Date.now() / 1000) + at);
  const hmac = createHmac('sha256', secret ?? slack.app.signingSecret);
  const signature = `v0=${hmac.update(`v0:${time}:`).update(bytes).digest('hex')}`;
  const handler = account.routes.get('/events') ?? expect.fail('no route');
  return await handler({
    method: 'POST',
    path: '/events',
    headers: {
      'content-type': 'application/json',
      'X-Slack-Request-Timestamp': time,
      'x-slack-signature': signature,
      ...headers,
    },
    body: new Uint8Array(bytes),
  });
}

describe('P11.01: a request', () => {
  test.each<[name: string, changes: Changes, status: number]>([
    ['of Slack', {}, 200],
    ['of four minutes ago', { at: -240 }, 200],
    ['of six minutes ago', { at: -360 }, 401],
    ['of six minutes from now', { at: 360 }, 401],
    ['of an hour from now, well signed', { at: 4000 }, 401],
    ['signed with another secret', { secret: 'f'.repeat(32) }, 401],
    ['without a time', { headers: { 'X-Slack-Request-Timestamp': '' } }, 401],
    ['with a time that is no number', { headers: { 'X-Slack-Request-Timestamp': '1e9' } }, 401],
    ['without a signature', { headers: { 'x-slack-signature': '' } }, 401],
    ['with a short signature', { headers: { 'x-slack-signature': 'v0=ab' } }, 401],
    [
      'with a signature of another version',
      { headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } },
      401,
    ],
    ['that is no JSON', { body: '{' }, 400],
    ['that is a list', { body: '[]' }, 400],
    ['that is no text', { body: new Uint8Array([0xff, 0xfe]) }, 400],
    ['that is too big', { body: `{"a":"${'x'.repeat(1024 * 1024)}"}` }, 413],
    [
      'for another workspace',
      {
        body: JSON.stringify({ type: 'event_callback', team_id: 'T0OTHER', event: { type: 'x' } }),
      },
      403,
    ],
    [
      'for no workspace',
      { body: JSON.stringify({ type: 'event_callback', event: { type: 'x' } }) },
      403,
    ],
  ])('%s', async (_, changes, status) => {
    await listen();
    expect((await post(changes)).status).toBe(status);
    expect(bench.events).toHaveLength(status === 200 ? 1 : 0);
  });

  test('is refused by its head, before a byte of its body is read', async () => {
    const { slack } = bench;
    const guards: unknown[] = [];
    const account = testAccount(slack, { options: { mode: 'http' } });
    await createSlackChannel({
      ...account,
      route: (_path, _handle, admit) => {
        const time = String(Math.floor(Date.now() / 1000));
        const head = { method: 'POST', path: '/events' };
        const signature = `v0=${'0'.repeat(64)}`;
        for (const headers of [
          {},
          { 'x-slack-request-timestamp': '1', 'x-slack-signature': signature },
          { 'x-slack-request-timestamp': time, 'x-slack-signature': signature },
        ]) {
          guards.push(admit?.({ ...head, headers }));
        }
      },
    });
    expect(guards).toEqual([{ status: 401 }, { status: 401 }, undefined]);
  });

  test('of another kind than POST is refused', async () => {
    const handler = bench.account.routes.get('/events');
    const answer = await handler?.({
      method: 'GET',
      path: '/events',
      headers: {},
      body: new Uint8Array(),
    });
    expect(answer?.status).toBe(401);
  });
});

test('the address is confirmed to Slack, also while the channel does not run', async () => {
  const challenge = await post({
    body: JSON.stringify({ type: 'url_verification', challenge: 'abc' }),
  });
  expect(challenge).toMatchObject({ status: 200, body: 'abc' });
  expect((await post({})).status).toBe(503);
});

test('what is not stored in time is not acknowledged, and comes again', async () => {
  await listen();
  const { slack } = bench;
  let isFull = true;
  bench.onAccept(async () => {
    if (isFull) throw new Error('the disk is full');
  });
  slack.userSends({ from: anna, text: 'store me' });
  await expect.poll(() => slack.deliveries[0]?.attempts).toBeGreaterThan(1);
  expect(slack.unacknowledged).toBe(1);
  isFull = false;
  await slack.waitForAcknowledged();
  expect(new Set(bench.events.map(({ eventId }) => eventId)).size).toBe(1);
});

test('commands and buttons come as forms', async () => {
  await listen();
  const { slack, channel } = bench;
  const id = slack.directMessages(anna).id;
  const asked = slack.userCommands({ from: anna, command: '/stop', text: 'a & b = c' });
  const to = { channel: 'slack', accountId: 'default', kind: 'direct', id } as const;
  const buttons = [[{ label: 'Yes', data: 'y=1&z' }]];
  const signal = AbortSignal.timeout(5000);
  const { messageId } = await channel.send({ to, text: '?', buttons, idempotencyKey: 'k' }, signal);
  slack.userPresses({ from: anna, channelId: id, ts: messageId, value: 'y=1&z' });
  const events = await bench.waitForEvents(2);
  await slack.waitForAcknowledged();
  expect(events.find(({ kind }) => kind === 'command')?.command?.args).toBe('a & b = c');
  expect(events.find(({ kind }) => kind === 'button')?.button).toEqual({ data: 'y=1&z' });
  expect(slack.delivery(asked)?.response).toMatchObject({ response_type: 'ephemeral' });
});

test('two workspaces of one app share its request URL', async () => {
  await listen();
  const { slack } = bench;
  const club = slack.addWorkspace({ name: 'Club' });
  const bot = slack.install(slack.app, club);
  const other = await createBench({ slack, bot, accountId: 'club', options: { mode: 'http' } });
  try {
    void other.start();
    await expect.poll(() => other.channel.status?.().state).toBe('connected');
    slack.userSends({
      from: slack.addUser({ workspace: club }),
      channel: slack.addChannel({ bot }),
      text: 'club',
    });
    slack.userSends({ from: anna, text: 'home' });
    await slack.waitForAcknowledged();
    expect(
      [...bench.events, ...other.events].map(({ text, conversation }) => [
        text,
        conversation.accountId,
      ]),
    ).toEqual([
      ['home', 'default'],
      ['club', 'club'],
    ]);
  } finally {
    await other.close();
  }
});

test('P11.03: the token every payload repeats proves nothing: without a signing secret there is no route', async () => {
  const account = testAccount(bench.slack, {
    options: { mode: 'http' },
    secrets: { signingSecret: undefined },
  });
  await expect(createSlackChannel(account)).rejects.toMatchObject({ code: 'slack.token_missing' });
  expect(account.routes.size).toBe(0);
});

const ports = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

test('no port is opened, whatever Bolt would do', async () => {
  await listen();
  // That of the fake and that of the test.
  await expect.poll(ports).toBe(2);
});
