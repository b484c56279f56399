/**
 * What a backup of a state directory is made of, and where a restore puts each part.
 *
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, type StatePaths, loadConfig } from '@portcullis/gateway/config';
import { describeAgents } from '@portcullis/gateway/local';

import type { CommandContext } from '../context.ts';
import type { Asset, Skipped } from './manifest.ts';

/** What goes into a backup. */
export interface Choice {
  readonly includeWorkspace: boolean;
  readonly onlyConfig: boolean;
}

/** The parts of a backup. */
export interface Plan {
  readonly assets: readonly Asset[];
  readonly skipped: readonly Skipped[];
  /** The config and what it includes from beside it: real paths, all below `configFolder`. */
  readonly configFiles: readonly string[];
  readonly configFolder: string;
}

/** True for `folder` itself and everything in it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}

/** Without symbolic links, as far as it exists: includes are known by their real paths. */
export function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** The config, or undefined where it is in no state to be understood. */
function readable(context: Pick<CommandContext, 'env' | 'paths'>): LoadedConfig | undefined {
  try {
    return loadConfig({ env: context.env, paths: context.paths, invalid: 'report' });
  } catch (error) {
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

/** The workspaces of all agents, by agent. Without a config that can be read: that of the main one. */
export function workspacesOf(
  config: LoadedConfig | undefined,
  paths: StatePaths,
): ReadonlyMap<string, string> {
  if (config === undefined) return new Map([['main', paths.workspaceDir]]);
  return new Map(describeAgents(config, paths).map(({ id, workspace }) => [id, workspace]));
}

/** Works out what there is to back up. Reads the config and nothing else. */
export function planBackup(
  context: Pick<CommandContext, 'env' | 'paths'>,
  { includeWorkspace, onlyConfig }: Choice,
): Plan {
  const { paths } = context;
  const { stateDir, configPath, credentialsDir, logsDir } = paths;
  const config = readable(context);
  const configFolder = realOf(dirname(configPath));
  const configFile = join(configFolder, basename(configPath));
  const included = (config?.includes ?? []).filter((path) => path !== configFile);
  const near = included.filter((path) => isWithin(path, configFolder));
  const configFiles = [configFile, ...near].filter((path) => existsSync(path));
  const isOwnConfig = onlyConfig || !isWithin(configPath, stateDir);
  const assets: Asset[] = [];
  const skipped: Skipped[] = included
    .filter((path) => !near.includes(path))
    .map((sourcePath) => ({
      kind: 'config',
      sourcePath,
      reason: 'outside the folder of the config',
    }));
  if (!onlyConfig && existsSync(stateDir)) {
    assets.push({ kind: 'state', sourcePath: stateDir, archivePath: 'payload/state' });
    if (existsSync(logsDir)) skipped.push({ kind: 'state', sourcePath: logsDir, reason: 'logs' });
  }
  if (isOwnConfig && configFiles.length > 0) {
    assets.push({ kind: 'config', sourcePath: configFolder, archivePath: 'payload/config' });
  }
  if (onlyConfig) return { assets, skipped, configFiles, configFolder };
  if (!isWithin(credentialsDir, stateDir) && existsSync(credentialsDir)) {
    const archivePath = 'payload/credentials';
    assets.push({ kind: 'credentials', sourcePath: credentialsDir, archivePath });
  }
  const seen = new Set<string>();
  for (const [agent, workspace] of workspacesOf(config, paths)) {
    if (seen.has(workspace) || !existsSync(workspace)) continue;
    seen.add(workspace);
    if (!includeWorkspace) {
      skipped.push({ kind: 'workspace', sourcePath: workspace, reason: 'left out' });
    } else if (!isWithin(workspace, stateDir)) {
      const archivePath = `payload/workspace/${agent}`;
      assets.push({ kind: 'workspace', sourcePath: workspace, archivePath });
    }
  }
  return { assets, skipped, configFiles, configFolder };
}
