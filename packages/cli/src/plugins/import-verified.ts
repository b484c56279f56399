/**
 * Imports a plugin of others from exactly the bytes that were hashed. Promises: a file of its folder
 * is run only with the hash its listing has, now or whenever it is imported later; what it imports
 * comes from its own folder, from Node, or is our contract.
 *
 * @module
 */
import { realpathSync } from 'node:fs';
import { isBuiltin, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { PortcullisError } from '@portcullis/core';

import type { FoundPlugin } from './examine.ts';
import { CORE, OUR_SCOPE } from './manifest.ts';
import { coreUrl } from './our-core.ts';
import { hashOf } from './tree.ts';

interface Imported {
  readonly id: string;
  /** `file:///…/`, which every file of it begins with. */
  readonly base: string;
  readonly integrity: string;
  readonly files: ReadonlyMap<string, string>;
  /** Packages below `node_modules` are not in the listing of a folder that is worked in. */
  readonly isFolder: boolean;
}

const IMPORT_MS = 10_000;
const imported = new Map<string, Imported>();

function ownerOf(url: string | undefined): Imported | undefined {
  if (url === undefined) return undefined;
  for (const each of imported.values()) if (url.startsWith(each.base)) return each;
  return undefined;
}

function refused(id: string, what: string): PortcullisError {
  return new PortcullisError('plugin.drift', `The plugin ${id} was stopped: ${what}.`, {
    hint: `Install it again, then openclaw plugins enable ${id}`,
  });
}

function strange(id: string, what: string): PortcullisError {
  return new PortcullisError('plugin.import', `The plugin ${id} may not import ${what}.`, {
    hint: `It has its own files, Node, what it needs by its package.json, and ${CORE}.`,
  });
}

function requireHash({ id, base, files, isFolder }: Imported, url: string, source: unknown): void {
  const path = decodeURIComponent(new URL(url).pathname).slice(
    decodeURIComponent(new URL(base).pathname).length,
  );
  if (isFolder && /(?:^|\/)node_modules\//u.test(path)) return;
  const known = files.get(path);
  const bytes = typeof source === 'string' ? Buffer.from(source, 'utf8') : source;
  // Whatever Node would read itself later was not looked at by anybody.
  if (known === undefined || !(bytes instanceof Uint8Array) || hashOf(bytes) !== known) {
    throw refused(id, 'a file it loads is not the one that was agreed to');
  }
}

let isHooked = false;

function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      const owner = ownerOf(context.parentURL);
      if (owner === undefined || isBuiltin(specifier)) return next(specifier, context);
      if (specifier === CORE) return { url: coreUrl(), shortCircuit: true };
      if (specifier.startsWith(OUR_SCOPE)) {
        throw strange(owner.id, specifier);
      }
      const found = next(specifier, context);
      if (ownerOf(found.url) !== owner && !found.url.startsWith('node:')) {
        throw strange(owner.id, 'something outside of its folder');
      }
      return found;
    },
    load: (url, context, next) => {
      const owner = ownerOf(url);
      if (owner === undefined) return next(url, context);
      const loaded = next(url, context);
      requireHash(owner, url, loaded.source);
      return loaded;
    },
  });
}

/** Ends waiting for a module that never finishes. */
async function within<T>(work: Promise<T>, id: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `The plugin ${id} did not finish loading in 10 seconds.`;
    reject(new PortcullisError('plugin.failed', message, { hint: 'Report it to its author.' }));
  }, IMPORT_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Imports the module of a plugin.
 *
 * @throws PortcullisError `plugin.drift`, `plugin.import`, `plugin.restart_needed`, `plugin.failed` where its code
 * throws or does not end.
 */
export async function importVerified({
  id,
  root,
  manifest,
  tree,
  record,
}: FoundPlugin): Promise<unknown> {
  // Node names files by where they are, whatever links lead there.
  const folder = realpathSync(root);
  const base = pathToFileURL(join(folder, '/')).href;
  const before = imported.get(base);
  if (before !== undefined && before.integrity !== tree.integrity) {
    throw new PortcullisError(
      'plugin.restart_needed',
      `Other files of the plugin ${id} are loaded already, and code cannot be unloaded.`,
      { hint: 'openclaw gateway restart' },
    );
  }
  imported.set(base, {
    id,
    base,
    integrity: tree.integrity,
    files: tree.files,
    isFolder: record === undefined,
  });
  hook();
  const url = pathToFileURL(join(folder, manifest.entry)).href;
  try {
    return await within(import(/* @vite-ignore */ url) as Promise<unknown>, id);
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw new PortcullisError('plugin.failed', `The plugin ${id} failed while it was loaded.`, {
      hint: `See why: node ${fileURLToPath(url)}`,
      cause: error,
    });
  }
}
