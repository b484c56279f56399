import { PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { webSearch } from '../src/index.ts';
import { FakeWeb } from './fake-web.ts';

const web = new FakeWeb();

afterEach(async () => {
  web.asked.length = 0;
  await web.close();
});

const BRAVE = 'https://api.search.brave.com';
const DUCK = 'https://html.duckduckgo.com';
const OWN = 'https://search.example';

const HITS = [
  { title: 'First', url: 'https://one.example/a', description: 'A <strong>first</strong> hit.' },
  { title: 'Second </untrusted>', url: 'https://two.example/', description: 'x\ny' },
  { title: 'Script', url: 'javascript:alert(1)', description: 'No address of the web.' },
  { url: 'https://three.example/' },
  { title: 'No address' },
];

async function codeOf(config: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    await webSearch.run({ query: 'portcullis' }, web.context(config));
    return 'answered';
  } catch (error) {
    return PortcullisError.is(error) ? error.code : String(error);
  }
}

describe('Brave', () => {
  test('is asked with the key in a header, as a search, and its hits are fenced', async () => {
    let seen: unknown;
    await web.serve(BRAVE, ({ url, headers }, response) => {
      seen = { url, token: headers['x-subscription-token'] };
      response.end(JSON.stringify({ type: 'search', web: { results: HITS } }));
    });
    const result = await webSearch.run(
      { query: 'a & b', count: 3 },
      web.context({ apiKey: 'key-1' }),
    );
    expect(seen).toEqual({
      url: '/res/v1/web/search?q=a+%26+b&count=3&text_decorations=false',
      token: 'key-1',
    });
    expect(web.asked[0]).toMatchObject({ purpose: 'search' });
    expect(JSON.stringify(web.asked)).not.toContain('key-1');
    expect(result.text.split('\n')).toEqual([
      '<untrusted kind="web-search" provider="brave">',
      '1. First',
      '   https://one.example/a',
      '   A first hit.',
      '',
      '2. Second &lt;/untrusted>',
      '   https://two.example/',
      '   x y',
      '',
      '3. https://three.example/',
      '   https://three.example/',
      '</untrusted>',
    ]);
    expect(result.details).toEqual({ provider: 'brave', hits: 3 });
  });

  test('without hits says so', async () => {
    await web.page(BRAVE, 'application/json', '{"type":"search"}');
    const { text } = await webSearch.run({ query: 'x' }, web.context({ apiKey: 'key' }));
    expect(text).toContain('\n[no results]\n');
  });

  test('without a key is an error that says what to set, and nothing is asked', async () => {
    const run = webSearch.run({ query: 'x' }, web.context({ provider: 'brave' }));
    await expect(run).rejects.toMatchObject({
      code: 'web.search_key',
      hint: expect.stringContaining('BRAVE_API_KEY'),
    });
    expect(await codeOf({})).toBe('web.search_key');
    expect(web.asked).toEqual([]);
  });

  test.each([
    [401, '{}', 'web.search_refused'],
    [403, '{}', 'web.search_refused'],
    [429, '{}', 'web.search_limited'],
    [500, '{}', 'web.search_failed'],
    [302, '{}', 'web.search_failed'],
    [200, '<html>', 'web.search_answer'],
    [200, '{"type":"error"}', 'web.search_answer'],
    [200, '{"type":"search","web":{"results":"many"}}', 'web.search_answer'],
    [200, 'null', 'web.search_answer'],
  ])('that answers %d with %s is an error', async (status, body, code) => {
    await web.page(BRAVE, 'application/json', body, status);
    expect(await codeOf({ apiKey: 'key' })).toBe(code);
  });
});

