/**
 * Turns what was asked for into one archive on this machine: packs a folder, takes an archive as it
 * is, or has npm fetch exactly one version. Nothing of it is run.
 *
 * @module
 */
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

import { findNpm, runNpm } from '../npm/npm.ts';
import type { InstallRecord } from './record.ts';
import { isVersion, satisfies } from './version-range.ts';
import { isRecord } from '../record.ts';

/** Where it works. */
export interface SourceGround {
  readonly env: Environment;
  /** Where relative paths begin. */
  readonly cwd: string;
  /** An empty folder of ours. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** An archive, and what is known of where it came from. */
export interface Fetched extends Pick<
  InstallRecord,
  'source' | 'registryIntegrity' | 'publisher' | 'attestation'
> {
  readonly archive: string;
  /** What the registry said it is; undefined where none was asked. */
  readonly exact?: { readonly name: string; readonly version: string };
}

const NPM_MS = 120_000;
const MOST_ANSWER = 8_388_608;
const SPEC = /^((?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)(?:@([\w .^~<>=|*+-]+))?$/u;

/** npm, or why there is none. */
export function requireNpm(env: Environment): string {
  const npm = findNpm(env);
  if (npm !== undefined) return npm;
  throw new PortcullisError('plugin.registry', 'npm is not installed, or not in PATH.', {
    hint: 'Install npm, which comes with Node.',
  });
}

function noAnswer(what: string, hint: string): PortcullisError {
  return new PortcullisError('plugin.registry', `npm could not do it: ${what}.`, {
    hint,
    retryable: true,
  });
}

async function askNpm(
  { env, folder, signal }: SourceGround,
  args: readonly string[],
  hint: string,
): Promise<unknown> {
  const call = { cwd: folder, timeoutMs: NPM_MS, maxOutput: MOST_ANSWER, signal };
  const { code, stdout } = await runNpm(requireNpm(env), env, [...args, '--json'], call);
  signal.throwIfAborted();
  if (code !== 0) {
    throw noAnswer(
      code === null ? 'it gave no answer in time' : `it ended with ${String(code)}`,
      hint,
    );
  }
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw noAnswer('it answered something else', hint);
  }
}

function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  let found = value;
  for (const key of keys) found = isRecord(found) ? found[key] : undefined;
  return typeof found === 'string' && found !== '' ? found.slice(0, 500) : undefined;
}

async function pack(ground: SourceGround, what: string, hint: string): Promise<string> {
  const args = ['pack', what, '--ignore-scripts', '--pack-destination', ground.folder];
  const answer = await askNpm(ground, args, hint);
  const entries: readonly unknown[] = Array.isArray(answer)
    ? answer
    : Object.values(isRecord(answer) ? answer : {});
  const name = textAt(entries[0], 'filename');
  const file = name === undefined ? undefined : join(ground.folder, name.replace(/^.*\//u, ''));
  if (file === undefined || !existsSync(file)) throw noAnswer('it packed nothing', hint);
  return file;
}

/** Of several versions that fit, the one npm would take. */
function newest(answer: unknown): unknown {
  if (!Array.isArray(answer)) return answer;
  return answer.reduce((best: unknown, each: unknown) => {
    const version = textAt(each, 'version') ?? '';
    const known = textAt(best, 'version');
    return known === undefined || satisfies(version, `>=${known}`) ? each : best;
  }, undefined);
}

async function fromRegistry(ground: SourceGround, asked: string): Promise<Fetched> {
  const hint = `See what npm says: npm view ${asked}`;
  const fields = ['name', 'version', 'dist', '_npmUser'];
  const answer = newest(await askNpm(ground, ['view', asked, ...fields], hint));
  const [name, version] = [textAt(answer, 'name'), textAt(answer, 'version')];
  const registryIntegrity = textAt(answer, 'dist', 'integrity') ?? null;
  if (name === undefined || version === undefined || !isVersion(version)) {
    throw noAnswer('there is no such package or version', hint);
  }
  if (registryIntegrity?.startsWith('sha512-') !== true) {
    throw noAnswer('the registry states no SHA-512 of the package', hint);
  }
  const user = isRecord(answer) ? answer['_npmUser'] : undefined;
  return {
    archive: await pack(ground, `${name}@${version}`, hint),
    exact: { name, version },
    source: { kind: 'npm', asked },
    registryIntegrity,
    publisher: textAt(user, 'name') ?? (typeof user === 'string' ? user.slice(0, 200) : null),
    attestation: textAt(answer, 'dist', 'attestations', 'provenance', 'predicateType') ?? null,
  };
}

const UNKNOWN = { registryIntegrity: null, publisher: null, attestation: null };

/**
 * Gets the archive of what was asked for.
 *
 * @throws PortcullisError `plugin.source`, `plugin.registry`.
 */
export async function fetchPlugin(ground: SourceGround, asked: string): Promise<Fetched> {
  const isPath = /^(?:\.{1,2}(?:\/|$)|\/|~\/)|\.tgz$|\.tar\.gz$/u.test(asked) || asked === '.';
  if (!isPath) {
    if (!SPEC.test(asked)) throw noSource(asked);
    return await fromRegistry(ground, asked);
  }
  const written = asked.startsWith('~/') ? join(ground.env['HOME'] ?? '', asked.slice(2)) : asked;
  const path = isAbsolute(written) ? written : resolve(ground.cwd, written);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    const hint = 'The folder must hold the package.json of a plugin.';
    const archive = await pack(ground, path, hint);
    return { archive, source: { kind: 'folder', asked: path }, ...UNKNOWN };
  }
  if (found?.isFile() !== true || !/\.t(?:ar\.)?gz$/u.test(path)) throw noSource(asked);
  const archive = join(ground.folder, 'given.tgz');
  // What is judged must be what is unpacked, whatever becomes of the file meanwhile.
  copyFileSync(path, archive);
  return { archive, source: { kind: 'archive', asked: path }, ...UNKNOWN };
}

function noSource(asked: string): PortcullisError {
  return new PortcullisError('plugin.source', `There is no plugin at ${JSON.stringify(asked)}.`, {
    hint: 'Give a package and version (weather@1.2.0), a folder (./weather), or a .tgz of "npm pack".',
  });
}
