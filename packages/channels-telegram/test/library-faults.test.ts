/**
 * What the client library does by itself and this channel must not: each fault shown on the naked
 * library, so that the day it is mended shows, and then not found in the channel.
 *
 * @module
 */
import { EventEmitter } from 'node:events';
import { autoRetry } from '@grammyjs/auto-retry';
import { Api, Bot, InputFile, webhookCallback } from 'grammy';
import { type FakeTelegram, fakeTelegram } from '@portcullis/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Bench, createBench } from './bench.ts';
import { serveRoutes } from './route-server.ts';

const SECRET = 'a-secret-of-the-webhook';
const HEADER = 'x-telegram-bot-api-secret-token';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function openTelegram(): Promise<FakeTelegram> {
  const telegram = await fakeTelegram();
  ends.push(() => telegram.close());
  return telegram;
}

async function openBench(...parts: Parameters<typeof createBench>): Promise<Bench> {
  const bench = await createBench(...parts);
  ends.push(() => bench.close());
  return bench;
}

describe('a webhook body that is no JSON', () => {
  test('grammY: its handler rejects, and the server it is made for drops the promise', async () => {
    const telegram = await openTelegram();
    const bot = new Bot(telegram.token, { botInfo: { ...telegram.bot } as never });
    const handler = webhookCallback(bot, 'http', { secretToken: SECRET });
    const request = Object.assign(new EventEmitter(), { headers: { [HEADER]: SECRET } });
    const answered = vi.fn();
    const handled = handler(request as never, { end: answered, writeHead: answered } as never);
    await expect.poll(() => request.listenerCount('end')).toBe(1);
    request.emit('data', Buffer.from('{ not json'));
    request.emit('end');
    await expect(handled).rejects.toBeInstanceOf(SyntaxError);
    expect(answered).not.toHaveBeenCalled();
  });

  test('the channel: 400, and it goes on', async () => {
    const server = await serveRoutes();
    ends.push(() => server.close());
    const options = { webhookUrl: `${server.url}/webhook` };
    const bench = await openBench({ webhookSecret: SECRET, options });
    server.serve(bench.account.routes);
    void bench.start();
    await bench.telegram.waitForCall('setWebhook');
    for (const body of ['{ not json', '', 'null', '[]x', '\xff']) {
      const response = await fetch(options.webhookUrl, {
        method: 'POST',
        body,
        headers: { [HEADER]: SECRET },
      });
      expect(response.status).toBe(400);
    }
    bench.telegram.userSends({ from: bench.telegram.addUser(), text: 'still there?' });
    await bench.waitForEvents(1);
  });
});

describe('one update nobody can handle', () => {
  test('grammY: polling ends, and the update is lost', async () => {
    const telegram = await openTelegram();
    const bot = new Bot(telegram.token, { client: { apiRoot: telegram.url } });
    bot.on('message', () => {
      throw new Error('the disk is full');
    });
    const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    telegram.userSends({ from: telegram.addUser(), text: 'store me' });
    await expect(bot.start()).rejects.toThrow(/disk is full/u);
    noise.mockRestore();
    expect(telegram.unacknowledged).toBe(0);
  });

  test('the channel: it is fetched again, and so is what follows', async () => {
    const bench = await openBench();
    let refusals = 1;
    bench.onAccept(async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('the disk is full');
    });
    void bench.start();
    const from = bench.telegram.addUser();
    bench.telegram.userSends({ from, text: 'store me' });
    bench.telegram.userSends({ from, text: 'and me' });
    await bench.waitForEvents(2);
    expect(bench.events.map(({ text }) => text)).toEqual(['store me', 'and me']);
  });
});

describe('an answer that is lost', () => {
  test('the retry plugin of grammY: the message is sent again, and arrives twice', async () => {
    const telegram = await openTelegram();
    const api = new Api(telegram.token, { apiRoot: telegram.url });
    api.config.use(autoRetry());
    const anna = telegram.addUser({ started: true });
    telegram.fail('sendMessage', 1, 'accept-then-reset');
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const sending = api.sendMessage(anna.id, 'once');
    await expect.poll(() => telegram.sent.length, { timeout: 5000 }).toBe(1);
    await expect
      .poll(async () => {
        await vi.advanceTimersByTimeAsync(500);
        return telegram.sent.length;
      })
      .toBe(2);
    vi.useRealTimers();
    await sending;
    expect(telegram.sent.map(({ text }) => text)).toEqual(['once', 'once']);
  });

  test('the channel: it is sent once, and nobody knows', async () => {
    const bench = await openBench();
    const anna = bench.telegram.addUser({ started: true });
    const to = {
      channel: 'telegram',
      accountId: 'default',
      kind: 'direct',
      id: String(anna.id),
    } as const;
    bench.telegram.fail('sendMessage', 1, 'accept-then-reset');
    const sent = bench.channel.send(
      { to, text: 'once', idempotencyKey: 'k' },
      AbortSignal.timeout(5000),
    );
    await expect(sent).rejects.toMatchObject({ outcome: 'unknown' });
    expect(bench.telegram.sent.map(({ text }) => text)).toEqual(['once']);
  });
});

describe('the name of a file', () => {
  test('grammY: it is written into the request as it is', async () => {
    const bodies: string[] = [];
    const api = new Api('123456:token', {
      fetch: (async (_url: string, init: { body: AsyncIterable<Uint8Array> }) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of init.body) chunks.push(chunk);
        bodies.push(Buffer.concat(chunks).toString('latin1'));
        return new Response('{"ok":true,"result":{"message_id":1}}');
      }) as never,
    });
    await api.sendDocument(5, new InputFile(new Uint8Array(3), 'a"; name="chat_id'));
    expect(bodies[0]).toContain('filename=a"; name="chat_id');
  });

  test('the channel: it is a name, and nothing else', async () => {
    const bench = await openBench();
    const anna = bench.telegram.addUser({ started: true });
    const to = {
      channel: 'telegram',
      accountId: 'default',
      kind: 'direct',
      id: String(anna.id),
    } as const;
    const file = { name: 'a"; name="chat_id', mimeType: 'text/plain', bytes: new Uint8Array(3) };
    await bench.channel.send(
      { to, text: '', file, idempotencyKey: 'k' },
      AbortSignal.timeout(5000),
    );
    expect(bench.telegram.sent[0]).toMatchObject({ chatId: anna.id, file: { name: 'a_' } });
  });
});
