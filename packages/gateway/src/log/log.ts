/**
 * The gateway's log: JSON lines in a private file of the state directory.
 *
 * Secrets are kept out three times: values of type `Secret` print as `[secret]`, every line is
 * searched for the secrets this process knows, in every spelling the guard of what leaves it finds,
 * and for what looks like a credential, before it is written.
 *
 * @module
 */
import type { Logger, Secret } from '@portcullis/core';
import { type Logger as PinoLogger, pino } from 'pino';

import { CONTINUES } from './generation.ts';
import { secretHider } from './hide-secrets.ts';
import { RotatingFile } from './rotating-file.ts';
import { hideMatches } from './secret-shapes.ts';
import type { LogSettings } from './settings.ts';

/** How a log is opened. */
export interface LogOptions {
  /** The file; its folder is made (0700) where it is missing. */
  readonly path: string;
  readonly settings: LogSettings;
  /** The secrets to search each line for; asked again as they become known. */
  readonly secrets: () => readonly Secret[];
  /** Told of every line after everything secret was taken out, with its severity (10 to 60). */
  readonly echo?: (line: string, level: number) => void;
}

/** A log and the ways to change and close it. */
export interface GatewayLog extends Logger {
  /** Other settings, from the next line on. */
  configure(settings: LogSettings): void;
  close(): void;
}

/** Severity of a line about the log itself. */
const WARN = 40;

/**
 * Opens the log file (0600), appending.
 *
 * Throws `log.unusable` when the file or its folder is not this user's own.
 */
export function openLog({ path, settings, secrets, echo }: LogOptions): GatewayLog {
  const hide = secretHider(secrets);
  const file = new RotatingFile(path, settings, continuation);
  let { patterns } = settings;
  let lost = 0;
  const clean = (line: string): string => hideMatches(hide(line), patterns);
  const write = (line: string): void => {
    const text = clean(line);
    echo?.(text, severityOf(text));
    // A disk that is full must not end what is being told of.
    try {
      if (lost > 0) file.append(lineOf(WARN, { lost }, 'log: lines could not be written'));
      lost = 0;
      file.append(text);
    } catch {
      lost += 1;
    }
  };
  const log = pino(
    { level: settings.level, base: { name: 'gateway' }, timestamp: pino.stdTimeFunctions.isoTime },
    { write },
  );
  return {
    ...toLogger(log),
    configure: (next) => {
      log.level = next.level;
      patterns = next.patterns;
      file.configure(next);
    },
    close: () => file.close(),
  };
}

function lineOf(level: number, fields: Readonly<Record<string, unknown>>, msg: string): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level, time, name: 'gateway', ...fields, msg })}\n`;
}

function continuation(offset: number): string {
  return lineOf(30, { offset }, CONTINUES);
}

function severityOf(line: string): number {
  return Number(/^\{"level":(\d+)/u.exec(line)?.[1] ?? 30);
}

function toLogger(log: PinoLogger): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}
