/**
 * What a search engine must be able to say. Pure: the request it makes is sent by the tool's broker.
 *
 * @module
 */
import { type NetRequest, PortcullisError, type Secret } from '@portcullis/core';

/** What the operator configured for the engine. */
export interface SearchSettings {
  readonly key: Secret | undefined;
  readonly baseUrl: string | undefined;
}

/** One hit. All of it is text from outside. */
export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

/** A search engine. */
export interface SearchProvider {
  /** Its name in `tools.web.search.provider`. */
  readonly id: string;
  /** The request for a query. Throws `web.search_key` or `web.search_base_url` when settings are missing. */
  request(query: string, count: number, settings: SearchSettings): NetRequest;
  /** The hits in an answer. Throws `web.search_answer` when it is none, `web.search_limited`. */
  hits(answer: string): readonly SearchHit[] | Promise<readonly SearchHit[]>;
}

/** An engine answered with something else than hits. */
export function notAnAnswer(): PortcullisError {
  return new PortcullisError(
    'web.search_answer',
    'The search engine answered with no results page.',
    {
      hint: 'Check tools.web.search.provider and baseUrl, or try another engine.',
    },
  );
}

/** An engine asks for patience. */
export function limited(): PortcullisError {
  return new PortcullisError('web.search_limited', 'The search engine is asked too often.', {
    hint: 'Wait a while, or configure an engine with a key.',
    retryable: true,
  });
}

/** A member of parsed JSON. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** Parsed JSON; throws `web.search_answer`. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnAnswer();
  }
}

/** Hits of a JSON list, in which the snippet is called `snippetKey`. */
export function listedHits(list: unknown, snippetKey: string): readonly SearchHit[] {
  if (!Array.isArray(list)) throw notAnAnswer();
  return list.flatMap((item: unknown) => {
    const [url, title, snippet] = ['url', 'title', snippetKey].map((key) => member(item, key));
    if (typeof url !== 'string') return [];
    return [
      {
        url,
        title: typeof title === 'string' ? title : url,
        snippet: typeof snippet === 'string' ? snippet : '',
      },
    ];
  });
}
