/**
 * Texts for properties: hostile ones, and ones somebody would write.
 *
 * @module
 */
import * as fc from 'fast-check';

const MARKUP = ['**', '*', '_', '__', '~~', '`', '```', '\n```js\n', '\n```\n', '[', '\\'];
const WORDS = ['word', 'longer-word', 'x'.repeat(90), 'wörd', '😀', 'e\u0301', '<', '&', '>', '"'];
const SPACE = [' ', ' ', ' ', '\n', '\n\n', '- ', '# ', '](https://a.example)'];

/** Markers and words in any order. */
export const hostile: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...MARKUP, ...WORDS, ...SPACE), { maxLength: 400 })
  .map((parts) => parts.join(''));

/** Markers and words, or anything at all but the marks of the test's own dialect. */
export const anyText: fc.Arbitrary<string> = fc
  .oneof(hostile, fc.string({ unit: 'binary', maxLength: 600 }))
  .map((text) => text.toWellFormed().replaceAll(/[\uE000-\uE002]/gu, ''));

const word = fc.constantFrom('alpha', 'beta', 'a', 'gamma-delta', '😀', 'wörd', '12.5', 'x<y');
const words = (maxLength: number) =>
  fc.array(word, { minLength: 1, maxLength }).map((list) => list.join(' '));

const span = fc.oneof(
  { weight: 3, arbitrary: words(20) },
  words(40).map((text) => `**${text}**`),
  words(40).map((text) => `*${text}*`),
  words(40).map((text) => `~~${text}~~`),
  words(20).map((text) => `\`${text}\``),
  words(8).map((text) => `[${text}](https://a.example/x)`),
  fc.tuple(words(10), words(5)).map(([a, b]) => `**${a} *${b}* ${a}**`),
);
const line = fc.array(span, { minLength: 1, maxLength: 6 }).map((spans) => spans.join(' '));
const fence = fc
  .tuple(
    fc.constantFrom('', 'ts', 'python'),
    fc.array(
      fc.oneof(
        words(30),
        words(5).map((text) => `    ${text} **x**`),
      ),
      { minLength: 1, maxLength: 20 },
    ),
  )
  .map(([language, lines]) => `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``);
const paragraph = fc.oneof(
  { weight: 3, arbitrary: line },
  fence,
  words(6).map((text) => `## ${text}`),
  fc.array(line, { minLength: 1, maxLength: 4 }).map((items) => `- ${items.join('\n- ')}`),
);

/** An answer as a model writes it: paragraphs, lists, headings, code. */
export const answer: fc.Arbitrary<string> = fc
  .array(paragraph, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join('\n\n'));
