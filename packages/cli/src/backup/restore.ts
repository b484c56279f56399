/**
 * Puts a backup in the place of the present state: unpacked beside it, checked, compared, and then
 * renamed. What was there stays, under a dated name.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, type StatePaths, loadConfig } from '@portcullis/gateway/config';

import type { CommandContext } from '../context.ts';
import { type AssetKind, CONFIG_NAME, type Manifest, refused } from './manifest.ts';
import { Layout } from './layout.ts';
import { type Move, moveAll } from './moves.ts';
import { isWithin, realOf, workspacesOf } from './plan.ts';
import { readArchive } from './read-archive.ts';
import { type AuditState, verifyState } from './verify.ts';

/** A part of a backup on its way to its place. */
export interface Placement {
  readonly kind: AssetKind;
  /** Where it goes. */
  readonly path: string;
  /** Where what is there now goes; undefined where nothing is. */
  readonly kept: string | undefined;
}

/** What a restored config opens and closes, compared with the present one. */
export interface Effect {
  readonly opens: readonly Exposure[];
  readonly closes: readonly Exposure[];
}

interface Exposure {
  readonly key: string;
  readonly what: string;
}

/** A backup that lies unpacked beside the state it would replace. */
export interface Staged {
  readonly manifest: Manifest;
  readonly audit: AuditState | undefined;
  readonly effect: Effect;
  readonly placements: readonly Placement[];
  /** Puts it into place. Throws `state.not_moved`, and then everything is as before. */
  place(): void;
  /** Removes what was unpacked. */
  discard(): void;
}

/** Parts of a state directory that belong to the machine: they stay as they are. */
function ofThisMachine(
  paths: StatePaths,
  manifest: Manifest,
  present: LoadedConfig | undefined,
): readonly string[] {
  const workspaces = manifest.options.includeWorkspace ? [] : workspacesOf(present, paths).values();
  return [paths.logsDir, paths.pluginsDir, ...workspaces].filter(
    (path) => path !== paths.stateDir && isWithin(path, paths.stateDir) && existsSync(path),
  );
}

/**
 * Unpacks a backup beside the present state, checks it and works out what it changes. Nothing is
 * replaced yet.
 *
 * @throws PortcullisError `backup.*`, `store.corrupt`, `store.newer`.
 */
export async function stageRestore(
  context: CommandContext,
  archive: string,
  passphrase: () => Promise<string>,
  now: Date,
): Promise<Staged> {
  const layout = new Layout(context.paths, now);
  let manifest: Manifest | undefined;
  try {
    manifest = await readArchive(archive, {
      passphrase,
      place: (said) => {
        manifest = said;
        requireNoPackages(said, context.paths);
        requireRoom(said, dirname(layout.paths.stateDir));
        return layout.destination(said);
      },
    });
    return await stagedOf(context, layout, manifest);
  } catch (error) {
    layout.discard(manifest);
    throw error;
  }
}

async function stagedOf(
  context: CommandContext,
  layout: Layout,
  manifest: Manifest,
): Promise<Staged> {
  const audit = await verifyState(layout.folderOf('payload/state'));
  const present = readConfig(context, layout.paths);
  const next = restoredConfig(context, layout, manifest, present);
  const { placements, moves, added } = arrange(layout, manifest, present, next);
  const compared = await compare(present, next);
  return {
    manifest,
    audit,
    placements,
    effect: { opens: [...compared.opens, ...added], closes: compared.closes },
    place: () => {
      // What this machine keeps takes the place of what the archive has of it.
      for (const path of ofThisMachine(layout.paths, manifest, present)) {
        const staged = join(
          layout.folderOf('payload/state'),
          relative(layout.paths.stateDir, path),
        );
        rmSync(staged, { recursive: true, force: true });
      }
      moveAll(moves);
    },
    discard: () => layout.discard(manifest),
  };
}

