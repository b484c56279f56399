import { type Conversation, DeliveryError, type Event } from '@portcullis/core';
import type { FakeTelegramUser, TelegramFault } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './bench.ts';

let bench: Bench;
let anna: FakeTelegramUser;
let to: Conversation;

const soon = () => AbortSignal.timeout(5000);
const direct = (id: number | string): Conversation => ({
  channel: 'telegram',
  accountId: 'default',
  kind: 'direct',
  id: String(id),
});
const send = (text: string, more: object = {}) =>
  bench.channel.send({ to, text, idempotencyKey: 'k', ...more }, soon());
const failure = async (work: Promise<unknown>): Promise<DeliveryError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error(`no DeliveryError but ${String(error)}`);
};

beforeEach(async () => {
  bench = await createBench({}, { callSeconds: 0.4 });
  anna = bench.telegram.addUser({ started: true });
  to = direct(anna.id);
});
afterEach(() => bench.close());

describe('send', () => {
  test('markup arrives as entities, previews are off', async () => {
    await send('# Title\n- **a** & `b`\n```js\nx < 1\n```\n[l](https://a.example)');
    const [sent] = bench.telegram.sent;
    expect(sent?.text).toBe('Title\n• a & b\nx < 1\nl');
    expect(sent?.entities).toEqual([
      { type: 'bold', offset: 0, length: 5 },
      { type: 'bold', offset: 8, length: 1 },
      { type: 'code', offset: 12, length: 1 },
      { type: 'pre', offset: 14, length: 5, language: 'js' },
      { type: 'text_link', offset: 20, length: 1, url: 'https://a.example' },
    ]);
    expect(sent?.linkPreview).toBe(false);
  });

  test('goes into a topic; the general topic is the room itself', async () => {
    const forum = bench.telegram.addGroup({ isForum: true });
    const topicId = String(bench.telegram.addTopic(forum, anna));
    to = { ...direct(forum.id), kind: 'group' };
    await send('to a topic', { to: { ...to, topicId } });
    await send('to the general topic', { to: { ...to, topicId: '1' } });
    expect(bench.telegram.sent.map((sent) => sent.topicId)).toEqual([Number(topicId), undefined]);
  });

  test('an answer to a message that is gone is sent all the same', async () => {
    const { messageId } = bench.telegram.userSends({ from: anna, text: 'question' });
    await send('answer', { replyTo: String(messageId) });
    await send('answer to nothing', { replyTo: '999' });
    expect(bench.telegram.sent.map(({ replyTo }) => replyTo)).toEqual([messageId, undefined]);
  });

  test('buttons, pressed and answered', async () => {
    void bench.start();
    const buttons = [[{ label: 'Yes', data: 'ok:1' }], [{ label: 'No', data: 'no:1' }]];
    const { messageId } = await send('Sure?', { buttons });
    expect(bench.telegram.sent[0]?.buttons).toEqual([
      [{ text: 'Yes', data: 'ok:1' }],
      [{ text: 'No', data: 'no:1' }],
    ]);
    const id = bench.telegram.userPresses({
      from: anna,
      messageId: Number(messageId),
      data: 'ok:1',
    });
    const [event] = await bench.waitForEvents(1);
    expect(event).toMatchObject({ kind: 'button', messageId, button: { data: 'ok:1' } });
    await bench.channel.answerButton?.(event as Event, 'Done', soon());
    expect(bench.telegram.callbackAnswer(id)).toBe('Done');
  });

  test('what Telegram cannot read is sent once more as plain text', async () => {
    bench.telegram.refuseMarkup(1);
    await send('**bold** <words>');
    expect(bench.telegram.sent).toMatchObject([{ text: 'bold <words>', entities: [] }]);
    expect(bench.telegram.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(2);
  });

  test('and only once', async () => {
    bench.telegram.refuseMarkup(2);
    expect(await failure(send('**bold**'))).toMatchObject({ outcome: 'failed' });
    expect(bench.telegram.calls).toHaveLength(2);
  });

  test('every piece of a long text fits', async () => {
    const text = Array.from({ length: 900 }, (_, index) => `**w${index}** <&> \`c${index}\``).join(
      ' ',
    );
    const pieces = bench.channel.split?.(text) ?? [];
    for (const piece of pieces) await send(piece);
    expect(pieces.length).toBeGreaterThan(3);
    const seen = bench.telegram.sent.map((sent) => sent.text).join(' ');
    expect(seen.match(/\bw\d+\b/gu)).toHaveLength(900);
    expect(seen).not.toContain('**');
  });
});

describe('what became of a send', () => {
  test.each<[fault: TelegramFault, outcome: string, code: string]>([
    [429, 'retry', 'telegram.rate_limited'],
    [500, 'unknown', 'telegram.server_error'],
    ['non-json', 'unknown', 'telegram.answer_lost'],
    ['reset', 'unknown', 'telegram.answer_lost'],
    ['half-body', 'unknown', 'telegram.answer_lost'],
    ['hang', 'unknown', 'telegram.answer_lost'],
    ['accept-then-reset', 'unknown', 'telegram.answer_lost'],
    ['accept-then-hang', 'unknown', 'telegram.answer_lost'],
  ])('%s: %s', async (fault, outcome, code) => {
    bench.telegram.fail('sendMessage', 1, fault);
    expect(await failure(send('once'))).toMatchObject({ outcome, code });
    const calls = bench.telegram.calls.filter(({ method }) => method === 'sendMessage');
    expect(calls).toHaveLength(1);
  });

  test('a rate limit says how long to wait', async () => {
    bench.telegram.fail('sendMessage', 1, 429);
    expect(await failure(send('x'))).toMatchObject({ retryAfterMs: 1000, retryable: true });
  });

  test('a refused connection was not sent', async () => {
    await bench.telegram.down();
    expect(await failure(send('x'))).toMatchObject({
      outcome: 'retry',
      code: 'telegram.unreachable',
    });
    await bench.telegram.up();
  });

  test('an abort before is a retry, an abort in between is unknown', async () => {
    const message = { to, text: 'x', idempotencyKey: 'k' };
    const before = await failure(bench.channel.send(message, AbortSignal.abort()));
    expect(before).toMatchObject({ outcome: 'retry', code: 'telegram.not_sent' });
    bench.telegram.fail('sendMessage', 1, 'hang');
    const between = await failure(bench.channel.send(message, AbortSignal.timeout(50)));
    expect(between).toMatchObject({ outcome: 'unknown', code: 'telegram.answer_lost' });
    expect(bench.telegram.sent).toEqual([]);
  });

  test('a chat that is gone, a person who blocked us, a room we left', async () => {
    const gone = await failure(send('x', { to: direct(99) }));
    expect(gone).toMatchObject({ outcome: 'failed', code: 'telegram.refused' });
    expect(gone.message).toBe('Telegram refused the call: Bad Request: chat not found');
    bench.telegram.userRemovesBot(anna);
    const blocked = await failure(send('x'));
    expect(blocked).toMatchObject({ outcome: 'failed', code: 'telegram.forbidden' });
  });

  test('a group that became a supergroup: names the new id', async () => {
    const group = bench.telegram.addGroup({ type: 'group' });
    const { id } = bench.telegram.migrateGroup(group, anna);
    expect(await failure(send('x', { to: direct(group.id) }))).toMatchObject({
      outcome: 'failed',
      code: 'telegram.chat_migrated',
      details: { migratedTo: String(id) },
    });
  });

  test.each([
    ['empty', { text: ' \n ' }],
    ['longer than a message', { text: 'x'.repeat(4097) }],
    ['to no chat id', { to: direct('@anna') }],
    ['to an id beyond numbers', { to: direct('9999999999999999') }],
    ['with too much behind a button', { buttons: [[{ label: 'x', data: 'ä'.repeat(33) }]] }],
  ])('a message that is %s never leaves', async (_, more) => {
    const error = await failure(send('x', more));
    expect(error).toMatchObject({ outcome: 'failed', code: 'telegram.message_invalid' });
    expect(bench.telegram.calls).toEqual([]);
  });

  test('an error quotes nothing that somebody wrote', async () => {
    bench.telegram.refuseMarkup(2, 'Unsupported start tag "private words" at byte offset 1');
    const error = await failure(send('x'));
    expect(error.message).not.toContain('private words');
  });
});

describe('edit, typing, leave', () => {
  test('an edit replaces the text; the same text again is no fault', async () => {
    const { messageId } = await send('draft');
    await bench.channel.edit?.(to, messageId, '*final*', soon());
    await bench.channel.edit?.(to, messageId, '*final*', soon());
    expect(bench.telegram.sent).toMatchObject([{ text: 'final', edits: ['final'] }]);
  });

  test('an edit of a message that is gone fails', async () => {
    const edit = bench.channel.edit?.(to, '77', 'x', soon()) ?? Promise.resolve();
    expect(await failure(edit)).toMatchObject({ outcome: 'failed' });
  });

  test('typing is shown in the topic', async () => {
    const forum = bench.telegram.addGroup({ isForum: true });
    const topicId = String(bench.telegram.addTopic(forum, anna));
    await bench.channel.typing?.({ ...direct(forum.id), kind: 'group', topicId }, soon());
    const [call] = await bench.telegram.waitForCall('sendChatAction');
    expect(call?.parameters).toEqual({
      chat_id: forum.id,
      action: 'typing',
      message_thread_id: Number(topicId),
    });
  });

  test('a room that was left takes nothing more', async () => {
    const room = bench.telegram.addGroup();
    const place: Conversation = { ...direct(room.id), kind: 'group' };
    await bench.channel.leave?.(place, soon());
    expect(await failure(send('x', { to: place }))).toMatchObject({ outcome: 'failed' });
  });

  test('only button presses can be answered', async () => {
    const event: Event = { kind: 'message', conversation: to, sender: {}, at: 0, eventId: 'x' };
    const answer = bench.channel.answerButton?.(event, 'x', soon()) ?? Promise.resolve();
    expect(await failure(answer)).toMatchObject({ code: 'telegram.message_invalid' });
  });
});
