/**
 * Model providers: OpenAI-compatible servers, Anthropic, local servers and the offline model.
 *
 * Light to import: the client libraries are loaded by the first answer.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { createModelsPlugin } from './plugin.ts';

export { anthropicMessages } from './anthropic-messages.ts';
export {
  type ConfiguredInput,
  type ConfiguredReport,
  type ModelConfig,
  type NamedServer,
  type Tariff,
  ConfiguredModels,
} from './configured.ts';
export {
  type DiscoverOptions,
  type LocalServer,
  type LocalServerKind,
  discoverLocalServers,
} from './discover.ts';
export { type FailoverOptions, withFailover } from './failover.ts';
export { offline, offlineModel } from './offline/offline.ts';
export { type Phrase, type PhraseCall, phrases } from './offline/phrases.ts';
export { openaiCompletions } from './openai-completions.ts';
export { openaiResponses } from './openai-responses.ts';
export { createModelsPlugin } from './plugin.ts';
export { type ModelOptions, type ModelTimeouts, defaultTimeouts } from './settings.ts';

/** The plugin with default options. */
const plugin: Plugin = createModelsPlugin();
export default plugin;
