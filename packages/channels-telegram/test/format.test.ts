import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../src/format/render.ts';
import { splitMarkdown } from '../src/format/split.ts';
import { readHtml } from './read-html.ts';

describe('renderMarkdown', () => {
  test.each<[name: string, markdown: string, html: string]>([
    ['escapes', 'a < b && c > "d"', 'a &lt; b &amp;&amp; c &gt; &quot;d&quot;'],
    ['bold', '**bold** and __bold__', '<b>bold</b> and <b>bold</b>'],
    ['italic', '*it* and _it_', '<i>it</i> and <i>it</i>'],
    ['bold and italic', '***both***', '<i><b>both</b></i>'],
    ['nested', '**a *b* c**', '<b>a <i>b</i> c</b>'],
    ['nested at the end', '**a *b***', '<b>a <i>b</i></b>'],
    ['strikethrough', '~~gone~~', '<s>gone</s>'],
    ['code keeps markers', '`**a** <b>`', '<code>**a** &lt;b&gt;</code>'],
    ['code with ticks', '`` a`b ``', '<code> a`b </code>'],
    ['words with underscores', 'snake_case_name', 'snake_case_name'],
    ['a lone star', '2 * 3 * 4', '2 * 3 * 4'],
    ['an open marker', '**never closed', '**never closed'],
    ['escaped markers', '\\*not italic\\*', '*not italic*'],
    [
      'a link',
      '[docs](https://a.example/x?a=1&b=2)',
      '<a href="https://a.example/x?a=1&amp;b=2">docs</a>',
    ],
    ['bold in a link', '[**x**](https://a.example)', '<a href="https://a.example"><b>x</b></a>'],
    [
      'an image',
      '![chart](https://a.example/c.png)',
      '<a href="https://a.example/c.png">chart</a>',
    ],
    ['a link that pings', '[me](tg://user?id=1)', '[me](tg://user?id=1)'],
    ['a script link', '[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    ['a heading', '## Title with **bold**', '<b>Title with bold</b>'],
    ['not a heading', '#hashtag', '#hashtag'],
    ['a list', '- one\n* two\n1. three', '• one\n• two\n1. three'],
    ['a nested list', '- a\n  - b', '• a\n  • b'],
    [
      'a fence',
      '```ts\nif (a < b) {}\n```',
      '<pre><code class="language-ts">if (a &lt; b) {}</code></pre>',
    ],
    ['a fence without language', '```\n*a*\n```', '<pre>*a*</pre>'],
    ['an open fence', '~~~\nx', '<pre>x</pre>'],
    ['html is text', '<b onclick="x">hi</b>', '&lt;b onclick=&quot;x&quot;&gt;hi&lt;/b&gt;'],
    ['a mention stays text', '@everyone', '@everyone'],
  ])('%s', (_, markdown, html) => {
    expect(renderMarkdown(markdown).html).toBe(html);
  });

  test('reads a hostile line in time proportional to its length', () => {
    const from = performance.now();
    for (const unit of ['*a ', '_a ', '[', '`', '``` ` ', '~~', '**a*', '[a](', '\\']) {
      renderMarkdown(unit.repeat(20_000));
    }
    expect(performance.now() - from).toBeLessThan(3000);
  });
});

const MARKUP = ['**', '*', '_', '__', '~~', '`', '```', '\n```js\n', '\n```\n', '[', '\\'];
const WORDS = ['word', 'longer-word', 'x'.repeat(90), 'wörd', '😀', 'e\u0301', '<', '&', '>', '"'];
const SPACE = [' ', ' ', ' ', '\n', '\n\n', '- ', '# ', '](https://a.example)'];
const markup = fc.constantFrom(...MARKUP, ...WORDS, ...SPACE);
const markdown = fc.array(markup, { maxLength: 400 }).map((parts) => parts.join(''));
const anyText = fc.oneof(markdown, fc.string({ unit: 'binary', maxLength: 600 }));

describe('rendering any text', () => {
  test('gives well formed HTML that shows exactly the plain text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const rendered = renderMarkdown(text);
        expect(readHtml(rendered.html)).toBe(rendered.text);
        expect(rendered.text.length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 3000, seed: 20 },
    );
  });
});

const words = (text: string) => text.replaceAll(/\s+/gu, '');

describe('splitMarkdown', () => {
  test('leaves a short text alone', () => {
    expect(splitMarkdown('one\n\ntwo')).toEqual(['one\n\ntwo']);
    expect(splitMarkdown('')).toEqual([]);
    expect(splitMarkdown(' \n\n ')).toEqual([]);
  });

  test('a text of exactly 4096 units is one piece, one more makes two', () => {
    expect(splitMarkdown('a'.repeat(4096)).map((piece) => piece.length)).toEqual([4096]);
    expect(splitMarkdown('a'.repeat(4097)).map((piece) => piece.length)).toEqual([4096, 1]);
  });

  test('prefers paragraphs, then lines, then words', () => {
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

  test('closes a fence before a border and opens it again', () => {
    const code = Array.from({ length: 10 }, (_, index) => `line ${index} ${'x'.repeat(20)}`);
    const pieces = splitMarkdown(`\`\`\`py\n${code.join('\n')}\n\`\`\``, 128);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) {
      expect(piece.startsWith('```py\n')).toBe(true);
      expect(piece.endsWith('\n```')).toBe(true);
    }
  });

  test('closes and opens bold that is longer than a piece', () => {
    const pieces = splitMarkdown(`**${'bold '.repeat(60).trim()}**`, 128);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(renderMarkdown(piece).html).toMatch(/^<b>[^<]*<\/b>$/u);
  });

  test('never cuts a surrogate pair', () => {
    const pieces = splitMarkdown('😀'.repeat(3000));
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    expect(pieces.join('')).toBe('😀'.repeat(3000));
  });

  test('any text: pieces fit, are well formed and lose no word', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const pieces = splitMarkdown(text, 128);
        const shown = pieces.map((piece) => renderMarkdown(piece).text);
        for (const [index, piece] of pieces.entries()) {
          expect(piece.length).toBeLessThanOrEqual(128);
          expect(piece.isWellFormed()).toBe(true);
          expect(shown[index]?.trim()).not.toBe('');
        }
        expect(words(shown.join(''))).toBe(words(renderMarkdown(text).text));
      }),
      { numRuns: 5000, seed: 20 },
    );
  });
});
