/**
 * Removes keys of the config together with the secrets that are kept for them.
 *
 * @module
 */
import {
  type ConfigValue,
  formatPath,
  getPath,
  isConfigObject,
  parsePath,
} from '@portcullis/gateway/config';
import { loadConfig } from '@portcullis/gateway/config';

import type { Invocation } from '../../command.ts';
import { SecretKeeper } from '../../secrets/keeper.ts';
import { type Change, changeConfig } from '../config/change.ts';

/** Paths of all objects at and below a place. */
function* objectPaths(value: ConfigValue, path: readonly (string | number)[]): Generator<string> {
  if (!isConfigObject(value)) return;
  yield formatPath(path);
  for (const [name, child] of Object.entries(value)) {
    yield* objectPaths(child, [...path, name]);
  }
}

/**
 * Removes a key with everything below it, then forgets the secrets that were kept for it. With
 * `--dry-run`, and where the change is declined, they stay.
 *
 * @throws what {@link changeConfig} throws, and `secret.keychain`, `secret.file_unusable`.
 */
export async function removeWithSecrets(invocation: Invocation, path: string): Promise<Change> {
  const { context, doors } = invocation;
  const { env, paths } = context;
  const { source: config } = loadConfig({ env, paths });
  const keychain = await doors.findKeychain();
  const keeper = new SecretKeeper({ paths, config, keychain, keepIn: 'auto' });
  const kept = [...objectPaths(getPath(config, path) ?? null, parsePath(path))]
    .map((each) => keeper.kept(each))
    .filter((each) => each !== undefined);
  const change = await changeConfig(invocation, [{ path }, ...kept.flatMap(({ edits }) => edits)]);
  if (change.changed) for (const { forget } of kept) await forget();
  return change;
}
