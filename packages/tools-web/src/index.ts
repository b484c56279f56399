/**
 * The web for Portcullis: pages and searches, through the gateway's one checked door.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { webFetch } from './web-fetch.ts';
import { webSearch } from './web-search.ts';

export { type WebFetchInput, webFetch } from './web-fetch.ts';
export { type WebSearchInput, webSearch } from './web-search.ts';

/** Offers the tools `web_fetch` and `web_search`. */
const plugin: Plugin = {
  id: 'tools-web',
  register(registry) {
    registry.tool(webFetch);
    registry.tool(webSearch);
  },
};

export default plugin;
