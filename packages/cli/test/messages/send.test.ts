/**
 * `openclaw message send`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { call, FakeOperator, Home } from '../call.ts';

const SENT = {
  runId: 'k1',
  channel: 'telegram',
  accountId: 'default',
  conversationId: '42',
  status: 'sent',
  messageId: '12',
  messageIds: ['12'],
  parts: 1,
  repeated: false,
  decision: 'flow.ok',
};

function answering(change: object = {}): FakeOperator {
  return new FakeOperator({ send: { ...SENT, ...change } });
}

const WORDS = ['message', 'send', '--channel', 'telegram', '-t', '42'];

describe('what is asked', () => {
  test('every option has its place, and only a gateway that runs is asked', async () => {
    const fake = answering();
    const { code, stdout } = await call(
      [
        ...WORDS,
        '-m',
        'Ready *now*',
        '--account',
        'work',
        '--thread-id',
        '5',
        '--reply-to',
        '9',
        '--idempotency-key',
        'k1',
        '--dry-run',
      ],
      fake,
    );
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(fake.options).toEqual({ live: true });
    expect(fake.asked).toEqual([
      [
        'send',
        {
          to: '42',
          channel: 'telegram',
          message: 'Ready *now*',
          idempotencyKey: 'k1',
          accountId: 'work',
          threadId: '5',
          replyToId: '9',
          dryRun: true,
        },
      ],
    ]);
  });

  test('a message can be piped, and has a key of its own', async () => {
    const fake = answering();
    const words = ['message', 'send', '-t', 'telegram:group:-100', '--stdin'];
    await call(words, { doors: fake.doors, stdin: 'two\nlines' });
    expect(fake.asked).toEqual([
      [
        'send',
        {
          to: 'telegram:group:-100',
          message: 'two\nlines',
          idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/u),
        },
      ],
    ]);
  });

  test('a negative id is an id', async () => {
    const fake = answering();
    const words = ['message', 'send', '--channel', 'telegram', '--target', '-100123', '-m', 'x'];
    expect((await call(words, fake)).code).toBe(0);
    expect(fake.asked).toMatchObject([['send', { to: '-100123' }]]);
  });
});

describe('what is told', () => {
  test.each([
    [{}, 0, 'Sent to telegram 42 (default), as message 12.'],
    [{ parts: 3 }, 0, 'in 3 pieces'],
    [{ status: 'rehearsed' }, 0, 'It would go to telegram 42 (default): flow.ok.'],
    [{ repeated: true }, 0, 'It was sent before to telegram 42 (default): sent.'],
    [{ status: 'pending' }, 0, 'It waits in the outbox'],
    [{ status: 'failed', error: 'The bot was blocked.' }, 1, 'The bot was blocked.'],
    [{ status: 'unknown' }, 1, 'openclaw outbox list'],
  ])('%j ends with %i and %s', async (change, wanted, text) => {
    const { code, stdout, stderr } = await call([...WORDS, '-m', 'x'], answering(change));
    expect(code).toBe(wanted);
    expect(stdout + stderr).toContain(text);
    const json = await call([...WORDS, '-m', 'x', '--json'], answering(change));
    expect(json.code).toBe(wanted);
    expect(JSON.parse(json.stdout)).toEqual({ ok: wanted === 0, ...SENT, ...change });
  });
});

describe('refusals', () => {
  test.each([
    [['-t', '42', '-m', 'x'], '[usage.missing]', 'telegram:42'],
    [['-t', 'group:-100', '-m', 'x'], '[usage.missing]', '--channel'],
    [['-t', 'telegram:42'], '[usage.missing]', '--stdin'],
    [['-t', 'telegram:42', '-m', 'x', '--stdin'], '[usage.missing]', '--message'],
    [['-t', 'telegram:42', '-m', '  '], '[usage.invalid_value]', 'Write something.'],
    [['-t', 'telegram:42', '-m', 'x', '--media', 'a.png'], '[usage.option_refused]', 'Put a link'],
  ])('%j is refused with %s', async (words, code, hint) => {
    const fake = answering();
    const { code: exit, stderr } = await call(['message', 'send', ...words], fake);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
    expect(fake.asked).toEqual([]);
  });
});

describe('a file', () => {
  test('is read here and handed over under its bare name', async () => {
    const home = new Home();
    writeFileSync(join(home.path, 'notes.txt'), 'hello');
    const fake = answering();
    const words = [...WORDS, '-m', 'here', '--file', 'notes.txt'];
    expect((await call(words, { home, doors: fake.doors })).code).toBe(0);
    expect(fake.asked[0]?.[1]).toMatchObject({ buffer: 'aGVsbG8=', filename: 'notes.txt' });
  });

  test('that is not there is told before anybody is asked', async () => {
    const fake = answering();
    const { code, stderr } = await call([...WORDS, '-m', 'x', '--file', 'nothing'], fake);
    expect({ code, asked: fake.asked }).toEqual({ code: 1, asked: [] });
    expect(stderr).toContain('[usage.file]');
  });
});
