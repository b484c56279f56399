/**
 * What an audit is told of this machine. Reads, and does nothing else: no process, no network, no
 * store.
 *
 * @module
 */
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import {
  type ConfigObject,
  type LoadedConfig,
  type Secrets,
  type StatePaths,
  getPath,
  isConfigObject,
} from '../config/index.ts';
import type { AuditFacts, PluginFact } from '@portcullis/policy/audit';

import { CHANNEL_NEEDS } from './channel-needs.ts';
import { findFiles } from './file-facts.ts';
import { findSecrets } from './secret-facts.ts';

/** Variables that hold a key for searching the web. */
const SEARCH_KEYS = ['BRAVE_API_KEY', 'TAVILY_API_KEY', 'PERPLEXITY_API_KEY', 'EXA_API_KEY'];

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isConfigured(
  channel: string,
  account: string,
  settings: ConfigObject,
  env: LoadedConfig['env'],
): boolean {
  const needs = Object.hasOwn(CHANNEL_NEEDS, channel) ? CHANNEL_NEEDS[channel] : undefined;
  return (
    needs?.every(
      ({ keys, variables }) =>
        keys.some((key) => settings[key] !== undefined && settings[key] !== '') ||
        (account === 'default' && variables.some((variable) => (env[variable] ?? '') !== '')),
    ) === true
  );
}

function configuredAccounts(config: LoadedConfig): readonly string[] {
  const { channels } = config.value;
  if (!isConfigObject(channels)) return [];
  return Object.entries(channels).flatMap(([channel, block]) => {
    if (channel === 'defaults' || !isConfigObject(block)) return [];
    const { accounts, ...root } = block;
    const named = isConfigObject(accounts) ? Object.entries(accounts) : [];
    const all = [['default', root] as const, ...named];
    return all.flatMap(([id, account]) => {
      const settings = isConfigObject(account) ? { ...root, ...account } : root;
      return isConfigured(channel, id, settings, config.env) ? [`${channel}/${id}`] : [];
    });
  });
}

/** Senders approved by pairing, out of the mirror files. */
export function paired({ credentialsDir }: StatePaths): NonNullable<AuditFacts['paired']> {
  const found: Record<string, Record<string, readonly string[]>> = {};
  const names = existsSync(credentialsDir) ? readdirSync(credentialsDir) : [];
  for (const name of names) {
    const match = /^([a-z0-9]+)(?:-([a-z0-9_-]+))?-allowFrom\.json$/u.exec(name);
    const [, channel, account = 'default'] = match ?? [];
    if (channel === undefined) continue;
    const content = readJson(join(credentialsDir, name));
    const list =
      typeof content === 'object' && content !== null && 'allowFrom' in content
        ? content.allowFrom
        : undefined;
    if (!Array.isArray(list)) continue;
    const senders = list.filter((each) => typeof each === 'string' || typeof each === 'number');
    (found[channel] ??= {})[account] = senders.map(String);
  }
  return found;
}

/** Whether the secrets of an account can be had without running anything. */
function isReadable(config: LoadedConfig, secrets: Secrets, account: string): boolean {
  const [channel = '', id = ''] = account.split('/');
  const own = `channels.${channel}.accounts.${id}`;
  return (CHANNEL_NEEDS[channel] ?? []).every(({ keys: [key = ''] }) =>
    [`channels.${channel}.${key}`, `${own}.${key}`].every((path) => {
      const written = getPath(config.source, path);
      if (isConfigObject(written) && written['source'] === 'exec') return false;
      try {
        secrets.resolve(path);
        return true;
      } catch (error) {
        if (!PortcullisError.is(error)) throw error;
        return false;
      }
    }),
  );
}

/** Where links among what is put into sandboxes lead. */
function linksOf({ value }: LoadedConfig, { home }: StatePaths): Readonly<Record<string, string>> {
  const entries = getPath(value, 'agents.entries');
  const agents = isConfigObject(entries) ? Object.values(entries) : [];
  const binds = [getPath(value, 'agents.defaults'), ...agents].flatMap((agent) => {
    const list = isConfigObject(agent) ? getPath(agent, 'sandbox.docker.binds') : undefined;
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
  });
  return Object.fromEntries(
    binds.flatMap((bind) => {
      const path = resolve((bind.split(':')[0] ?? '').replace(/^~(?=\/|$)/u, home));
      try {
        const reached = realpathSync(path);
        return reached === path ? [] : [[path, reached] as const];
      } catch {
        return [];
      }
    }),
  );
}

/** What may be named in `plugins.allow` although no folder has its name: parts of the product. */
const KNOWN_PLUGINS = [
  'browser',
  'discord',
  'imessage',
  'memory-core',
  'signal',
  'slack',
  'telegram',
  'whatsapp',
];

const NOT_PLUGINS = /^\.|^node_modules$|\.bak$|\.backup-|\.disabled/u;

function plugins({ stateDir }: StatePaths): readonly PluginFact[] {
  const folder = join(stateDir, 'extensions');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_PLUGINS.test(entry.name))
    .map(({ name }) => ({ id: name, path: join(folder, name) }));
}

/** Plugins that were installed to be agreed to: the folders of their versions, by their ids. */
function installed({ pluginsDir }: StatePaths): readonly string[] {
  const folder = join(pluginsDir, 'others');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => !NOT_PLUGINS.test(name));
}

/** What an audit is told, and what could not be had for it. */
export interface GatheredFacts {
  readonly facts: AuditFacts;
  readonly secretDiagnostics: readonly string[];
}

/** Gathers what an audit is told. */
export function gatherFacts(
  config: LoadedConfig,
  secrets: Secrets,
  paths: StatePaths,
): GatheredFacts {
  const { facts, diagnostics } = findSecrets(config, secrets);
  const accounts = configuredAccounts(config);
  const searchKey = getPath(config.value, 'tools.web.search.apiKey');
  const hasSearchKey =
    searchKey !== undefined || SEARCH_KEYS.some((name) => (config.env[name] ?? '') !== '');
  return {
    facts: {
      secrets: facts,
      files: findFiles(config, paths),
      stateDir: paths.stateDir,
      configPath: paths.configPath,
      homeDir: paths.home,
      paired: paired(paths),
      plugins: plugins(paths),
      execApprovals: readJson(join(paths.stateDir, 'exec-approvals.json')),
      knownPlugins: [...KNOWN_PLUGINS, ...installed(paths)],
      configuredAccounts: accounts,
      unreadAccounts: accounts.filter((account) => !isReadable(config, secrets, account)),
      reached: linksOf(config, paths),
      ...(hasSearchKey && { hasSearchKey }),
    },
    secretDiagnostics: diagnostics,
  };
}
