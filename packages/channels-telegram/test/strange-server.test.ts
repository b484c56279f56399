import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { FAST, testAccount, until } from './bench.ts';

type Answer = (method: string) => { readonly body: string; readonly location?: string };

let close = () => undefined as void;
afterEach(() => close());

/** A Bot API that answers whatever the test wants. */
async function channelAt(answer: Answer) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const method = request.url?.split('/').at(-1) ?? '';
    seen.push(method);
    request.resume();
    const { body, location } = answer(method);
    if (location === undefined) response.writeHead(200).end(body);
    else response.writeHead(307, { location }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = testAccount(url, { token: '123456:a-token' });
  const channel = await createTelegramChannel(account, FAST);
  const stop = new AbortController();
  const running = channel.run({ accept: async () => 'accepted' }, stop.signal);
  let ended = false;
  const end = () => {
    ended = true;
  };
  running.then(end, end);
  close = () => {
    stop.abort();
    server.close();
    server.closeAllConnections();
  };
  return { channel, seen, ended: () => ended };
}

const to = { channel: 'telegram', accountId: 'default', kind: 'direct', id: '5' } as const;
const message = { to, text: 'x', idempotencyKey: 'k' };
const me = '{"ok":true,"result":{"id":123456,"username":"gate_bot"}}';

test('a redirect is not followed: it would carry the message and the token away', async () => {
  const { channel, seen } = await channelAt((method) => ({
    body: '',
    ...(method === 'sendMessage' ? { location: '/elsewhere' } : {}),
  }));
  const sent = channel.send(message, AbortSignal.timeout(5000));
  await expect(sent).rejects.toMatchObject({ code: 'telegram.answer_lost', outcome: 'unknown' });
  expect(seen).not.toContain('elsewhere');
});

test.each(['null', '{}', '[]', '5', '{"ok":true}', '{"ok":true,"result":null}', '{"ok":false}'])(
  'answers of %s never end the channel and never make it busy',
  async (body) => {
    const { channel, seen, ended } = await channelAt(() => ({ body }));
    await until(() => seen.length >= 3, 'the third try');
    expect(ended()).toBe(false);
    expect(channel.status?.().state).toBe('reconnecting');
    const sent = channel.send(message, AbortSignal.timeout(5000));
    await expect(sent).rejects.toMatchObject({ outcome: 'unknown' });
    const fetched = channel.fetchMedia?.({ ref: 'x' }, 10, AbortSignal.timeout(5000));
    await expect(fetched).rejects.toMatchObject({ name: 'PortcullisError' });
  },
);

test.each(['{}', '5', 'null', '[{}]', '["x",null,5]', '[{"update_id":"5"}]'])(
  'updates of %s never end the channel and never make it busy',
  async (updates) => {
    const from = performance.now();
    const { seen, ended } = await channelAt((method) => ({
      body: method === 'getUpdates' ? `{"ok":true,"result":${updates}}` : me,
    }));
    await until(() => seen.filter((method) => method === 'getUpdates').length >= 4, 'four polls');
    expect(performance.now() - from).toBeGreaterThan(40);
    expect(ended()).toBe(false);
  },
);

test('a server that does not hold empty polls is asked with pauses', async () => {
  const { seen } = await channelAt((method) => ({
    body: method === 'getUpdates' ? '{"ok":true,"result":[]}' : me,
  }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(seen.filter((method) => method === 'getUpdates').length).toBeLessThan(15);
});

test.each(['localhost', '127.0.0.1', '[::1]'])(
  'nobody listens at %s: nothing was sent',
  async (host) => {
    const free = createServer().listen(0);
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const account = testAccount(`http://${host}:${port}`, { token: '123456:a-token' });
    const channel = await createTelegramChannel(account, FAST);
    const sent = channel.send(message, AbortSignal.timeout(5000));
    await expect(sent).rejects.toMatchObject({ code: 'telegram.unreachable', outcome: 'retry' });
  },
);
