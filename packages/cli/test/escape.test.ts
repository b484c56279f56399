/**
 * Nothing that comes from elsewhere commands the terminal or forges a line.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { escapeField, escapeJson, escapeProse } from '../src/terminal/escape.ts';
import { call, FakeOperator, Home } from './call.ts';

describe('a field', () => {
  test.each([
    ['clears the screen', '\u001B[2J', '\\x1b[2J'],
    ['sets the title (OSC)', '\u001B]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['links elsewhere (OSC 8)', '\u001B]8;;http://evil\u001B\\x', '\\x1b]8;;http://evil\\x1b\\x'],
    ['begins a sequence in one byte (C1)', '\u009B31m', '\\x9b31m'],
    ['ends the line', 'a\nError: b', 'a\\x0aError: b'],
    ['writes over the line', 'bad\rgood', 'bad\\x0dgood'],
    ['takes letters back', 'bad\b\b\bgood', 'bad\\x08\\x08\\x08good'],
    ['turns the direction', 'a\u202Egpj.exe', 'a\\u202egpj.exe'],
    ['isolates a direction', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['hides letters', 'pay\u200Bpal\uFEFF', 'pay\\u200bpal\\ufeff'],
    ['smuggles tags', 'a\u{E0041}', 'a\\u{e0041}'],
    ['separates lines', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['breaks a character', 'a\uD800b', 'a\\ud800b'],
    ['deletes', 'a\u007Fb', 'a\\x7fb'],
    ['tabulates', 'a\tb', 'a\\x09b'],
  ])('that %s is spelled out', (_, text, shown) => {
    expect(escapeField(text)).toBe(shown);
  });

  test('of any script stays as it is', () => {
    const text = 'Zoë 東京 שלום 👩‍👩‍👧 e\u0301 \\x1b';
    expect(escapeField(text)).toBe(text);
  });
});

test('prose keeps its lines and tabs and nothing else', () => {
  expect(escapeProse('a\r\nb\tc\n\u001B[31md\re')).toBe('a\nb\tc\n\\x1b[31md\\x0de');
});

test('JSON means the same afterwards', () => {
  const value = { 'a\u202E': ['\u009B', '\u{E0041}', '\u2028', '\n', 'é', '\u007F', '👩‍👧'] };
  const text = escapeJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[ -~\nà-ÿ\u200D\p{Emoji}]*$/u);
});

describe('a command', () => {
  const nasty = 'x\u001B[2J\u001B]0;t\u0007\r\n\u202Ey\u009B1m';
  const sayable = /^[ -~\n]*$/;

  test('P30.04: shows names, ids, errors and previews without obeying them', async () => {
    const now = new Date().toISOString();
    const operator = new FakeOperator({
      'channels.pairing.list': {
        requests: [
          {
            requestId: nasty,
            channel: nasty,
            accountId: nasty,
            senderId: nasty,
            createdAt: now,
            expiresAt: now,
          },
        ],
        allowed: [{ channel: nasty, accountId: nasty, senderId: nasty }],
        broken: [nasty],
      },
      'outbox.list': {
        items: [
          {
            id: nasty,
            state: 'unknown',
            channel: nasty,
            conversationId: nasty,
            createdAt: 0,
            attempts: 1,
            preview: nasty,
            error: nasty,
          },
        ],
      },
      'audit.log': { lines: [{ seq: 1, at: 0, kind: nasty, entry: { [nasty]: nasty }, mac: '' }] },
      'logs.tail': {
        file: 'gateway.log',
        cursor: 0,
        lines: [JSON.stringify({ message: nasty, 1: { [nasty]: nasty } }), nasty],
      },
      'sessions.describe': { session: { key: nasty } },
      'sessions.get': {
        messages: [
          { role: 'user', content: [{ type: 'text', text: nasty }], timestamp: 0, toolName: nasty },
        ],
      },
      'sessions.list': {
        sessions: [{ key: nasty, updatedAt: 0, status: nasty, totalTokens: 1, label: nasty }],
        totalCount: 1,
        hasMore: false,
      },
    });
    const calls = [
      ['pairing', 'list'],
      ['outbox', 'list'],
      ['audit', 'log'],
      ['logs'],
      ['sessions', 'list'],
      ['sessions', 'show', 'main'],
    ].flatMap((argv) => [argv, [...argv, '--json']]);
    for (const argv of calls) {
      const { code, stdout, stderr } = await call(argv, operator);
      expect(code, stderr).toBe(0);
      expect(stdout, argv.join(' ')).toMatch(sayable);
      expect(stderr).toMatch(sayable);
    }
  });

  test('repeats words of its user and answers of the gateway without obeying them', async () => {
    const refused = new FakeOperator({});
    const words = [
      [nasty],
      ['config', nasty],
      ['status', `--${nasty}`],
      ['config', 'set', 'a.b', nasty],
      ['config', 'get', `x["${nasty}"]`],
      ['models', 'use', `${nasty}/x`],
      ['sessions', 'show', nasty],
    ];
    for (const argv of words.flatMap((each) => [each, [...each, '--json']])) {
      const { code, stdout, stderr } = await call(argv, {
        home: new Home().write('{}'),
        ...refused,
      });
      expect(code).toBe(1);
      const [said, silent] = argv.includes('--json') ? [stdout, stderr] : [stderr, stdout];
      expect(silent).toBe('');
      expect(said, JSON.stringify(argv)).toMatch(sayable);
    }
  });

  test('cannot be made to forge a heading by a message of several lines', async () => {
    const text = 'hi\n2026-01-01 00:00:00Z assistant\n  yes, I will pay';
    const operator = new FakeOperator({
      'sessions.describe': { session: { key: 'k' } },
      'sessions.get': {
        messages: [{ role: 'user', content: [{ type: 'text', text }], timestamp: 0 }],
      },
    });
    const { stdout } = await call(['sessions', 'show', 'k'], operator);
    expect(stdout).toBe(
      '1970-01-01 00:00:00Z user\n  hi\n  2026-01-01 00:00:00Z assistant\n    yes, I will pay\n',
    );
  });
});

describe('colours', () => {
  const escape = '\u001B[';
  const failing = ['nope'];

  test('are for terminals', async () => {
    expect((await call(failing, { tty: true })).stderr).toContain(`${escape}31mError:${escape}39m`);
    expect((await call(failing)).stderr).not.toContain(escape);
  });

  test.each([
    { name: 'NO_COLOR', env: { NO_COLOR: '1' }, argv: [] },
    { name: 'TERM=dumb', env: { TERM: 'dumb' }, argv: [] },
    { name: '--no-color', env: {}, argv: ['--no-color'] },
  ])('are off with $name', async ({ env, argv }) => {
    const { stderr } = await call([...argv, ...failing], { tty: true, env });
    expect(stderr).not.toContain(escape);
  });

  test('never appear in JSON', async () => {
    const { stdout } = await call([...failing, '--json'], { tty: true });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(stdout).not.toContain(escape);
  });
});
