/**
 * What `openclaw security audit --fix` would change here. Promises: looks, and changes nothing; a
 * plan takes rights away from others and gives nobody any.
 *
 * @module
 */
import { join } from 'node:path';

import { type ConfigFix, configFixes } from '@portcullis/policy/audit';

import type { LoadedConfig, StatePaths } from '../../config/index.ts';
import { paired } from '../facts.ts';
import { agentIds, findFiles, membersOf } from '../file-facts.ts';
import type { Skipped } from '../../services/posture.ts';
import { type IsOurs, type PrivatePath, isShared, lookAt } from './modes.ts';

/** A mode to set, or why it is left. */
export interface ModeFix extends PrivatePath {
  /** What it is to be: `0o600` or `0o700`. */
  readonly mode: number;
  /** What it is; absent where nothing is there. */
  readonly from?: number;
  readonly skipped?: Skipped;
}

/** What would be changed. */
export interface FixPlan {
  readonly config: readonly ConfigFix[];
  readonly modes: readonly ModeFix[];
}

const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;
const DATABASE = 'openclaw-agent.sqlite';

function file(path: string, below?: string): PrivatePath {
  return { path, kind: 'file', ...(below === undefined ? {} : { below }) };
}

function directory(path: string, below?: string): PrivatePath {
  return { path, kind: 'directory', ...(below === undefined ? {} : { below }) };
}

function agentPaths(stateDir: string, id: string): readonly PrivatePath[] {
  const home = join(stateDir, 'agents', id);
  const agent = join(home, 'agent');
  const sessions = join(home, 'sessions');
  return [
    directory(home, stateDir),
    directory(agent, stateDir),
    file(join(agent, DATABASE), stateDir),
    // What lies beside it while it is open.
    ...membersOf(agent)
      .filter(({ name }) => name.startsWith(`${DATABASE}-`))
      .map(({ name }) => file(join(agent, name), stateDir)),
    file(join(agent, 'auth-profiles.json'), stateDir),
    directory(sessions, stateDir),
    file(join(sessions, 'sessions.json'), stateDir),
    ...membersOf(sessions)
      .filter(({ name }) => name.endsWith('.jsonl'))
      .map(({ name }) => file(join(sessions, name), stateDir)),
  ];
}

/** Everything that is to be nobody else's, whether it is there or not. */
function privatePaths(config: LoadedConfig, paths: StatePaths): readonly PrivatePath[] {
  const { stateDir, configPath, credentialsDir } = paths;
  const below = credentialsDir.startsWith(stateDir) ? stateDir : credentialsDir;
  const named = [
    directory(stateDir),
    file(configPath),
    ...config.includes.map((path) => file(path)),
    directory(credentialsDir, below),
    ...membersOf(credentialsDir)
      .filter(({ name }) => name.endsWith('.json'))
      .map(({ name }) => file(join(credentialsDir, name), below)),
    ...agentIds(config, stateDir).flatMap((id) => agentPaths(stateDir, id)),
  ];
  const known = new Set(named.map(({ path }) => path));
  const rest = findFiles(config, paths)
    .filter(({ role, path }) => (role === 'log' || role === 'state') && !known.has(path))
    .map(({ role, path }) => (role === 'log' ? file(path) : file(path, stateDir)));
  return [...named, ...rest];
}

function plannedMode(target: PrivatePath, ours: IsOurs | undefined): ModeFix {
  const mode = target.kind === 'file' ? PRIVATE_FILE : PRIVATE_DIRECTORY;
  const found = lookAt(target, ours);
  const from = found.mode === undefined ? {} : { from: found.mode };
  const isPrivate = found.mode !== undefined && !isShared(found.mode);
  // What is stricter than asked for stays so, and what is closed need not be ours.
  const skipped = isPrivate ? 'already' : found.skipped;
  return { ...target, mode, ...from, ...(skipped === undefined ? {} : { skipped }) };
}

/** Works out what to change. `config` is as it is in its file. */
export function planFix(config: LoadedConfig, paths: StatePaths, ours?: IsOurs): FixPlan {
  return {
    config: configFixes(config.value, { paired: paired(paths) }),
    modes: privatePaths(config, paths).map((target) => plannedMode(target, ours)),
  };
}
