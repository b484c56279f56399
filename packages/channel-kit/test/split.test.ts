import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_TEXT, renderMarkdown, splitMarkdown } from '../src/index.ts';
import { MARKED, stylesOf } from './read-styles.ts';
import { answer, hostile } from './texts.ts';

const plain = (text: string) => renderMarkdown(text, PLAIN_TEXT);
const letters = (text: string) => text.replaceAll(/[^a-z😀]/gu, '').length;
const words = (text: string) => text.replaceAll(/\s+/gu, '');

describe('borders', () => {
  test('a short text stays alone, an empty one is no piece', () => {
    expect(splitMarkdown('one\n\ntwo', 128)).toEqual(['one\n\ntwo']);
    expect(splitMarkdown('', 128)).toEqual([]);
    expect(splitMarkdown(' \n\n ', 128)).toEqual([]);
  });

  test('the limit itself is one piece, one more makes two', () => {
    expect(splitMarkdown('a'.repeat(4096), 4096).map((piece) => piece.length)).toEqual([4096]);
    expect(splitMarkdown('a'.repeat(4097), 4096).map((piece) => piece.length)).toEqual([4096, 1]);
  });

  test('paragraphs before lines before words', () => {
    const [first, second] = [`${'a '.repeat(40)}end`, `${'b '.repeat(40)}end`];
    expect(splitMarkdown(`${first}\n\n${second}`, 128)).toEqual([first, second]);
    const lines = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(50));
    expect(splitMarkdown(lines.join('\n'), 128)).toEqual([
      `${lines[0]}\n${lines[1]}`,
      `${lines[2]}\n${lines[3]}`,
    ]);
    const piece = splitMarkdown('word '.repeat(40).trim(), 128)[0];
    expect(piece?.endsWith('word')).toBe(true);
  });

  test('a fence is closed before a border and opened again after it', () => {
    const code = Array.from({ length: 10 }, (_, index) => `line ${index} ${'x'.repeat(20)}`);
    const pieces = splitMarkdown(`\`\`\`py\n${code.join('\n')}\n\`\`\``, 128);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) {
      expect(piece.startsWith('```py\n')).toBe(true);
      expect(piece.endsWith('\n```')).toBe(true);
    }
  });

  test('bold longer than a piece is closed and opened, too', () => {
    const pieces = splitMarkdown(`**${'bold '.repeat(60).trim()}**`, 128);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^\*\*[^*]*\*\*$/u);
  });

  test('no surrogate pair is cut', () => {
    const pieces = splitMarkdown('😀'.repeat(3000), 4096);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    expect(pieces.join('')).toBe('😀'.repeat(3000));
  });
});

test('any text: pieces fit, show something, are well formed and lose no word', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const pieces = splitMarkdown(text, 128);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(128);
        expect(piece.isWellFormed()).toBe(true);
        expect(plain(piece).trim()).not.toBe('');
      }
      expect(words(pieces.map(plain).join(''))).toBe(words(plain(text)));
    }),
    { numRuns: 4000, seed: 20 },
  );
});

test('an answer: every character keeps its style, whatever border it is near', () => {
  fc.assert(
    fc.property(answer, (text) => {
      const pieces = splitMarkdown(text, 128);
      expect(pieces.every((piece) => piece.length <= 128)).toBe(true);
      expect(pieces.flatMap(stylesOf)).toEqual(stylesOf(text));
    }),
    { numRuns: 2000, seed: 20 },
  );
});

test('takes time in proportion to the text, and loses nothing of lines without end', () => {
  const from = performance.now();
  for (const unit of ['word ', 'a**b*', '**a *b* c** ', '\\', '😀', '- ', '@anna ']) {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    const pieces = splitMarkdown(text, 4096);
    expect(pieces.every((piece) => piece.length <= 4096 && piece.isWellFormed())).toBe(true);
    expect(letters(pieces.map(plain).join(''))).toBe(letters(plain(text)));
  }
  // Quadratic time would be more than ten times this.
  expect(performance.now() - from).toBeLessThan(8000);
});

test('what is sent fits, where escapes are counted', () => {
  const escaped = { ...MARKED, text: (text: string) => text.replaceAll('&', '&amp;') };
  const size = (piece: string) => renderMarkdown(piece, escaped).length;
  const text = `${'a & b '.repeat(40)}\n\n${'&'.repeat(700)}\n\n${'few '.repeat(50)}`;
  const pieces = splitMarkdown(text, 640, size);
  for (const piece of pieces) expect(size(piece)).toBeLessThanOrEqual(640);
  expect(words(pieces.join(''))).toBe(words(text));
  // What fits anyway is cut no smaller than without.
  expect(splitMarkdown('few '.repeat(100).trim(), 640, size)).toHaveLength(1);
});
