/**
 * Reads the address of a model server from its source.
 *
 * @module
 */
import { type ModelSource, PortcullisError } from '@portcullis/core';

/** A checked address. */
export interface Endpoint {
  /** The configured address, with its query. */
  readonly url: URL;
  /** The address without query, fragment and trailing slash: what paths are added to. */
  readonly base: string;
}

/** `<provider>/<model>`. */
export function modelId(source: Pick<ModelSource, 'provider' | 'model'>): string {
  return `${source.provider}/${source.model}`;
}

/**
 * Checks `baseUrl`: http or https, and no user name or password inside.
 *
 * @throws `model.base_url`
 */
export function endpointOf(source: ModelSource): Endpoint {
  const url = URL.parse(source.baseUrl ?? '');
  const usable =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '';
  if (!usable) {
    throw new PortcullisError(
      'model.base_url',
      `models.providers.${source.provider}.baseUrl is not an address of a model server.`,
      {
        hint: 'Write an http or https URL without a user name, such as http://127.0.0.1:11434/v1.',
      },
    );
  }
  return { url, base: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}
