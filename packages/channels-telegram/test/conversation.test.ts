import { afterEach, describe, expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount } from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());

describe('asking who we are', () => {
  test('is answered by Telegram, whether the channel runs or not', async () => {
    bench = await createBench();
    expect(await bench.channel.probe?.(AbortSignal.timeout(2000))).toEqual({
      identity: '@gate_bot',
    });
    expect(bench.channel.status?.().state).toBe('starting');
  });

  test('fails with a sentence where Telegram does not take the token', async () => {
    bench = await createBench();
    const revoked = testAccount(bench.telegram.url, { token: '4711:a-token-that-was-revoked' });
    const channel = await createTelegramChannel(revoked, FAST);
    await expect(channel.probe?.(AbortSignal.timeout(2000))).rejects.toMatchObject({
      code: 'telegram.unauthorized',
      message: 'Telegram does not accept the bot token.',
    });
  });

  test('fails with what went wrong where Telegram has a fault', async () => {
    bench = await createBench();
    bench.telegram.fail('getMe', 1, 500);
    await expect(bench.channel.probe?.(AbortSignal.timeout(2000))).rejects.toMatchObject({
      code: 'telegram.call_failed',
    });
  });
});

describe('a private chat', () => {
  test('a message comes in and the answer goes out', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser({ id: 4711, firstName: 'Anna', username: 'anna' });
    void bench.start();
    const { messageId } = bench.telegram.userSends({ from: anna, text: 'hello gate' });
    const [event] = await bench.waitForEvents(1);
    expect(event).toEqual({
      kind: 'message',
      eventId: `message:4711:${messageId}`,
      conversation: { channel: 'telegram', accountId: 'default', kind: 'direct', id: '4711' },
      sender: { id: '4711', username: 'anna', name: 'Anna' },
      at: expect.any(Number),
      messageId: '1',
      text: 'hello gate',
    });
    if (event === undefined) return;
    const receipt = await bench.channel.send(
      { to: event.conversation, text: '**hi** Anna & <all>', replyTo: '1', idempotencyKey: 'k1' },
      AbortSignal.timeout(2000),
    );
    expect(receipt).toEqual({ messageId: '2' });
    expect(bench.telegram.sent).toMatchObject([
      {
        chatId: 4711,
        text: 'hi Anna & <all>',
        entities: [{ type: 'bold', offset: 0, length: 2 }],
        replyTo: 1,
        linkPreview: false,
      },
    ]);
    await bench.telegram.waitForAcknowledged();
    expect(bench.channel.status?.()).toMatchObject({ state: 'connected', identity: '@gate_bot' });
  });
});
