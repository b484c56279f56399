/**
 * `credentials/<channel>-allowFrom.json`: the paired senders of one channel account as a file that
 * people and backups can read. The store is the truth; the file is its faithful copy, written after
 * every change, and imported when a person edits it while it is valid.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { replaceFile } from '../config/atomic-file.ts';

/** What a mirror file holds. */
export type MirrorContent =
  | { readonly kind: 'absent' }
  /** `senders` are the entries as written: not yet checked to be ids of the channel. */
  | { readonly kind: 'valid'; readonly senders: readonly string[] }
  /** Admits nobody until a person repairs it; never overwritten. */
  | { readonly kind: 'malformed' };

/** A larger file is not an allow list. */
const MAX_BYTES = 4_000_000;

/** The file of an account. */
export function mirrorPath(credentialsDir: string, channel: string, accountId: string): string {
  const account = accountId === 'default' ? '' : `-${accountId}`;
  return join(credentialsDir, `${channel}${account}-allowFrom.json`);
}

/** Changes whenever the file is replaced or edited; undefined while there is none. */
export function mirrorStamp(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined
    ? undefined
    : `${String(stat.ino)}:${String(stat.size)}:${String(stat.mtimeNs)}`;
}

/** Reads a mirror. A file of another channel or account is malformed. */
export function readMirror(path: string, channel: string, accountId: string): MirrorContent {
  let text: string;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: 'absent' };
    if (!stat.isFile() || stat.size > MAX_BYTES) return { kind: 'malformed' };
    text = readFileSync(path, 'utf8');
  } catch {
    return { kind: 'malformed' };
  }
  try {
    const body: unknown = JSON.parse(text);
    if (!isRecord(body) || body['version'] !== 1) return { kind: 'malformed' };
    // Older files name neither; a file that names another channel or account is not ours.
    if ((body['channel'] ?? channel) !== channel) return { kind: 'malformed' };
    if ((body['accountId'] ?? accountId) !== accountId) return { kind: 'malformed' };
    const senders = body['allowFrom'];
    if (!Array.isArray(senders)) return { kind: 'malformed' };
    const strings: readonly unknown[] = senders;
    if (!strings.every((entry) => typeof entry === 'string')) return { kind: 'malformed' };
    return { kind: 'valid', senders: strings };
  } catch {
    return { kind: 'malformed' };
  }
}

/** Replaces a mirror atomically: 0600 in a 0700 directory, on disk before it has its name. */
export function writeMirror(
  path: string,
  channel: string,
  accountId: string,
  senders: readonly string[],
): void {
  const body = { version: 1, channel, accountId, allowFrom: senders };
  replaceFile(path, `${JSON.stringify(body, null, 2)}\n`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
