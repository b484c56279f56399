/**
 * Reads small text files that an operator wrote. Promises: never blocks on a pipe or device,
 * never reads more than the bound, never guesses at an encoding.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Largest config, include, secret or `.env` file that is read, in bytes. */
export const MAX_FILE_BYTES: number = 2 * 1024 * 1024;

/** What came of reading. A fault is a reason to show, without the file's content. */
export type TextFile =
  | { readonly kind: 'text'; readonly text: string; readonly mode: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fault'; readonly reason: string };

const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EISDIR: 'it is a directory',
  ENOENT: 'it does not exist',
  ELOOP: 'it is a symbolic link that may not be followed',
  ENOTDIR: 'a part of its path is no directory',
  ENXIO: 'it is no regular file',
};

/** The `code` of a failed system call, empty when there is none. */
export function errnoCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** One readable reason for a failed system call, without the path. */
export function errnoReason(error: unknown): string {
  const code = errnoCode(error);
  return FAULTS[code] ?? (code === '' ? 'the system refused' : `the system answered ${code}`);
}

function readUpTo(descriptor: number, limit: number): Buffer {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const count = readSync(descriptor, buffer, length, limit - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function readOpened(descriptor: number, maxBytes: number): TextFile {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    return {
      kind: 'fault',
      reason: stat.isDirectory() ? 'it is a directory' : 'it is no regular file',
    };
  }
  // One byte more than allowed, so that a file that grows while it is read is noticed too.
  const bytes =
    stat.size > maxBytes ? undefined : readUpTo(descriptor, Math.min(stat.size, maxBytes) + 1);
  if (bytes === undefined || bytes.length > maxBytes) {
    return { kind: 'fault', reason: `it is larger than ${maxBytes} bytes` };
  }
  if (bytes.length > stat.size) return { kind: 'fault', reason: 'it changed while it was read' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'text', text, mode: stat.mode & 0o777 };
  } catch {
    return { kind: 'fault', reason: 'it is not valid UTF-8' };
  }
}

/**
 * Reads a regular file as UTF-8.
 *
 * @param options.followLinks false refuses a symbolic link as the last part of the path.
 */
export function readTextFile(
  path: string,
  options: { readonly maxBytes?: number; readonly followLinks?: boolean } = {},
): TextFile {
  const noFollow = options.followLinks === false ? constants.O_NOFOLLOW : 0;
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return { kind: 'missing' };
    return { kind: 'fault', reason: errnoReason(error) };
  }
  try {
    return readOpened(descriptor, options.maxBytes ?? MAX_FILE_BYTES);
  } catch (error) {
    return { kind: 'fault', reason: errnoReason(error) };
  } finally {
    closeSync(descriptor);
  }
}
