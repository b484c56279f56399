/**
 * The `openai-responses` format, named so that a config which asks for it gets an answer.
 *
 * @module
 */
import { type ModelProviderDefinition, PortcullisError } from '@portcullis/core';

/** Refuses `openai-responses` with `model.api_unsupported` and names the format to use instead. */
export function openaiResponses(): ModelProviderDefinition {
  return {
    api: 'openai-responses',
    create: (source) => {
      throw new PortcullisError(
        'model.api_unsupported',
        `models.providers.${source.provider}.api is "openai-responses", which is not supported.`,
        { hint: 'Set it to "openai-completions"; servers with one usually offer the other.' },
      );
    },
  };
}
