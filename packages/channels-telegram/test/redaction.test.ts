import { inspect } from 'node:util';
import { type Conversation, PortcullisError } from '@portcullis/core';
import type { TelegramFault } from '@portcullis/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount, until } from './bench.ts';

let bench: Bench;
afterEach(async () => {
  vi.restoreAllMocks();
  await bench.close();
});

const EVERY_FAULT: readonly TelegramFault[] = [
  ...([500, 429, 'non-json', 'reset', 'hang', 'half-body'] as const),
  ...(['accept-then-reset', 'accept-then-hang'] as const),
];

/** Everything a log, a debugger or a crash report could show of an error. */
function shown(error: unknown): string {
  const hints = PortcullisError.is(error) ? [error.hint, error.details] : [];
  return [inspect(error, { depth: 9, showHidden: true }), JSON.stringify([error, hints])].join();
}

test('no error of any call holds the token', async () => {
  bench = await createBench({}, { callSeconds: 0.2 });
  const { telegram, channel } = bench;
  const anna = telegram.addUser({ started: true });
  const to: Conversation = {
    channel: 'telegram',
    accountId: 'default',
    kind: 'direct',
    id: String(anna.id),
  };
  const ref = telegram.userSends({ from: anna, photo: new Uint8Array(100) }).fileId ?? '';
  const soon = AbortSignal.timeout(15_000);
  const errors: unknown[] = [];
  const keep = (error: unknown) => void errors.push(error);
  const calls = [
    ['sendMessage', () => channel.send({ to, text: 'x', idempotencyKey: 'k' }, soon)],
    ['editMessageText', () => channel.edit?.(to, '1', 'x', soon)],
    ['sendChatAction', () => channel.typing?.(to, soon)],
    ['leaveChat', () => channel.leave?.(to, soon)],
    ['getFile', () => channel.fetchMedia?.({ ref }, 100, soon)],
    ['file', () => channel.fetchMedia?.({ ref }, 100, soon)],
  ] as const;
  for (const fault of EVERY_FAULT) {
    await Promise.all(
      calls.map(async ([method, call]) => {
        if (method === 'file' && fault === 'hang') return;
        telegram.fail(method, 1, fault);
        await call()?.catch(keep);
      }),
    );
  }
  await telegram.down();
  for (const [, call] of calls) await call()?.catch(keep);
  await telegram.up();
  expect(errors.length).toBeGreaterThan(40);
  const [, half = ''] = telegram.token.split(':');
  for (const error of errors) {
    expect(PortcullisError.is(error)).toBe(true);
    expect(shown(error)).not.toContain(half);
    expect(shown(error)).not.toContain('/bot');
  }
});

test('P32.02: no log line and no status holds the token, whatever goes wrong while polling', async () => {
  const printed: unknown[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    vi.spyOn(stream, 'write').mockImplementation((chunk: string | Uint8Array) => {
      printed.push(String(chunk));
      return write(chunk);
    });
  }
  bench = await createBench({}, { pollSeconds: 0, stallSeconds: 0.2 });
  const { telegram, account, channel } = bench;
  for (const fault of EVERY_FAULT) telegram.fail('getUpdates', 1, fault);
  void bench.start();
  telegram.userSends({ from: telegram.addUser(), text: 'at last' });
  await bench.waitForEvents(1);
  await until(() => (channel.status?.().restarts ?? 0) > 0, 'a restart');
  const seen = [...account.lines, JSON.stringify(channel.status?.()), ...printed].join('\n');
  const [, half = ''] = telegram.token.split(':');
  expect(account.lines.length).toBeGreaterThan(6);
  expect(seen).not.toContain(half);
});

test('a token of another form is refused without being shown', async () => {
  bench = await createBench();
  const account = testAccount(bench.telegram.url, { token: '123456:abc/../../secret words' });
  const made = createTelegramChannel(account, FAST);
  await expect(made).rejects.toMatchObject({ code: 'telegram.token_malformed' });
  const error: unknown = await made.catch((thrown: unknown) => thrown);
  expect(shown(error)).not.toContain('secret words');
});

test('without a token there is no channel', async () => {
  bench = await createBench();
  const account = testAccount(bench.telegram.url, { token: undefined });
  const made = createTelegramChannel(account, FAST);
  await expect(made).rejects.toMatchObject({ code: 'telegram.token_missing' });
});
