/**
 * Installs plugins of others. Promises: nothing of a plugin is run; what was not checked is not put
 * where plugins are looked for; a process that ends half-way leaves nothing there. What is installed
 * is not loaded by that: the config has to allow exactly it.
 *
 * @module
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { chmod, lstat, readFile, readdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';

import type { CommandContext } from '../context.ts';
import { runNpm } from '../npm/npm.ts';
import { readArchive, writePackage } from './archive.ts';
import { choiceOf } from './choice.ts';
import { needsScripts, noPlugin } from './fault.ts';
import { OUR_SCOPE, type PluginManifest, readManifest, runsOnInstall } from './manifest.ts';
import { ourFit } from './our-core.ts';
import {
  type InstallRecord,
  type Installation,
  type NeededPackage,
  findInstallation,
  folderOf,
  installationsOf,
  layoutOf,
  othersDir,
} from './record.ts';
import { type SourceGround, fetchPlugin, requireNpm } from './source.ts';
import { type PluginTree, readTree } from './tree.ts';
import { isRecord } from '../record.ts';

const NPM_MS = 300_000;
/** Staging folders of processes that ended, in milliseconds since they were made. */
const STALE_MS = 3_600_000;
const STAGING = '.incoming-';

/** An installation, and what it was before. */
export interface Installed extends Installation {
  readonly manifest: PluginManifest;
  /** True where exactly these files were there already. */
  readonly wasThere: boolean;
}

/** A package below `node_modules`, by the path of its manifest. */
const NEEDED = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/u;

async function makePrivate(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makePrivate(path);
    else if (entry.isFile() && (await lstat(path)).isFile()) await chmod(path, 0o600);
  }
}

/** What it needs, from the registry, into its own folder. No script of any of it is run. */
async function installNeeds(ground: SourceGround, root: string): Promise<void> {
  const args = [
    'install',
    '--ignore-scripts',
    '--omit=dev',
    '--omit=peer',
    '--legacy-peer-deps',
    '--no-bin-links',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--install-strategy=hoisted',
    // What is not in a registry has no version that could be pinned.
    '--git=/nonexistent/git',
  ];
  const call = { cwd: root, timeoutMs: NPM_MS, signal: ground.signal };
  const { code } = await runNpm(requireNpm(ground.env), ground.env, args, call);
  ground.signal.throwIfAborted();
  if (code === 0) return;
  throw new PortcullisError('plugin.registry', 'npm could not install what the plugin needs.', {
    hint: 'See why: npm install --ignore-scripts, in a copy of the plugin.',
    retryable: true,
  });
}

