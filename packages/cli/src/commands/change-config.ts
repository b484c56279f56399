/**
 * Changes the config file: all of it valid afterwards, or nothing written.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type LoadedConfig,
  createFirstConfig,
  editConfig,
  loadConfig,
  parseConfig,
  writeConfig,
} from '@portcullis/gateway/config';

import type { Invocation } from '../command.ts';

function nothingWritten({ message, details }: PortcullisError): PortcullisError {
  return new PortcullisError('config.invalid', message, {
    hint: 'Nothing was written. "openclaw config validate" shows every issue of the file as it is.',
    ...(details !== undefined && { details }),
  });
}

/**
 * Applies changes to the config and returns the new one. Where there is no file yet, they are made
 * to the config of a first start, so that a key set early does not cost the safe beginnings.
 *
 * @throws PortcullisError `config.invalid`, `config.syntax`, `config.path`, `config.conflict`,
 * `config.unwritable`.
 */
export function changeConfig(
  { context: { env, paths }, out }: Pick<Invocation, 'context' | 'out'>,
  edits: readonly ConfigEdit[],
): LoadedConfig {
  try {
    const before = loadConfig({ env, paths, invalid: 'report' });
    if (before.exists) {
      const edited = editConfig(before.raw, edits);
      return writeConfig(paths, edited, { env, expectHash: before.hash });
    }
    parseConfig(editConfig('', edits), { env, paths });
    createFirstConfig(paths);
    out.note(`There was no config; a first one is in ${paths.configPath}.`);
    const { raw, hash } = loadConfig({ env, paths });
    return writeConfig(paths, editConfig(raw, edits), { env, expectHash: hash });
  } catch (error) {
    const isInvalid = PortcullisError.is(error) && error.code === 'config.invalid';
    throw isInvalid ? nothingWritten(error) : error;
  }
}
