import { Bot, InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type FakeTelegram,
  type FakeTelegramUser,
  fakeTelegram,
  type TelegramFault,
} from '../src/index.ts';

let telegram: FakeTelegram;
let bot: Bot;
let anna: FakeTelegramUser;

beforeEach(async () => {
  telegram = await fakeTelegram();
  bot = new Bot(telegram.token, { client: { apiRoot: telegram.url, timeoutSeconds: 1 } });
  anna = telegram.addUser({ firstName: 'Anna', username: 'anna', started: true });
});
afterEach(async () => {
  await bot.stop();
  await telegram.close();
});

const refusal = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => 'not refused',
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'description' in error
        ? `${String(Reflect.get(error, 'error_code'))} ${String(error.description)}`
        : String(error),
  );

const raw = (path: string, init: RequestInit = {}) =>
  fetch(`${telegram.url}/bot${telegram.token}/${path}`, { method: 'POST', ...init });

describe('an unmodified client library', () => {
  test('polls, answers and stops', async () => {
    bot.on('message:text', (context) => context.reply(`you said ${context.message.text}`));
    void bot.start();
    telegram.userSends({ from: anna, text: 'one' });
    telegram.userSends({ from: anna, text: 'two' });
    const sent = await telegram.waitForSent(2);
    expect(sent.map(({ text }) => text)).toEqual(['you said one', 'you said two']);
    await telegram.waitForAcknowledged();
  });

  test('uploads by multipart and downloads', async () => {
    const bytes = Uint8Array.from({ length: 2000 }, (_, index) => index % 256);
    const message = await bot.api.sendDocument(anna.id, new InputFile(bytes, 'data.bin'), {
      caption: '<b>see</b>',
      parse_mode: 'HTML',
    });
    expect(telegram.sent).toMatchObject([
      { method: 'sendDocument', text: 'see', file: { name: 'data.bin' } },
    ]);
    expect(telegram.sent[0]?.file?.bytes).toEqual(bytes);
    const file = await bot.api.getFile(message.document.file_id);
    const response = await fetch(
      `${telegram.url}/file/bot${telegram.token}/${file.file_path ?? ''}`,
    );
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    const escaped = encodeURIComponent(telegram.token);
    const again = await fetch(`${telegram.url}/file/bot${escaped}/${file.file_path ?? ''}`);
    expect(again.status).toBe(200);
  });

  test('a second poll ends the first, an offset acknowledges', async () => {
    const first = bot.api.getUpdates({ timeout: 30 });
    const firstEnds = refusal(first);
    await telegram.waitForCall('getUpdates');
    await bot.api.getUpdates({ timeout: 0 });
    expect(await firstEnds).toMatch(/^409 Conflict: terminated by other getUpdates request/u);
    const { updateId = 0 } = telegram.userSends({ from: anna, text: 'x' });
    expect(await bot.api.getUpdates({ offset: 0 })).toHaveLength(1);
    expect(await bot.api.getUpdates({ offset: updateId })).toHaveLength(1);
    expect(await bot.api.getUpdates({ offset: updateId + 1 })).toHaveLength(0);
    expect(telegram.unacknowledged).toBe(0);
  });

  test('a poll whose client went away keeps nothing', async () => {
    const gone = new AbortController();
    const poll = refusal(bot.api.getUpdates({ timeout: 30 }, gone.signal as never));
    await telegram.waitForCall('getUpdates');
    gone.abort();
    await poll;
    telegram.userSends({ from: anna, text: 'x' });
    expect(await bot.api.getUpdates({})).toMatchObject([{ message: { text: 'x' } }]);
  });

  test('gets only the kinds it asked for', async () => {
    const { messageId } = telegram.userSends({ from: anna, text: 'x' });
    telegram.userReacts({ from: anna, messageId, emoji: ['👍'] });
    await bot.api.getUpdates({ offset: -1, allowed_updates: ['message_reaction'] });
    expect(telegram.userSends({ from: anna, text: 'y' }).updateId).toBeUndefined();
    telegram.userReacts({ from: anna, messageId, emoji: ['👍'] });
    const updates = await bot.api.getUpdates({});
    expect(updates.map((update) => Object.keys(update)[0])).toEqual([
      'message',
      'message_reaction',
    ]);
  });
});

