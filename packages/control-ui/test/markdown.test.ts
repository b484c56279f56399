/**
 * Text of the model in a real browser: formatting arrives, and nothing that runs, loads or lies.
 *
 * @module
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from 'vite';

import { openBrowser } from './fake/browser.ts';

let browser: Browser;
let page: Page;
const asked: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
  page.on('request', (request) => asked.push(request.url()));
  const bundles = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: {
        entry: join(import.meta.dirname, 'fake/markdown-entry.ts'),
        formats: ['iife'],
        name: 'entry',
      },
    },
  });
  const [bundle] = Array.isArray(bundles) ? bundles : [];
  await page.addScriptTag({ content: bundle?.output[0].code ?? '' });
}, 60_000);

afterAll(async () => {
  await browser.close();
});

/** The HTML the renderer puts on the page. */
function render(markdown: string): Promise<string> {
  return page.evaluate((text) => {
    const { renderMarkdown } = globalThis as unknown as {
      renderMarkdown(text: string): DocumentFragment;
    };
    const holder = document.createElement('div');
    document.body.replaceChildren(holder);
    holder.append(renderMarkdown(text));
    return holder.innerHTML.trim().replaceAll(/>\n+</g, '><');
  }, markdown);
}

describe('formatting', () => {
  test.each([
    ['**bold** and *soft*', '<p><strong>bold</strong> and <em>soft</em></p>'],
    ['one\ntwo', '<p>one<br>two</p>'],
    ['- a\n- [x] b', '<ul><li>a</li><li>☑ b</li></ul>'],
    ['3. c', '<ol start="3"><li>c</li></ol>'],
    ['`<b>`', '<p><code>&lt;b&gt;</code></p>'],
    ['```js\nlet a;\n```', '<pre tabindex="0"><code>let a;\n</code></pre>'],
    [
      '| a |\n| -: |\n| 1 |',
      '<table tabindex="0"><thead><tr><th align="right">a</th></tr></thead><tbody><tr><td align="right">1</td></tr></tbody></table>',
    ],
  ])('%j', async (markdown, html) => {
    expect(await render(markdown)).toBe(html);
  });
});

describe('links', () => {
  const safe = 'target="_blank" rel="noopener noreferrer nofollow"';

  test.each([
    ['[x](https://example.test/a)', `<p><a href="https://example.test/a" ${safe}>x</a></p>`],
    [
      '[x](http://example.test "t")',
      `<p><a href="http://example.test" title="t" ${safe}>x</a></p>`,
    ],
    ['[x](mailto:a@example.test)', `<p><a href="mailto:a@example.test" ${safe}>x</a></p>`],
    [
      '<https://example.test>',
      `<p><a href="https://example.test" ${safe}>https://example.test</a></p>`,
    ],
  ])('%j leads there', async (markdown, html) => {
    expect(await render(markdown)).toBe(html);
  });

  test.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java&#10;script:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](vbscript:msgbox(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](file:///etc/passwd)',
    '[x](blob:https://example.test/1)',
    '[x](/relative)',
    '[x](#token=1)',
    '[x](//example.test/)',
    '[x](tel:1)',
  ])('P30.04: %j is only its text', async (markdown) => {
    const html = await render(markdown);
    expect(html).not.toContain('<a');
    expect(html).toContain('x');
  });
});

describe('images', () => {
  test('are links to themselves, and nothing is loaded', async () => {
    asked.length = 0;
    expect(await render('![a cat](https://example.test/leak?data=secret)')).toBe(
      '<p><a href="https://example.test/leak?data=secret" target="_blank" rel="noopener noreferrer nofollow">a cat</a></p>',
    );
    expect(await render('![](https://example.test/p.png)')).toContain(
      '>https://example.test/p.png</a>',
    );
    expect(await render('![x](data:image/svg+xml,<svg/onload=alert(1)>)')).not.toMatch(/<img|<svg/);
    expect(await render('![x"onerror="ran()](https://example.test/"onerror="ran())')).toBe(
      '<p><a href="https://example.test/&quot;onerror=&quot;ran()" target="_blank" rel="noopener noreferrer nofollow">x"onerror="ran()</a></p>',
    );
    expect(asked).toEqual([]);
  });
});

describe('HTML', () => {
  test.each([
    '<script>globalThis.ran = 1</script>',
    '<img src=x onerror="globalThis.ran = 1">',
    '<svg onload="globalThis.ran = 1"><animate onbegin="globalThis.ran = 1"/></svg>',
    '<svg><style><img src=x onerror="globalThis.ran = 1"></style></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=globalThis.ran=1&gt;">',
    '<iframe srcdoc="<script>parent.ran = 1</script>"></iframe>',
    '<a href="javascript:globalThis.ran = 1" autofocus onfocus="globalThis.ran = 1">x</a>',
    '<form action="https://example.test"><button formaction="javascript:globalThis.ran = 1">x</button></form>',
    '<details open ontoggle="globalThis.ran = 1">x</details>',
    '<base href="https://example.test/"><link rel="stylesheet" href="https://example.test/x.css">',
    '<div style="background:url(https://example.test/x)">x</div>',
    '<noscript><p title="</noscript><img src=x onerror=globalThis.ran=1>"></noscript>',
    '`<img src=x onerror=globalThis.ran=1>`',
    '| <img src=x onerror=globalThis.ran=1> |\n| --- |\n| <script>globalThis.ran = 1</script> |',
    '[<img src=x onerror=globalThis.ran=1>](https://example.test)',
    '[x](https://example.test "\\" onmouseover=globalThis.ran=1 x=\\"")',
    '```"><img src=x onerror=globalThis.ran=1>\ncode\n```',
  ])('is inert: %s', async (markdown) => {
    asked.length = 0;
    await render(markdown);
    const found = await page.evaluate(() => {
      const nodes = [...document.body.querySelectorAll('div *')];
      const allowed = new Set(
        'A BLOCKQUOTE BR CODE DEL EM H1 H2 H3 H4 H5 H6 HR LI OL P PRE STRONG TABLE TBODY TD TH THEAD TR UL'.split(
          ' ',
        ),
      );
      const attributes = new Set(['href', 'title', 'start', 'align', 'target', 'rel', 'tabindex']);
      return {
        strangeTags: nodes.map(({ tagName }) => tagName).filter((tag) => !allowed.has(tag)),
        strangeAttributes: nodes
          .flatMap((node) => node.getAttributeNames())
          .filter((name) => !attributes.has(name)),
        ran: 'ran' in globalThis,
      };
    });
    expect(found).toEqual({ strangeTags: [], strangeAttributes: [], ran: false });
    expect(asked).toEqual([]);
  });

  test('P30.04: is shown as the text it is', async () => {
    expect(await render('a <b>bold</b> claim')).toBe('<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>');
  });
});
