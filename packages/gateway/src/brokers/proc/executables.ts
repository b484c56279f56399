/**
 * Which file a program's name stands for, and its fingerprint. Names are looked up on a constant
 * search path, never on the gateway's own, so that nothing in a workspace or a shell profile can
 * put itself before a system program.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { BoundExecutable, Executable } from '@portcullis/policy/exec';

/** The search path of every command. */
export const SEARCH_PATH: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** A file as it was when it was looked at: nothing can replace or change it unnoticed. */
export interface Fingerprint {
  /** As found: what is executed, so that a program sees the name it was called by. */
  readonly path: string;
  /** Free of links. */
  readonly realPath: string;
  readonly sha256: string;
  readonly dev: string;
  readonly ino: string;
  /** Nanoseconds since 1970. */
  readonly mtime: string;
}

/** Hashes by identity and times. The change time cannot be set back, so a hit is the same content. */
const hashes = new Map<string, string>();
const MOST_HASHES = 2000;
/** A larger file is not looked at, and so neither runs nor can be approved. */
const MOST_BYTES = 2n ** 30n;

async function sha256Of(path: string, identity: string): Promise<string> {
  const known = hashes.get(identity);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const digest = hash.digest('hex');
  if (hashes.size >= MOST_HASHES) hashes.clear();
  hashes.set(identity, digest);
  return digest;
}

/** The fingerprint of a regular file; undefined when there is none that can be read. */
export async function fingerprint(path: string): Promise<Fingerprint | undefined> {
  try {
    const realPath = await realpath(path);
    const facts = await stat(realPath, { bigint: true });
    if (!facts.isFile() || facts.size > MOST_BYTES) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = facts;
    const sha256 = await sha256Of(realPath, [dev, ino, size, mtimeNs, ctimeNs].join(':'));
    const times = { dev: String(dev), ino: String(ino), mtime: String(mtimeNs) };
    return { path, realPath, sha256, ...times };
  } catch {
    return undefined;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Where names are looked up. */
export interface Lookup {
  readonly path: readonly string[];
  /** What a name with a slash is relative to. */
  readonly cwd: string;
}

/** The executable `word` names; undefined when there is none. */
export async function findExecutable(
  word: string,
  { path, cwd }: Lookup,
): Promise<Fingerprint | undefined> {
  if (word === '' || word.includes('\0')) return undefined;
  const candidates = word.includes('/')
    ? [resolve(cwd, word)]
    : path.map((directory) => `${directory}/${word}`);
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return await fingerprint(candidate);
  }
  return undefined;
}

/** A fingerprint as the exec policy reads it. */
export function asWhich({ path, realPath, sha256 }: Fingerprint): Executable {
  return { path, realPath, sha256 };
}

/** A fingerprint as an approval is bound to it. */
export function asBound({ realPath, sha256, dev, ino, mtime }: Fingerprint): BoundExecutable {
  return { realPath, sha256, dev, ino, mtime };
}

/** True when both are the same unchanged file under the same name. */
export function isSameFile(left: Fingerprint | undefined, right: Fingerprint | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.path === right.path &&
    left.realPath === right.realPath &&
    left.sha256 === right.sha256 &&
    left.dev === right.dev &&
    left.ino === right.ino &&
    left.mtime === right.mtime
  );
}