describe('refusals', () => {
  test.each<[name: string, call: () => Promise<unknown>, wanted: string]>([
    ['an unknown chat', () => bot.api.sendMessage(99, 'x'), '400 Bad Request: chat not found'],
    [
      'an empty text',
      () => bot.api.sendMessage(anna.id, ''),
      '400 Bad Request: message text is empty',
    ],
    [
      'a text that is too long',
      () => bot.api.sendMessage(anna.id, 'x'.repeat(4097)),
      '400 Bad Request: message is too long',
    ],
    [
      'a missing answer target',
      () => bot.api.sendMessage(anna.id, 'x', { reply_parameters: { message_id: 9 } }),
      '400 Bad Request: message to be replied not found',
    ],
    [
      'an unknown topic',
      () => bot.api.sendMessage(anna.id, 'x', { message_thread_id: 5 }),
      '400 Bad Request: message thread not found',
    ],
    [
      'too much button data',
      () =>
        bot.api.sendMessage(anna.id, 'x', {
          reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'x'.repeat(65) }]] },
        }),
      '400 Bad Request: BUTTON_DATA_INVALID',
    ],
    [
      'an unknown file',
      () => bot.api.getFile('x'),
      '400 Bad Request: wrong file_id or the file is temporarily unavailable',
    ],
    [
      'a foreign message',
      () => bot.api.editMessageText(anna.id, 5, 'x'),
      '400 Bad Request: message to edit not found',
    ],
    [
      'an unknown query',
      () => bot.api.answerCallbackQuery('1'),
      '400 Bad Request: query is too old and response timeout expired or query ID is invalid',
    ],
  ])('%s', async (_, call, wanted) => {
    expect(await refusal(call())).toBe(wanted);
  });

  test.each([
    ['<b>open', 'Can\'t find end tag corresponding to start tag "b"'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<script>x</script>', 'Unsupported start tag "script" at byte offset 0'],
    ['1 < 2', 'Unclosed start tag at byte offset 2'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b onclick=">x</b>', 'Unexpected character in the tag at byte offset 0'],
  ])('HTML %j', async (html, why) => {
    const call = bot.api.sendMessage(anna.id, html, { parse_mode: 'HTML' });
    expect(await refusal(call)).toBe(`400 Bad Request: can't parse entities: ${why}`);
  });

  test('4096 characters count after the markup is gone', async () => {
    await bot.api.sendMessage(anna.id, `<b>${'&amp;'.repeat(4096)}</b>`, { parse_mode: 'HTML' });
    expect(telegram.sent[0]?.text).toBe('&'.repeat(4096));
  });

  test('tokens and methods', async () => {
    const call = async (path: string) => {
      const response = await fetch(`${telegram.url}${path}`);
      return [response.status, ((await response.json()) as { description: string }).description];
    };
    expect(await call('/bot123456:wrong/getMe')).toEqual([401, 'Unauthorized']);
    expect(await call('/botnonsense/getMe')).toEqual([404, 'Not Found']);
    expect(await call(`/bot${telegram.token}/makeCoffee`)).toEqual([
      404,
      'Not Found: method not found',
    ]);
  });

  test('a person who never wrote, one who blocked us, a room without us', async () => {
    const ben = telegram.addUser();
    expect(await refusal(bot.api.sendMessage(ben.id, 'x'))).toBe('400 Bad Request: chat not found');
    telegram.userSends({ from: ben, text: '/start' });
    await bot.api.sendMessage(ben.id, 'x');
    telegram.userRemovesBot(ben);
    expect(await refusal(bot.api.sendMessage(ben.id, 'x'))).toBe(
      '403 Forbidden: bot was blocked by the user',
    );
    const room = telegram.addGroup({ botIsMember: false });
    expect(await refusal(bot.api.sendMessage(room.id, 'x'))).toBe(
      '403 Forbidden: bot is not a member of the supergroup chat',
    );
  });
});

describe('request bodies', () => {
  test('urlencoded and query parameters', async () => {
    const reply_markup = JSON.stringify({ inline_keyboard: [[{ text: 'a', callback_data: 'b' }]] });
    const form = new URLSearchParams({ chat_id: String(anna.id), text: '123', reply_markup });
    expect((await raw('sendMessage', { body: form })).status).toBe(200);
    expect((await raw(`sendMessage?chat_id=${anna.id}&text=456`)).status).toBe(200);
    expect(telegram.sent.map(({ text }) => text)).toEqual(['123', '456']);
    expect(telegram.sent[0]?.buttons).toEqual([[{ text: 'a', data: 'b' }]]);
  });

  test('broken JSON is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await raw('sendMessage', { body: '{"chat_id":', headers })).status).toBe(400);
  });
});

describe('faults', () => {
  test.each<[fault: TelegramFault, carriedOut: number]>([
    [500, 0],
    [429, 0],
    ['non-json', 0],
    ['reset', 0],
    ['hang', 0],
    ['half-body', 1],
    ['accept-then-reset', 1],
    ['accept-then-hang', 1],
  ])('%s fails the call; messages sent: %i', async (fault, carriedOut) => {
    telegram.fail('sendMessage', 1, fault);
    expect(await refusal(bot.api.sendMessage(anna.id, 'x'))).not.toBe('not refused');
    expect(telegram.sent).toHaveLength(carriedOut);
    await bot.api.sendMessage(anna.id, 'y');
    expect(telegram.sent).toHaveLength(carriedOut + 1);
  });

  test('down and up on the same port', async () => {
    const { url } = telegram;
    await telegram.down();
    expect(await refusal(bot.api.getMe())).toContain('Network request');
    await telegram.up();
    expect(telegram.url).toBe(url);
    expect(await bot.api.getMe()).toMatchObject({ username: 'gate_bot', is_bot: true });
  });

  test('waiting in vain says what was waited for', async () => {
    await expect(telegram.waitForSent(1, 20)).rejects.toMatchObject({
      code: 'testkit.timeout',
      message: 'Waited 20 ms for 1 messages from the bot (0 came).',
    });
  });
});
