import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeliveryError } from '@portcullis/core';
import type { FakeSlackChannel, FakeSlackUser, SlackFault } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSlackChannel } from '../src/index.ts';
import { type Bench, createBench, place, soon, testAccount } from './bench.ts';

let bench: Bench;
let anna: FakeSlackUser;
let room: FakeSlackChannel;

beforeEach(async () => {
  bench = await createBench();
  anna = bench.slack.addUser({ name: 'anna' });
  room = bench.slack.addChannel({ members: [anna] });
});
afterEach(() => bench.close());

const here = () => place(bench.slack, room.id);
const file = (name = 'a.txt') => ({
  name,
  mimeType: 'text/plain',
  bytes: new TextEncoder().encode('abc'),
});

async function send(text: string, more = {}): Promise<string> {
  const message = { to: here(), text, idempotencyKey: 'k', ...more };
  return (await bench.channel.send(message, soon())).messageId;
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => expect.fail('it was sent'),
    (error: unknown) => error,
  );

describe('what is sent', () => {
  test.each([
    ['**bold** _it_ ~~gone~~ `a<b`', '*bold* _it_ ~gone~ `a&lt;b`'],
    ['# Title\n- one\n- two', '*Title*\n• one\n• two'],
    ['[a & b](https://a.example/?x=1&y=2|z)', '<https://a.example/?x=1&amp;y=2%7Cz|a &amp; b>'],
    ['```ts\nif (a < b) {}\n```', '```\nif (a &lt; b) {}\n```'],
    [
      '<!channel> <@U0AAAAAAA> <https://evil.example|bank>',
      '&lt;!channel&gt; &lt;@U0AAAAAAA&gt; &lt;https://evil.example|bank&gt;',
    ],
    [
      '[x](javascript:alert) [y](slack://user?id=U1)',
      '[x](javascript:alert) [y](slack://user?id=U1)',
    ],
  ])('%s', async (markdown, mrkdwn) => {
    await send(markdown);
    expect(bench.slack.sent[0]).toMatchObject({ text: mrkdwn, pings: [], unfurls: false });
  });

  test('goes into its thread, and nowhere else by an answered message', async () => {
    const root = await send('root');
    await send('answer', { to: { ...here(), threadId: root } });
    await send('beside', { replyTo: root });
    expect(bench.slack.sent.map(({ threadTs }) => threadTs)).toEqual([undefined, root, undefined]);
  });

  test('goes to a person by their id, in the direct chat with them', async () => {
    const to = place(bench.slack, anna.id, 'direct');
    await send('hello', { to });
    await send('', { to, file: file() });
    const { id } = bench.slack.directMessages(anna);
    expect(bench.slack.sent.map(({ channelId }) => channelId)).toEqual([id, id]);
  });

  test('rows of buttons stand under the whole text, and an edit takes them away', async () => {
    const text = Array.from({ length: 500 }, (_, index) => `word${index}`).join(' ');
    const buttons = [
      [
        { label: 'Yes', data: 'y' },
        { label: 'x'.repeat(90), data: 'n' },
      ],
      [{ label: 'Later', data: 'l' }],
    ];
    const ts = await send(text.slice(0, 3400), { buttons });
    const [sent] = bench.slack.sent;
    expect(sent?.buttons.map((row) => row.map(({ value }) => value))).toEqual([['y', 'n'], ['l']]);
    const call = bench.slack.calls.find(({ method }) => method === 'chat.postMessage');
    const blocks = JSON.parse(String(call?.parameters['blocks'])) as {
      type: string;
      text?: { text: string };
    }[];
    const sections = blocks
      .filter(({ type }) => type === 'section')
      .map((block) => block.text?.text);
    expect(sections.join(' ').split(/\s+/u)).toEqual(text.slice(0, 3400).trim().split(/\s+/u));
    await bench.channel.edit?.(here(), ts, 'decided', soon());
    expect(bench.slack.sent[0]).toMatchObject({ text: 'decided', buttons: [], edits: ['decided'] });
  });

  test('beside a file no link is one that shows a preview', async () => {
    await send('see https://a.example/?q=1 and [this](https://b.example) <!here>', {
      file: file(),
    });
    expect(bench.slack.sent[0]).toMatchObject({
      text: 'see `https://a.example/?q=1` and this `https://b.example` &lt;!here&gt;',
      pings: [],
    });
  });
});

