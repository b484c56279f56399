/**
 * The light half of this package: what a config says about models. Loads no client library.
 *
 * @module
 */
export { type BuiltInProvider, builtInProviders } from './config/built-in.ts';
export {
  type ModelEntry,
  type ModelsConfig,
  type ProviderEntry,
  type SecretInput,
  modelsConfigSchema,
} from './config/models-schema.ts';
export {
  type ResolveOptions,
  type ResolvedModel,
  createModels,
  resolveModels,
} from './config/resolve-models.ts';
export { type SecretLookup, environmentSecrets } from './config/secret-lookup.ts';
