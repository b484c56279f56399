import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { render, split } from '../src/format.ts';
import { readHtml } from './read-html.ts';

describe('render', () => {
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
    ['a username notifies nobody', 'ask @anna, (@ben)', 'ask @\u2060anna, (@\u2060ben)'],
    ['nor in parts', '@**anna**', '@\u2060<b>anna</b>'],
    ['code stays as it is', '`@property`', '<code>@property</code>'],
    ['an address is no username', 'anna@a.example, 5 @ 3', 'anna@a.example, 5 @ 3'],
  ])('%s', (_, markdown, html) => {
    expect(render(markdown).html).toBe(html);
  });
});

const MARKUP = ['**', '*', '_', '__', '~~', '`', '```', '\n```js\n', '\n```\n', '[', '\\'];
const WORDS = ['word', 'longer-word', 'x'.repeat(90), 'wörd', '😀', 'e\u0301', '<', '&', '>', '"'];
const SPACE = [' ', ' ', ' ', '\n', '\n\n', '- ', '# ', '](https://a.example)'];
const markup = fc.constantFrom(...MARKUP, ...WORDS, ...SPACE);
const markdown = fc.array(markup, { maxLength: 400 }).map((parts) => parts.join(''));
const anyText = fc.oneof(markdown, fc.string({ unit: 'binary', maxLength: 600 }));

/** Without the characters that keep usernames from being mentions. */
const words = (text: string) => text.replaceAll('\u2060', '');

describe('rendering any text', () => {
  test('gives well formed HTML that shows exactly the plain text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const rendered = render(text);
        expect(words(readHtml(rendered.html))).toBe(words(rendered.text));
        expect(words(rendered.text).length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 3000, seed: 20 },
    );
  });
});

test('a text of exactly 4096 units is one piece, one more makes two', () => {
  expect(split('a'.repeat(4096)).map((piece) => piece.length)).toEqual([4096]);
  expect(split('a'.repeat(4097)).map((piece) => piece.length)).toEqual([4096, 1]);
});

test('what keeps usernames quiet is counted, too', () => {
  const pieces = split('@anna '.repeat(700));
  expect(pieces.join('').match(/@anna/gu)).toHaveLength(700);
  for (const piece of pieces) expect(render(piece).text.length).toBeLessThanOrEqual(4096);
});
