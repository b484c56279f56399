/**
 * Changing a file as a whole: the new content is complete under another name before it takes the
 * place of the old one, in a directory that is held open throughout.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';

import { errnoCode } from '../../config/text-file.ts';
import { markOf } from './census.ts';
import { hashOf, readWhole } from './content.ts';
import { type OpenDirectory, assertInPlace, entryPath } from './descent.ts';
import { changed } from './faults.ts';
import type { Look, Looker } from './look.ts';
import { confirmAbsent, hasEntry, inParent, withEntry } from './opening.ts';

/** What replacing did. */
export interface Replaced {
  readonly created: boolean;
  /** Directories made on the way. */
  readonly made: readonly string[];
  /** The state of the new file, as a census marks it; undefined when it was changed at once. */
  readonly mark?: string;
}

/** What to put where. */
export interface Replacement {
  readonly bytes: Uint8Array;
  /** As `FilesBroker.write` has it. */
  readonly expect?: string | null;
  /** Largest file whose content is compared with `expect`. */
  readonly maxBytes: number;
}

/**
 * Replaces or makes the file that `look` found. A new file and new directories are for their owner
 * alone; a file that is replaced keeps its permissions, without set-user-id bits.
 */
export async function replaceFile(
  looker: Looker,
  look: Look,
  replacement: Replacement,
): Promise<Replaced> {
  return await inParent(look, { make: true }, async (directory, name) => {
    const created = look.facts.leafExists !== true;
    const mode = await checkOld(looker, look, { directory, name, replacement });
    const draft = `.${randomBytes(9).toString('hex')}.draft`;
    let mark: string | undefined;
    try {
      const inode = await writeDraft(directory, draft, replacement.bytes, mode);
      // Between the first look and now the file was written: look once more, then take its place.
      await checkOld(looker, look, { directory, name, replacement });
      await assertInPlace(directory);
      await place(directory, draft, name, replacement.expect === null);
      await discard(directory, draft);
      const now = await lstat(entryPath(directory, name), { bigint: true });
      if (now.ino === inode) mark = markOf(now);
    } finally {
      await discard(directory, draft);
    }
    await directory.handle.sync();
    return { created, made: directory.made, ...(mark === undefined ? {} : { mark }) };
  });
}

/** Removes the file that `look` found. */
export async function removeFile(looker: Looker, look: Look): Promise<void> {
  await inParent(look, {}, async (directory, name) => {
    await withEntry(looker, look, directory, name, async () => {
      await unlink(entryPath(directory, name));
    });
    await directory.handle.sync();
  });
}

interface Target {
  readonly directory: OpenDirectory;
  readonly name: string;
  readonly replacement: Replacement;
}

/** Confirms what is there now and returns the permissions the new file gets. */
async function checkOld(looker: Looker, look: Look, target: Target): Promise<number> {
  const { directory, name, replacement } = target;
  const { expect, maxBytes } = replacement;
  if (look.facts.leafExists !== true) {
    if (expect === null && (await hasEntry(directory, name))) throw changed();
    await confirmAbsent(looker, look, directory, name);
    if (typeof expect === 'string') throw changed();
    return 0o600;
  }
  if (expect === null) throw changed();
  return await withEntry(looker, look, directory, name, async (handle) => {
    if (expect !== undefined && hashOf(await readWhole(handle, maxBytes)) !== expect.toLowerCase())
      throw changed();
    return (await handle.stat()).mode & 0o777;
  });
}

async function writeDraft(
  directory: OpenDirectory,
  draft: string,
  bytes: Uint8Array,
  mode: number,
): Promise<bigint> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;
  const handle: FileHandle = await open(entryPath(directory, draft), flags, 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
    return (await handle.stat({ bigint: true })).ino;
  } finally {
    await handle.close();
  }
}

/** Puts the draft in place of the name. Neither way follows a link that stands there. */
async function place(
  directory: OpenDirectory,
  draft: string,
  name: string,
  onlyNew: boolean,
): Promise<void> {
  const [from, to] = [entryPath(directory, draft), entryPath(directory, name)];
  if (!onlyNew) {
    await rename(from, to);
    return;
  }
  try {
    await link(from, to);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'EEXIST') throw changed();
    if (!WITHOUT_LINKS.has(code)) throw error;
    // A file system without second names: the name was free a moment ago, and is taken now.
    await rename(from, to);
  }
}

/** What a file system answers that knows no second name for a file. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function discard(directory: OpenDirectory, draft: string): Promise<void> {
  try {
    await unlink(entryPath(directory, draft));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}
