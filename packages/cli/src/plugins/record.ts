/**
 * What is installed: a folder for each version of a plugin, with its files in `package/` and the
 * record of where they came from beside it. The folder is put there whole, by one rename.
 *
 * @module
 */
import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';

import { isFreeId } from './manifest.ts';
import { isRecord } from '../record.ts';

/** Where a plugin came from. */
export interface PluginSource {
  readonly kind: 'npm' | 'folder' | 'archive';
  /** As it was asked for: `weather@^1.2.0`, a path. */
  readonly asked: string;
}

/** A package that came with it. */
export interface NeededPackage {
  readonly name: string;
  readonly version: string;
  /** As the registry states it. */
  readonly integrity: string;
}

/** What is known of an installation. */
export interface InstallRecord {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly source: PluginSource;
  /** Over the whole tree of files. */
  readonly integrity: string;
  /** Of the archive it was unpacked from. */
  readonly archiveIntegrity: string;
  /** What the registry says the archive must be; null where none was asked. */
  readonly registryIntegrity: string | null;
  /** Who published it, as the registry says; null where it does not. */
  readonly publisher: string | null;
  /** Kind of its build attestation, as the registry says; null where there is none. */
  readonly attestation: string | null;
  readonly needs: readonly NeededPackage[];
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601. */
  readonly installedAt: string;
  /** The user of this machine. */
  readonly installedBy: string;
}

/** An installed version. */
export interface Installation {
  readonly record: InstallRecord;
  /** Its files. */
  readonly root: string;
  /** The folder of both. */
  readonly folder: string;
}

const RECORD = 'record.json';
const FILES = 'package';

/** Where plugins of others are installed. */
export function othersDir({ pluginsDir }: StatePaths): string {
  return join(pluginsDir, 'others');
}

/** The folder of one version: found by the hash it has. */
export function folderOf(paths: StatePaths, id: string, integrity: string): string {
  const name = Buffer.from(integrity.replace(/^sha512-/u, ''), 'base64')
    .toString('hex')
    .slice(0, 32);
  return join(othersDir(paths), id, name);
}

/** Paths inside the folder of one version. */
export function layoutOf(folder: string): { readonly record: string; readonly files: string } {
  return { record: join(folder, RECORD), files: join(folder, FILES) };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

function isNeeded(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value['name']) &&
    isText(value['version']) &&
    isText(value['integrity'])
  );
}

function isInstallRecord(value: unknown): value is InstallRecord {
  if (!isRecord(value) || !isRecord(value['source'])) return false;
  const { source, needs } = value;
  const texts = [
    'id',
    'name',
    'version',
    'integrity',
    'archiveIntegrity',
    'installedAt',
    'installedBy',
  ];
  return (
    texts.every((key) => isText(value[key])) &&
    ['registryIntegrity', 'publisher', 'attestation'].every((key) => isTextOrNull(value[key])) &&
    ['files', 'bytes'].every((key) => typeof value[key] === 'number') &&
    ['npm', 'folder', 'archive'].some((kind) => kind === source['kind']) &&
    isText(source['asked']) &&
    Array.isArray(needs) &&
    needs.every(isNeeded)
  );
}

function readRecord(folder: string): InstallRecord | undefined {
  try {
    const { record } = layoutOf(folder);
    if (!lstatSync(record).isFile()) return undefined;
    const value: unknown = JSON.parse(readFileSync(record, 'utf8'));
    return isInstallRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The version with this hash; undefined where none is installed, or its record is not whole. */
export function findInstallation(
  paths: StatePaths,
  id: string,
  integrity: string,
): Installation | undefined {
  if (!isFreeId(id)) return undefined;
  const folder = folderOf(paths, id, integrity);
  const record = readRecord(folder);
  if (record?.id !== id || record.integrity !== integrity) return undefined;
  return { record, root: layoutOf(folder).files, folder };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The installed versions of a plugin, the newest first. */
export function installationsOf(paths: StatePaths, id: string): readonly Installation[] {
  if (!isFreeId(id)) return [];
  const top = join(othersDir(paths), id);
  return namesIn(top)
    .flatMap((name): Installation[] => {
      const folder = join(top, name);
      const record = readRecord(folder);
      return record?.id === id ? [{ record, root: layoutOf(folder).files, folder }] : [];
    })
    .toSorted((left, right) => (left.record.installedAt < right.record.installedAt ? 1 : -1));
}

/** Ids of the plugins that are installed. */
export function installedIds(paths: StatePaths): readonly string[] {
  return namesIn(othersDir(paths))
    .filter((id) => installationsOf(paths, id).length > 0)
    .toSorted();
}