describe('what cannot be sent', () => {
  test.each([
    ['nothing', { text: ' ' }],
    ['more than fits', { text: 'x'.repeat(3501) }],
    [
      'to a name',
      { to: { channel: 'slack', accountId: 'default', kind: 'channel', id: '#general' } as const },
    ],
    ['a row without buttons', { buttons: [[]] }],
    [
      'a row with too many',
      { buttons: [Array.from({ length: 26 }, () => ({ label: 'x', data: 'y' }))] },
    ],
    ['a file with buttons', { file: file(), buttons: [[{ label: 'x', data: 'y' }]] }],
    ['too much beside a file', { text: 'x'.repeat(3501), file: file() }],
    ['an empty file', { file: { ...file(), bytes: new Uint8Array() } }],
  ])('%s', async (_, more) => {
    const error = await failure(send('x', more));
    expect(error).toMatchObject({ outcome: 'failed', code: 'slack.message_invalid' });
    expect(bench.slack.sent).toEqual([]);
  });

  test.each<[fault: SlackFault, outcome: string, code: string]>([
    [{ error: 'channel_not_found' }, 'failed', 'slack.refused'],
    [{ error: 'not_in_channel' }, 'failed', 'slack.refused'],
    [{ error: 'is_archived' }, 'failed', 'slack.refused'],
    [{ error: 'msg_too_long' }, 'failed', 'slack.refused'],
    [{ error: 'restricted_action' }, 'failed', 'slack.refused'],
    [{ error: 'token_revoked' }, 'failed', 'slack.unauthorized'],
    [{ error: 'missing_scope' }, 'failed', 'slack.unauthorized'],
    [{ error: 'ratelimited' }, 'retry', 'slack.rate_limited'],
    [{ error: 'internal_error' }, 'unknown', 'slack.server_error'],
    [{ error: 'fatal_error' }, 'unknown', 'slack.server_error'],
    [500, 'unknown', 'slack.server_error'],
    ['non-json', 'unknown', 'slack.server_error'],
    ['login-page', 'unknown', 'slack.answer_lost'],
    ['redirect', 'unknown', 'slack.answer_lost'],
    ['reset', 'unknown', 'slack.answer_lost'],
    ['hang', 'unknown', 'slack.answer_lost'],
    ['half-body', 'unknown', 'slack.answer_lost'],
    ['accept-then-500', 'unknown', 'slack.server_error'],
    ['accept-then-hang', 'unknown', 'slack.answer_lost'],
  ])('%j is %s', async (fault, outcome, code) => {
    await bench.close();
    bench = await createBench({ timings: { callMs: 150 } });
    const to = place(bench.slack, bench.slack.addChannel().id);
    bench.slack.fail('chat.postMessage', 1, fault);
    expect(await failure(send('x', { to }))).toMatchObject({ outcome, code });
    expect(bench.slack.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(1);
  });

  test('a pause Slack asks for is handed on as it is', async () => {
    bench.slack.fail('chat.postMessage', 1, { retryAfter: 7 });
    expect(await failure(send('x'))).toMatchObject({ outcome: 'retry', retryAfterMs: 7000 });
  });
});

describe('a file', () => {
  test.each<[step: string, fault: SlackFault, outcome: string, sent: number]>([
    ['files.getUploadURLExternal', 'reset', 'retry', 0],
    ['files.getUploadURLExternal', { error: 'missing_scope' }, 'failed', 0],
    ['upload', 'reset', 'retry', 0],
    ['upload', 500, 'retry', 0],
    ['upload', 'redirect', 'retry', 0],
    ['files.completeUploadExternal', 'reset', 'unknown', 0],
    ['files.completeUploadExternal', 'accept-then-reset', 'unknown', 1],
    ['files.completeUploadExternal', 429, 'retry', 0],
  ])('whose %s meets %j', async (step, fault, outcome, sent) => {
    bench.slack.fail(step, 1, fault);
    expect(DeliveryError.outcomeOf(await failure(send('x', { file: file() })))).toBe(outcome);
    expect(bench.slack.sent).toHaveLength(sent);
  });

  test.each([
    'https://evil.example/upload',
    'https://files.slack.com.evil.example/upload',
    'http://127.0.0.1:9/upload',
    'ftp://127.0.0.1/upload',
    'not an address',
  ])('is not handed to %s, whoever says so', async (upload_url) => {
    const asked: unknown[] = [];
    const strange = createServer((request, response) => {
      asked.push(request.url);
      response.end(JSON.stringify({ ok: true, upload_url, file_id: 'F0AAA' }));
    });
    strange.listen(0, '127.0.0.1');
    await once(strange, 'listening');
    const apiUrl = `http://127.0.0.1:${(strange.address() as AddressInfo).port}/api`;
    const channel = await createSlackChannel(testAccount(bench.slack, { options: { apiUrl } }));
    const message = { to: here(), text: '', file: file(), idempotencyKey: 'k' };
    const error = await failure(channel.send(message, soon()));
    strange.close();
    strange.closeAllConnections();
    expect(error).toMatchObject({ outcome: 'failed', code: 'slack.upload_refused' });
    expect(asked).toEqual(['/api/files.getUploadURLExternal']);
  });

  test('goes without the token, and with a bare name', async () => {
    const messageId = await send('', { file: file('../../etc/pass\nwd') });
    const upload = bench.slack.calls.find(({ method }) => method === 'upload');
    expect(upload?.token).toBeUndefined();
    const [sent] = bench.slack.sent;
    expect([sent?.files[0]?.name, sent?.ts]).toEqual(['.._.._etc_pass_wd', messageId]);
  });

  test('has its own id where Slack does not say which message it became', async () => {
    bench.slack.fail('files.info', 9, { error: 'missing_scope' });
    expect(await send('', { file: file() })).toMatch(/^F0/u);
  });
});

describe('a doubtful message', () => {
  test('is found in its thread, and only there', async () => {
    const root = await send('root', { idempotencyKey: 'root' });
    const to = { ...here(), threadId: root };
    const messageId = await send('answer', { to, idempotencyKey: 'answer' });
    const find = async (key: string, where = to) =>
      await bench.channel.lookup?.(key, soon(), where);
    expect(await find('answer')).toEqual({ messageId });
    expect(await find('answer', { ...here(), threadId: '1.1' }).catch(() => 'no thread')).toBe(
      'no thread',
    );
    expect(await find('nothing')).toBeUndefined();
  });

  test('is not found in what somebody else marked', async () => {
    await send('x', { idempotencyKey: 'k' });
    const [sent] = bench.slack.sent;
    const other = bench.slack.install(bench.slack.addApp(), bench.slack.workspace);
    const copied = bench.slack.addChannel({ bot: other, members: [] });
    bench.slack.memberMoves(copied, { ...anna, id: bench.slack.bot.userId }, 'joins');
    const body = new URLSearchParams({
      channel: copied.id,
      text: 'x',
      metadata: JSON.stringify(sent?.metadata),
    });
    await fetch(`${bench.slack.url}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.token}` },
      body,
    });
    expect(bench.slack.sentTo(copied)).toHaveLength(1);
    expect(
      await bench.channel.lookup?.('k', soon(), place(bench.slack, copied.id)),
    ).toBeUndefined();
  });
});
