/**
 * What the kernel says about a process and its children. Linux only.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between being listed and being read.
    return '';
  }
}

/** The fields of `/proc/<pid>/stat` after the name, which may itself hold blanks and brackets. */
function statOf(pid) {
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
}

/** The process and all its descendants. @returns {number[]} */
function tree(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(name)[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [];
  for (let open = [pid]; open.length > 0; open = open.flatMap((each) => children.get(each) ?? [])) {
    found.push(...open);
  }
  return found;
}

/** Resident memory of the process tree in MB (10^6 bytes). Threads share that of their process. */
export function residentMegabytes(pid) {
  return tree(pid).reduce((sum, each) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${each}/status`))?.[1];
    return sum + (Number(kilobytes ?? 0) * 1024) / 1e6;
  }, 0);
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time the process tree has used, user and system, in seconds. */
export function cpuSeconds(pid) {
  return tree(pid).reduce((sum, each) => {
    const stat = statOf(each);
    return sum + (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) / TICKS_PER_SECOND;
  }, 0);
}
