/**
 * An OpenClaw installation as a folder to read from. Promises: nothing in it is changed, and no link
 * is followed out of it.
 *
 * @module
 */
import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { readTextFile } from '@portcullis/gateway/local';

/** The largest file that is taken over whole, in bytes. */
const MAX_TEXT = 4_000_000;

/** A folder with an OpenClaw installation. */
export interface Source {
  /** Absolute and free of links. */
  readonly root: string;
  /** What shows that it is one: `state/openclaw.sqlite`. Empty where only a config is there. */
  readonly evidence: readonly string[];
}

/** A file of the installation, or why it was not read. */
export type SourceFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/** What only OpenClaw leaves in its folder. */
const MARKS = [
  'state/openclaw.sqlite',
  'config-journal-fingerprint.key',
  'agents/main/agent',
  'agents/main/sessions/sessions.json',
  'plugin-skills',
];

/**
 * Finds the installation in a folder; the folder of a config that is named will do.
 *
 * Throws `import.not_found`, `import.not_openclaw`.
 */
export function openSource(path: string): Source {
  const folder = basename(path) === 'openclaw.json' ? dirname(path) : path;
  let root: string;
  try {
    root = realpathSync(folder);
    if (!lstatSync(root).isDirectory()) throw notOpenClaw(folder);
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw new PortcullisError('import.not_found', `There is no folder ${folder} to import from.`, {
      hint: 'Name the state directory of OpenClaw: openclaw doctor --import ~/.openclaw',
    });
  }
  const evidence = MARKS.filter((mark) => isThere(join(root, mark)));
  const source = { root, evidence };
  if (evidence.length === 0 && readSource(source, 'openclaw.json').kind === 'missing') {
    throw notOpenClaw(folder);
  }
  return source;
}

function notOpenClaw(folder: string): PortcullisError {
  return new PortcullisError(
    'import.not_openclaw',
    `${folder} does not look like the state directory of OpenClaw.`,
    { hint: 'It holds openclaw.json: openclaw doctor --import ~/.openclaw' },
  );
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether a path is the folder or in it. Both absolute and free of links. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The real path of something in the installation; undefined where it is missing or leads out. */
export function realInside({ root }: Source, path: string): string | undefined {
  try {
    const real = realpathSync(join(root, path));
    return isInside(root, real) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a file of the installation. */
export function readSource(source: Source, path: string): SourceFile {
  if (!isThere(join(source.root, path))) return { kind: 'missing' };
  const real = realInside(source, path);
  if (real === undefined)
    return { kind: 'refused', why: 'it is a link that leads out of the folder' };
  const file = readTextFile(real, { maxBytes: MAX_TEXT, followLinks: false });
  if (file.kind === 'fault') return { kind: 'refused', why: file.reason };
  return file.kind === 'text' ? { kind: 'text', text: file.text } : file;
}

/** What is in a folder of the installation; nothing where it is missing or leads out. */
export function listSource(source: Source, path: string): readonly Dirent[] {
  const real = realInside(source, path);
  if (real === undefined) return [];
  try {
    return readdirSync(real, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A path as it stands in the installation; undefined for one outside. */
export function pathInSource({ root }: Source, path: string): string | undefined {
  return isInside(root, path) ? relative(root, path) : undefined;
}
