/**
 * The tool `web_search`: a question to a search engine.
 *
 * @module
 */
import {
  type NetResponse,
  PortcullisError,
  type Tool,
  type ToolSettings,
  fenced,
  plainLine,
} from '@portcullis/core';
import { z } from 'zod';

import { webUrl } from './page/address.ts';
import { decodeText } from './page/content-kind.ts';
import { brave } from './search/brave.ts';
import { duckduckgo } from './search/duckduckgo.ts';
import {
  type SearchHit,
  type SearchProvider,
  type SearchSettings,
  limited,
} from './search/provider.ts';
import { searxng } from './search/searxng.ts';

/** Input of `web_search`. */
export interface WebSearchInput {
  readonly query: string;
  /** Most hits, 1 to 10. Default 5 or what the config says. */
  readonly count?: number | undefined;
}

const MAX_HITS = 10;
const DEFAULT_HITS = 5;

const PROVIDERS: ReadonlyMap<string, SearchProvider> = new Map(
  [brave, searxng, duckduckgo].map((provider) => [provider.id, provider]),
);

const input = z.object({
  query: z.string().trim().min(1).max(1000).describe('What to look for.'),
  count: z.int().min(1).max(MAX_HITS).optional().describe('Most hits.'),
});

/** Searches the web. */
export const webSearch: Tool<WebSearchInput> = {
  name: 'web_search',
  description:
    'Searches the web. Gives titles, addresses and snippets; read a page with web_fetch.',
  input,
  inputSchema: z.toJSONSchema(input, { io: 'input' }),
  effects: ['net'],
  settings: { path: 'tools.web.search', secrets: { apiKey: 'BRAVE_API_KEY' } },
  run: async ({ query, count }, { brokers, settings }) => {
    if (brokers.net === undefined || settings?.get('enabled') === false) throw switchedOff();
    const provider = chosen(settings);
    const wanted = Math.min(count ?? numberAt(settings, 'maxResults') ?? DEFAULT_HITS, MAX_HITS);
    const own = settingsOf(provider, settings);
    const seconds = numberAt(settings, 'timeoutSeconds');
    const answer = await brokers.net.fetch({
      ...provider.request(query, wanted, own),
      purpose: 'search',
      ...(seconds === undefined ? {} : { timeoutMs: seconds * 1000 }),
    });
    const hits = (await provider.hits(textOf(answer))).flatMap(sound).slice(0, wanted);
    const text = hits.length === 0 ? '[no results]' : hits.map(written).join('\n\n');
    return {
      text: fenced('web-search', { provider: provider.id }, text),
      details: { provider: provider.id, hits: hits.length },
    };
  },
};

/** The configured engine; without one, the one that there are settings for. */
function chosen(settings: ToolSettings | undefined): SearchProvider {
  const name = settings?.get('provider');
  if (name === undefined) {
    const hasServer = typeof settings?.get('baseUrl') === 'string';
    return hasServer && settings?.secret('apiKey') === undefined ? searxng : brave;
  }
  const provider = typeof name === 'string' ? PROVIDERS.get(name.toLowerCase()) : undefined;
  if (provider !== undefined) return provider;
  throw new PortcullisError('web.search_provider', 'The configured search engine is not known.', {
    hint: `Set tools.web.search.provider to one of ${[...PROVIDERS.keys()].join(', ')}.`,
  });
}

/** A secret is asked for by the engine it belongs to only: a reference may cost a command. */
function settingsOf(provider: SearchProvider, settings: ToolSettings | undefined): SearchSettings {
  const baseUrl = settings?.get('baseUrl');
  return {
    key: provider === brave ? settings?.secret('apiKey') : undefined,
    baseUrl: typeof baseUrl === 'string' ? baseUrl : undefined,
  };
}

function numberAt(settings: ToolSettings | undefined, key: string): number | undefined {
  const value = settings?.get(key);
  return typeof value === 'number' && value >= 1 ? Math.trunc(value) : undefined;
}

function textOf({ status, headers, body }: NetResponse): string {
  if (status === 200) return decodeText(headers['content-type'], body);
  if (status === 401 || status === 403) {
    throw new PortcullisError('web.search_refused', 'The search engine refused the request.', {
      hint: 'Check the key, or that the server offers the json format.',
      details: { status },
    });
  }
  if (status === 429 || status === 202) throw limited();
  throw new PortcullisError(
    'web.search_failed',
    `The search engine answered with status ${String(status)}.`,
    { hint: 'Try again later.', retryable: status >= 500, details: { status } },
  );
}

/** A hit that leads to the web. */
function sound(hit: SearchHit): readonly SearchHit[] {
  const url = webUrl(hit.url);
  return url === undefined ? [] : [{ ...hit, url }];
}

function written({ title, url, snippet }: SearchHit, index: number): string {
  const lines = [`${String(index + 1)}. ${plainLine(title, 200)}`, `   ${url}`];
  const words = plainLine(snippet.replaceAll(/<\/?(?:strong|b|em)>/giu, ''), 500);
  return [...lines, ...(words === '' ? [] : [`   ${words}`])].join('\n');
}

function switchedOff(): PortcullisError {
  return new PortcullisError('web.search_off', 'Searching the web is switched off.', {
    hint: 'Set tools.web.search.enabled to true.',
  });
}
