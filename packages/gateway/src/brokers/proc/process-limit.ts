/**
 * A bound on the number of processes for a gateway that runs as root: the kernel's own limit for
 * users does not hold for root, not even inside a user namespace, so a control group has to.
 *
 * @module
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Launch } from './child.ts';

/** Fixed text: joins the group named by the first word and becomes the rest. */
const JOIN = 'echo $$ > "$0/cgroup.procs" && unset PWD OLDPWD && exec "$@"';
const MOUNT = '/sys/fs/cgroup';

const NAME = /^portcullis-(\d+)-\d+$/u;

/** The groups of this process by their bound. */
const groups = new Map<number, string | undefined>();

/**
 * A group of at most `processes`, shared by all that ask for the same bound. Undefined for any user
 * but root, who needs none, and where the machine lets nobody make one: then only time bounds a
 * command that multiplies.
 */
export function openProcessLimit(processes: number): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (groups.size === 0) process.once('exit', () => groups.forEach(removeGroup));
  if (!groups.has(processes)) groups.set(processes, makeGroup(processes));
  return groups.get(processes);
}

function makeGroup(processes: number): string | undefined {
  for (const parent of parents()) {
    removeStale(parent);
    const group = join(parent, `portcullis-${String(process.pid)}-${String(processes)}`);
    if (tryGroup(group, processes)) return group;
  }
  return undefined;
}

/** Removes what gateways left that could not end in order. */
function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeGroup(join(parent, name));
  }
}

/** The same launch, counted in the group. */
export function inGroup(launch: Launch, group: string | undefined): Launch {
  if (group === undefined) return launch;
  const { file, args } = launch;
  return { ...launch, file: '/bin/sh', args: ['-c', JOIN, group, file, ...args] };
}

/** Where this process is, in the version 1 tree for processes and in the version 2 tree. */
function parents(): readonly string[] {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/u.exec(line) ?? [];
        if (path === '') return [];
        if (controllers.split(',').includes('pids')) return [join(MOUNT, 'pids', path)];
        return controllers === '' ? [join(MOUNT, path)] : [];
      })
      .filter((path) => existsSync(path));
  } catch {
    return [];
  }
}

function tryGroup(group: string, processes: number): boolean {
  try {
    mkdirSync(group, { recursive: true });
  } catch {
    return false;
  }
  try {
    writeFileSync(join(group, 'pids.max'), String(processes));
    return true;
  } catch {
    removeGroup(group);
    return false;
  }
}

function removeGroup(group: string | undefined): void {
  if (group === undefined) return;
  try {
    rmdirSync(group);
  } catch {
    // Something in it still ends; an empty group costs nothing.
  }
}
