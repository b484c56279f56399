import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBlocks, parseInline, PLAIN_TEXT, renderMarkdown } from '../src/index.ts';
import { anyText } from './texts.ts';
import { MARKED, stylesOf } from './read-styles.ts';

const bracketed = (markdown: string) =>
  renderMarkdown(markdown, MARKED)
    .replaceAll(/\uE000([^\uE001]*)\uE001/gu, '<$1>')
    .replaceAll('\uE002', '</>');

test.each<[name: string, markdown: string, written: string]>([
  ['bold', '**a** and __b__', '<bold>a</> and <bold>b</>'],
  ['italic', '*a* and _b_', '<italic>a</> and <italic>b</>'],
  ['bold and italic', '***a***', '<italic><bold>a</></>'],
  ['strikethrough', '~~a~~', '<strike>a</>'],
  ['code is handed over as written', '`**a** \\*`', '<code>**a** \\*</>'],
  ['a link', '[**a**](https://a.example)', '<link https://a.example><bold>a</></>'],
  ['an image is a link', '![a](https://a.example)', '<link https://a.example>a</>'],
  ['a link that pings is text', '[me](tg://user?id=1)', '[me](tg://user?id=1)'],
  ['a script is text', '[x](javascript:alert(1))', '[x](javascript:alert(1))'],
  ['headings say their level', '# a\n###### b', '<heading 1>a</>\n<heading 6>b</>'],
  ['bold in a heading is the heading', '## a **b** *c*', '<heading 2>a b <italic>c</></>'],
  ['items', '- a\n  * b\n1. c', '• a\n  • b\n1. c'],
  ['a fence', '```ts\n**a**\n```', '<pre ts>**a**</>'],
  ['a fence without an end', '~~~\na', '<pre >a</>'],
  ['escapes', '\\*a\\*', '*a*'],
  ['open markers', '**a `b', '**a `b'],
])('%s', (_, markdown, written) => {
  expect(bracketed(markdown)).toBe(written);
});

test('plain text is what a reader sees, and never longer than what was written', () => {
  expect(renderMarkdown('# a\n- **b** [c](https://d.example) `e`', PLAIN_TEXT)).toBe('a\n• b c e');
  fc.assert(
    fc.property(anyText, (text) => {
      const plain = renderMarkdown(text, PLAIN_TEXT);
      expect(plain.length).toBeLessThanOrEqual(text.length);
      expect(
        stylesOf(text)
          .map((shown) => [...shown][0])
          .join(''),
      ).toBe(plain.replaceAll(/[\s\uE000-\uE002]+/gu, ''));
    }),
    { numRuns: 2000, seed: 20 },
  );
});

test('the parts of any text join to that text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = parseBlocks(text).flatMap((block) => {
        if (block.kind === 'blank') return [''];
        if (block.kind === 'text') return block.lines;
        return [block.open, ...block.lines, ...(block.close === undefined ? [] : [block.close])];
      });
      const written = text.replaceAll(/\r\n?/gu, '\n').split('\n');
      expect(lines).toEqual(
        written.map((line) => (line.trim() === '' ? expect.any(String) : line)),
      );
      for (const line of written) {
        let at = 0;
        for (const { start, end } of parseInline(line)) {
          expect(start).toBe(at);
          at = end;
        }
        expect(at).toBe(line.length);
      }
    }),
    { numRuns: 1000, seed: 20 },
  );
});

test('reads a hostile line in time proportional to its length', () => {
  const from = performance.now();
  for (const unit of ['*a ', '_a ', '[', '`', '``` ` ', '~~', '**a*', '[a](', '\\']) {
    renderMarkdown(unit.repeat(20_000), PLAIN_TEXT);
  }
  expect(performance.now() - from).toBeLessThan(3000);
});
