/**
 * Makes a backup: copies everything into a private folder beside the archive, describes it, and
 * packs it.
 *
 * @module
 */
import {
  closeSync,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { PortcullisError } from '@portcullis/core';
import { copySqliteStore } from '@portcullis/store-sqlite';
import { create as pack } from 'tar';

import type { CommandContext } from '../context.ts';
import { seal } from './cipher.ts';
import { type Wanted, copyFile, describe, filesBelow } from './collect.ts';
import {
  CONFIG_NAME,
  MANIFEST_NAME,
  type Manifest,
  SCHEMA_VERSION,
  type Skipped,
  pathFault,
} from './manifest.ts';
import { type Choice, type Plan, isWithin, planBackup } from './plan.ts';
import { withPrivateFolder } from './private-folder.ts';
import { stamp } from './stamp.ts';
import { isSystemError } from '../terminal/system-error.ts';

/** How to make a backup. */
export interface CreateOptions extends Choice {
  /** A file or an existing folder. Default: the folder `cwd`. */
  readonly output: string | undefined;
  readonly cwd: string;
  /** Seals the archive. */
  readonly passphrase: string | undefined;
  readonly now: Date;
}

/** Where a backup goes and what it is made of. */
export interface Prepared extends Plan {
  readonly archiveRoot: string;
  /** Absolute. */
  readonly archivePath: string;
}

/** A backup that was made. */
export interface Made {
  readonly manifest: Manifest;
  /** Size of the archive, in bytes. */
  readonly bytes: number;
}

/** Of a gateway that runs, or copied by SQLite itself: files of `state/` that are not copied. */
const LIVE_STATE =
  /^(?:address\.json(?:\.tmp)?|lock\.json(?:\.new)?|[^/]+\.sqlite(?:-wal|-shm|-journal)?)$/u;
/** What a backup is gathered in. */
const STAGING = '.openclaw-backup-';
/** What a program leaves for a moment while it writes. */
const PASSING = /(?:\.tmp|\.lock|\.partial)$/u;

/**
 * Works out what a backup would be, and writes nothing.
 *
 * @throws PortcullisError `backup.output` for an archive inside of what it is made of,
 * `backup.exists`, `backup.nothing`.
 */
export function prepare(context: CommandContext, options: CreateOptions): Prepared {
  const plan = planBackup(context, options);
  if (plan.assets.length === 0) {
    throw new PortcullisError(
      'backup.nothing',
      `There is nothing to back up in ${context.paths.stateDir}.`,
      {
        hint: 'Name another state with OPENCLAW_STATE_DIR or --profile.',
      },
    );
  }
  const archiveRoot = `${stamp(options.now)}-openclaw-backup`;
  const wanted = resolve(options.cwd, options.output ?? '.');
  const isFolder = statSync(wanted, { throwIfNoEntry: false })?.isDirectory() === true;
  const name = `${archiveRoot}.tar.gz${options.passphrase === undefined ? '' : '.sealed'}`;
  const archivePath = isFolder ? join(wanted, name) : wanted;
  requireOutside(archivePath, plan);
  if (existsSync(archivePath)) throw taken(archivePath);
  return { ...plan, archiveRoot, archivePath };
}

function taken(archivePath: string): PortcullisError {
  return new PortcullisError('backup.exists', `${archivePath} is there already.`, {
    hint: 'A backup never replaces a file. Give another --output.',
  });
}

function requireOutside(archivePath: string, { assets, configFiles }: Plan): void {
  const folder = dirname(archivePath);
  if (!existsSync(folder)) {
    throw new PortcullisError('backup.output', `The folder ${folder} does not exist.`, {
      hint: 'Make it, or give another --output.',
    });
  }
  const real = join(realpathSync(folder), basename(archivePath));
  const inside = assets
    .filter(({ kind }) => kind !== 'config')
    .find(({ sourcePath }) => isWithin(real, realpathSync(sourcePath)));
  if (inside === undefined && !configFiles.includes(real)) return;
  throw new PortcullisError(
    'backup.output',
    `The archive would be written into what it is made of: ${inside?.sourcePath ?? real}.`,
    { hint: 'Give a folder elsewhere: openclaw backup create --output <folder>' },
  );
}

/**
 * Makes the archive (0600). A gateway that runs is not disturbed.
 *
 * @throws PortcullisError `backup.unreadable`, `backup.unwritable`, `backup.exists`, `store.*`.
 */
export async function createBackup(
  context: CommandContext,
  prepared: Prepared,
  options: CreateOptions,
): Promise<Made> {
  const { archivePath } = prepared;
  try {
    return await withPrivateFolder(join(dirname(archivePath), STAGING), async (beside) => {
      const partial = join(beside, 'archive');
      const gathered = (staging: string) =>
        packInto(context, prepared, options, { staging, partial });
      // What is sealed is in the clear nowhere but where it comes from: the archive may be on a disk
      // that others have.
      const manifest =
        options.passphrase === undefined
          ? await gathered(beside)
          : await withPrivateFolder(join(homeOfCopies(prepared), STAGING), gathered);
      takeName(archivePath);
      renameSync(partial, archivePath);
      return { manifest, bytes: statSync(archivePath).size };
    });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw unwritable(archivePath, error);
  }
}

/** Fails where the name was taken meanwhile. Unlike a link it works on every file system. */
function takeName(archivePath: string): void {
  try {
    closeSync(openSync(archivePath, 'wx', 0o600));
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') throw taken(archivePath);
    throw error;
  }
}

/** A folder of the state, or that of the config where there is none: as private as what is copied. */
function homeOfCopies({ assets: [first], configFolder }: Prepared): string {
  return realpathSync(first?.sourcePath ?? configFolder);
}

/** Copies everything below `staging`, and packs it into `partial`. */
async function packInto(
  context: CommandContext,
  prepared: Prepared,
  options: CreateOptions,
  { staging, partial }: { readonly staging: string; readonly partial: string },
): Promise<Manifest> {
  const { archiveRoot } = prepared;
  const root = join(staging, archiveRoot);
  const skipped = [...prepared.skipped, ...(await gather(context, prepared, options, root))];
  const manifest = describeAll(context, { ...prepared, skipped }, options, root);
  const names = [MANIFEST_NAME, ...manifest.files.map(({ path }) => path)];
  await write(
    partial,
    staging,
    names.map((name) => `${archiveRoot}/${name}`),
    options.passphrase,
  );
  return manifest;
}

function unwritable(archivePath: string, cause: NodeJS.ErrnoException): PortcullisError {
  const code = cause.code ?? 'unknown error';
  return new PortcullisError('backup.unwritable', `${archivePath} cannot be written: ${code}.`, {
    hint: 'Check the space and the permissions there. The copies take as much space as the archive, unpacked.',
    cause,
  });
}

/** Copies everything below `root`, and says what it left out. */
async function gather(
  context: CommandContext,
  plan: Prepared,
  choice: Choice,
  root: string,
): Promise<readonly Skipped[]> {
  const { paths } = context;
  const skipped: Skipped[] = [];
  for (const { kind, sourcePath, archivePath } of plan.assets) {
    const target = join(root, archivePath);
    const onSkipped = (path: string, reason: string): void => {
      skipped.push({ kind, sourcePath: path, reason });
    };
    const real = realpathSync(sourcePath);
    const files =
      kind === 'config'
        ? plan.configFiles
        : filesBelow(
            real,
            kind === 'state' ? wantedOfState(context, choice, real) : () => true,
            onSkipped,
          );
    for (const file of files) {
      const isConfig = kind === 'config' && file === plan.configFiles[0];
      const name = isConfig ? CONFIG_NAME : relative(real, file);
      const fault = pathFault(name.replaceAll(sep, '/'));
      if (fault === undefined) copyFile(file, join(target, name), real, onSkipped);
      else onSkipped(file, `its name ${fault}`);
    }
    if (kind !== 'state') continue;
    const databases = join(target, 'state');
    mkdirSync(databases, { recursive: true, mode: 0o700 });
    await copySqliteStore(paths.stateDbDir, databases);
  }
  return skipped;
}

/** What of the state directory is copied as files. */
function wantedOfState(context: CommandContext, choice: Choice, real: string): Wanted {
  const { stateDir, logsDir, stateDbDir, pluginsDir } = context.paths;
  const at = (path: string): string => join(real, relative(stateDir, path));
  // Programs are installed, never restored.
  const programs = ['node_modules', 'others'].map((name) => at(join(pluginsDir, name)));
  const left = new Set([at(logsDir), ...programs]);
  if (!choice.includeWorkspace) {
    const { skipped } = planBackup(context, choice);
    for (const { kind, sourcePath } of skipped) if (kind === 'workspace') left.add(at(sourcePath));
  }
  const databases = at(stateDbDir) + sep;
  return (path) => {
    if (left.has(path) || PASSING.test(path) || path.startsWith(join(real, STAGING))) return false;
    return !path.startsWith(databases) || !LIVE_STATE.test(path.slice(databases.length));
  };
}

function describeAll(
  { version }: CommandContext,
  { archiveRoot, assets, skipped }: Prepared,
  { includeWorkspace, onlyConfig, now }: CreateOptions,
  root: string,
): Manifest {
  const files = [
    ...filesBelow(
      root,
      () => true,
      () => undefined,
    ),
  ].map((path) => describe(path, relative(root, path).replaceAll(sep, '/')));
  const manifest: Manifest = {
    format: 'portcullis-backup',
    schemaVersion: SCHEMA_VERSION,
    createdAt: now.toISOString(),
    archiveRoot,
    runtimeVersion: version,
    nodeVersion: process.version,
    platform: process.platform,
    options: { includeWorkspace, onlyConfig },
    assets,
    skipped,
    files,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  writeFileSync(join(root, MANIFEST_NAME), text, { flag: 'wx', mode: 0o600 });
  return manifest;
}

async function write(
  path: string,
  cwd: string,
  names: readonly string[],
  passphrase: string | undefined,
): Promise<void> {
  const packed: AsyncIterable<Buffer> = pack({ cwd, portable: true, noDirRecurse: true }, [
    ...names,
  ]);
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  if (passphrase === undefined) await pipeline(packed, createGzip(), target);
  else await pipeline(packed, createGzip(), (source) => seal(source, passphrase), target);
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
