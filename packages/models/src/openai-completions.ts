/**
 * Models behind OpenAI's chat completions, the format most servers speak.
 *
 * @module
 */
import { type ModelProviderDefinition, Secret } from '@portcullis/core';

import { type WireFormat, sdkModel } from './sdk-model.ts';
import { type ModelOptions, withDefaults } from './settings.ts';

const chatCompletions: WireFormat = {
  authorize: (key) => ({ authorization: new Secret(`Bearer ${key.reveal()}`, key.origin) }),
  async connect(source, baseURL, fetch) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const provider = createOpenAICompatible({
      name: 'portcullis',
      baseURL,
      fetch,
      includeUsage: true,
    });
    return provider.chatModel(source.model);
  },
};

/** Offers the `openai-completions` format: `POST <baseUrl>/chat/completions`, streamed. */
export function openaiCompletions(options: ModelOptions = {}): ModelProviderDefinition {
  const settings = withDefaults(options);
  return {
    api: 'openai-completions',
    create: (source) => sdkModel(source, settings, chatCompletions),
  };
}
