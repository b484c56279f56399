/**
 * Models behind Anthropic's messages.
 *
 * @module
 */
import type { ModelProviderDefinition } from '@portcullis/core';

import { type WireFormat, sdkModel } from './sdk-model.ts';
import { type ModelOptions, withDefaults } from './settings.ts';

const messages: WireFormat = {
  authorize: (key) => ({ 'x-api-key': key }),
  async connect(source, baseURL, fetch) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    // Without a key of its own the provider reads ANTHROPIC_API_KEY from the environment, which
    // may belong to someone else's account. The exchange replaces this one.
    const provider = createAnthropic({ baseURL, fetch, apiKey: 'placeholder' });
    return provider(source.model);
  },
};

/** Offers the `anthropic-messages` format: `POST <baseUrl>/messages`, streamed. */
export function anthropicMessages(options: ModelOptions = {}): ModelProviderDefinition {
  const settings = withDefaults(options);
  return {
    api: 'anthropic-messages',
    create: (source) => sdkModel(source, settings, messages),
  };
}
