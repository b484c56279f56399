/**
 * What the doctor sees of the machine. Tests put another one in its place.
 *
 * @module
 */
import { existsSync, statfsSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname } from 'node:path';

import { type SandboxProbe, trySandbox } from '@portcullis/gateway/sandbox';

import { type PortUse, portUse } from './port-use.ts';

/** The machine a gateway would run on. */
export interface Machine {
  /** `24.11.1`. */
  readonly node: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Id of the user; undefined where there are none. */
  readonly uid: number | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  /** Bytes this user may still write below a path; undefined where nobody can tell. */
  freeBytes(path: string): number | undefined;
  probeSandbox(): Promise<SandboxProbe>;
  portUse(host: string, port: number): Promise<PortUse>;
  /** Whether a process lives. */
  isAlive(pid: number): boolean;
  /** Asks over the network; only where the person asked for that. */
  readonly fetch: typeof fetch;
}

/** The machine this process runs on. */
export function realMachine(): Machine {
  return {
    node: process.versions.node,
    platform: process.platform,
    arch: arch(),
    uid: process.getuid?.(),
    now: () => Date.now(),
    freeBytes,
    probeSandbox: () => trySandbox(),
    portUse,
    isAlive,
    fetch: (input, init) => fetch(input, init),
  };
}

function freeBytes(path: string): number | undefined {
  let there = path;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  try {
    const { bavail, bsize } = statfsSync(there);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process lives too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
