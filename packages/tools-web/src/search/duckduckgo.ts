/**
 * DuckDuckGo without a key, by its page for browsers without scripts.
 *
 * @module
 */
import type { PageElement } from '../page/document.ts';
import { scanMarkup } from '../page/markup.ts';
import { type SearchHit, type SearchProvider, limited, notAnAnswer } from './provider.ts';

const ENDPOINT = 'https://html.duckduckgo.com/html/';

/** Asks the page. There is no promise behind it: it may ask for proof of a person instead. */
export const duckduckgo: SearchProvider = {
  id: 'duckduckgo',
  request: (query) => {
    const url = new URL(ENDPOINT);
    url.searchParams.set('q', query);
    return { url: url.href, headers: { accept: 'text/html' } };
  },
  hits: async (answer) => {
    const scanned = scanMarkup(answer);
    if (!scanned.sane) throw notAnAnswer();
    const { elementsOf, parsePage } = await import('../page/document.ts');
    const elements = elementsOf(parsePage(scanned.html));
    const hits: SearchHit[] = [];
    let isHit = false;
    for (const element of elements) {
      const last = hits.at(-1);
      if (hasClass(element, 'result__a')) {
        const url = target(element.getAttribute('href') ?? '');
        isHit = url !== undefined;
        if (url !== undefined) hits.push({ title: element.textContent ?? '', url, snippet: '' });
      } else if (hasClass(element, 'result__snippet') && isHit && last !== undefined) {
        hits[hits.length - 1] = { ...last, snippet: element.textContent ?? '' };
      }
    }
    if (hits.length > 0) return hits;
    if (elements.some((each) => /anomaly|challenge/u.test(each.getAttribute('class') ?? ''))) {
      throw limited();
    }
    if (elements.some((each) => hasClass(each, 'no-results'))) return [];
    throw notAnAnswer();
  },
};

function hasClass(element: PageElement, name: string): boolean {
  return (element.getAttribute('class') ?? '').split(/\s+/u).includes(name);
}

/** Links lead through a counter that names the target; links to advertisements do not. */
function target(href: string): string | undefined {
  if (!URL.canParse(href, ENDPOINT)) return undefined;
  const url = new URL(href, ENDPOINT);
  const isOwn = url.hostname === 'duckduckgo.com' || url.hostname.endsWith('.duckduckgo.com');
  if (!isOwn) return url.href;
  return url.pathname === '/l/' ? (url.searchParams.get('uddg') ?? undefined) : undefined;
}
