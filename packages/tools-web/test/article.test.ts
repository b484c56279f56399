import { describe, expect, test } from 'vitest';

import { readArticle } from '../src/page/article.ts';

const SIZE = 2_000_000;
const fill = (piece: string, size = SIZE): string => piece.repeat(Math.floor(size / piece.length));
const nested = (tag: string, depth: number, inside: string): string =>
  `<${tag}>`.repeat(depth) + inside + `</${tag}>`.repeat(depth);

describe('a page built to exhaust its reader takes little time', () => {
  test.each<[what: string, page: string]>([
    ['nothing but opened elements', fill('<div>')],
    ['formatting without end', fill('<b>x')],
    ['scripts without end', fill('<script>')],
    ['paragraphs', fill('<p>x')],
    ['one element of a million attributes', `<a ${fill('x ')}`],
    ['one element of a million attributes, closed', `<a ${fill('x ')}>y</a>`],
    ['comments without end', fill('<!--')],
    ['marks that open nothing', fill('<')],
    ['quotes without end', fill('<a b="')],
    ['entities', fill('&amp;')],
    ['one word', fill('x')],
    ['one blank', fill(' ')],
    [
      'depth with much inside',
      nested('div', 99, fill('<p>hello, world hello, world</p>', 200_000)),
    ],
    ['many deep parts', fill(nested('div', 95, 'text, more, text'), 80_000)],
    ['few deep parts of much text', fill(nested('div', 95, `<p>${'word, '.repeat(4000)}</p>`))],
    ['deep lists', fill(nested('ul', 49, '<li>x, y, z</li>'), 80_000)],
    ['a cell of hard blanks', `<table><tr><td>a${fill('\u00a0')}b</td></tr></table>`],
    ['emphasis of hard blanks', `<p>a<em>a${fill('\u00a0')}b</em></p>`],
    ['blanks as they are written', `<pre>a${fill(' ')}b</pre>`],
    ['hard blanks by name', `<p>a${fill('&nbsp;', 200_000)}b</p>`],
    ['wide blanks by number', `<p>a${fill('&#8195;')}b</p>`],
    ['a large table', `<table>${fill('<tr><td>a, b</td></tr>', 160_000)}</table>`],
  ])('%s', (_what, page) => {
    const started = performance.now();
    const { text } = readArticle(page, 'https://site.example/', 'markdown');
    expect(performance.now() - started).toBeLessThan(4000);
    expect(text.length).toBeLessThanOrEqual(SIZE * 1.5);
  });

  test('and is read word by word', () => {
    const page = `<p>first</p>${nested('div', 500, 'deep &amp; &#x41;&#66; <')}<p>last</p>`;
    expect(readArticle(page, 'https://site.example/', 'markdown')).toEqual({
      title: '',
      text: 'first\ndeep & AB <\nlast',
      plain: true,
    });
  });
});

const markdown = (html: string): string =>
  readArticle(html, 'https://site.example/dir/page', 'markdown').text;

describe('links', () => {
  test.each([
    ['<a href="x">a</a>', '[a](https://site.example/dir/x)'],
    ['<a href="/x">a</a>', '[a](https://site.example/x)'],
    ['<a href="//o.example/x">a</a>', '[a](https://o.example/x)'],
    ['<a href="http://o.example/x">a</a>', '[a](http://o.example/x)'],
    ['<a href=" java\nscript:alert(1)">a</a>', 'a'],
    ['<a href="data:text/html,x">a</a>', 'a'],
    ['<a href="file:///etc/passwd">a</a>', 'a'],
    ['<a href="vbscript:x">a</a>', 'a'],
    ['<a href="https://u:p@o.example/">a</a>', 'a'],
    ['<a>a</a>', 'a'],
    ['<img src="data:image/png;base64,AA" alt="pic">', '[pic]'],
    ['<img alt="]( x" src="a b)c">', '![( x](https://site.example/dir/a%20b%29c)'],
    ['<base href="https://base.example/d/"><a href="x">a</a>', '[a](https://base.example/d/x)'],
    ['<base href="javascript:x"><a href="x">a</a>', '[a](https://site.example/dir/x)'],
  ])('%s becomes %s', (html, seen) => {
    expect(markdown(html)).toBe(seen);
  });
});

test.each([
  '<p style="visibility:hidden">hidden</p>',
  '<p style="font-size:0">hidden</p>',
  '<p style="opacity: 0;">hidden</p>',
  '<div hidden><p>hidden</p></div>',
  '<p aria-hidden="true">hidden</p>',
  '<noscript>hidden</noscript>',
  '<template><p>hidden</p></template>',
  '<svg><text>hidden</text></svg>',
  '<!-- hidden -->',
  '<iframe srcdoc="<p>hidden">hidden</iframe>',
])('%s is not seen', (html) => {
  const page = `<p>before</p>${html}<p>after</p>`;
  expect(readArticle(page, 'https://site.example/', 'markdown').text).toBe('before\n\nafter');
});