/** Every package that came along, each of which must be as a plugin must be. */
async function judgeNeeds(root: string, { files }: PluginTree): Promise<readonly NeededPackage[]> {
  const locks = await readObject(join(root, 'node_modules/.package-lock.json'));
  const known = isRecord(locks['packages']) ? locks['packages'] : {};
  const found: NeededPackage[] = [];
  for (const path of files.keys()) {
    if (/(?:\.node|(?:^|\/)binding\.gyp)$/iu.test(path)) throw needsScripts(JSON.stringify(path));
    const name = NEEDED.exec(path)?.[1];
    if (name === undefined) continue;
    if (name.startsWith(OUR_SCOPE)) {
      throw noPlugin(`it brings ${name} along`, 'Packages of ours are the gateway’s own.');
    }
    const manifest = await readObject(join(root, path));
    if (runsOnInstall(manifest)) throw needsScripts(name);
    requireRanges(name, manifest);
    const lock = known[dirname(path)];
    const integrity = isRecord(lock) ? lock['integrity'] : undefined;
    if (typeof integrity !== 'string') {
      throw noPlugin(`the registry states no hash of ${name}`, 'It cannot be pinned.');
    }
    found.push({ name, version: String(manifest['version']), integrity });
  }
  return found.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function requireRanges(name: string, manifest: Readonly<Record<string, unknown>>): void {
  for (const key of ['dependencies', 'optionalDependencies']) {
    const wanted = manifest[key];
    for (const range of Object.values(isRecord(wanted) ? wanted : {})) {
      if (typeof range === 'string' && /^[\w\s.^~<>=|*+-]*$/u.test(range)) continue;
      throw noPlugin(`${name} needs something that is in no registry`, 'It cannot be pinned.');
    }
  }
}

async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Folders that a process left which did not come to its end. */
function sweep(top: string, now: number): void {
  for (const name of readdirSync(top)) {
    const path = join(top, name);
    const made = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (name.startsWith(STAGING) && now - made > STALE_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

function requireFreeName(manifest: PluginManifest, paths: StatePaths): void {
  const [other] = installationsOf(paths, manifest.id);
  if (other === undefined || other.record.name === manifest.name) return;
  throw new PortcullisError(
    'plugin.id_taken',
    `The plugin ${manifest.id} is installed from ${other.record.name}, and this is ${manifest.name}.`,
    { hint: `Remove the other one first: openclaw plugins remove ${manifest.id}` },
  );
}

/** Puts a version in its place, whole. */
function commit(staged: string, folder: string): boolean {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    renameSync(staged, folder);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Installs what was asked for.
 *
 * @throws PortcullisError `plugin.source`, `plugin.registry`, `plugin.archive`, `plugin.manifest`,
 * `plugin.scripts`, `plugin.unsafe_files`, `plugin.id_taken`.
 */
export async function installPlugin(
  context: CommandContext,
  asked: string,
  config: LoadedConfig,
): Promise<Installed> {
  const { paths, env, signal, cwd = process.cwd() } = context;
  const top = othersDir(paths);
  mkdirSync(top, { recursive: true, mode: 0o700 });
  sweep(top, Date.now());
  const staging = mkdtempSync(join(top, STAGING));
  const fetching = join(staging, 'fetched');
  const staged = join(staging, 'staged');
  const { files: root, record: recordPath } = layoutOf(staged);
  for (const folder of [fetching, staged, root]) mkdirSync(folder, { mode: 0o700 });
  try {
    const ground = { env, cwd, folder: fetching, signal };
    const { archive, exact, ...origin } = await fetchPlugin(ground, asked);
    const unpacked = await readArchive(archive);
    const { registryIntegrity } = origin;
    if (registryIntegrity !== null && !registryIntegrity.split(' ').includes(unpacked.integrity)) {
      throw new PortcullisError('plugin.archive', 'The archive is not the one of the registry.', {
        hint: 'Try again; if it stays so, somebody is between you and the registry.',
      });
    }
    const text = unpacked.files.get('package.json')?.toString('utf8') ?? '';
    const manifest = readManifest(text, ourFit());
    if (
      exact !== undefined &&
      (exact.name !== manifest.name || exact.version !== manifest.version)
    ) {
      throw noPlugin('it is not the package that was asked for', 'Report it to the registry.');
    }
    if (!unpacked.files.has(manifest.entry)) {
      throw noPlugin(`${manifest.entry} is not in it`, 'Its "files" may leave it out.');
    }
    requireFreeName(manifest, paths);
    await writePackage(unpacked, root);
    if (Object.keys(manifest.dependencies).length > 0) await installNeeds(ground, root);
    await makePrivate(root);
    const tree = await readTree(root);
    const record: InstallRecord = {
      id: manifest.id,
      name: manifest.name,
      version: manifest.version,
      ...origin,
      integrity: tree.integrity,
      archiveIntegrity: unpacked.integrity,
      needs: await judgeNeeds(root, tree),
      files: tree.files.size,
      bytes: tree.bytes,
      installedAt: new Date().toISOString(),
      installedBy: userName(),
    };
    await writeFile(recordPath, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
    return place(paths, staged, record, manifest, config);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function place(
  paths: StatePaths,
  staged: string,
  record: InstallRecord,
  manifest: PluginManifest,
  config: LoadedConfig,
): Installed {
  const { id, integrity } = record;
  const folder = folderOf(paths, id, integrity);
  const isNew = commit(staged, folder);
  if (!isNew) replace(staged, folder);
  prune(paths, id, [integrity, choiceOf(config).pins.get(id)]);
  const placed = findInstallation(paths, id, integrity);
  if (placed === undefined) throw noPlugin('it could not be put in place', 'Try again.');
  return { ...placed, manifest, wasThere: !isNew };
}

/** What stands in the place of exactly this version may have been changed since. */
function replace(staged: string, folder: string): void {
  renameSync(folder, join(dirname(staged), 'before'));
  renameSync(staged, folder);
}

/** Lets go of versions that nothing asks for. */
function prune(paths: StatePaths, id: string, kept: readonly (string | undefined)[]): void {
  for (const { record, folder } of installationsOf(paths, id)) {
    if (!kept.includes(record.integrity)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes every version of a plugin. Returns what was removed. */
export function removeInstallations(paths: StatePaths, id: string): readonly InstallRecord[] {
  const all = installationsOf(paths, id);
  for (const { folder } of all) rmSync(folder, { recursive: true, force: true });
  if (all.length > 0) rmSync(join(othersDir(paths), id), { recursive: true, force: true });
  return all.map(({ record }) => record);
}
