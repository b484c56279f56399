/**
 * Hands out the secrets of a config, wherever they are kept. Promises: a secret leaves as
 * {@link Secret} only; "configured but cannot be had" is an error and never looks like "not
 * configured"; nothing is read or run before it is asked for.
 *
 * @module
 */
import { PortcullisError, Secret } from '@portcullis/core';
import { type ConfigObject, type ConfigValue, isConfigObject } from './document/config-value.ts';
import { type PathSegment, formatPath, getPath, parsePath, stepInto } from './document/key-path.ts';
import { type Environment, type StatePaths, expandHome } from './paths.ts';
import { isSecretKey, isSecretName } from './secret-key.ts';
import { type ProviderContext, fetchSecret } from './secret-provider.ts';
import { type SecretRef, parseSecretRef } from './schema/secret-ref.ts';
import { type UnavailableValue, variableValue } from './substitute.ts';
import { readTextFile } from './text-file.ts';

/** The part of a loaded config that secrets are looked up in. */
export interface SecretConfig {
  readonly value: ConfigObject;
  readonly unavailable: readonly UnavailableValue[];
}

/** A config with the variables it was made with, as {@link LoadedConfig} is. */
export interface LoadedSecretConfig extends SecretConfig {
  readonly env: Environment;
}

/** Options of {@link createSecrets}. */
export interface SecretOptions {
  /** Reads a secret kept by the gateway itself, for references with `source: "store"`. */
  readonly readStore?: (id: string) => string | undefined;
}

/** Looks up secrets by config path. */
export interface Secrets {
  /**
   * The secret at a config path: a literal (with its `${NAME}` put in), a SecretRef, or the file
   * named by the sibling key (`tokenFile` for `token` and `botToken`, `passwordFile` for
   * `password`). Else the environment variable `fallback`. Undefined when nothing is configured.
   *
   * @throws PortcullisError `secret.unresolved` when a reference or file is configured but cannot
   * be had, `secret.invalid` when something else stands at the path.
   */
  resolve(path: string, fallback?: string): Secret | undefined;
  /**
   * Every secret this process knows: the literals of the config and the variables of the
   * environment that are named like secrets (of six characters and more), and all that were
   * resolved, of this config and of those before it. For a redactor. Reads no file and runs no
   * command. The same list until there is more.
   */
  known(): readonly Secret[];
}

/** The secrets of the config in force, whichever that is. */
export interface LiveSecrets extends Secrets {
  /** The secrets of another config, looked up anew. They are known from then on, in force or not. */
  of(config: LoadedSecretConfig): Secrets;
  /** Puts them in force: every look-up after it is answered by them. */
  use(secrets: Secrets): void;
  /** A secret that no config names and that is to be kept out of logs and messages all the same. */
  keep(secret: Secret): void;
}

function unresolved(path: string, source: string, reason: string): PortcullisError {
  return new PortcullisError(
    'secret.unresolved',
    `The secret for ${path} cannot be had from ${source}: ${reason}.`,
    {
      hint: `Make it available, or correct ${path} and secrets.providers.`,
      details: { path, source },
    },
  );
}

/** Keys beside `key` that may name a file with the same secret. */
function fileKeys(key: string): readonly string[] {
  return key === 'botToken' ? ['botTokenFile', 'tokenFile'] : [`${key}File`];
}

function isUnset(value: ConfigValue | undefined): boolean {
  return (
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
  );
}

/** Shorter literals would make a redactor blot out ordinary words. */
const MIN_KNOWN_LENGTH = 6;

/** Every string that stands at a key with a secret's name. */
function literalSecrets(root: ConfigObject, unavailable: ReadonlySet<string>): readonly Secret[] {
  const found: Secret[] = [];
  const walk = (value: ConfigValue, path: readonly PathSegment[]): void => {
    if (typeof value === 'string') {
      const at = formatPath(path);
      const known = value.length >= MIN_KNOWN_LENGTH && !unavailable.has(at);
      if (known && isSecretKey(path)) found.push(new Secret(value, at));
    } else if (Array.isArray(value)) {
      value.forEach((item: ConfigValue, index) => walk(item, [...path, index]));
    } else if (isConfigObject(value) && parseSecretRef(value) === undefined) {
      for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
    }
  };
  walk(root, []);
  return found;
}

/** The variables of the environment that are named like secrets, whoever they are for. */
function environmentSecrets(env: Environment): readonly Secret[] {
  return Object.entries(env).flatMap(([name, text]) =>
    text !== undefined && text.length >= MIN_KNOWN_LENGTH && isSecretName(name)
      ? [new Secret(text, `env:${name}`)]
      : [],
  );
}

class ConfiguredSecrets implements Secrets {
  readonly #config: SecretConfig;
  readonly #context: ProviderContext;
  readonly #unavailable: ReadonlySet<string>;
  readonly #resolved = new Map<string, Secret>();
  readonly #known: KnownSecrets;