/** Packages are installed, never restored: they are programs that a gateway would run. */
function requireNoPackages({ files }: Manifest, { stateDir, pluginsDir }: StatePaths): void {
  const folder = join('payload/state', relative(stateDir, pluginsDir));
  const held = files.find(({ path }) =>
    ['node_modules/', 'others/'].some((name) => path.startsWith(join(folder, name))),
  );
  if (held !== undefined) throw refused(`${JSON.stringify(held.path)} is of an installed package`);
}

function isCovered(manifest: Manifest, kind: AssetKind): boolean {
  return manifest.assets.some((asset) => asset.kind === kind);
}

function requireRoom({ files }: Manifest, folder: string): void {
  let place = folder;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const needed = files.reduce((sum, { size }) => sum + Math.ceil(size / 4096) * 4096, 0);
  if (needed <= bavail * bsize) return;
  throw new PortcullisError(
    'backup.no_space',
    `Unpacked it takes ${String(needed)} bytes, and the disk of ${place} has ${String(bavail * bsize)} left.`,
    { hint: 'Make room there first.' },
  );
}

type Readable = LoadedConfig | undefined;

function readConfig({ env }: CommandContext, paths: StatePaths): Readable {
  try {
    return loadConfig({ env, paths, invalid: 'report' });
  } catch (error) {
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

/** The config as it would be; the present one where the archive has none. */
function restoredConfig(
  context: CommandContext,
  layout: Layout,
  manifest: Manifest,
  present: Readable,
): Readable {
  const { paths } = layout;
  const stateDir = isCovered(manifest, 'state') ? layout.folderOf('payload/state') : paths.stateDir;
  const inState = relative(paths.stateDir, paths.configPath);
  const isInState = isWithin(paths.configPath, paths.stateDir);
  const folder = layout.folderOf('payload/config');
  const candidates = [
    join(folder, CONFIG_NAME),
    ...(isInState ? [join(layout.folderOf('payload/state'), inState)] : []),
  ];
  const configPath = candidates.find((path) => existsSync(path));
  if (configPath === undefined) return present;
  return readConfig(context, { ...paths, stateDir, configPath });
}

async function compare(present: Readable, next: Readable): Promise<Effect> {
  if (next === undefined || next.issues.length > 0) {
    const what = 'its config cannot be read by this version, so what it opens is not known';
    return { opens: [{ key: 'openclaw.json', what }], closes: [] };
  }
  const { exposureDiff } = await import('@portcullis/policy/explain');
  return exposureDiff(present?.value ?? {}, next.value);
}

interface Arranged {
  readonly placements: readonly Placement[];
  readonly moves: readonly Move[];
  /** Folders outside of what this gateway uses now. */
  readonly added: readonly Exposure[];
}

function arrange(layout: Layout, manifest: Manifest, present: Readable, next: Readable): Arranged {
  const placements: Placement[] = [];
  const moves: Move[] = [];
  const added: Exposure[] = [];
  const put = (
    kind: AssetKind,
    from: string,
    path: string,
    between: readonly Move[] = [],
  ): void => {
    const kept = existsSync(path) ? layout.kept(path) : undefined;
    placements.push({ kind, path, kept });
    if (kept !== undefined) moves.push([path, kept]);
    moves.push(...between, [from, path]);
  };
  const { paths } = layout;
  for (const { kind, archivePath } of manifest.assets) {
    const from = layout.folderOf(archivePath);
    // A part without a file was never unpacked.
    if (kind !== 'config') mkdirSync(from, { recursive: true, mode: 0o700 });
    if (kind === 'state') put(kind, from, paths.stateDir, carried(layout, manifest, present, from));
    else if (kind === 'credentials') {
      const isNew = existsSync(paths.stateDir) && !existsSync(paths.credentialsDir);
      if (isNew)
        added.push({
          key: 'credentials',
          what: `puts logins, and who is let in, into ${paths.credentialsDir}`,
        });
      put(kind, from, paths.credentialsDir);
    } else if (kind === 'workspace') {
      const path = workspaceFor(archivePath, { paths, present, next });
      if (![...workspacesOf(present, paths).values()].includes(path)) {
        added.push({ key: 'agents', what: `puts files into ${path}` });
      }
      put(kind, layout.near(from, path), path);
    } else {
      for (const [file, path] of configMoves(layout, from, next)) {
        if (path !== paths.configPath && !existsSync(path)) {
          added.push({ key: basename(path), what: `puts ${path} beside the config` });
        }
        put(kind, file, path);
      }
    }
  }
  return { placements, moves, added };
}

/** What goes from the state directory that is put away into the restored one. */
function carried(
  layout: Layout,
  manifest: Manifest,
  present: Readable,
  staged: string,
): readonly Move[] {
  const { paths } = layout;
  if (!existsSync(paths.stateDir)) return [];
  const before = layout.kept(paths.stateDir);
  return ofThisMachine(paths, manifest, present).map((path): Move => {
    const name = relative(paths.stateDir, path);
    return [join(before, name), join(staged, name)];
  });
}

/** Where the config goes, and what it includes. Nothing else may come beside it. */
function configMoves({ paths }: Layout, from: string, next: Readable): readonly Move[] {
  const folder = dirname(paths.configPath);
  if (!existsSync(from)) return [];
  const real = realOf(from);
  const known = new Set([
    join(real, CONFIG_NAME),
    ...(next?.includes ?? []).filter((path) => isWithin(path, real)),
  ]);
  const files = readdirSync(real, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const strange = files.find((file) => !known.has(file));
  // What a config includes that cannot be read is not known; whoever restores it is asked.
  if (strange !== undefined && next !== undefined) {
    const name = JSON.stringify(relative(real, strange));
    throw refused(`${name} lies beside its config, which does not include it`);
  }
  // The config has the name it has on this machine; what it includes is named in it.
  return files.map((file): Move => [
    file,
    file === join(real, CONFIG_NAME) ? paths.configPath : join(folder, relative(real, file)),
  ]);
}

function workspaceFor(
  archivePath: string,
  { paths, present, next }: { paths: StatePaths; present: Readable; next: Readable },
): string {
  const agent = basename(archivePath);
  const path = workspacesOf(next, paths).get(agent);
  if (path === undefined)
    throw refused(`its config knows no agent ${agent}, whose workspace it has`);
  const isOurs = [...workspacesOf(present, paths).values()].includes(path);
  const holds = [paths.home, paths.stateDir, paths.configPath].some((own) => isWithin(own, path));
  if (!holds && (isOurs || !existsSync(path))) return path;
  throw new PortcullisError(
    'backup.target_taken',
    `The workspace of ${agent} would replace ${path}, which is no workspace here.`,
    { hint: 'Move that folder away, or unpack the archive with --target and copy by hand.' },
  );
}

/**
 * Unpacks a whole backup into a folder that is new or empty, and checks it.
 *
 * @throws PortcullisError `backup.*`, `store.corrupt`, `store.newer`.
 */
export async function unpackBackup(
  archive: string,
  target: string,
  passphrase: () => Promise<string>,
): Promise<Pick<Staged, 'manifest' | 'audit'>> {
  const folder = resolve(target);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new PortcullisError('backup.target_taken', `${folder} is not empty.`, {
      hint: 'Give a folder that is new or empty.',
    });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const manifest = await readArchive(archive, {
      passphrase,
      place: (said) => {
        requireRoom(said, folder);
        return (file) => join(folder, said.archiveRoot, file.path);
      },
    });
    const audit = await verifyState(join(folder, manifest.archiveRoot, 'payload/state'));
    return { manifest, audit };
  } catch (error) {
    for (const name of readdirSync(folder))
      rmSync(join(folder, name), { recursive: true, force: true });
    throw error;
  }
}