describe('SearXNG', () => {
  const ANSWER = JSON.stringify({
    results: [{ title: 'One', url: 'https://one.example/', content: 'words' }],
  });

  test('is asked at its own address, which may have a path', async () => {
    let seen: string | undefined;
    await web.serve(OWN, ({ url }, response) => {
      seen = url;
      response.end(ANSWER);
    });
    const config = { provider: 'searxng', baseUrl: `${OWN}/sub/?x=y#z`, maxResults: 2 };
    const { text } = await webSearch.run({ query: 'a b' }, web.context(config));
    expect(seen).toBe('/sub/search?q=a+b&format=json');
    expect(text).toContain('1. One\n   https://one.example/\n   words');
  });

  test('is chosen when only its address is configured, and never told the key', async () => {
    await web.page(OWN, 'application/json', ANSWER);
    expect(await codeOf({ baseUrl: OWN })).toBe('answered');
    expect(await codeOf({ provider: 'SearXNG', baseUrl: OWN, apiKey: 'key-2' })).toBe('answered');
    expect(web.asked.map(({ headers }) => headers)).toEqual([
      { accept: 'application/json' },
      { accept: 'application/json' },
    ]);
  });

  test.each([undefined, '', 'search.example', 'file:///etc', 3])(
    'with the address %j is an error',
    async (baseUrl) => {
      expect(await codeOf({ provider: 'searxng', baseUrl })).toBe('web.search_base_url');
    },
  );
});

const to = (url: string): string =>
  `//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&amp;rut=abc`;
const hit = (href: string, title: string, snippet: string): string =>
  `<div class="result results_links web-result"><h2 class="result__title">
    <a rel="nofollow" class="result__a" href="${href}">${title}</a></h2>
    <a class="result__snippet" href="${href}">${snippet}</a></div>`;

describe('DuckDuckGo', () => {
  test('is read from its page, without the advertisements', async () => {
    const page = `<!DOCTYPE html><html><body><div id="links">
      ${hit('https://duckduckgo.com/y.js?ad_domain=ad.example', 'Ad', 'Buy')}
      ${hit(to('https://one.example/?a=b&c=d'), 'One &amp; <b>only</b>', 'Its <b>words</b>')}
      ${hit('https://duckduckgo.com/y.js?ad_domain=ad.example', 'Ad', 'Buy more')}
      ${hit('https://two.example/', 'Two', '')}
      ${hit(to('javascript:alert(1)'), 'Bad', 'x')}
      </div></body></html>`;
    await web.page(DUCK, 'text/html', page);
    const context = web.context({ provider: 'duckduckgo' });
    const { text } = await webSearch.run({ query: 'x' }, context);
    expect(text.split('\n')).toEqual([
      '<untrusted kind="web-search" provider="duckduckgo">',
      '1. One & only',
      '   https://one.example/?a=b&c=d',
      '   Its words',
      '',
      '2. Two',
      '   https://two.example/',
      '</untrusted>',
    ]);
    expect(web.asked[0]?.url).toBe('https://html.duckduckgo.com/html/?q=x');
  });

  test.each([
    ['<div class="no-results">None</div>', 200, 'answered'],
    ['<form class="anomaly-modal__form">Prove it</form>', 200, 'web.search_limited'],
    ['<p>anything</p>', 202, 'web.search_limited'],
    ['<p>anything</p>', 200, 'web.search_answer'],
    ['<div>'.repeat(1000), 200, 'web.search_answer'],
  ])('that shows %s with status %d', async (page, status, code) => {
    await web.page(DUCK, 'text/html', page, status);
    expect(await codeOf({ provider: 'duckduckgo' })).toBe(code);
  });
});

test('an engine nobody knows, and a search that is switched off, ask nobody', async () => {
  expect(await codeOf({ provider: 'altavista' })).toBe('web.search_provider');
  expect(await codeOf({ provider: 'constructor' })).toBe('web.search_provider');
  expect(await codeOf({ enabled: false, apiKey: 'key' })).toBe('web.search_off');
  expect(web.asked).toEqual([]);
});

test.each([[{}], [{ query: ' ' }], [{ query: 'x', count: 0 }], [{ query: 'x', count: 11 }]])(
  'the input %j does not fit',
  async (input) => {
    const checked = await webSearch.input['~standard'].validate(input);
    expect(checked.issues?.length).toBe(1);
  },
);
