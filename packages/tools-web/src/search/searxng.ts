/**
 * A SearXNG server of one's own.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { type SearchProvider, listedHits, member, parsedJson } from './provider.ts';

/** Asks the server at `tools.web.search.baseUrl`, which must offer the `json` format. */
export const searxng: SearchProvider = {
  id: 'searxng',
  request: (query, _count, { baseUrl }) => {
    const base = baseUrl ?? '';
    if (!/^https?:\/\//iu.test(base) || !URL.canParse(base)) {
      throw new PortcullisError(
        'web.search_base_url',
        'The address of the SearXNG server is missing.',
        {
          hint: 'Set tools.web.search.baseUrl, such as https://search.example.org.',
        },
      );
    }
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/u, '')}/search`;
    url.search = '';
    url.hash = '';
    url.searchParams.set('q', query);
    url.searchParams.set('format', 'json');
    return { url: url.href, headers: { accept: 'application/json' } };
  },
  hits: (answer) => listedHits(member(parsedJson(answer), 'results'), 'content'),
};
