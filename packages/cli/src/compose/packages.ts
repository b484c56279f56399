/**
 * Finds the packages a config asks for and loads them, and no others: a channel that is not
 * configured costs nothing.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  type Logger,
  type Plugin,
  PortcullisError,
  type Registered,
  type RegistryHolder,
  createRegistry,
  registerPlugin,
} from '@portcullis/core';
import type { PluginSource } from '@portcullis/gateway';
import {
  type ConfigObject,
  type LoadedConfig,
  type StatePaths,
  isConfigObject,
} from '@portcullis/gateway/config';
import { compileToolPolicy } from '@portcullis/policy/tools';

import { choiceOf } from '../plugins/choice.ts';
import type { PluginRefusal } from '../plugins/examine.ts';
import type { OtherPlugins } from '../plugins/others.ts';
import { installedIds } from '../plugins/record.ts';
import { TOOL_PACKAGES } from '../plugins/our-tools.ts';

/** Where packages are looked for, in order: beside this package, then in the state directory. */
export function locate(name: string, paths: StatePaths): string | undefined {
  for (const from of [import.meta.url, join(paths.pluginsDir, 'package.json')]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // Not there: look in the next place.
    }
  }
  return undefined;
}

/** Whether a package of ours is installed where a gateway of this state directory finds it. */
export function isInstalled(name: string, paths: StatePaths): boolean {
  return locate(name, paths) !== undefined;
}

/** Whether the package or plugin of a channel is where a gateway looks for it. Loads nothing. */
export function hasChannel(channel: string, paths: StatePaths): boolean {
  return (
    /^[a-z0-9][a-z0-9-]*$/u.test(channel) &&
    (isInstalled(packageOf(channel), paths) || installedIds(paths).includes(channel))
  );
}

function packageOf(channel: string): string {
  return `@portcullis/channels-${channel}`;
}

/** The command that installs a channel package where it will be found. */
export function installCommand(channel: string, paths: StatePaths): string {
  return `npm install --ignore-scripts --prefix ${paths.pluginsDir} ${packageOf(channel)}`;
}

/** Why a configured channel cannot run, with the one command that helps. */
export function installHint(channel: string, paths: StatePaths): string {
  if (installedIds(paths).includes(channel)) {
    return (
      `Channel "${channel}" is configured, and its plugin is not loaded. ` +
      `See why: openclaw plugins info ${channel}`
    );
  }
  return (
    `Channel "${channel}" is configured, but its package is not installed. ` +
    `Install it with: ${installCommand(channel, paths)}`
  );
}

/** Channels the config asks for and has not switched off. */
export function wantedChannels(config: LoadedConfig): readonly string[] {
  const { channels } = config.value;
  if (!isConfigObject(channels)) return [];
  return Object.entries(channels)
    .filter(([id, block]) => id !== 'defaults' && /^[a-z0-9][a-z0-9-]*$/u.test(id) && isOn(block))
    .map(([id]) => id);
}

function isOn(block: ConfigObject[string] | undefined): boolean {
  return isConfigObject(block) && block['enabled'] !== false;
}

/** Those of them that are packages of ours: a plugin of others brings its own, or none. */
export function ownChannels(config: LoadedConfig, paths: StatePaths): readonly string[] {
  const { allowed } = choiceOf(config);
  const others = new Set([...allowed, ...installedIds(paths)]);
  return wantedChannels(config).filter((id) => !others.has(id));
}

/** The packages of a gateway. What was loaded once stays; policy decides what of it is used. */
export class Packages implements PluginSource {
  readonly #registry: RegistryHolder = createRegistry();
  readonly #loaded = new Set<string>();
  readonly #paths: StatePaths;
  #others: OtherPlugins | undefined;

  constructor(paths: StatePaths) {
    this.#paths = paths;
  }

  get registered(): Registered {
    return this.#registry;
  }

  get refused(): readonly PluginRefusal[] {
    return this.#others?.refused ?? [];
  }

