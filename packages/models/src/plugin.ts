/**
 * The door through which a gateway gets all wire formats of this package.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { anthropicMessages } from './anthropic-messages.ts';
import { modelsConfigSchema } from './config/models-schema.ts';
import { offline } from './offline/offline.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiResponses } from './openai-responses.ts';
import type { ModelOptions } from './settings.ts';

/**
 * Makes the plugin with options of your own, such as a `fetch` that goes through a broker.
 *
 * @example
 * ```ts
 * const registry = createRegistry();
 * createModelsPlugin({ fetch: broker.fetch }).register(registry);
 * ```
 */
export function createModelsPlugin(options: ModelOptions = {}): Plugin {
  return {
    id: 'models',
    register(registry) {
      registry.model(openaiCompletions(options));
      registry.model(openaiResponses());
      registry.model(anthropicMessages(options));
      registry.model(offline());
      registry.configSection({ path: 'models', schema: modelsConfigSchema });
    },
  };
}
