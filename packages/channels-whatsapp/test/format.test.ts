import { expect, test } from 'vitest';
import { MESSAGE_LIMIT, render, split } from '../src/format.ts';

test.each([
  ['**bold** and *italic*, ~~gone~~, `code`', '*bold* and _italic_, ~gone~, `code`'],
  ['# Title\n\n- one\n- two', '*Title*\n\n• one\n• two'],
  ['```ts\nlet a;\n```', '```\nlet a;\n```'],
  ['[here](https://example.test/a)', 'here (https://example.test/a)'],
  ['https://example.test/a_b_c', 'https://example.test/a_b_c'],
  ['snake_case stays', 'snake_case stays'],
])('%j is shown as %j', (markdown, shown) => {
  expect(render(markdown)).toBe(shown);
});

test('words that look like markup are no markup', () => {
  const shown = render('2 \\* 3 \\* 4 and \\_this\\_ and \\`that\\`');
  expect(shown.replaceAll('\u2060', '')).toBe('2 * 3 * 4 and _this_ and `that`');
  // A marker begins markup only right beside a word.
  expect(shown).not.toMatch(/(?<![\p{L}\p{N}])[_`](?=[\p{L}])/u);
});

test('code cannot end its own fence', () => {
  expect(render('````\na\n```\nb\n````')).toBe("```\na\n'''\nb\n```");
});

test('no piece is longer than a message, and none is empty', () => {
  const pieces = split(`${'word '.repeat(3000)}\n\n${'*'.repeat(9000)}`);
  for (const piece of pieces) {
    expect(render(piece).length).toBeLessThanOrEqual(MESSAGE_LIMIT);
    expect(piece.trim()).not.toBe('');
  }
  expect(split('')).toEqual([]);
});