  /**
   * Loads the model package and what a config asks for and is not there yet. A plugin of others that
   * cannot be loaded is refused, and stops nothing.
   *
   * Throws `plugin.invalid`, `plugin.duplicate` where a package of ours is broken.
   */
  async load(config: LoadedConfig, log: Logger): Promise<void> {
    const wanted = [
      '@portcullis/models',
      ...ownChannels(config, this.#paths).map(packageOf),
      ...wantedToolPackages(config),
      ...(wantsServers(config) ? [SERVER_PACKAGE] : []),
    ].filter((name) => !this.#loaded.has(name));
    const plugins = await Promise.all(
      wanted.map(async (name) => ({ name, plugin: await this.#import(name, log) })),
    );
    for (const { name, plugin } of plugins) {
      if (plugin === undefined) continue;
      registerPlugin(plugin, this.#registry);
      this.#loaded.add(name);
    }
    await this.#loadOthers(config, log);
  }

  async #loadOthers(config: LoadedConfig, log: Logger): Promise<void> {
    // A config that names none costs nothing.
    if (this.#others === undefined && choiceOf(config).allowed.length === 0) return;
    if (this.#others === undefined) {
      const { OtherPlugins: Plugins } = await import('../plugins/others.ts');
      this.#others = new Plugins(this.#paths, this.#registry);
      for (const check of this.#others.checks) this.#registry.auditCheck(check);
    }
    await this.#others.load(config, log);
  }

  async #import(name: string, log: Logger): Promise<Plugin | undefined> {
    if (name === '@portcullis/models') return (await import('@portcullis/models')).default;
    return await loadPlugin(name, this.#paths, log);
  }
}

/** What speaks to the servers below `mcp.servers`. */
const SERVER_PACKAGE = '@portcullis/tools-mcp';

/** Whether some server is configured and not switched off. */
function wantsServers(config: LoadedConfig): boolean {
  const { mcp } = config.value;
  const servers = isConfigObject(mcp) ? mcp['servers'] : undefined;
  return isConfigObject(servers) && Object.values(servers).some(isOn);
}

/** Tool packages of which policy lets somebody use something: the owner may use the most. */
function wantedToolPackages(config: LoadedConfig): readonly string[] {
  const policy = compileToolPolicy(config.value);
  const { agents } = config.value;
  const entries = isConfigObject(agents) ? agents['entries'] : undefined;
  const ids = isConfigObject(entries) ? Object.keys(entries) : [];
  const allowed = new Set<unknown>();
  for (const agentId of ids.length === 0 ? ['main'] : ids) {
    const { value } = policy.tools({ agentId, requesterIsOwner: true });
    if (Array.isArray(value)) for (const name of value) allowed.add(name);
  }
  return Object.entries(TOOL_PACKAGES)
    .filter(([, names]) => names.some((name) => allowed.has(name)))
    .map(([name]) => name);
}

/** A package of ours, looked at without loading it. */
export interface KnownPackage {
  /** What it is called in commands: `telegram`, `tools-files`. */
  readonly id: string;
  readonly package: string;
  readonly kind: 'channel' | 'tools' | 'models';
  /** What it adds: the tools, the channel, the model formats. */
  readonly adds: readonly string[];
  readonly installed: boolean;
  /** Whether this config has a gateway load it. */
  readonly wanted: boolean;
}

/** Every package a gateway of this config could load. */
export function knownPackages(
  config: LoadedConfig,
  paths: StatePaths,
  channels: readonly string[],
): readonly KnownPackage[] {
  const wanted = new Set([
    '@portcullis/models',
    ...ownChannels(config, paths).map(packageOf),
    ...wantedToolPackages(config),
    ...(wantsServers(config) ? [SERVER_PACKAGE] : []),
  ]);
  const ids = new Set([...channels, ...ownChannels(config, paths)]);
  const tools = Object.entries({ ...TOOL_PACKAGES, [SERVER_PACKAGE]: ['mcp.servers'] });
  const all = [
    { name: '@portcullis/models', kind: 'models' as const, adds: ['model formats'] },
    ...[...ids].map((id) => ({ name: packageOf(id), kind: 'channel' as const, adds: [id] })),
    ...tools.map(([name, adds]) => ({ name, kind: 'tools' as const, adds })),
  ];
  return all.map(({ name, kind, adds }) => ({
    id: name.replace(/^@portcullis\/(?:channels-)?/u, ''),
    package: name,
    kind,
    adds,
    installed: isInstalled(name, paths),
    wanted: wanted.has(name),
  }));
}

/** Imports a package of ours that is there only for who needs it; undefined where it is not. */
export async function importPackage<T>(name: string, paths: StatePaths): Promise<T | undefined> {
  const file = locate(name, paths);
  // The package is ours, found where packages are installed: its own types say what it exports.
  return file === undefined ? undefined : ((await import(pathToFileURL(file).href)) as T);
}

async function loadPlugin(
  name: string,
  paths: StatePaths,
  log: Logger,
): Promise<Plugin | undefined> {
  const plugin = await importPlugin(name, paths);
  if (plugin === undefined) log.warn({ package: name }, 'a configured package is not installed');
  return plugin;
}

/**
 * The plugin that a package of ours exports; undefined where the package is not installed.
 *
 * @throws PortcullisError `plugin.invalid` where it exports none.
 */
export async function importPlugin(name: string, paths: StatePaths): Promise<Plugin | undefined> {
  const loaded = await importPackage<unknown>(name, paths);
  if (loaded === undefined) return undefined;
  if (!hasPlugin(loaded)) throw noPlugin(name);
  return loaded.default;
}

/** What a package exports is no plugin. */
function noPlugin(name: string): PortcullisError {
  return new PortcullisError('plugin.invalid', `The package ${name} does not export a plugin.`, {
    hint: 'Its default export must be { id, register(registry) }.',
  });
}

/** Whether a module is that of a plugin. */
function hasPlugin(value: unknown): value is { readonly default: Plugin } {
  if (typeof value !== 'object' || value === null || !('default' in value)) return false;
  const { default: plugin } = value;
  return (
    typeof plugin === 'object' &&
    plugin !== null &&
    'register' in plugin &&
    typeof plugin.register === 'function'
  );
}
