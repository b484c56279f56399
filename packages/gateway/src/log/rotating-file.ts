/**
 * A private file that is turned over before it grows beyond a size.
 *
 * Older generations are `<path>.1` (newest) to `<path>.<keep>`. The first line of a file that
 * follows another says how many bytes stand before it, so that a reader can name a place in the log
 * by one number whichever file it has come to be in.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import { offsetOf } from './generation.ts';

/** How a file is kept. */
export interface RotationSettings {
  /** The file is turned over before it has more bytes than this. */
  readonly maxBytes: number;
  /** Older files that are kept. */
  readonly keep: number;
}

const NEWLINE = 0x0a;
/** Bits of a mode that let others write. */
const OTHERS_WRITE = 0o022;

/** A file that is appended to line by line. */
export class RotatingFile {
  readonly #path: string;
  readonly #continuation: (offset: number) => string;
  #settings: RotationSettings;
  #file: number;
  #size: number;
  #offset: number;

  /**
   * Opens `path` for appending: 0600, never through a link. `continuation` makes the first line of
   * a file that follows another.
   *
   * Throws `log.unusable` when the folder belongs to somebody else, others may write in it, or the
   * file cannot be opened.
   */
  constructor(path: string, settings: RotationSettings, continuation: (offset: number) => string) {
    this.#path = path;
    this.#settings = settings;
    this.#continuation = continuation;
    requirePrivateFolder(path);
    this.#file = openPrivate(path);
    this.#size = fstatSync(this.#file).size;
    this.#offset = offsetOf(this.#head());
    this.#endTornLine();
  }

  /** Settings that count from the next line on. */
  configure(settings: RotationSettings): void {
    this.#settings = settings;
  }

  /** Appends a line that ends in a newline. Throws what the system throws. */
  append(line: string): void {
    const bytes = Buffer.from(line, 'utf8');
    if (this.#size > 0 && this.#size + bytes.length > this.#settings.maxBytes) this.#turnOver();
    this.#write(bytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(this.#file, bytes, at);
      at += written;
      this.#size += written;
    }
  }

  #turnOver(): void {
    const { keep } = this.#settings;
    for (let age = keep; age > 0; age -= 1) {
      const from = age === 1 ? this.#path : `${this.#path}.${String(age - 1)}`;
      moveIfThere(from, `${this.#path}.${String(age)}`);
    }
    const next = openPrivate(this.#path, keep === 0 ? constants.O_TRUNC : 0);
    closeSync(this.#file);
    this.#file = next;
    this.#offset += this.#size;
    this.#size = 0;
    this.#write(Buffer.from(this.#continuation(this.#offset), 'utf8'));
  }

  #head(): string {
    const buffer = Buffer.alloc(512);
    return buffer.toString('utf8', 0, readSync(this.#file, buffer, 0, buffer.length, 0));
  }

  /** What a process that was killed left half written must not swallow our first line. */
  #endTornLine(): void {
    if (this.#size === 0) return;
    const last = Buffer.alloc(1);
    readSync(this.#file, last, 0, 1, this.#size - 1);
    if (last[0] !== NEWLINE) this.#write(Buffer.from('\n'));
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function unusable(message: string, cause?: unknown): PortcullisError {
  return new PortcullisError('log.unusable', message, {
    hint: 'Remove logging.file, so that the log stays in the state directory, or name a folder of your own.',
    ...(cause !== undefined && { cause }),
  });
}

function requirePrivateFolder(path: string): void {
  const folder = dirname(path);
  let facts: { readonly uid: number; readonly mode: number };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    facts = statSync(folder);
  } catch (cause) {
    throw unusable('The folder of the log cannot be used.', cause);
  }
  const own = process.getuid?.();
  if (own !== undefined && (facts.uid !== own || (facts.mode & OTHERS_WRITE) !== 0)) {
    throw unusable('Others may write in the folder of the log.');
  }
}

function openPrivate(path: string, flag = 0): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  let file: number;
  try {
    file = openSync(path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | flag, 0o600);
  } catch (cause) {
    throw new PortcullisError('log.unusable', 'The log file cannot be opened for writing.', {
      hint: 'It must be a file of your own, not a link. Remove logging.file to use the state directory.',
      cause,
    });
  }
  fchmodSync(file, 0o600);
  return file;
}
