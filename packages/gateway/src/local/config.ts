/**
 * The config of a state directory and the way to its secrets.
 *
 * @module
 */
import {
  type Environment,
  type LiveSecrets,
  type LoadedConfig,
  type StatePaths,
  createSecrets,
  loadConfig,
} from '../config/index.ts';

/** Loads the config and the way to its secrets. */
export function openConfig({
  env,
  paths,
}: {
  readonly env: Environment;
  readonly paths: StatePaths;
}): {
  config: LoadedConfig;
  secrets: LiveSecrets;
} {
  const config = loadConfig({ env, paths });
  return { config, secrets: createSecrets(config, config.env, paths) };
}
