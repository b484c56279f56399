/**
 * Installations to look at: a home of their own, and a machine that is as a test says.
 *
 * @module
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';

import { PortcullisError } from '@portcullis/core';
import { resolvePaths } from '@portcullis/gateway/config';

import type { Doors } from '../../src/command.ts';
import type { CommandContext } from '../../src/context.ts';
import type { Status } from '../../src/doctor/check.ts';
import { CHECKS, type Result, examine } from '../../src/doctor/examine.ts';
import { type Machine, realMachine } from '../../src/doctor/machine.ts';
import { type Subject, readSubject } from '../../src/doctor/subject.ts';
import { Home } from '../call.ts';

/** What is not as usual. */
export interface Setting {
  readonly home?: Home;
  /** Text of the config; none by default. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly machine?: Partial<Machine>;
  readonly doors?: Partial<Pick<Doors, 'discoverLocalServers' | 'openOperator' | 'findManager'>>;
  readonly probe?: boolean;
  readonly deep?: boolean;
  /** Last, once the config is there. */
  readonly prepare?: (home: Home, context: CommandContext) => void | Promise<void>;
}

/** A config nothing is wrong with. */
export const GOOD: string = `{
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "${'t0ken-of-a-test-'.repeat(3)}" } },
  agents: { defaults: { model: "ollama/large" } },
}`;

function refuse(): Promise<never> {
  return Promise.reject(
    new PortcullisError('gateway.not_running', 'No gateway is running here.', {
      hint: 'Start it.',
    }),
  );
}

/** A machine on which everything is fine, and nobody is asked anything. */
const FINE: Partial<Machine> = {
  node: '24.11.1',
  platform: 'linux',
  arch: 'x64',
  freeBytes: () => 50 * 2 ** 30,
  probeSandbox: async () => ({ available: true }),
  portUse: async () => ({ kind: 'free' }),
  fetch: () => Promise.reject(new TypeError('nobody is asked')),
};

/** Reads an installation as the doctor does. */
export async function subjectOf(setting: Setting = {}): Promise<Subject> {
  const { home = new Home(), config: text, machine, doors, probe = false, deep = false } = setting;
  const env = { HOME: home.path, PATH: '/nowhere', ...setting.env };
  const context: CommandContext = {
    env,
    stdin: Object.assign(Readable.from([]), { isTTY: false }),
    stdout: { write: () => true },
    stderr: { write: () => true },
    signal: new AbortController().signal,
    version: '9.9.9',
    paths: resolvePaths(env),
  };
  if (text !== undefined) {
    home.write(text);
    chmodSync(home.config, 0o600);
    chmodSync(context.paths.stateDir, 0o700);
  }
  await setting.prepare?.(home, context);
  const all = { ...realMachine(), ...FINE, ...machine };
  return readSubject(
    context,
    all,
    {
      discoverLocalServers: async () => [],
      openOperator: refuse,
      findManager: refuse,
      ...doors,
    },
    { probe, deep },
  );
}

/** What one check finds. */
export async function look(id: string, setting: Setting = {}): Promise<readonly Result[]> {
  const checks = CHECKS.filter((each) => each.id === id);
  if (checks.length === 0) throw new RangeError(`There is no check ${id}.`);
  return (await examine(await subjectOf(setting), checks)).results;
}

/** The statuses of what a check found. */
export function statuses(results: readonly Result[]): readonly Status[] {
  return results.map(({ status }) => status);
}

/** Makes a folder inside the state directory. */
export function folder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** A case of a check: what is there, what is found, and what that says. */
export type Case = readonly [
  id: string,
  what: string,
  setting: Setting | (() => Setting),
  statuses: readonly Status[],
  says?: RegExp,
];

/** An installation with this config. */
export function config(text: string): Setting {
  return { config: text };
}

/** A config that chooses a model. */
export function model(name: string): string {
  return `{ agents: { defaults: { model: "${name}" } } }`;
}
