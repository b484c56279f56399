import type { TelegramFault } from '@portcullis/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount, until } from './bench.ts';

/** Stopping takes about a millisecond; the rest is for busy machines. */
const STOP_MS = 250;

let bench: Bench;
afterEach(() => bench.close());

const status = () => bench.channel.status?.();
const texts = () => bench.events.map(({ text }) => text);
const offsets = () =>
  bench.telegram.calls
    .filter(({ method }) => method === 'getUpdates')
    .map(({ parameters }) => parameters['offset']);

describe('acknowledging', () => {
  test('updates before a refused one are acknowledged, it and those after it come again', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    let refusals = 1;
    bench.onAccept(async ({ text }) => {
      if (text === 'two' && refusals > 0) {
        refusals -= 1;
        throw new Error('the disk is full');
      }
    });
    const first = bench.telegram.userSends({ from: anna, text: 'one' }).updateId ?? 0;
    bench.telegram.userSends({ from: anna, text: 'two' });
    bench.telegram.userSends({ from: anna, text: 'three' });
    void bench.start();
    await bench.telegram.waitForAcknowledged();
    expect(texts()).toEqual(['one', 'two', 'three']);
    expect(offsets().slice(0, 3)).toEqual([0, first + 1, first + 3]);
    expect(status()?.lastError).toBe('An update could not be stored; it is fetched again.');
    expect(status()?.state).toBe('connected');
  });

  test('an update that cannot be read is skipped, logged and acknowledged', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    bench.telegram.deliver({ hologram: { secret: 'words' } });
    bench.telegram.deliver({ message: { text: 'no chat, private words' } });
    bench.telegram.deliver({ message: null });
    bench.telegram.deliver({ callback_query: 17 });
    bench.telegram.userSends({ from: anna, text: 'after' });
    void bench.start();
    await bench.telegram.waitForAcknowledged();
    expect(texts()).toEqual(['after']);
    const log = bench.account.lines.join('\n');
    expect(log).toContain('{"kind":"hologram"} Skipped an update of no use.');
    expect(log).toContain('{"kind":"message"} Skipped an update that could not be read.');
    expect(log).not.toContain('words');
  });

  test('an update without an id does not make a busy loop', async () => {
    bench = await createBench({}, { backoffMinMs: 200, backoffMaxMs: 400 });
    void bench.start();
    bench.telegram.deliver({ update_id_is_missing: true });
    await bench.telegram.waitForAcknowledged();
    expect(offsets().length).toBeLessThan(6);
  });

  test('asks for the kinds it understands', async () => {
    bench = await createBench();
    void bench.start();
    const [call] = await bench.telegram.waitForCall('getUpdates');
    expect(call?.parameters['allowed_updates']).toEqual([
      'message',
      'edited_message',
      'channel_post',
      'edited_channel_post',
      'callback_query',
      'message_reaction',
      'my_chat_member',
    ]);
  });
});

