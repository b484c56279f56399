import type { Conversation, OutboundFile } from '@portcullis/core';
import type { FakeTelegramUser } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './bench.ts';

let bench: Bench;
let anna: FakeTelegramUser;
let to: Conversation;

beforeEach(async () => {
  bench = await createBench();
  anna = bench.telegram.addUser({ started: true });
  to = { channel: 'telegram', accountId: 'default', kind: 'direct', id: String(anna.id) };
});
afterEach(() => bench.close());

const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...Array.from({ length: 200 }, () => 7)]);
const picture: OutboundFile = { name: 'chart.jpg', mimeType: 'image/jpeg', bytes: JPEG };
const paper: OutboundFile = {
  name: 'report.pdf',
  mimeType: 'application/pdf',
  bytes: Uint8Array.from({ length: 3000 }, (_, index) => index % 256),
};
const send = (file: OutboundFile, text = '', more: object = {}) =>
  bench.channel.send({ to, text, file, idempotencyKey: 'k', ...more }, AbortSignal.timeout(10_000));
const methods = () =>
  bench.telegram.calls.map(({ method }) => method).filter((method) => method.startsWith('send'));

describe('what a file is sent as', () => {
  test('a picture is shown, anything else is a document', async () => {
    await send(picture, 'the *chart*');
    await send(paper);
    await send({ ...paper, mimeType: 'image/svg+xml' });
    await send({ ...picture, bytes: Buffer.concat([JPEG, Buffer.alloc(10_000_000)]) });
    expect(methods()).toEqual(['sendPhoto', 'sendDocument', 'sendDocument', 'sendDocument']);
    const [shown, second] = bench.telegram.sent;
    expect(shown).toMatchObject({ text: 'the chart', entities: [{ type: 'italic' }] });
    expect(shown?.file?.bytes).toEqual(JPEG);
    expect(second?.file).toEqual({ name: 'report.pdf', bytes: paper.bytes });
  });

  test('what only claims to be a picture is a document', async () => {
    const { messageId } = await send({ ...paper, mimeType: 'image/png' }, 'look');
    expect(methods()).toEqual(['sendPhoto', 'sendDocument']);
    expect(bench.telegram.sent).toMatchObject([{ text: 'look', method: 'sendDocument' }]);
    expect(messageId).toBe(String(bench.telegram.sent[0]?.messageId));
  });

  test('it goes where words go: topic, answered message, buttons', async () => {
    const forum = bench.telegram.addGroup({ isForum: true });
    const topicId = String(bench.telegram.addTopic(forum, anna));
    to = { ...to, kind: 'group', id: String(forum.id), topicId };
    const buttons = [[{ label: 'Ok', data: 'ok' }]];
    await send(paper, 'x', { replyTo: topicId, buttons });
    expect(bench.telegram.sent).toMatchObject([
      {
        topicId: Number(topicId),
        replyTo: Number(topicId),
        buttons: [[{ text: 'Ok', data: 'ok' }]],
      },
    ]);
  });

  test.each([
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a"; name="chat_id"', 'a_; name=_chat_id_'],
    ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
    ['', 'file'],
    [`${'x'.repeat(300)}.txt`, `${'x'.repeat(124)}.txt`],
  ])('%j is called %j', async (name, called) => {
    await send({ ...paper, name });
    // The fake reads a name up to the first semicolon.
    expect(bench.telegram.sent[0]?.file?.name).toBe(called.split(';')[0]);
    expect(bench.telegram.sent[0]?.chatId).toBe(anna.id);
  });
});

describe('what is written beside it', () => {
  test('is sent without markup when Telegram cannot read the markup', async () => {
    bench.telegram.refuseMarkup(1);
    await send(paper, '**bold**');
    expect(bench.telegram.sent).toMatchObject([{ text: 'bold', entities: [] }]);
  });

  test('more than fits goes ahead, and only once', async () => {
    const words = 'word '.repeat(300).trim();
    bench.telegram.fail('sendDocument', 1, 429);
    await expect(send(paper, words)).rejects.toMatchObject({ outcome: 'retry' });
    await send(paper, words);
    expect(bench.telegram.sent.map(({ method, text }) => [method, text])).toEqual([
      ['sendMessage', words],
      ['sendDocument', ''],
    ]);
  });
});

describe('what became of it', () => {
  test.each([
    [429, 'retry', 'telegram.rate_limited'],
    [500, 'unknown', 'telegram.server_error'],
    ['non-json', 'unknown', 'telegram.answer_lost'],
    ['accept-then-reset', 'unknown', 'telegram.answer_lost'],
    ['accept-then-hang', 'unknown', 'telegram.answer_lost'],
    ['half-body', 'unknown', 'telegram.answer_lost'],
  ] as const)('%s: %s', async (fault, outcome, code) => {
    bench.telegram.fail('sendDocument', 1, fault);
    const error: unknown = await send(paper).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ outcome, code });
    expect(methods()).toEqual(['sendDocument']);
    expect(JSON.stringify(error)).not.toContain(bench.telegram.token);
  });

  test('an abort ends the upload', async () => {
    bench.telegram.fail('sendDocument', 1, 'hang');
    const message = { to, text: '', file: paper, idempotencyKey: 'k' };
    const sent = bench.channel.send(message, AbortSignal.timeout(50));
    await expect(sent).rejects.toMatchObject({ outcome: 'unknown' });
  });

  test('nobody listens: nothing was sent', async () => {
    await bench.telegram.down();
    await expect(send(paper)).rejects.toMatchObject({ outcome: 'retry' });
  });
});
