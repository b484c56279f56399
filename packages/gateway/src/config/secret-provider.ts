/**
 * Fetches what a SecretRef points at. Promises: a command runs as an exact argv without a shell,
 * with a deadline and bounded output; no fault ever quotes what was read.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  ownValue,
} from './document/config-value.ts';
import type { Environment } from './paths.ts';
import { expandHome } from './paths.ts';
import type { SecretRef } from './schema/secret-ref.ts';
import { variableValue } from './substitute.ts';
import { readTextFile } from './text-file.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_TIMEOUT_MS = 60_000;
const DEFAULT_OUTPUT_BYTES = 64 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The text of a secret, or why there is none. The reason holds no part of it. */
export type Fetched =
  | { readonly text: string }
  | { readonly text?: undefined; readonly reason: string };

/** What fetching may draw on. */
export interface ProviderContext {
  readonly env: Environment;
  readonly home: string;
  /** `secrets.providers` of the config. */
  readonly providers: ConfigValue | undefined;
  /** Reads a secret kept by the gateway itself. Absent: such references stay unresolved. */
  readonly readStore: ((id: string) => string | undefined) | undefined;
}

function bounded(value: ConfigValue | undefined, fallback: number, max: number): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, max) : fallback;
}

function stringList(value: ConfigValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function fromEnv(ref: SecretRef, provider: ConfigObject, env: Environment): Fetched {
  const allowed = ownValue(provider, 'allowlist');
  if (allowed !== undefined && !stringList(allowed).includes(ref.id)) {
    return { reason: 'the provider does not list that variable' };
  }
  const text = variableValue(env, ref.id);
  return text === undefined ? { reason: 'the variable is not set' } : { text };
}

function pointInto(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

function fromFile(ref: SecretRef, provider: ConfigObject, home: string): Fetched {
  const path = ownValue(provider, 'path');
  if (typeof path !== 'string') return { reason: 'the provider names no path' };
  const file = readTextFile(expandHome(path, home));
  if (file.kind === 'missing') return { reason: 'the file does not exist' };
  if (file.kind === 'fault') return { reason: file.reason };
  if ((file.mode & 0o022) !== 0) return { reason: 'other users may write the file' };
  if (ownValue(provider, 'mode') === 'singleValue') return { text: file.text.trim() };
  try {
    const value = pointInto(JSON.parse(file.text), ref.id);
    return typeof value === 'string' ? { text: value } : { reason: 'no string stands at that id' };
  } catch {
    return { reason: 'the file is not valid JSON' };
  }
}

function childEnv(provider: ConfigObject, env: Environment): Record<string, string> {
  const own = ownValue(provider, 'env');
  const entries: [string, string][] = stringList(ownValue(provider, 'passEnv')).flatMap((name) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
  for (const [name, value] of isConfigObject(own) ? Object.entries(own) : []) {
    if (typeof value === 'string') entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

/** Only a real file that nobody else may replace is run. */
function commandFault(command: ConfigValue | undefined, allowLink: boolean): string | undefined {
  if (typeof command !== 'string' || !isAbsolute(command)) return 'the command is no absolute path';
  try {
    const isLink = lstatSync(command).isSymbolicLink();
    const stat = statSync(command);
    if (!stat.isFile() || (isLink && !allowLink)) return 'the command is no regular file';
    return (stat.mode & 0o022) === 0 ? undefined : 'other users may write the command';
  } catch {
    return 'the command does not exist';
  }
}

function readAnswer(output: string, id: string, plainText: boolean): Fetched {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    return plainText
      ? { text: output.replace(/\r?\n$/u, '') }
      : { reason: 'the answer is not JSON' };
  }
  const values = isConfigObject(answer) ? ownValue(answer, 'values') : undefined;
  if (values === undefined && plainText) return { text: output.replace(/\r?\n$/u, '') };
  const value = ownValue(values, id);
  return typeof value === 'string' ? { text: value } : { reason: 'the answer lacks that id' };
}

function fromCommand(ref: SecretRef, provider: ConfigObject, env: Environment): Fetched {
  const command = ownValue(provider, 'command');
  const fault = commandFault(command, ownValue(provider, 'allowSymlinkCommand') === true);
  if (fault !== undefined || typeof command !== 'string') return { reason: fault ?? 'no command' };
  const request = { protocolVersion: 1, provider: ref.provider, ids: [ref.id] };
  const result = spawnSync(command, stringList(ownValue(provider, 'args')), {
    shell: false,
    env: childEnv(provider, env),
    cwd: '/',
    input: `${JSON.stringify(request)}\n`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: bounded(ownValue(provider, 'timeoutMs'), DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
    maxBuffer: bounded(
      ownValue(provider, 'maxOutputBytes'),
      DEFAULT_OUTPUT_BYTES,
      MAX_OUTPUT_BYTES,
    ),
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const code = result.error !== undefined && 'code' in result.error ? result.error.code : undefined;
  if (code === 'ETIMEDOUT') return { reason: 'the command took too long' };
  if (code === 'ENOBUFS') return { reason: 'the command wrote too much' };
  // A command that never reads its input breaks the pipe and is no failure by itself.
  if (result.status !== 0) return { reason: 'the command failed' };
  return readAnswer(result.stdout, ref.id, ownValue(provider, 'jsonOnly') === false);
}

/** Fetches the text behind a reference. Never throws. */
export function fetchSecret(ref: SecretRef, context: ProviderContext): Fetched {
  const named = ownValue(context.providers, ref.provider);
  if (named !== undefined && ownValue(named, 'source') !== ref.source) {
    return { reason: 'the provider is of another source' };
  }
  const provider = isConfigObject(named) ? named : {};
  if (ref.source === 'env') {
    if (named === undefined && ref.provider !== 'default') return { reason: 'no such provider' };
    return fromEnv(ref, provider, context.env);
  }
  if (ref.source === 'store') {
    const text = context.readStore?.(ref.id);
    return text === undefined ? { reason: 'the store holds no such secret' } : { text };
  }
  if (named === undefined) return { reason: 'no such provider' };
  if (ref.source === 'file') return fromFile(ref, provider, context.home);
  return fromCommand(ref, provider, context.env);
}