describe('mending', () => {
  test.each<TelegramFault>([500, 'non-json', 'reset', 'half-body', 'hang', 'accept-then-reset'])(
    'a poll that ends with %s is made again and loses nothing',
    async (fault) => {
      bench = await createBench();
      const anna = bench.telegram.addUser();
      void bench.start();
      await bench.telegram.waitForCall('getUpdates');
      bench.telegram.fail('getUpdates', 2, fault);
      bench.telegram.userSends({ from: anna, text: 'one' });
      await bench.waitForEvents(1);
      bench.telegram.userSends({ from: anna, text: 'two' });
      await bench.waitForEvents(2);
      await until(() => (status()?.restarts ?? 0) > 0, 'a restart');
      bench.telegram.userSends({ from: anna, text: 'three' });
      await bench.telegram.waitForAcknowledged();
      await until(() => new Set(texts()).size === 3, 'every message');
      expect(status()).toMatchObject({ state: 'connected', lastError: expect.any(String) });
      expect(status()?.lastContactAt).toBeGreaterThan(Date.now() - 5000);
    },
  );

  test('a silent poll is given up after the time Telegram may hold it and a margin', async () => {
    bench = await createBench({}, { pollSeconds: 1, stallSeconds: 0.2 });
    bench.telegram.fail('getUpdates', 1, 'hang');
    void bench.start();
    const [silent, next] = await bench.telegram.waitForCall('getUpdates', 2);
    const waited = (next?.at ?? 0) - (silent?.at ?? 0);
    expect(waited).toBeGreaterThan(1100);
    expect(waited).toBeLessThan(5000);
    expect(status()?.lastError).toBe('Telegram did not answer in time.');
  });

  test('a rate limit is waited for', async () => {
    bench = await createBench();
    bench.telegram.fail('getUpdates', 1, 429);
    void bench.start();
    const [limited, next] = await bench.telegram.waitForCall('getUpdates', 2);
    expect((next?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThan(950);
  });

  test('start-up goes on trying while Telegram cannot be reached', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    bench.telegram.userSends({ from: anna, text: 'early' });
    await bench.telegram.down();
    void bench.start();
    await until(() => status()?.state === 'reconnecting', 'the loss');
    expect(status()?.lastError).toBe('No connection to Telegram (ECONNREFUSED).');
    await bench.telegram.up();
    await bench.waitForEvents(1);
    expect(status()?.state).toBe('connected');
  });

  test('another instance on the same token: says so, backs off, goes on', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    void bench.start();
    await until(() => status()?.state === 'connected', 'the connection');
    await bench.telegram.waitForCall('getUpdates', 2);
    const other = await fetch(`${bench.telegram.url}/bot${bench.telegram.token}/getUpdates`);
    expect(other.status).toBe(200);
    await until(() => status()?.state === 'reconnecting', 'the conflict');
    expect(status()?.lastError).toBe('Another instance polls with this token.');
    bench.telegram.userSends({ from: anna, text: 'still here' });
    await bench.waitForEvents(1);
  });

  test('takes over from a webhook that was left behind', async () => {
    bench = await createBench();
    const { telegram } = bench;
    await fetch(`${telegram.url}/bot${telegram.token}/setWebhook?url=http://127.0.0.1:9/x`);
    void bench.start();
    telegram.userSends({ from: telegram.addUser(), text: 'hello' });
    await bench.waitForEvents(1);
  });
});

describe('ending', () => {
  test('a pending poll is ended at once', async () => {
    bench = await createBench({}, { pollSeconds: 30 });
    void bench.start();
    await bench.telegram.waitForCall('getUpdates', 2);
    const from = performance.now();
    await bench.stop();
    expect(performance.now() - from).toBeLessThan(STOP_MS);
    expect(status()?.state).toBe('stopped');
  });

  test('a pause after a fault is ended at once', async () => {
    bench = await createBench({}, { backoffMinMs: 60_000, backoffMaxMs: 60_000 });
    bench.telegram.fail('getUpdates', 1, 500);
    void bench.start();
    await until(() => status()?.state === 'reconnecting', 'the fault');
    const from = performance.now();
    await bench.stop();
    expect(performance.now() - from).toBeLessThan(STOP_MS);
  });

  test('an event that is being stored is waited for', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    const { promise, resolve } = Promise.withResolvers<void>();
    let offered = false;
    bench.onAccept(async () => {
      offered = true;
      await promise;
    });
    void bench.start();
    bench.telegram.userSends({ from: anna, text: 'settle me' });
    await until(() => offered, 'the event');
    const stopped = bench.stop();
    resolve();
    await stopped;
    expect(texts()).toEqual(['settle me']);
  });

  test.each([
    ['revoked', '123456:not-the-token-of-this-bot'],
    ['of another form', '123:x'],
  ])('a token that is %s ends the channel', async (_, token) => {
    bench = await createBench();
    const account = testAccount(bench.telegram.url, { token });
    const channel = await createTelegramChannel(account, FAST);
    const inbox = { accept: async () => 'accepted' as const };
    await expect(channel.run(inbox, AbortSignal.timeout(5000))).rejects.toMatchObject({
      code: 'telegram.unauthorized',
      message: 'Telegram does not accept the bot token.',
    });
    expect(channel.status?.()).toMatchObject({ state: 'failed' });
  });
});
