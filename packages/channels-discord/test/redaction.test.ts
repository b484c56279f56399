import { inspect } from 'node:util';
import { type Conversation, PortcullisError } from '@portcullis/core';
import type { DiscordFault } from '@portcullis/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { createDiscordChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount, until } from './bench.ts';

let bench: Bench;
afterEach(async () => {
  vi.restoreAllMocks();
  await bench.close();
});

const EVERY_FAULT: readonly DiscordFault[] = [
  ...([500, 502, 429, 'reset', 'hang', 'half-body'] as const),
  ...(['accept-then-500', 'accept-then-reset', 'accept-then-hang'] as const),
];

/** Everything a log, a debugger or a crash report could show of an error. */
function shown(error: unknown): string {
  const hints = PortcullisError.is(error) ? [error.hint, error.details] : [];
  return [inspect(error, { depth: 9, showHidden: true }), JSON.stringify([error, hints])].join();
}

test('no error of any call holds the token or an address', async () => {
  bench = await createBench({}, { callMs: 60 });
  const { discord, channel, anna } = bench;
  const guild = discord.addGuild();
  const text = discord.addChannel(guild);
  const to: Conversation = {
    channel: 'discord',
    accountId: 'default',
    kind: 'channel',
    id: text.id,
    guildId: guild.id,
  };
  const place = discord.userSends({
    from: anna,
    channel: text,
    files: [{ name: 'a', bytes: new Uint8Array(9) }],
  });
  const ref = `${place.channelId}/${place.messageId}/${discord.fileOf(place)}`;
  const soon = AbortSignal.timeout(15_000);
  const errors: unknown[] = [];
  const keep = (error: unknown) => void errors.push(error);
  const calls = [
    ['createMessage', () => channel.send({ to, text: 'x', idempotencyKey: 'k' }, soon)],
    ['updateMessage', () => channel.edit?.(to, place.messageId, 'x', soon)],
    ['triggerTypingIndicator', () => channel.typing?.(to, soon)],
    ['getMessage', () => channel.fetchMedia?.({ ref }, 100, soon)],
    ['getMyUser', () => channel.probe?.(soon)],
  ] as const;
  for (const fault of EVERY_FAULT) {
    await Promise.all(
      calls.map(async ([operation, call]) => {
        discord.fail(operation, 1, fault);
        await call()?.catch(keep);
      }),
    );
    discord.clearFaults();
  }
  await discord.down();
  for (const [, call] of calls) await call()?.catch(keep);
  await discord.up();
  discord.revoke();
  for (const [, call] of calls) await call()?.catch(keep);
  expect(errors.length).toBeGreaterThan(40);
  for (const error of errors) {
    expect(PortcullisError.is(error)).toBe(true);
    for (const part of discord.token.split('.')) expect(shown(error)).not.toContain(part);
    expect(shown(error)).not.toContain('http://');
  }
});

test('P32.02: no log line, no status and nothing printed holds the token, whatever goes wrong', async () => {
  const printed: unknown[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    vi.spyOn(stream, 'write').mockImplementation((chunk: string | Uint8Array) => {
      printed.push(String(chunk));
      return write(chunk);
    });
  }
  bench = await createBench({}, { callMs: 60 });
  const { discord, account, channel } = bench;
  for (const fault of EVERY_FAULT) {
    // A rate limit is waited for, a second at least.
    if (fault === 429) continue;
    discord.fail('getMyUser', 1, fault);
    discord.fail('getGatewayBot', 1, fault);
  }
  await bench.connect();
  for (const code of [4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009]) {
    discord.gateway.closeWith(code);
    await until(() => channel.status?.().state === 'reconnecting', `the loss after ${code}`);
    await until(() => channel.status?.().state === 'connected', `the return after ${code}`);
  }
  discord.revoke();
  await until(() => channel.status?.().state === 'failed', 'the end');
  const seen = [...account.lines, JSON.stringify(channel.status?.()), ...printed].join('\n');
  expect(account.lines.length).toBeGreaterThan(15);
  const [, , half = ''] = discord.token.split('.');
  expect(seen).not.toContain(half);
  const { id = '' } =
    (JSON.parse(account.kept.get('position') ?? '{}') as { session?: { id?: string } }).session ??
    {};
  expect(account.lines.join('\n')).not.toContain(id === '' ? half : id);
});

test.each([
  ['123456:abc/../../secret words', 'discord.token_malformed'],
  [undefined, 'discord.token_missing'],
])('a token such as %j is refused without being shown', async (token, code) => {
  bench = await createBench();
  const account = testAccount(bench.discord.url, { token });
  const made = createDiscordChannel(account, FAST);
  await expect(made).rejects.toMatchObject({ code });
  const error: unknown = await made.catch((thrown: unknown) => thrown);
  expect(shown(error)).not.toContain('secret words');
});
