/**
 * Checks of the machine and the user.
 *
 * @module
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

import { type Check, type Found, fail, pass, warn } from './check.ts';
import { programInPath } from './program-in-path.ts';
import type { Subject } from './subject.ts';

/** The oldest Node the product runs on. */
export const OLDEST_NODE = [24, 11] as const;

const MEGABYTE = 2 ** 20;
/** Below this the store refuses to grow soon. */
const TOO_LITTLE = 64 * MEGABYTE;
const LITTLE = 1024 * MEGABYTE;
/** No gateway of this version ran before this. */
const BEFORE_US = Date.UTC(2026, 0, 1);
/** Clocks of file servers differ by this much. */
const CLOCK_SLACK_MS = 5 * 60_000;

function node({ machine }: Subject): readonly Found[] {
  const [major = 0, minor = 0] = machine.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = OLDEST_NODE;
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const wanted = OLDEST_NODE.join('.');
  return [
    isNew
      ? pass(`Node ${machine.node}.`)
      : fail(`Node ${machine.node} is too old.`, `Install Node ${wanted} or newer.`),
  ];
}

function platform({ machine }: Subject): readonly Found[] {
  const name = `${machine.platform} ${machine.arch}`;
  if (machine.platform === 'linux' || machine.platform === 'darwin') return [pass(`${name}.`)];
  return [
    warn(
      `Nobody tests this product on ${name}; modes of files mean nothing there.`,
      'Run it on Linux or macOS; on Windows inside WSL 2.',
    ),
  ];
}

function path({ context }: Subject): readonly Found[] {
  const found = programInPath(context.env['PATH'] ?? '');
  const here = 'npm link in packages/cli, or npm install --global @portcullis/cli';
  if (found === undefined) return [warn('There is no openclaw in PATH.', here)];
  const { file, whose } = found;
  if (whose === 'ours') return [pass(`openclaw in PATH is this program.`, { path: file })];
  const name = whose === 'theirs' ? 'OpenClaw itself' : 'another program';
  return [
    warn(
      `openclaw in PATH is ${name}: commands typed there do not reach this gateway.`,
      'Put the folder of this program before it in PATH.',
      { path: file },
    ),
  ];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function home({ context }: Subject): readonly Found[] {
  const { paths } = context;
  const isThere = statSync(paths.home, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isThere) {
    return [
      fail('The home directory is not there.', 'Set HOME, or OPENCLAW_HOME.', at(paths.home)),
    ];
  }
  if (isWritable(paths.home)) return [pass('The home directory can be written.', at(paths.home))];
  // A service may be given nothing but its state directory.
  const isStateWritable = isWritable(paths.stateDir);
  return [
    isStateWritable
      ? pass('The home directory is read-only; the state directory is not.', at(paths.home))
      : fail(
          'The home directory cannot be written by this user.',
          `Give it back: sudo chown "$USER" ${paths.home}`,
          at(paths.home),
        ),
  ];
}

function at(file: string): { readonly path: string } {
  return { path: file };
}

function stateDir({ context, machine }: Subject): readonly Found[] {
  const { stateDir: folder } = context.paths;
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) {
    return [
      warn('There is no state directory yet.', 'openclaw doctor --fix', {
        path: folder,
        mend: { kind: 'mkdir', path: folder },
      }),
    ];
  }
  if (!stat.isDirectory()) {
    return [fail('The state directory is no folder.', `Move ${folder} away.`, at(folder))];
  }
  const { uid } = machine;
  if (uid !== undefined && stat.uid !== uid) {
    return [
      fail(
        `The state directory belongs to user ${stat.uid}, and this is user ${uid}.`,
        uid === 0
          ? 'Run openclaw as the user it belongs to: what root writes there that user cannot read.'
          : `Run openclaw as that user, or: sudo chown -R "$USER" ${folder}`,
        at(folder),
      ),
    ];
  }
  return [
    isWritable(folder)
      ? pass('The state directory can be written.', at(folder))
      : fail(
          'The state directory cannot be written.',
          `chmod u+rwx ${folder}; where the disk is read-only, mount it for writing.`,
          at(folder),
        ),
  ];
}

function disk({ context, machine }: Subject): readonly Found[] {
  const free = machine.freeBytes(context.paths.stateDir);
  if (free === undefined) return [];
  const says = `${Math.floor(free / MEGABYTE)} MB are free where the state is.`;
  if (free >= LITTLE) return [pass(says)];
  const remedy = 'Free space on that disk; nothing is accepted that cannot be stored.';
  return [(free < TOO_LITTLE ? fail : warn)(says, remedy, at(context.paths.stateDir))];
}

function clock({ context, machine }: Subject): readonly Found[] {
  const now = machine.now();
  const { configPath, stateDbDir } = context.paths;
  const written = [configPath, join(stateDbDir, 'portcullis.sqlite')]
    .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .reduce((a, b) => Math.max(a, b));
  const says = `It is ${new Date(now).toISOString()}`;
  const remedy = 'Set the clock, and have it kept: sudo timedatectl set-ntp true';
  if (now < BEFORE_US) return [fail(`${says}, says the clock.`, remedy)];
  if (written > now + CLOCK_SLACK_MS) {
    return [
      warn(`${says}, and the state was written at ${new Date(written).toISOString()}.`, remedy),
    ];
  }
  return [pass(`${says}.`)];
}

/** Checks of the machine and the user. */
export const environmentChecks: readonly Check[] = [
  { id: 'env.node', group: 'environment', about: 'The version of Node.', look: node },
  { id: 'env.platform', group: 'environment', about: 'The operating system.', look: platform },
  {
    id: 'env.path',
    group: 'environment',
    about: 'That `openclaw` in `PATH` is this program, and not OpenClaw itself.',
    look: path,
  },
  { id: 'env.home', group: 'environment', about: 'That `HOME` can be written.', look: home },
  {
    id: 'env.state_dir',
    group: 'environment',
    about: 'That the state directory is there, is this user’s and can be written.',
    look: stateDir,
  },
  { id: 'env.disk', group: 'environment', about: 'Free space where the state is.', look: disk },
  {
    id: 'env.clock',
    group: 'environment',
    about: 'That the clock does not stand before what was written already.',
    look: clock,
  },
];
