/**
 * Looks at the plugins of others without loading any: what is there, what the config says, and
 * whether the files are still those that were agreed to.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';

import { type PluginChoice, choiceOf } from './choice.ts';
import { noPlugin } from './fault.ts';
import { type PluginManifest, readManifest } from './manifest.ts';
import { ourFit } from './our-core.ts';
import { type InstallRecord, findInstallation, installationsOf, installedIds } from './record.ts';
import { type PluginTree, readTree } from './tree.ts';

/** A plugin whose files were read. */
export interface FoundPlugin {
  readonly id: string;
  readonly root: string;
  readonly manifest: PluginManifest;
  readonly tree: PluginTree;
  /** Undefined for a folder of `plugins.load.paths`. */
  readonly record: InstallRecord | undefined;
}

/** Why a plugin is not loaded. */
export interface PluginRefusal {
  readonly id: string;
  /** Stable: `plugin.drift`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** A plugin as it stands. */
export type PluginState =
  | { readonly status: 'ready'; readonly found: FoundPlugin }
  | { readonly status: 'off'; readonly found: FoundPlugin }
  | {
      readonly status: 'refused';
      readonly refusal: PluginRefusal;
      readonly found?: FoundPlugin | undefined;
      /** Whether the config allows it. */
      readonly isAllowed: boolean;
    };

/** What a folder of somebody who writes a plugin holds beside the plugin itself. */
const NOT_SHIPPED = ['.git', 'node_modules'];

/** Reads a plugin. A folder that is worked in may be writable by its owner's group. */
async function readPlugin(root: string, record: InstallRecord | undefined): Promise<FoundPlugin> {
  const tree = await readTree(
    root,
    record === undefined ? { without: NOT_SHIPPED, forbidden: 0o002 } : {},
  );
  try {
    const manifest = readManifest(await readFile(join(root, 'package.json'), 'utf8'), ourFit());
    if (!tree.files.has(manifest.entry)) {
      throw noPlugin(`${manifest.entry} is not in it`, 'See its "exports" or "main".');
    }
    return { id: manifest.id, root, manifest, tree, record };
  } catch (error) {
    // What was right when it was installed and is not any more was changed.
    if (record !== undefined && record.integrity !== tree.integrity) throw changed(record);
    if (PortcullisError.is(error)) throw error;
    throw noPlugin('there is no package.json in its folder', 'Put one there.');
  }
}

function changed({ id, version, source }: InstallRecord): PortcullisError {
  return new PortcullisError(
    'plugin.drift',
    `The files of ${id} ${version} are not those that were agreed to.`,
    { hint: `Install it again: openclaw plugins install ${source.asked}` },
  );
}

/** A refusal out of what was thrown. */
export function refusalOf(id: string, error: unknown): PluginRefusal {
  if (PortcullisError.is(error)) {
    const { code, message, hint } = error;
    return { id, code, message, ...(hint !== undefined && { hint }) };
  }
  const cause = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return { id, code: 'plugin.unreadable', message: `Its files could not be read${cause}.` };
}

function drifted({ id, record }: FoundPlugin): PluginRefusal {
  if (record !== undefined) return refusalOf(id, changed(record));
  return {
    id,
    code: 'plugin.drift',
    message: `The files of ${id} in its folder are not those that were agreed to.`,
    hint: `Look at the change, then agree to it: openclaw plugins enable ${id}`,
  };
}

function notPinned(id: string): PluginRefusal {
  return {
    id,
    code: 'plugin.not_pinned',
    message: `The config allows ${id} and does not say which files of it.`,
    hint: `openclaw plugins enable ${id}`,
  };
}

function notInstalled(id: string, pin: string | undefined): PluginRefusal {
  return {
    id,
    code: 'plugin.not_installed',
    message:
      pin === undefined
        ? `The config allows ${id}, which is not installed.`
        : `The version of ${id} that was agreed to is not installed.`,
    hint: `Install it: openclaw plugins install <package>, then openclaw plugins enable ${id}`,
  };
}

function judge(found: FoundPlugin, choice: PluginChoice): PluginState {
  const { id, tree, record } = found;
  const isAllowed = choice.allowed.includes(id);
  const pin = choice.pins.get(id);
  if (record !== undefined && record.integrity !== tree.integrity) {
    return { status: 'refused', refusal: drifted(found), found, isAllowed };
  }
  if (!isAllowed) return { status: 'off', found };
  if (pin === undefined) return { status: 'refused', refusal: notPinned(id), found, isAllowed };
  if (pin !== tree.integrity) {
    return { status: 'refused', refusal: drifted(found), found, isAllowed };
  }
  return { status: 'ready', found };
}

async function examineInstalled(
  paths: StatePaths,
  id: string,
  choice: PluginChoice,
): Promise<PluginState> {
  const isAllowed = choice.allowed.includes(id);
  const pin = choice.pins.get(id);
  const placed =
    isAllowed && pin !== undefined
      ? findInstallation(paths, id, pin)
      : installationsOf(paths, id)[0];
  if (placed === undefined) {
    return { status: 'refused', refusal: notInstalled(id, pin), isAllowed };
  }
  try {
    const found = await readPlugin(placed.root, placed.record);
    if (found.id === id) return judge(found, choice);
    throw noPlugin(`its package says that it is ${found.id}`, 'Install it again.');
  } catch (error) {
    return { status: 'refused', refusal: refusalOf(id, error), isAllowed };
  }
}

interface Folder {
  readonly path: string;
  readonly found: FoundPlugin | undefined;
  readonly fault: PluginRefusal | undefined;
}

async function lookAt(path: string): Promise<Folder> {
  try {
    return { path, found: await readPlugin(path, undefined), fault: undefined };
  } catch (error) {
    const why = existsSync(path)
      ? error
      : noPlugin('there is no such folder', 'See plugins.load.paths.');
    return { path, found: undefined, fault: refusalOf(path, why) };
  }
}

/**
 * Every plugin of others that is installed, lies in a folder of `plugins.load.paths`, or is allowed.
 * A folder goes before what is installed. Never rejects.
 */
export async function examinePlugins(
  config: Pick<LoadedConfig, 'value' | 'env'>,
  paths: StatePaths,
): Promise<readonly PluginState[]> {
  const choice = choiceOf(config);
  const folders = await Promise.all(choice.folders.map(lookAt));
  const states: PluginState[] = [];
  const inFolders = new Set<string>();
  for (const { found, fault } of folders) {
    if (found === undefined) {
      if (fault !== undefined) states.push({ status: 'refused', refusal: fault, isAllowed: false });
    } else if (!inFolders.has(found.id)) {
      inFolders.add(found.id);
      states.push(judge(found, choice));
    }
  }
  const ids = new Set([...installedIds(paths), ...choice.allowed]);
  for (const id of ids) {
    if (!inFolders.has(id)) states.push(await examineInstalled(paths, id, choice));
  }
  return states;
}

/** The plugin a state is of. */
export function idOf(state: PluginState): string {
  return state.status === 'refused' ? state.refusal.id : state.found.id;
}

/** What `enable` agrees to: the newest version that is there, whatever the config says of it now. */
export async function newestPlugin(
  config: Pick<LoadedConfig, 'value' | 'env'>,
  paths: StatePaths,
  id: string,
): Promise<FoundPlugin | undefined> {
  for (const path of choiceOf(config).folders) {
    const { found } = await lookAt(path);
    if (found?.id === id) return found;
  }
  const [placed] = installationsOf(paths, id);
  if (placed === undefined) return undefined;
  const found = await readPlugin(placed.root, placed.record);
  if (found.tree.integrity === placed.record.integrity) return found;
  throw changed(placed.record);
}
