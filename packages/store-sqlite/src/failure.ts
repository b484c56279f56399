/**
 * Turns what SQLite and the file system report into coded errors, and carries them between threads.
 *
 * Messages name SQLite's own sentence for a result code and nothing else: never SQL, a key or a
 * value.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** An error as it crosses from the writer thread: a class would not survive the copy. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}

const SQLITE_NO_MEMORY = 7;
const SQLITE_IO = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_TOO_BIG = 18;
const SQLITE_NOT_A_DATABASE = 26;

/** The failure for a file that SQLite cannot make sense of. Nothing is written to such a file. */
export function corruptFailure(what: string): Failure {
  return {
    code: 'store.corrupt',
    message: `The database portcullis.sqlite is damaged: ${what}.`,
    hint: 'Keep the file as it is, restore a backup into its place, and look at the disk.',
    retryable: false,
  };
}

/** Names what SQLite or the file system reported with a stable code. */
export function toFailure(error: unknown): Failure {
  if (PortcullisError.is(error)) {
    const { code, message, hint, retryable } = error;
    return { code, message, hint: hint ?? '', retryable };
  }
  const result = resultCode(error);
  if (result === SQLITE_FULL) {
    return {
      code: 'store.full',
      message: 'The disk is full; nothing of this unit of work was stored.',
      hint: 'Free space on the disk that holds the state folder, then try again.',
      retryable: true,
    };
  }
  if (result === SQLITE_CORRUPT || result === SQLITE_NOT_A_DATABASE) {
    return corruptFailure(sentence(error));
  }
  if (result === SQLITE_TOO_BIG) {
    return {
      code: 'store.value',
      message: 'A record is larger than the database can hold.',
      hint: 'Store large content in a file and keep its name in the record.',
      retryable: false,
    };
  }
  return {
    code: 'store.io',
    message: `The database could not be read or written: ${sentence(error)}.`,
    hint: 'Look at the disk and at the rights of the state folder; the log has the full error.',
    retryable: true,
  };
}

/** Makes the throwable error of a failure. */
export function fromFailure(failure: Failure, cause?: unknown): PortcullisError {
  return new PortcullisError(failure.code, failure.message, {
    hint: failure.hint,
    retryable: failure.retryable,
    cause,
  });
}

/** Whether a failure concerns the whole file, so that no neighbour in the batch can be saved. */
export function isFatalToBatch(error: unknown): boolean {
  const result = resultCode(error);
  return (
    result === SQLITE_FULL ||
    result === SQLITE_IO ||
    result === SQLITE_NO_MEMORY ||
    result === SQLITE_CORRUPT ||
    result === SQLITE_NOT_A_DATABASE
  );
}

function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  // The low byte is the primary result code; the rest tells variants of it apart.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function sentence(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('errstr' in error && typeof error.errstr === 'string') return error.errstr;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'unknown error';
}
