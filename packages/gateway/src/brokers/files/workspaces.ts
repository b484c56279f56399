/**
 * The agents' workspaces, and the gateway's own files that no tool may touch.
 *
 * @module
 */
import { mkdir, realpath } from 'node:fs/promises';
import { posix } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import {
  type ConfigObject,
  type ConfigValue,
  expandHome,
  getPath,
  isConfigObject,
} from '../../config/index.ts';
import type { Kernel } from '../../kernel.ts';
import { isSystemFault, systemFault } from './faults.ts';

/** A workspace and its surroundings, as policy asks for them. */
export interface Workspace {
  /** As configured, absolute. */
  readonly path: string;
  /** With its own links resolved, once. */
  readonly real: string;
  readonly stateDirReal: string;
  /** The gateway's own files and directories, by every path they are known under. */
  readonly protectedPaths: readonly string[];
}

/** The workspaces of one gateway. */
export class Workspaces {
  readonly #kernel: Kernel;
  /** Real paths by configured path: a link is followed when it is first met, and never again. */
  readonly #real = new Map<string, Promise<string>>();
  readonly #writers = new Map<string, Promise<void>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The workspace of an agent, made when it is missing. Throws `files.no_workspace`. */
  async of(agentId: string): Promise<Workspace> {
    const configured = this.#kernel.agents().find(({ id }) => id === agentId)?.workspace;
    if (configured === undefined) {
      throw new PortcullisError('files.no_workspace', 'The agent has no workspace.', {
        hint: 'Set agents.defaults.workspace.',
      });
    }
    const path = posix.resolve('/', configured);
    const { stateDir } = this.#kernel.paths;
    const own = ownFiles(this.#kernel);
    const real = await Promise.all(own.map(realOrSame));
    return {
      path,
      real: await this.#realOf(path),
      stateDirReal: await realOrSame(stateDir),
      protectedPaths: [...new Set([...own, ...real])],
    };
  }

  async #realOf(path: string): Promise<string> {
    const known = this.#real.get(path);
    if (known !== undefined) return await known;
    const found = makeWorkspace(path);
    this.#real.set(path, found);
    try {
      return await found;
    } catch (error) {
      this.#real.delete(path);
      throw error;
    }
  }

  /** Runs `work` when no other writer of this gateway is at the same file. */
  async exclusively<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#writers.get(path) ?? Promise.resolve();
    const { promise: done, resolve: release } = Promise.withResolvers<void>();
    const turn = before.then(() => done);
    this.#writers.set(path, turn);
    await before;
    try {
      return await work();
    } finally {
      release();
      if (this.#writers.get(path) === turn) this.#writers.delete(path);
    }
  }
}

async function makeWorkspace(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (error) {
    if (!isSystemFault(error)) throw error;
    throw systemFault(error);
  }
}

async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

/** The config and its includes, credentials, plugins, keys, databases and logs. */
function ownFiles(kernel: Kernel): readonly string[] {
  const { paths } = kernel;
  const { path, includes, value } = kernel.config();
  const named = [...filesNamedIn(value)].map((file) => expandHome(file, paths.home));
  const { configPath, credentialsDir, pluginsDir, stateDbDir, logsDir } = paths;
  return [configPath, path, credentialsDir, pluginsDir, stateDbDir, logsDir, ...includes, ...named];
}

/** Keys whose value names a file with a secret, or with code that the gateway runs. */
const FILE_KEY = /^(?:tokenFile|certPath|keyPath|caPath|\w+File)$/u;

/** Every secret file, key and plugin the config names, wherever it does. */
function* filesNamedIn(config: ConfigObject): Iterable<string> {
  yield* textsUnder(config, (key) => FILE_KEY.test(key));
  yield* textsUnder(getPath(config, 'secrets.providers'), (key) => key === 'path');
  yield* textsUnder(getPath(config, 'plugins'), (key) => /^paths?$/u.test(key));
}

function* textsUnder(
  value: ConfigValue | undefined,
  wanted: (key: string) => boolean,
): Iterable<string> {
  if (Array.isArray(value)) {
    for (const item of value as readonly ConfigValue[]) yield* textsUnder(item, wanted);
  }
  if (!isConfigObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (wanted(key)) yield* texts(member);
    else yield* textsUnder(member, wanted);
  }
}

function texts(value: ConfigValue): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
