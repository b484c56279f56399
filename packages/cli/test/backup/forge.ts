/**
 * Archives made by hand, entry by entry, so that they can hold what a backup never does.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Header, type HeaderData } from 'tar';

/** The top folder of a forged archive. */
export const ROOT = '2026-01-01T00-00-00.000+00-00-openclaw-backup';

/** One entry: its header, and what follows it. */
export interface Entry {
  readonly header: HeaderData;
  readonly content: Buffer;
}

/** A file of a forged archive; `path` is below the root. */
export function file(path: string, text: string, header: HeaderData = {}): Entry {
  const content = Buffer.from(text);
  const mode = 0o600;
  const full = { path: `${ROOT}/${path}`, type: 'File', size: content.length, mode } as const;
  return { content, header: { ...full, ...header } };
}

/** What a manifest says of a file. */
export function described(path: string, text: string): Record<string, unknown> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { path, size: Buffer.byteLength(text), mode: 0o600, sha256 };
}

/** A manifest of these files, with other values in place of its own. */
export function manifest(
  files: readonly Record<string, unknown>[],
  change: Record<string, unknown> = {},
): Entry {
  const value = {
    format: 'portcullis-backup',
    schemaVersion: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    archiveRoot: ROOT,
    runtimeVersion: '9.9.9',
    nodeVersion: 'v24.11.0',
    platform: 'linux',
    options: { includeWorkspace: true, onlyConfig: false },
    assets: [{ kind: 'state', sourcePath: '/home/x/.openclaw', archivePath: 'payload/state' }],
    skipped: [],
    files,
    ...change,
  };
  return file('manifest.json', JSON.stringify(value));
}

function bytesOf({ header, content }: Entry): Buffer {
  const block = Buffer.alloc(512);
  new Header({ mtime: new Date(0), ...header }).encode(block, 0);
  const fill = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([block, content, fill]);
}

/** The entries as one archive, packed. */
export function packed(entries: readonly Entry[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return gzipSync(Buffer.concat([...entries.map(bytesOf), end]));
}

/** Writes an archive into a folder, and gives its path. */
export function forge(folder: string, bytes: Buffer): string {
  const path = join(folder, 'forged.tar.gz');
  writeFileSync(path, bytes);
  return path;
}