  constructor(config: SecretConfig, context: ProviderContext, known: KnownSecrets) {
    this.#config = config;
    this.#context = context;
    this.#known = known;
    this.#unavailable = new Set(config.unavailable.map((entry) => entry.path));
    known.later(() => [
      ...literalSecrets(config.value, this.#unavailable),
      ...environmentSecrets(context.env),
    ]);
  }

  resolve(path: string, fallback?: string): Secret | undefined {
    return this.#configured(path) ?? this.#fromEnvironment(fallback);
  }

  known(): readonly Secret[] {
    return this.#known.list();
  }

  #configured(path: string): Secret | undefined {
    const value = getPath(this.#config.value, path);
    if (isUnset(value)) return this.#fromSiblingFile(path);
    const ref = parseSecretRef(value);
    if (ref !== undefined) return this.#fromReference(path, ref);
    if (typeof value !== 'string') {
      throw new PortcullisError('secret.invalid', `What stands at ${path} is no secret.`, {
        hint: 'Write a string, or a reference { source, provider, id }.',
        details: { path },
      });
    }
    return this.#unavailable.has(path) ? undefined : this.#keep(path, value, path);
  }

  #fromReference(path: string, ref: SecretRef): Secret {
    const origin = `${ref.source}:${ref.provider}:${ref.id}`;
    const known = this.#resolved.get(origin);
    if (known !== undefined) return known;
    const fetched = fetchSecret(ref, this.#context);
    if (fetched.text === undefined) throw unresolved(path, origin, fetched.reason);
    if (fetched.text.trim() === '') throw unresolved(path, origin, 'it is empty');
    return this.#keep(origin, fetched.text, origin);
  }

  #fromSiblingFile(path: string): Secret | undefined {
    const segments = parsePath(path);
    const key = String(segments.at(-1));
    const parents = segments.slice(0, -1);
    const parent = parents.reduce<ConfigValue | undefined>(stepInto, this.#config.value);
    for (const fileKey of fileKeys(key)) {
      const file = stepInto(parent, fileKey);
      if (isUnset(file)) continue;
      const at = formatPath([...parents, fileKey]);
      if (typeof file !== 'string' || this.#unavailable.has(at)) {
        throw unresolved(at, 'file', 'the path is not usable');
      }
      return this.#fromFile(at, expandHome(file, this.#context.home));
    }
    return undefined;
  }

  #fromFile(at: string, path: string): Secret {
    const file = readTextFile(path, { followLinks: false });
    if (file.kind === 'missing') throw unresolved(at, 'file', 'the file does not exist');
    if (file.kind === 'fault') throw unresolved(at, 'file', file.reason);
    if ((file.mode & 0o022) !== 0) throw unresolved(at, 'file', 'other users may write the file');
    const text = file.text.replace(/^\uFEFF/u, '').trim();
    if (text === '') throw unresolved(at, 'file', 'the file is empty');
    return this.#keep(at, text, at);
  }

  #fromEnvironment(name: string | undefined): Secret | undefined {
    const text = name === undefined ? undefined : variableValue(this.#context.env, name);
    return text === undefined ? undefined : this.#keep(`env:${name}`, text, `env:${name}`);
  }

  #keep(key: string, text: string, origin: string): Secret {
    const kept = this.#resolved.get(key);
    if (kept?.reveal() === text) return kept;
    const secret = new Secret(text, origin);
    this.#resolved.set(key, secret);
    this.#known.add([secret]);
    return secret;
  }
}

/** All texts that must not be told. What was one once stays one: old keys open old doors. */
class KnownSecrets {
  readonly #byText = new Map<string, Secret>();
  readonly #pending: (() => readonly Secret[])[] = [];
  #list: readonly Secret[] = [];

  /** Asked for its secrets when somebody first wants the list. */
  later(source: () => readonly Secret[]): void {
    this.#pending.push(source);
  }

  add(secrets: readonly Secret[]): void {
    for (const secret of secrets) {
      const text = secret.reveal();
      if (!this.#byText.has(text)) this.#byText.set(text, secret);
    }
  }

  /** The same list until there is more. */
  list(): readonly Secret[] {
    for (const source of this.#pending.splice(0)) this.add(source());
    if (this.#list.length !== this.#byText.size) this.#list = [...this.#byText.values()];
    return this.#list;
  }
}

class LiveConfiguredSecrets implements LiveSecrets {
  readonly #make: (config: LoadedSecretConfig) => Secrets;
  readonly #known: KnownSecrets;
  #current: Secrets;

  constructor(current: Secrets, known: KnownSecrets, make: (c: LoadedSecretConfig) => Secrets) {
    this.#current = current;
    this.#known = known;
    this.#make = make;
  }

  resolve(path: string, fallback?: string): Secret | undefined {
    return this.#current.resolve(path, fallback);
  }

  known(): readonly Secret[] {
    return this.#known.list();
  }

  of(config: LoadedSecretConfig): Secrets {
    return this.#make(config);
  }

  use(secrets: Secrets): void {
    this.#current = secrets;
  }

  keep(secret: Secret): void {
    this.#known.add([secret]);
  }
}

/**
 * Makes the secret lookup of a config, which can be led over to another one later.
 *
 * @param env {@link LoadedConfig.env}, which includes `<state>/.env` and `env.vars`.
 *
 * @example
 * ```ts
 * const loaded = loadConfig({ env: process.env, paths });
 * const secrets = createSecrets(loaded, loaded.env, paths);
 * secrets.resolve('gateway.auth.token', 'OPENCLAW_GATEWAY_TOKEN')?.reveal();
 * ```
 */
export function createSecrets(
  config: SecretConfig,
  env: Environment,
  paths: Pick<StatePaths, 'home'>,
  options: SecretOptions = {},
): LiveSecrets {
  const known = new KnownSecrets();
  const make = (of: LoadedSecretConfig): Secrets =>
    new ConfiguredSecrets(
      of,
      {
        env: of.env,
        home: paths.home,
        providers: getPath(of.value, 'secrets.providers'),
        readStore: options.readStore,
      },
      known,
    );
  return new LiveConfiguredSecrets(make({ ...config, env }), known, make);
}
