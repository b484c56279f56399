/**
 * The files of a state directory as facts. Looks at names and modes, opens nothing.
 *
 * @module
 */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

import {
  type LoadedConfig,
  type StatePaths,
  getPath,
  isConfigObject,
  logFile,
} from '../config/index.ts';
import type { FileFact, FileRole } from '@portcullis/policy/audit';

/** Files that are looked at beyond those with a role of their own. */
const MOST_FILES = 2000;
/** Bits of a mode that let others into a folder. */
const OTHERS_ENTER = 0o011;

function factOf(role: FileRole, path: string): readonly FileFact[] {
  try {
    const link = lstatSync(path);
    return [{ role, path, mode: statSync(path).mode & 0o777, isSymlink: link.isSymbolicLink() }];
  } catch {
    // Not there, or a link to nothing: nothing to say.
    return [];
  }
}

/** What is in a folder; nothing where it cannot be read. */
export function membersOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Agents of the config, and those that have a folder. */
export function agentIds({ value }: LoadedConfig, stateDir: string): readonly string[] {
  const { agents } = value;
  const entries = isConfigObject(agents) ? agents['entries'] : undefined;
  const configured = isConfigObject(entries) ? Object.keys(entries) : [];
  const there = membersOf(join(stateDir, 'agents')).map(({ name }) => name);
  return [...new Set(['main', ...configured, ...there])];
}

function agentFiles(stateDir: string, id: string): readonly FileFact[] {
  const agent = join(stateDir, 'agents', id, 'agent');
  return [
    ...factOf('auth_profiles', join(agent, 'auth-profiles.json')),
    ...factOf('auth_profiles', join(agent, 'openclaw-agent.sqlite')),
    ...factOf('sessions_store', join(stateDir, 'agents', id, 'sessions', 'sessions.json')),
  ];
}

/** Every file that others could come to, where they can come into the state directory at all. */
function restOf({ stateDir }: StatePaths, known: ReadonlySet<string>): readonly FileFact[] {
  const [top] = factOf('state_dir', stateDir);
  if (top === undefined || (top.mode & OTHERS_ENTER) === 0) return [];
  const found: FileFact[] = [];
  const folders = [stateDir];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of membersOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        const isOthers = /^(?:workspace|plugins|extensions)/u.test(path.slice(stateDir.length + 1));
        const [facts] = factOf('state', path);
        if (!isOthers && facts !== undefined && (facts.mode & OTHERS_ENTER) !== 0)
          folders.push(path);
      } else if (entry.isFile() && !known.has(path) && found.length < MOST_FILES) {
        found.push(...factOf('state', path));
      }
    }
  }
  return found;
}

/** Looks at the files an audit has something to say about. */
export function findFiles(config: LoadedConfig, paths: StatePaths): readonly FileFact[] {
  const { stateDir, configPath, credentialsDir } = paths;
  const log = logFile(config, paths);
  const isNamed = getPath(config.value, 'logging.file') !== undefined;
  const named = [
    ...factOf('state_dir', stateDir),
    ...factOf('config', configPath),
    ...config.includes.flatMap((path) => factOf('include', path)),
    ...factOf('credentials_dir', credentialsDir),
    ...membersOf(credentialsDir)
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .flatMap(({ name }) => factOf('credential', join(credentialsDir, name))),
    ...agentIds(config, stateDir).flatMap((id) => agentFiles(stateDir, id)),
    // One that somebody named is spoken of wherever it lies.
    ...(isNamed || !log.startsWith(stateDir + sep) ? factOf('log', log) : []),
  ];
  return [...named, ...restOf(paths, new Set(named.map(({ path }) => path)))];
}
