/**
 * Opens what `npm pack` makes. The whole archive is read and judged in memory, within bounds, before
 * anything of it is written.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { PortcullisError } from '@portcullis/core';
import { Parser, type ReadEntry } from 'tar';

import { badArchive } from './fault.ts';
import { hashOf } from './tree.ts';

/** Bounds of an archive. */
export interface ArchiveBounds {
  readonly packedBytes: number;
  readonly bytes: number;
  readonly entries: number;
}

/** Bounds where nobody asks for others. */
export const ARCHIVE_BOUNDS: ArchiveBounds = {
  packedBytes: 33_554_432,
  bytes: 134_217_728,
  entries: 10_000,
};

/** A package out of an archive. */
export interface Unpacked {
  /** Files by their path inside the package. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** `sha512-<base64>` of the archive itself. */
  readonly integrity: string;
}

const MOST_PATH = 400;
const TOP = 'package/';
/** Settings of npm that a package must not bring: they would choose the registry of what it needs. */
const REFUSED_FILES =
  /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.c?js|binding\.gyp)$|\.node$/iu;

class Reading {
  readonly files = new Map<string, Buffer>();
  readonly #spellings = new Set<string>();
  readonly #bounds: ArchiveBounds;
  readonly #parser: Parser;
  #bytes = 0;
  #entries = 0;
  #fault: PortcullisError | undefined;

  constructor(bounds: ArchiveBounds) {
    this.#bounds = bounds;
    this.#parser = new Parser({
      strict: true,
      maxMetaEntrySize: 65_536,
      onReadEntry: (entry) => this.#take(entry),
    });
    this.#parser.on('error', () => this.#refuse('its entries are broken'));
  }

  write(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#bounds.bytes) this.#refuse('it unpacks to too much');
    if (this.#fault === undefined) this.#parser.write(piece);
    if (this.#fault !== undefined) throw this.#fault;
  }

  end(): void {
    this.#parser.end();
    for (const path of this.#spellings) {
      if (foldersOf(path).some((folder) => this.#spellings.has(folder))) {
        this.#refuse(`${JSON.stringify(path)} lies below a file`);
      }
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  #refuse(why: string): void {
    this.#fault ??= badArchive(why);
  }

  #take(entry: ReadEntry): void {
    this.#entries += 1;
    if (this.#entries > this.#bounds.entries) this.#refuse('it has too many entries');
    const why = this.#faultOf(entry);
    if (why !== undefined) this.#refuse(why);
    if (this.#fault !== undefined || entry.type === 'Directory') {
      entry.resume();
      return;
    }
    const path = entry.path.slice(TOP.length);
    const pieces: Buffer[] = [];
    entry.on('data', (piece: Buffer) => pieces.push(Buffer.from(piece)));
    entry.on('end', () => this.files.set(path, Buffer.concat(pieces)));
  }

  #faultOf({ type, path }: ReadEntry): string | undefined {
    const shown = JSON.stringify(path.slice(0, MOST_PATH));
    if (type === 'Directory') {
      return /^package(?:\/|$)/u.test(path) && !hasOddParts(path.replace(/\/$/u, ''))
        ? undefined
        : `${shown} is a folder outside of the package`;
    }
    if (type !== 'File' && type !== 'OldFile') return `${shown} is no file but a ${type}`;
    if (path.length > MOST_PATH || !path.startsWith(TOP) || hasOddParts(path)) {
      return `${shown} is no path inside the package`;
    }
    if (REFUSED_FILES.test(path)) return `${shown} must not be in a plugin`;
    if (/(?:^|\/)node_modules\//u.test(path)) return `${shown} is of another package`;
    const spelling = path.normalize('NFKC').toLowerCase();
    if (this.#spellings.has(spelling)) return `${shown} is there twice`;
    this.#spellings.add(spelling);
    return undefined;
  }
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

function hasOddParts(path: string): boolean {
  return (
    /[\p{Cc}\\:]/u.test(path) || path.split('/').some((part) => ['', '.', '..'].includes(part))
  );
}

/**
 * Reads an archive to its end. Writes nothing.
 *
 * @throws PortcullisError `plugin.archive`, `plugin.source` where there is none.
 */
export async function readArchive(
  path: string,
  bounds: ArchiveBounds = ARCHIVE_BOUNDS,
): Promise<Unpacked> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new PortcullisError('plugin.source', `There is no archive at ${path}.`, {
      hint: 'Give the path of a .tgz file that "npm pack" made.',
    });
  }
  if (found.size > bounds.packedBytes) throw badArchive('it is too large');
  const reading = new Reading(bounds);
  const packed: Buffer[] = [];
  try {
    await pipeline(
      createReadStream(path),
      async function* keep(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          packed.push(piece);
          yield piece;
        }
      },
      createGunzip(),
      async (pieces: AsyncIterable<Buffer>) => {
        for await (const piece of pieces) reading.write(piece);
        reading.end();
      },
    );
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw badArchive('it cannot be unpacked');
  }
  if (!reading.files.has('package.json')) throw badArchive('it holds no package.json');
  return { files: reading.files, integrity: `sha512-${hashOf(Buffer.concat(packed))}` };
}

/** Writes the files of a package into an empty folder: private, and none of them a program. */
export async function writePackage({ files }: Unpacked, folder: string): Promise<void> {
  for (const [path, bytes] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, bytes, { mode: 0o600, flag: 'wx' });
  }
}
