import { afterEach, expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { type Bench, createBench, testAccount, until } from './bench.ts';
import { type RouteServer, serveRoutes } from './route-server.ts';

const SECRET = 'a-secret-of-the-webhook';
const HEADER = 'x-telegram-bot-api-secret-token';

let bench: Bench;
let server: RouteServer;
afterEach(async () => {
  await bench.close();
  await server.close();
});

async function open(): Promise<void> {
  server = await serveRoutes();
  bench = await createBench({
    webhookSecret: SECRET,
    options: { webhookUrl: `${server.url}/webhook` },
  });
  server.serve(bench.account.routes);
}

async function post(body: string | Uint8Array, headers: Record<string, string | undefined> = {}) {
  const handler = bench.account.routes.get('/webhook');
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return await handler?.({ method: 'POST', path: '/webhook', headers, body: bytes });
}

const update = (id: number, text: string) =>
  JSON.stringify({
    update_id: id,
    message: {
      message_id: id,
      date: 1,
      chat: { id: 5, type: 'private', first_name: 'A' },
      from: { id: 5, is_bot: false, first_name: 'A' },
      text,
    },
  });

test('registers with its secret, receives in order and takes over nothing by polling', async () => {
  await open();
  const anna = bench.telegram.addUser();
  void bench.start();
  const [call] = await bench.telegram.waitForCall('setWebhook');
  expect(call?.parameters).toMatchObject({
    url: `${server.url}/webhook`,
    secret_token: SECRET,
    max_connections: 1,
  });
  for (const text of ['one', 'two', 'three']) bench.telegram.userSends({ from: anna, text });
  await bench.waitForEvents(3);
  await bench.telegram.waitForAcknowledged();
  expect(bench.events.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  expect(bench.telegram.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
  expect(bench.channel.status?.()).toMatchObject({ state: 'connected', identity: '@gate_bot' });
});

test('Telegram delivers again what the inbox refused', async () => {
  await open();
  const anna = bench.telegram.addUser();
  let refusals = 2;
  bench.onAccept(async () => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('the disk is full');
  });
  void bench.start();
  bench.telegram.userSends({ from: anna, text: 'store me' });
  await bench.waitForEvents(1);
  await bench.telegram.waitForAcknowledged();
  expect(bench.events).toHaveLength(1);
  expect(bench.channel.status?.().lastError).toBe(
    'An update could not be stored; Telegram delivers it again.',
  );
});

test.each<[name: string, headers: Record<string, string | undefined>]>([
  ['missing', {}],
  ['wrong', { [HEADER]: 'wrong' }],
  ['empty', { [HEADER]: '' }],
  ['a prefix', { [HEADER]: SECRET.slice(0, -1) }],
  ['sent twice', { [HEADER]: `${SECRET}, ${SECRET}` }],
  ['in other case', { [HEADER]: SECRET.toUpperCase() }],
])('P11.02: a secret that is %s is refused before the body is looked at', async (_, headers) => {
  await open();
  void bench.start();
  await bench.telegram.waitForCall('setWebhook');
  expect(await post(update(1, 'forged'), headers)).toEqual({ status: 401 });
  expect(await post('{ not json', headers)).toEqual({ status: 401 });
  expect(await post(new Uint8Array(2 * 1024 * 1024), headers)).toEqual({ status: 401 });
  expect(bench.events).toEqual([]);
});

test('P23.02: a secret that was replaced opens nothing', async () => {
  await open();
  const account = testAccount(bench.telegram.url, {
    token: bench.telegram.token,
    options: { webhookUrl: `${server.url}/webhook` },
    webhookSecret: 'another-secret-of-the-webhook',
  });
  await createTelegramChannel(account);
  const body = new TextEncoder().encode(update(1, 'forged'));
  const call = (secret: string) =>
    account.routes.get('/webhook')?.({
      method: 'POST',
      path: '/webhook',
      headers: { [HEADER]: secret },
      body,
    });
  expect(await call(SECRET)).toEqual({ status: 401 });
  // The new one is let in; nobody receives yet.
  expect(await call('another-secret-of-the-webhook')).toEqual({ status: 503 });
});

test('with the secret: what is not an update does no harm', async () => {
  await open();
  void bench.start();
  await until(() => bench.channel.status?.().state === 'connected', 'the webhook');
  const headers = { [HEADER]: SECRET };
  await until(() => bench.telegram.calls.some(({ method }) => method === 'setWebhook'), 'it');
  await expect.poll(() => post('{ not json', headers)).toEqual({ status: 400 });
  expect(await post('"text"', headers)).toEqual({ status: 400 });
  expect(await post(new Uint8Array([0xff, 0xfe]), headers)).toEqual({ status: 400 });
  expect(await post('', headers)).toEqual({ status: 400 });
  expect(await post(new Uint8Array(2 * 1024 * 1024), headers)).toEqual({ status: 413 });
  expect(await post('{"update_id":1,"message":null}', headers)).toEqual({ status: 200 });
  expect(await post('[]', headers)).toEqual({ status: 200 });
  expect(await post(update(2, 'fine'), { [HEADER.toUpperCase()]: SECRET })).toEqual({
    status: 200,
  });
  expect(bench.events.map(({ text }) => text)).toEqual(['fine']);
});

test('answers 503 before the start and after the stop, so that nothing is lost', async () => {
  await open();
  const headers = { [HEADER]: SECRET };
  expect(await post(update(1, 'early'), headers)).toEqual({ status: 503 });
  void bench.start();
  await bench.telegram.waitForCall('setWebhook');
  await bench.stop();
  expect(await post(update(2, 'late'), headers)).toEqual({ status: 503 });
  expect(bench.events).toEqual([]);
});

test('only POST is served', async () => {
  await open();
  const handler = bench.account.routes.get('/webhook');
  const request = { method: 'GET', path: '/webhook', body: new Uint8Array() };
  expect(await handler?.({ ...request, headers: { [HEADER]: SECRET } })).toEqual({ status: 405 });
});

test('a webhook that was changed from outside is set again', async () => {
  await open();
  void bench.start();
  await bench.telegram.waitForCall('setWebhook');
  await fetch(`${bench.telegram.url}/bot${bench.telegram.token}/deleteWebhook`);
  await bench.telegram.waitForCall('setWebhook', 2);
  const anna = bench.telegram.addUser();
  bench.telegram.userSends({ from: anna, text: 'back' });
  await bench.waitForEvents(1);
});

test.each([
  ['no secret', undefined],
  ['an empty secret', ''],
  ['a secret Telegram would not take', 'with spaces'],
])('P11.01: refuses to be made with a webhook and %s', async (_, webhookSecret) => {
  await open();
  const account = testAccount(bench.telegram.url, {
    token: bench.telegram.token,
    options: { webhookUrl: `${server.url}/webhook` },
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
  });
  await expect(createTelegramChannel(account)).rejects.toMatchObject({
    code: 'telegram.webhook_secret_missing',
  });
  expect(account.routes.size).toBe(0);
});
