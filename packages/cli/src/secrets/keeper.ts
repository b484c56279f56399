/**
 * Keeps secrets where they belong, and says how the config names them: in the keychain of this
 * machine, else in a file only its user can read. Promises: none is in the config; what was kept for
 * a change that did not come to be is taken back.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type ConfigObject,
  type ConfigValue,
  SECRET_FILE,
  type StatePaths,
  expandHome,
  formatPath,
  getPath,
  isConfigObject,
  ownValue,
  parsePath,
  replaceSecret,
  secretPointer,
} from '@portcullis/gateway/config';

import type { Keychain } from './keychain.ts';

/** Where secrets may be kept. `auto`: in the keychain where there is one that works. */
export const KEEP_IN = ['auto', 'keychain', 'file'] as const;
export type KeepIn = (typeof KEEP_IN)[number];

/** What a {@link SecretKeeper} needs. */
export interface KeeperOptions {
  readonly paths: StatePaths;
  /** The config that the secrets are for. */
  readonly config: ConfigObject;
  readonly keychain: Keychain | undefined;
  readonly keepIn: KeepIn;
  /** True to keep nothing and only say what would be. Default false. */
  readonly rehearse?: boolean;
}

/** A secret that is kept. */
export interface Kept {
  /** What to change in the config so that it is found, the reference itself last. */
  readonly edits: readonly ConfigEdit[];
  /** For people: `the macOS keychain`, or the path of a file. */
  readonly place: string;
  /** True where another one was kept for this path before: whoever has read it must read anew. */
  readonly replaced: boolean;
}

/** A secret that can be forgotten. */
export interface Forgettable {
  readonly edits: readonly ConfigEdit[];
  readonly forget: () => Promise<void>;
}

/** Keeps the secrets of one change of the config. */
export class SecretKeeper {
  readonly #options: KeeperOptions;
  readonly #undo: (() => Promise<void>)[] = [];
  #keychainFailed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Keeps the secret of a config path, such as `channels.telegram.botToken`. One that was kept for
   * the path before is replaced.
   *
   * @throws PortcullisError `secret.keychain` where a keychain was asked for and is not there or
   * does not work, `secret.file_unusable`.
   */
  async keep(path: string, text: string): Promise<Kept> {
    const { keychain, keepIn } = this.#options;
    if (keepIn === 'keychain' && keychain === undefined) throw noKeychain();
    if (keychain === undefined || keepIn === 'file' || this.#keychainFailed) {
      return this.#inFile(path, text);
    }
    try {
      return await this.#inKeychain(keychain, path, text);
    } catch (error) {
      if (keepIn === 'keychain') throw error;
      this.#keychainFailed = true;
      return this.#inFile(path, text);
    }
  }

  /**
   * What is kept for a config path, as its reference there says; undefined where it is nothing of
   * ours. `edits` belong to the change that removes the path, `forget` comes after it.
   */
  kept(path: string): Forgettable | undefined {
    const { config, paths, keychain } = this.#options;
    const ref = getPath(config, path);
    const { source, provider, id } = isConfigObject(ref) ? ref : {};
    const file = join(paths.credentialsDir, SECRET_FILE);
    const { name, isThere } = this.#fileProvider(file);
    if (source === 'file' && isThere && provider === name && id === secretPointer(path)) {
      return { edits: [], forget: async () => void replaceSecret(file, path, undefined) };
    }
    const slug = slugOf(path);
    if (source !== 'exec' || provider !== `keychain-${slug}` || keychain === undefined) {
      return undefined;
    }
    return {
      edits: [{ path: formatPath(['secrets', 'providers', provider]) }],
      forget: () => keychain.remove(this.#accountOf(slug)),
    };
  }

  /** Takes back everything that was kept, as it was before. */
  async undo(): Promise<void> {
    for (const step of this.#undo.splice(0).toReversed()) await step();
  }

  async #inKeychain(keychain: Keychain, path: string, text: string): Promise<Kept> {
    const slug = slugOf(path);
    const account = this.#accountOf(slug);
    const before = await keychain.read(account);
    if (this.#options.rehearse !== true) {
      await keychain.put(account, text);
      this.#undo.push(() =>
        before === undefined ? keychain.remove(account) : keychain.put(account, before),
      );
    }
    const provider = `keychain-${slug}`;
    const id = slug;
    return {
      edits: [
        ...this.#providerEdit(provider, keychain.provider(account)),
        { path, value: { source: 'exec', provider, id } },
      ],
      place: keychain.name,
      replaced: before !== undefined,
    };
  }

  #accountOf(slug: string): string {
    return `${shortHash(this.#options.paths.stateDir)}.${slug}`;
  }

  #inFile(path: string, text: string): Kept {
    const { paths } = this.#options;
    const file = join(paths.credentialsDir, SECRET_FILE);
    let before: string | undefined;
    if (this.#options.rehearse !== true) {
      before = replaceSecret(file, path, text);
      this.#undo.push(async () => void replaceSecret(file, path, before));
    }
    const { name: provider, isThere } = this.#fileProvider(file);
    const entry = { source: 'file', path: shortPath(file, paths.home) };
    return {
      edits: [
        ...(isThere ? [] : this.#providerEdit(provider, entry)),
        { path, value: { source: 'file', provider, id: secretPointer(path) } },
      ],
      place: file,
      replaced: before !== undefined,
    };
  }

  /** The provider of the config that leads to the file; a name that is free where there is none. */
  #fileProvider(file: string): { readonly name: string; readonly isThere: boolean } {
    const written = getPath(this.#options.config, 'secrets.providers');
    const providers = isConfigObject(written) ? written : {};
    const leads = (entry: ConfigValue): boolean => {
      const { source, path, mode = 'json' } = isConfigObject(entry) ? entry : {};
      const isFile = source === 'file' && mode === 'json' && typeof path === 'string';
      return isFile && expandHome(path, this.#options.paths.home) === file;
    };
    const [known] = Object.entries(providers).find(([, entry]) => leads(entry)) ?? [];
    if (known !== undefined) return { name: known, isThere: true };
    const names = ['kept', 'kept-here', `kept-${shortHash(file)}`];
    const name = names.find((each) => ownValue(providers, each) === undefined) ?? 'kept';
    return { name, isThere: false };
  }

  #providerEdit(name: string, entry: ConfigObject): readonly ConfigEdit[] {
    const path = formatPath(['secrets', 'providers', name]);
    const there = getPath(this.#options.config, path);
    return isDeepStrictEqual(there, entry) ? [] : [{ path, value: entry }];
  }
}

function noKeychain(): PortcullisError {
  return new PortcullisError(
    'secret.keychain',
    'This machine has no keychain to keep secrets in.',
    {
      hint: 'On Linux install secret-tool and log in to a desktop session, or use: --keep file',
    },
  );
}

function shortHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 8);
}

const MOST_SLUG = 40;
const PLAIN = /^[a-z0-9]+$/u;
const KEY = /^[a-z][A-Za-z0-9]*$/u;

/** A name for programs and providers: `gateway-auth-token`. Different paths have different ones. */
function slugOf(path: string): string {
  const names = parsePath(path).map(String);
  const slug = names.join('-').toLowerCase();
  // A key of ours ends the path; names before it are people's, who may mean two by "Main" and "main".
  const isPlain =
    slug.length <= MOST_SLUG &&
    names.every((name, at) => (at === names.length - 1 ? KEY : PLAIN).test(name));
  if (isPlain) return slug;
  return `${slug.replaceAll(/[^a-z0-9]+/gu, '-').slice(0, MOST_SLUG)}-${shortHash(path)}`;
}

function shortPath(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
