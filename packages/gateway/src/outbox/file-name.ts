/**
 * What a file is called where it is sent to, and what kind it is.
 *
 * @module
 */
import { posix } from 'node:path';

const LONGEST_NAME = 120;

/** Kinds of files people send each other, by the ending of the name. */
const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.ogg': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.wav': 'audio/wav',
  '.webp': 'image/webp',
  '.zip': 'application/zip',
};

/** The name a file has for those who get it: nothing of where it lies. */
export function nameOf(path: string): string {
  const name = posix
    .basename(path.replaceAll('\\', '/'))
    .replaceAll(/[\p{C}"<>|:*?]/gu, '_')
    .slice(-LONGEST_NAME)
    .toWellFormed();
  return /^\.*$/u.test(name) ? 'file' : name;
}

/** The kind of a file, by the ending of its name. */
export function mimeTypeOf(path: string): string {
  const ending = posix.extname(path).toLowerCase();
  return Object.hasOwn(TYPES, ending)
    ? (TYPES[ending] ?? 'application/octet-stream')
    : 'application/octet-stream';
}
