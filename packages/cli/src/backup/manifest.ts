/**
 * What an archive says of itself. It is read from a file that may come from anybody: every name in
 * it is checked before it becomes a path.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { isRecord } from '../record.ts';

/** Parts of a state that an archive may hold. */
export const ASSET_KINDS = ['state', 'config', 'credentials', 'workspace'] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** One folder of an archive and where it came from. */
export interface Asset {
  readonly kind: AssetKind;
  /** Where it was, absolute. For people: a restore goes by the paths of its own machine. */
  readonly sourcePath: string;
  /** Below the root of the archive: `payload/state`, `payload/workspace/<agent>`. */
  readonly archivePath: string;
}

/** Something that is not in an archive, and why. */
export interface Skipped {
  readonly kind: AssetKind;
  readonly sourcePath: string;
  readonly reason: string;
}

/** One file of an archive. */
export interface ArchivedFile {
  /** Below the root of the archive, with slashes: `payload/state/openclaw.json`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
}

/** The document `manifest.json` of an archive. */
export interface Manifest {
  readonly format: 'portcullis-backup';
  readonly schemaVersion: 1;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The one folder at the top of the archive. */
  readonly archiveRoot: string;
  readonly runtimeVersion: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly options: { readonly includeWorkspace: boolean; readonly onlyConfig: boolean };
  readonly assets: readonly Asset[];
  readonly skipped: readonly Skipped[];
  /** In the order they stand in the archive. */
  readonly files: readonly ArchivedFile[];
}

/** The version of the format that is written. */
export const SCHEMA_VERSION = 1;
/** The largest manifest that is read, in bytes: some 400 000 files. */
export const MAX_MANIFEST_BYTES: number = 64 * 1024 * 1024;
export const MANIFEST_NAME = 'manifest.json';
/** What the config is called in `payload/config`, whatever its name was. */
export const CONFIG_NAME = 'openclaw.json';

const ROOT = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$/u;
const ASSET_PATH =
  /^payload\/(?:state|config|credentials|workspace\/[A-Za-z0-9][A-Za-z0-9_-]{0,63})$/u;
const SHA256 = /^[0-9a-f]{64}$/u;
const MAX_PATH_LENGTH = 4096;
const MAX_SEGMENT_BYTES = 255;

/** An archive that was changed, cut off, or never was one. */
export function damaged(what: string, cause?: unknown): PortcullisError {
  return new PortcullisError('backup.damaged', `The archive is not whole: ${what}.`, {
    hint: 'Nothing was restored from it. Use another backup.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An archive that holds what no backup holds. */
export function refused(what: string): PortcullisError {
  return new PortcullisError('backup.refused', `The archive was refused: ${what}.`, {
    hint: 'No backup of this program looks like that. Do not trust where it came from.',
  });
}

/**
 * Reads a manifest.
 *
 * @throws PortcullisError `backup.damaged`, `backup.newer`, and `backup.refused` for a name that
 * would lead out of the folder it is put into.
 */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('its manifest is no JSON', error);
  }
  if (!isRecord(value) || value['format'] !== 'portcullis-backup') {
    throw damaged('it is no backup of this program');
  }
  const { schemaVersion } = value;
  if (typeof schemaVersion === 'number' && schemaVersion > SCHEMA_VERSION) {
    throw new PortcullisError(
      'backup.newer',
      `The archive has format ${String(schemaVersion)}; this version knows formats up to ${String(SCHEMA_VERSION)}.`,
      { hint: 'Restore it with the version that made it, or a newer one.' },
    );
  }
  if (!isManifest(value)) throw damaged('its manifest does not have the shape of one');
  if (!ROOT.test(value.archiveRoot)) throw refused('its top folder has no plain name');
  checkAssets(value);
  checkFiles(value);
  return value;
}

function checkAssets({ assets }: Manifest): void {
  const seen = new Set<string>();
  for (const { kind, archivePath } of assets) {
    if (!ASSET_PATH.test(archivePath) || archivePath.split('/')[1] !== kind) {
      throw refused('it names a part that no backup has');
    }
    if (seen.has(archivePath)) throw refused(`it names ${archivePath} twice`);
    seen.add(archivePath);
  }
}

function checkFiles({ assets, files }: Manifest): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const reason = pathFault(path);
    if (reason !== undefined) throw refused(`${JSON.stringify(path.slice(0, 200))} ${reason}`);
    if (!assets.some(({ archivePath }) => path.startsWith(`${archivePath}/`))) {
      throw refused(`${JSON.stringify(path)} belongs to no part of it`);
    }
    if (seen.has(path)) throw refused(`it holds ${JSON.stringify(path)} twice`);
    seen.add(path);
  }
}

/** What keeps a name from being a path below the root of an archive. */
export function pathFault(path: string): string | undefined {
  if (path === '' || path.length > MAX_PATH_LENGTH) return 'is empty or too long';
  if (path.startsWith('/') || /^[A-Za-z]:/u.test(path)) return 'is an absolute path';
  if (hasControl(path) || path.includes('\\')) return 'holds characters that no path needs';
  const segments = path.split('/');
  if (segments.includes('..')) return 'leads out of its folder';
  const isOdd = segments.some(
    (segment) =>
      segment === '' || segment === '.' || Buffer.byteLength(segment) > MAX_SEGMENT_BYTES,
  );
  return isOdd ? 'is no plain path' : undefined;
}

function hasControl(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function isManifest(value: Readonly<Record<string, unknown>>): value is Manifest & typeof value {
  const { options, assets, skipped, files } = value;
  return (
    value['schemaVersion'] === SCHEMA_VERSION &&
    ['createdAt', 'archiveRoot', 'runtimeVersion', 'nodeVersion', 'platform'].every(
      (key) => typeof value[key] === 'string',
    ) &&
    isRecord(options) &&
    typeof options['includeWorkspace'] === 'boolean' &&
    typeof options['onlyConfig'] === 'boolean' &&
    Array.isArray(assets) &&
    assets.every((each) => isRecord(each) && isKind(each['kind']) && hasPaths(each)) &&
    Array.isArray(skipped) &&
    skipped.every((each) => isRecord(each) && typeof each['sourcePath'] === 'string') &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

function isKind(value: unknown): boolean {
  return ASSET_KINDS.some((kind) => kind === value);
}

function hasPaths(asset: Readonly<Record<string, unknown>>): boolean {
  return typeof asset['sourcePath'] === 'string' && typeof asset['archivePath'] === 'string';
}

function isFile(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { path, size, mode, sha256 } = value;
  return (
    typeof path === 'string' &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    Number.isInteger(mode) &&
    Number(mode) >= 0 &&
    Number(mode) <= 0o777 &&
    typeof sha256 === 'string' &&
    SHA256.test(sha256)
  );
}
