/**
 * The key that chains the audit log: 32 random bytes in a private file beside the state, made once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';

const KEY_BYTES = 32;

/**
 * Reads the key, making it on the first call.
 *
 * Throws `audit.key_unreadable` when the file is there and is no key: a new key would hide that the
 * old log can no longer be verified.
 */
export function loadChainKey(stateDir: string): Uint8Array {
  const known = readChainKey(stateDir);
  if (known !== undefined) return known;
  const path = join(stateDir, 'audit.key');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(KEY_BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // A link fails where the name is taken: of two first starts, one key counts.
    linkSync(temporary, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
  return loadChainKey(stateDir);
}

/**
 * Reads the key; undefined where none was made yet.
 *
 * Throws `audit.key_unreadable`.
 */
export function readChainKey(stateDir: string): Uint8Array | undefined {
  return readKey(join(stateDir, 'audit.key'));
}

function readKey(path: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw new PortcullisError('audit.key_unreadable', 'The key of the audit log cannot be read.', {
      hint: `Check the permissions of ${path}.`,
      cause: error,
    });
  }
  if (bytes.byteLength === KEY_BYTES) return bytes;
  throw new PortcullisError('audit.key_unreadable', 'The key of the audit log is damaged.', {
    hint: `Restore ${path} from a backup; without it the log cannot be verified.`,
  });
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
