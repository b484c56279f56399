/**
 * Writes `openclaw.json`. Promises: checked before anything is touched; whole or not at all; never
 * over a change somebody else made in between; a symbolic link stays one.
 *
 * @module
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PortcullisError } from '@portcullis/core';
import { replaceFile } from './atomic-file.ts';
import { hashConfig } from './hash.ts';
import { type LoadOptions, type LoadedConfig, parseConfig } from './load.ts';
import { withFileLock } from './lock-file.ts';
import type { Environment, StatePaths } from './paths.ts';
import { redactConfigText } from './redact.ts';
import type { ValidateOptions } from './schema/validate.ts';
import { errnoReason, readTextFile } from './text-file.ts';

/** Options of {@link writeConfig}. */
export interface WriteOptions extends ValidateOptions {
  /** Usually `process.env`: variables count when the config is checked. */
  readonly env: Environment;
  /** {@link hashConfig} of the text the change was made from. A missing file hashes as empty. */
  readonly expectHash?: string;
  /** `report` writes a config that has issues too; they are in the answer. Default `throw`. */
  readonly invalid?: LoadOptions['invalid'];
}

function conflict(message: string, retryable: boolean): PortcullisError {
  return new PortcullisError('config.conflict', message, {
    hint: 'Load the config again, repeat the change on it, and write that.',
    retryable,
  });
}

function unwritable(path: string, error: unknown): PortcullisError {
  return new PortcullisError(
    'config.unwritable',
    `${path} cannot be written: ${errnoReason(error)}.`,
    {
      hint: 'Check the permissions of the file and its directory, and the space on the disk.',
      details: { path },
      cause: error,
    },
  );
}

/** The file behind the path: through a symbolic link, even one whose target does not exist yet. */
function realTarget(path: string): string {
  try {
    if (!lstatSync(path).isSymbolicLink()) return path;
  } catch {
    return path;
  }
  try {
    return realpathSync(path);
  } catch {
    return resolve(dirname(path), readlinkSync(path));
  }
}

function backup(path: string, raw: string): void {
  let shown = raw;
  try {
    shown = redactConfigText(raw);
  } catch {
    // A file that does not parse cannot be redacted; it is also the one somebody may want back.
  }
  replaceFile(path, shown);
}

function replaceConfig(paths: StatePaths, raw: string, expectHash: string | undefined): void {
  const target = realTarget(paths.configPath);
  const current = readTextFile(target);
  const before = current.kind === 'text' ? current.text : '';
  if (expectHash !== undefined && expectHash !== hashConfig(before)) {
    throw conflict('The config changed since it was loaded.', false);
  }
  if (current.kind === 'text') backup(`${paths.configPath}.bak`, before);
  replaceFile(target, raw);
}

function busy(): PortcullisError {
  return conflict('Another program is writing the config at this moment.', true);
}

/**
 * Checks a config text and puts it in place of the current one. The text before it is kept as
 * `openclaw.json.bak` with its secrets redacted, so that going back never brings a rotated secret
 * back; {@link restoreRedactedText} fills them in from the current file.
 *
 * @returns the new config, as {@link loadConfig} would.
 * @throws PortcullisError `config.syntax`, `config.include`, `config.invalid` before anything is
 * touched; `config.conflict` when the file is not the one `expectHash` speaks of; `config.unwritable`.
 */
export function writeConfig(paths: StatePaths, raw: string, options: WriteOptions): LoadedConfig {
  const { invalid = 'throw', ...rest } = options;
  const checked = parseConfig(raw, { ...rest, paths, invalid });
  try {
    withFileLock(paths.configPath, busy, () => replaceConfig(paths, raw, options.expectHash));
  } catch (error) {
    throw PortcullisError.is(error) ? error : unwritable(paths.configPath, error);
  }
  return checked;
}
