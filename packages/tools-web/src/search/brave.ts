/**
 * Brave Search, with a key.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { type SearchProvider, listedHits, member, notAnAnswer, parsedJson } from './provider.ts';

const ENDPOINT = 'https://api.search.brave.com/res/v1/web/search';

/** Asks Brave's API. The key goes to Brave and nowhere else. */
export const brave: SearchProvider = {
  id: 'brave',
  request: (query, count, { key }) => {
    if (key === undefined) {
      throw new PortcullisError('web.search_key', 'Searching with Brave needs a key.', {
        hint: 'Set BRAVE_API_KEY or tools.web.search.apiKey, or set tools.web.search.provider to searxng or duckduckgo.',
      });
    }
    const url = new URL(ENDPOINT);
    // What Brave takes: 400 characters, 20 hits.
    url.searchParams.set('q', query.slice(0, 400));
    url.searchParams.set('count', String(Math.min(count, 20)));
    url.searchParams.set('text_decorations', 'false');
    return {
      url: url.href,
      headers: { accept: 'application/json', 'x-subscription-token': key },
    };
  },
  hits: (answer) => {
    const parsed = parsedJson(answer);
    if (member(parsed, 'type') !== 'search') throw notAnAnswer();
    // Without hits the list is left out.
    return listedHits(member(member(parsed, 'web'), 'results') ?? [], 'description');
  },
};
