/**
 * What the `package.json` of a plugin says of it. Read without running anything of it; what it says
 * it offers is what it is held to when it is loaded.
 *
 * @module
 */
import { posix } from 'node:path';

import { groupOf } from '@portcullis/policy/tools';

import { needsScripts, noPlugin } from './fault.ts';
import { TOOL_PACKAGES } from './our-tools.ts';
import { isVersion, satisfies } from './version-range.ts';
import { isRecord } from '../record.ts';

/** Our contract: what a plugin is written against. */
export const CORE = '@portcullis/core';

/** Names under which only we publish. */
export const OUR_SCOPE = '@portcullis/';

/** What a plugin says of itself. */
export interface PluginManifest {
  readonly id: string;
  /** The package. */
  readonly name: string;
  readonly version: string;
  /** Its module, relative to its folder: `src/index.js`. */
  readonly entry: string;
  /** The channel it offers: itself, or none. */
  readonly channels: readonly string[];
  readonly tools: readonly string[];
  /** Ids of its audit checks. */
  readonly auditChecks: readonly string[];
  /** Packages it needs, by name, with their ranges. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What it must fit to. */
export interface Fit {
  /** Version of `@portcullis/core` in this program. */
  readonly core: string;
  /** Version of Node. */
  readonly node: string;
}

const ID = /^[a-z][a-z0-9-]{1,39}$/u;
const CHANNEL_ID = /^[a-z][a-z0-9]{1,39}$/u;
const TOOL = /^[a-z][a-z0-9_]{0,63}$/u;
const CHECK = /^[a-z0-9][a-z0-9_-]{0,63}$/u;
const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/u;
const MOST_OFFERED = 64;
/** Scripts that an installation would run. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** Ids that mean something else. */
const TAKEN: ReadonlySet<string> = new Set([
  ...'telegram discord slack whatsapp'.split(' '),
  ...'browser core cli defaults gateway imessage mcp memory-core models msteams openclaw'.split(
    ' ',
  ),
  ...'plugins policy portcullis signal webchat cron hook hooks main system'.split(' '),
  ...'direct group channel thread topic subagent acp global modelbychannel'.split(' '),
]);

const OUR_TOOLS: ReadonlySet<string> = new Set(['hooks', ...Object.values(TOOL_PACKAGES).flat()]);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown, what: string, fits: (text: string) => boolean): readonly string[] {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MOST_OFFERED || !list.every((each) => typeof each === 'string' && fits(each))) {
    throw noPlugin(`portcullis.${what} lists something that cannot be offered`, HINT);
  }
  return [...new Set(list.map(textOf))];
}

const HINT = 'See docs/how-to/write-a-tool.md for what its package.json needs.';

/** A name of a tool that no core tool goes by and no server's tool could have. */
export function isFreeToolName(name: string): boolean {
  return (
    TOOL.test(name) && !name.includes('__') && groupOf(name) === undefined && !OUR_TOOLS.has(name)
  );
}

/** An id that a plugin of others may have. */
export function isFreeId(id: string): boolean {
  return ID.test(id) && !TAKEN.has(id) && !/^(?:tools|channels)-/u.test(id);
}

/** Whether installing a package would run something of it. */
export function runsOnInstall(manifest: unknown): boolean {
  const scripts = isRecord(manifest) ? manifest['scripts'] : undefined;
  return isRecord(scripts) && INSTALL_SCRIPTS.some((name) => scripts[name] !== undefined);
}

function entryOf(manifest: Readonly<Record<string, unknown>>): string {
  const { exports: offered, main } = manifest;
  const root = isRecord(offered) && '.' in offered ? offered['.'] : offered;
  const chosen = isRecord(root) ? (root['import'] ?? root['default']) : root;
  const entry = posix.normalize(textOf(chosen ?? main ?? 'index.js'));
  if (entry.startsWith('..') || posix.isAbsolute(entry) || !/\.[cm]?js$/u.test(entry)) {
    throw noPlugin('its "exports" or "main" names no JavaScript file inside the package', HINT);
  }
  return entry;
}

function requireFit(manifest: Readonly<Record<string, unknown>>, { core, node }: Fit): void {
  const { engines, peerDependencies: peers } = manifest;
  const needed = isRecord(engines) ? textOf(engines['node']) : '';
  if (needed !== '' && !satisfies(node, needed)) {
    throw noPlugin('it is made for another version of Node', `It wants Node ${needed}.`);
  }
  const contract = isRecord(peers) ? textOf(peers[CORE]) : '';
  if (contract === '') {
    throw noPlugin(`its peerDependencies do not name ${CORE}`, HINT);
  }
  if (!satisfies(core, contract)) {
    throw noPlugin(
      `it is made for ${CORE} ${contract}, and this is ${core}`,
      'Install a version of it that is made for this one.',
    );
  }
}

/** The packages it needs: from the registry, by version. */
function dependenciesOf(
  manifest: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const { dependencies = {}, optionalDependencies = {} } = manifest;
  if (!isRecord(dependencies) || !isRecord(optionalDependencies)) {
    throw noPlugin('its dependencies are malformed', HINT);
  }
  const all = Object.entries({ ...dependencies, ...optionalDependencies });
  const entries = all.map(([name, range]): [string, string] => [name, textOf(range)]);
  for (const [name, range] of entries) {
    if (name.startsWith(OUR_SCOPE)) {
      throw noPlugin(
        `it depends on ${name}`,
        'Ours are peerDependencies: the gateway brings them.',
      );
    }
    if (!PACKAGE.test(name) || !/^[\w\s.^~<>=|*+-]+$/u.test(range)) {
      throw noPlugin(`it does not take ${name} from the registry by its version`, HINT);
    }
  }
  return Object.fromEntries(entries);
}

/**
 * Reads a manifest.
 *
 * @throws PortcullisError `plugin.manifest`, `plugin.scripts`.
 */
export function readManifest(text: string, fit: Fit): PluginManifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw noPlugin('its package.json is no JSON', HINT);
  }
  if (!isRecord(manifest)) throw noPlugin('its package.json is no object', HINT);
  const name = textOf(manifest['name']);
  const version = textOf(manifest['version']);
  const offered = manifest['portcullis'];
  if (!PACKAGE.test(name) || name.length > 214 || !isVersion(version)) {
    throw noPlugin('its package.json has no name and version', HINT);
  }
  if (name.startsWith(OUR_SCOPE)) {
    throw noPlugin(`${name} is a name of ours`, 'Nobody else may publish under it.');
  }
  if (!isRecord(offered)) throw noPlugin('its package.json has no "portcullis" part', HINT);
  const id = textOf(offered['id']);
  if (!isFreeId(id)) throw noPlugin('its portcullis.id cannot be used', HINT);
  requireNoScripts(manifest);
  requireFit(manifest, fit);
  const isOwn = (channel: string): boolean => channel === id && CHANNEL_ID.test(channel);
  return {
    id,
    name,
    version,
    entry: entryOf(manifest),
    channels: texts(offered['channels'], 'channels', isOwn),
    tools: texts(offered['tools'], 'tools', isFreeToolName),
    auditChecks: texts(
      offered['auditChecks'],
      'auditChecks',
      (check) => check.startsWith(`${id}.`) && CHECK.test(check.slice(id.length + 1)),
    ),
    dependencies: dependenciesOf(manifest),
  };
}

function requireNoScripts(manifest: Readonly<Record<string, unknown>>): void {
  if (runsOnInstall(manifest)) throw needsScripts(textOf(manifest['name']));
}
