/**
 * The gateway's log: JSON lines in a private file of the state directory.
 *
 * Secrets are kept out twice: values of type `Secret` print as `[secret]`, and every line is searched
 * for the secrets this process knows, in every spelling the guard of what leaves it finds, before it
 * is written.
 *
 * @module
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Logger, Secret } from '@portcullis/core';
import { type Level, type Logger as PinoLogger, pino } from 'pino';

import { EgressGuard } from './egress/guard.ts';

/** Name of the log file inside the logs directory. */
export const LOG_FILE = 'gateway.log';

/** How a log is opened. */
export interface LogOptions {
  readonly directory: string;
  readonly level?: Level;
  /** The secrets to search each line for; asked again as they become known. */
  readonly secrets: () => readonly Secret[];
  /** The file is moved to `gateway.log.1` beyond this many bytes. Default 50 MB. */
  readonly maxBytes?: number;
}

/** A log and the way to close it. */
export interface GatewayLog extends Logger {
  close(): void;
}

const DEFAULT_MAX_BYTES = 50_000_000;
/** Shorter secrets would blot out ordinary words. */
const MIN_SECRET = 6;

/** Opens the log file (0600 in a 0700 directory), appending. */
export function openLog(options: LogOptions): GatewayLog {
  const { directory, level = 'info', secrets, maxBytes = DEFAULT_MAX_BYTES } = options;
  const guard = new EgressGuard(secrets);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, LOG_FILE);
  let file = openPrivate(path);
  let size = statSync(path).size;
  const write = (line: string): void => {
    const bytes = Buffer.from(guard.redact(redact(line, secrets())), 'utf8');
    if (size + bytes.length > maxBytes) {
      closeSync(file);
      renameSync(path, `${path}.1`);
      file = openPrivate(path);
      size = 0;
    }
    size += writeSync(file, bytes);
  };
  const log = pino(
    { level, base: { name: 'gateway' }, timestamp: pino.stdTimeFunctions.isoTime },
    { write },
  );
  return { ...toLogger(log), close: () => closeSync(file) };
}

/** Replaces the text of secrets, also in its JSON-escaped form. */
export function redact(line: string, secrets: readonly Secret[]): string {
  let result = line;
  for (const secret of secrets) {
    const text = secret.reveal();
    if (text.length < MIN_SECRET) continue;
    result = result.replaceAll(text, '[secret]');
    const escaped = JSON.stringify(text).slice(1, -1);
    if (escaped !== text) result = result.replaceAll(escaped, '[secret]');
  }
  return result;
}

function toLogger(log: PinoLogger): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}

function openPrivate(path: string): number {
  const fresh = !existsSync(path);
  const file = openSync(path, 'a', 0o600);
  if (!fresh) fchmodSync(file, 0o600);
  return file;
}
