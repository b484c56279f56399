/**
 * Reads an archive that may come from anybody. The manifest comes first, and what follows must be
 * exactly what it says, in its order: the same names, plain files only, the same sizes and hashes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fchmodSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { PortcullisError } from '@portcullis/core';
import { Parser, type ReadEntry } from 'tar';

import { isSealed, unseal } from './cipher.ts';
import {
  type ArchivedFile,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  damaged,
  parseManifest,
  refused,
} from './manifest.ts';
import { isSystemError } from '../terminal/system-error.ts';

/** Chooses where a file goes: an absolute path, or undefined to check it and keep nothing. */
export type Destination = (file: ArchivedFile) => string | undefined;

/** How to read an archive. */
export interface ReadOptions {
  /** Asked for once, where the archive is sealed. */
  readonly passphrase: () => Promise<string>;
  /** Called with the manifest before anything else is read. May throw to refuse the archive. */
  readonly place: (manifest: Manifest) => Destination;
}

/** Room for names that are too long for a header, in bytes. */
const MAX_META_BYTES = 64 * 1024;
/** What a file may cost beside its content: a header, its names, and what fills its last block. */
const OVERHEAD_BYTES = 8 * 1024;
const BLOCK_BYTES = 512;

/**
 * Reads an archive to its end.
 *
 * @throws PortcullisError `backup.not_found`, `backup.passphrase`, `backup.damaged`,
 * `backup.refused`, `backup.newer`, `backup.unwritable`.
 */
export async function readArchive(
  path: string,
  { passphrase, place }: ReadOptions,
): Promise<Manifest> {
  const sealed = isSealed(await firstBytes(path));
  const gunzip = createGunzip();
  const unpacking = new Unpacking(place);
  const secret = sealed ? await passphrase() : '';
  const stream = createReadStream(path);
  const source: AsyncIterable<Uint8Array> = sealed ? unseal(stream, secret) : stream;
  try {
    await pipeline(source, gunzip, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) unpacking.write(piece);
      unpacking.end();
    });
    return unpacking.manifest;
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw faultOf(error);
  } finally {
    unpacking.close();
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new PortcullisError('backup.not_found', `There is no archive at ${path}.`, {
      hint: 'Give the path of the file that "openclaw backup create" printed.',
      cause: error,
    });
  }
}

function faultOf(error: unknown): PortcullisError {
  if (isSystemError(error) && error.syscall !== undefined) {
    const code = error.code ?? 'unknown error';
    return new PortcullisError('backup.unwritable', `The archive cannot be unpacked: ${code}.`, {
      hint: 'Check the space and the permissions where it is unpacked.',
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'TAR_ENTRY_INVALID') return refused('an entry of it is malformed');
  return damaged(code.startsWith('Z_') ? 'it cannot be unpacked' : 'its entries are broken', error);
}

/** What of an entry is being written. */
interface Writing {
  readonly descriptor: number | undefined;
  readonly file: ArchivedFile;
}

class Unpacking {
  readonly #place: ReadOptions['place'];
  readonly #parser: Parser;
  #manifest: Manifest | undefined;
  #destination: Destination = () => undefined;
  #next = 0;
  #bytes = 0;
  #limit = MAX_MANIFEST_BYTES + OVERHEAD_BYTES;
  #writing: Writing | undefined;

  constructor(place: ReadOptions['place']) {
    this.#place = place;
    const onReadEntry = (entry: ReadEntry): void => this.#entry(entry);
    this.#parser = new Parser({ strict: true, maxMetaEntrySize: MAX_META_BYTES, onReadEntry });
    this.#parser.on('ignoredEntry', () => {
      throw refused('it holds something that is no plain file');
    });
  }

  get manifest(): Manifest {
    if (this.#manifest === undefined) throw damaged('it holds no manifest');
    return this.#manifest;
  }

  write(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) throw refused('it unpacks to more than its manifest says');
    this.#parser.write(piece);
  }

  end(): void {
    this.#parser.end();
    const missing = this.manifest.files[this.#next];
    if (missing !== undefined) throw damaged(`${missing.path} is missing`);
  }

  close(): void {
    if (this.#writing?.descriptor !== undefined) closeSync(this.#writing.descriptor);
    this.#writing = undefined;
  }

  #entry(entry: ReadEntry): void {
    if (entry.type !== 'File') throw refused(`it holds a ${entry.type}, not only plain files`);
    if (this.#manifest === undefined) this.#readManifest(entry);
    else this.#readFile(entry, this.#manifest);
  }

  #readManifest(entry: ReadEntry): void {
    const { path, size } = entry;
    if (!path.endsWith(`/${MANIFEST_NAME}`)) throw damaged('it does not begin with a manifest');
    if (size > MAX_MANIFEST_BYTES) throw refused('its manifest is too large');
    const pieces: Buffer[] = [];
    entry.on('end', () => {
      const manifest = parseManifest(Buffer.concat(pieces).toString('utf8'));
      if (path !== `${manifest.archiveRoot}/${MANIFEST_NAME}`) {
        throw refused('its top folder is not the one its manifest names');
      }
      this.#destination = this.#place(manifest);
      this.#manifest = manifest;
      this.#limit = room(size) + manifest.files.reduce((sum, file) => sum + room(file.size), 0);
    });
    entry.on('data', (piece: Buffer) => pieces.push(piece));
  }

  #readFile(entry: ReadEntry, { archiveRoot, files }: Manifest): void {
    const file = files[this.#next];
    const name = JSON.stringify(entry.path.slice(0, 200));
    if (file === undefined || entry.path !== `${archiveRoot}/${file.path}`) {
      throw refused(`${name} is not what its manifest says comes next`);
    }
    if (entry.size !== file.size) throw refused(`${name} is not as large as its manifest says`);
    this.#next += 1;
    const hash = createHash('sha256');
    const writing = { file, descriptor: this.#create(file) };
    this.#writing = writing;
    entry.on('end', () => {
      if (hash.digest('hex') !== file.sha256) throw damaged(`${file.path} was changed`);
      // After the umask: what was public in a workspace stays so, and nothing becomes more.
      if (writing.descriptor !== undefined) fchmodSync(writing.descriptor, modeOf(file));
      this.close();
    });
    entry.on('data', (piece: Buffer) => {
      hash.update(piece);
      if (writing.descriptor !== undefined) writeAll(writing.descriptor, piece);
    });
  }

  #create(file: ArchivedFile): number | undefined {
    const target = this.#destination(file);
    if (target === undefined) return undefined;
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    return openSync(target, 'wx', 0o600);
  }
}

/** Everything but workspaces is private, whatever the archive says. */
function modeOf({ path, mode }: ArchivedFile): number {
  return path.startsWith('payload/workspace/') ? mode & 0o755 : mode & 0o700;
}

function writeAll(descriptor: number, piece: Buffer): void {
  let written = 0;
  while (written < piece.length) written += writeSync(descriptor, piece, written);
}

/** What a file may take up in an archive. */
function room(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES + OVERHEAD_BYTES;
}
