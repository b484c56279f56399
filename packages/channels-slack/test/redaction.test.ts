import { inspect } from 'node:util';
import { PortcullisError } from '@portcullis/core';
import type { SlackFault } from '@portcullis/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { createSlackChannel } from '../src/index.ts';
import { type Bench, createBench, place, soon, testAccount } from './bench.ts';

let bench: Bench;
afterEach(async () => {
  vi.restoreAllMocks();
  await bench.close();
});

const EVERY_FAULT: readonly SlackFault[] = [
  ...([500, 429, 'non-json', 'login-page', 'redirect', 'reset', 'hang', 'half-body'] as const),
  ...(['accept-then-reset', 'accept-then-500', 'accept-then-hang'] as const),
  { error: 'invalid_auth' },
];

/** Everything a log, a debugger or a crash report could show of an error. */
function shown(error: unknown): string {
  const hints = PortcullisError.is(error) ? [error.hint, error.details] : [];
  return [inspect(error, { depth: 9, showHidden: true }), JSON.stringify([error, hints])].join();
}

function secretsOf({ slack }: Bench): readonly string[] {
  const { token, app } = slack.bot;
  return [token, app.appToken, app.signingSecret, app.legacyToken].map((secret) => secret.slice(8));
}

test('no error of any call holds a token', async () => {
  bench = await createBench({ timings: { callMs: 100, uploadMs: 100 } });
  const { slack, channel } = bench;
  const to = place(slack, slack.addChannel().id);
  const direct = place(slack, slack.addUser().id, 'direct');
  const file = { name: 'a', mimeType: 'text/plain', bytes: new Uint8Array(3) };
  const errors: unknown[] = [];
  const calls = [
    ['chat.postMessage', () => channel.send({ to, text: 'x', idempotencyKey: 'k' }, soon())],
    [
      'conversations.open',
      () => channel.send({ to: direct, text: 'x', idempotencyKey: 'k' }, soon()),
    ],
    [
      'files.getUploadURLExternal',
      () => channel.send({ to, text: 'x', idempotencyKey: 'k', file }, soon()),
    ],
    ['upload', () => channel.send({ to, text: 'x', idempotencyKey: 'k', file }, soon())],
    [
      'files.completeUploadExternal',
      () => channel.send({ to, text: 'x', idempotencyKey: 'k', file }, soon()),
    ],
    ['chat.update', () => channel.edit?.(to, '1.1', 'x', soon())],
    ['conversations.leave', () => channel.leave?.(to, soon())],
    ['conversations.history', () => channel.lookup?.('k', soon(), to)],
    ['files.info', () => channel.fetchMedia?.({ ref: 'F0AAA' }, 9, soon())],
    ['auth.test', () => channel.probe?.(soon())],
    ['apps.connections.open', () => channel.probe?.(soon())],
  ] as const;
  for (const fault of EVERY_FAULT) {
    for (const [method, call] of calls) {
      slack.clearFaults();
      slack.fail(method, 1, fault);
      await call()?.catch((error: unknown) => errors.push(error));
    }
  }
  await slack.down();
  for (const [, call] of calls) await call()?.catch((error: unknown) => errors.push(error));
  await slack.up();
  expect(errors.length).toBeGreaterThan(100);
  for (const error of errors) {
    expect(PortcullisError.is(error), shown(error)).toBe(true);
    for (const secret of secretsOf(bench)) expect(shown(error)).not.toContain(secret);
  }
});

test('P32.02: no log line and no status holds a token, whatever goes wrong', async () => {
  const printed: unknown[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    vi.spyOn(stream, 'write').mockImplementation((chunk: string | Uint8Array) => {
      printed.push(String(chunk));
      return write(chunk);
    });
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, name).mockImplementation((...parts) => void printed.push(inspect(parts)));
  }
  bench = await createBench({ timings: { callMs: 50, helloMs: 50 } });
  const { slack, account, channel } = bench;
  for (const fault of EVERY_FAULT.slice(0, -1)) {
    slack.fail('auth.test', 1, fault === 429 ? { retryAfter: 0 } : fault);
    slack.fail('apps.connections.open', 1, fault === 429 ? { retryAfter: 0 } : fault);
  }
  slack.fail('socket', 1, 'hang');
  slack.fail('socket', 2, 'reset');
  await bench.listen();
  slack.deliver(
    { type: 'message', text: 'from a stranger' },
    { team_id: 'T0OTHER', authorizations: [] },
  );
  slack.userSends({ from: slack.addUser(), text: 'at last' });
  await bench.waitForEvents(1);
  expect(account.lines.length).toBeGreaterThan(12);
  const seen = [...account.lines, JSON.stringify(channel.status?.()), ...printed].join('\n');
  for (const secret of secretsOf(bench)) expect(seen).not.toContain(secret);
  expect(account.lines.join('\n')).not.toMatch(/at last|from a stranger/u);
});

test.each([
  ['botToken', undefined, 'slack.token_missing'],
  ['appToken', undefined, 'slack.token_missing'],
  ['botToken', 'xoxp-123456789012-of-a-person', 'slack.token_malformed'],
  ['botToken', 'xapp-1-in-the-wrong-place', 'slack.token_malformed'],
  ['appToken', 'xoxb-in-the-wrong-place', 'slack.token_malformed'],
  ['appToken', 'xapp-1-with secret words', 'slack.token_malformed'],
])('%s %s is refused without being shown', async (key, value, code) => {
  bench = await createBench();
  const account = testAccount(bench.slack, { secrets: { [key]: value } });
  const error: unknown = await createSlackChannel(account).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  if (value !== undefined) expect(shown(error)).not.toContain(value.slice(8));
});
