/**
 * What a reset takes away: by its scope, and never anything that is not of this gateway.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { StatePaths } from '@portcullis/gateway/config';

import { isWithin } from '../../backup/plan.ts';

/** How much is reset. Each takes what the one before it takes, and more. */
export const SCOPES = ['config', 'config+creds+sessions', 'full'] as const;
export type Scope = (typeof SCOPES)[number];

/** A file or folder that goes away. */
export interface Item {
  /** Absolute. */
  readonly path: string;
  /** For people: `the configuration`. */
  readonly what: string;
}

/** What somebody would miss, by its name in the state directory. */
const KNOWN: Readonly<Record<string, string>> = {
  'openclaw.json': 'the configuration',
  'openclaw.json.bak': 'the configuration before the last change',
  credentials: 'logins, and who was let in',
  state: 'conversations, devices, approvals, the audit log',
  'audit.key': 'the key of the audit log',
  workspace: 'files of the agent',
  plugins: 'installed packages',
  logs: 'logs',
  tls: 'the certificate of the gateway and its key',
  '.env': 'variables for the configuration',
};

/** Any of these makes a folder a state directory. */
const MARKS = ['openclaw.json', 'audit.key', join('state', 'portcullis.sqlite')];

/**
 * Lists what a scope takes away. Reads names and nothing else.
 *
 * @param workspaces of all agents, absolute.
 * @throws PortcullisError `reset.unsafe`.
 */
export function planReset(
  paths: StatePaths,
  scope: Scope,
  workspaces: readonly string[],
): readonly Item[] {
  requireState(paths);
  const { stateDir, configPath, credentialsDir, logsDir, pluginsDir } = paths;
  const config = [configPath, `${configPath}.bak`].filter((path) => existsSync(path));
  if (scope === 'config') return config.map((path) => itemOf(path, workspaces));
  const stays = scope === 'full' ? [] : [logsDir, pluginsDir, ...workspaces];
  const inside = membersOf(stateDir).filter(
    (path) => !stays.some((each) => isWithin(each, path) || isWithin(path, each)),
  );
  const outside = [...config, credentialsDir, ...(scope === 'full' ? workspaces : [])].filter(
    (path) => !isWithin(path, stateDir) && existsSync(path),
  );
  for (const path of outside) requireApart(path, paths);
  return [...inside, ...new Set(outside)].map((path) => itemOf(path, workspaces));
}

function membersOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name));
}

function itemOf(path: string, workspaces: readonly string[]): Item {
  if (workspaces.includes(path)) return { path, what: KNOWN['workspace'] ?? '' };
  return { path, what: KNOWN[basename(path)] ?? 'kept by the gateway' };
}

/** A name typed wrong in the environment must not cost somebody a folder of another kind. */
function requireState({ home, stateDir }: StatePaths): void {
  if (!existsSync(stateDir)) return;
  if (isWithin(home, stateDir)) {
    throw unsafe(`${stateDir} holds the home directory`);
  }
  const isState = MARKS.some((mark) => existsSync(join(stateDir, mark)));
  if (isState || readdirSync(stateDir).length === 0) return;
  throw unsafe(`${stateDir} does not look like a state directory`);
}

function requireApart(path: string, { home, stateDir }: StatePaths): void {
  const isAbove = [home, stateDir].some((own) => isWithin(own, path));
  const isTop = dirname(path) === path || relative(sep, path).split(sep).length < 2;
  if (isAbove || isTop) throw unsafe(`${path} holds more than what belongs to the gateway`);
}

function unsafe(what: string): PortcullisError {
  return new PortcullisError('reset.unsafe', `Nothing was reset: ${what}.`, {
    hint: 'Check OPENCLAW_STATE_DIR, OPENCLAW_OAUTH_DIR and the workspaces in the config.',
  });
}
