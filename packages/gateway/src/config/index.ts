/**
 * The config of a gateway: where it is, what it says, which secrets it names, how to change it.
 * Light to load: no dependency beyond the core vocabulary and Node itself.
 *
 * @module
 */
export {
  type ArrayNode,
  type DocumentNode,
  type Member,
  type ObjectNode,
  type ScalarNode,
  type Span,
  parseConfigValue,
  parseDocument,
} from './document/document.ts';
export { replaceFile } from './atomic-file.ts';
export { type ConfigEdit, editConfig } from './document/edit.ts';
export { accountOptions } from './schema/channel-blocks.ts';
export {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  ownValue,
} from './document/config-value.ts';
export { type ConfigIssue, type ConfigWarning, INERT_KEY } from './schema/findings.ts';
export { type FirstConfig, createFirstConfig, firstConfigText } from './first-config.ts';
export { hashConfig } from './hash.ts';
export { LOG_FILE, logFile } from './log-file.ts';
export { type PathSegment, formatPath, getPath, parsePath } from './document/key-path.ts';
export { type LoadOptions, type LoadedConfig, loadConfig, parseConfig } from './load.ts';
export {
  type Environment,
  type PathOptions,
  type StatePaths,
  expandHome,
  resolvePaths,
} from './paths.ts';
export { type SecretRef, type SecretSource, parseSecretRef } from './schema/secret-ref.ts';
export { SECRET_FILE, replaceSecret, secretPointer } from './secret-file.ts';
export {
  type LiveSecrets,
  type LoadedSecretConfig,
  type SecretConfig,
  type SecretOptions,
  type Secrets,
  createSecrets,
} from './secrets.ts';
export {
  REDACTED,
  redactConfig,
  redactConfigText,
  restoreRedacted,
  restoreRedactedText,
} from './redact.ts';
export { describeConfig } from './schema/describe.ts';
export { type JsonSchema, type JsonSchemaValue, configJsonSchema } from './schema/json-schema.ts';
export { nearest } from './schema/nearest.ts';
export type { KeySpec, KeyType } from './schema/key-spec.ts';
export { schemaRows } from './schema/key-tree.ts';
export type { UnavailableValue } from './substitute.ts';
export { type WriteOptions, writeConfig } from './write.ts';
export { type ValidateOptions, type Validation, validateConfig } from './schema/validate.ts';
