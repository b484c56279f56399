/**
 * Where the state of a gateway lives on disk. Promises: reads no file; the same environment gives
 * the same paths.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PortcullisError } from '@portcullis/core';

/** Environment variables by name; `process.env` fits. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute paths of everything a gateway keeps. */
export interface StatePaths {
  /** `OPENCLAW_HOME`, else the home directory of the user. */
  readonly home: string;
  /** `OPENCLAW_STATE_DIR`, else `~/.openclaw`, else `~/.openclaw-<profile>`. */
  readonly stateDir: string;
  /** `OPENCLAW_CONFIG_PATH`, else `<stateDir>/openclaw.json`. */
  readonly configPath: string;
  /** `OPENCLAW_OAUTH_DIR`, else `<stateDir>/credentials`. */
  readonly credentialsDir: string;
  /** `<stateDir>/workspace`. A configured `agents.defaults.workspace` is the caller's to apply. */
  readonly workspaceDir: string;
  /** `<stateDir>/state`: the databases. */
  readonly stateDbDir: string;
  /** `<stateDir>/logs`. */
  readonly logsDir: string;
  /** `<stateDir>/plugins`: packages installed beside the product's own. */
  readonly pluginsDir: string;
}

/** Options of {@link resolvePaths}. */
export interface PathOptions {
  /** `--profile`. Default: `OPENCLAW_PROFILE`. `default` means none. */
  readonly profile?: string;
}

const PROFILE = /^[a-z0-9][a-z0-9_-]{0,63}$/u;

/** Blank counts as unset; so do the words a shell or template leaves behind by mistake. */
function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' || value === 'undefined' || value === 'null'
    ? undefined
    : value;
}

/** Replaces a leading `~` and makes the path absolute. */
export function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? join(home, path.slice(2)) : resolve(path);
}

function profileSuffix(profile: string | undefined): string {
  if (profile === undefined || profile === '' || profile === 'default') return '';
  if (!PROFILE.test(profile)) {
    throw new PortcullisError('config.profile', 'That profile name cannot be used.', {
      hint: 'Use 1 to 64 lower-case letters, digits, "-" or "_", starting with a letter or digit.',
    });
  }
  return `-${profile}`;
}

/**
 * Finds the state directory and what lies in it. Explicit variables win over `--profile`, as in
 * OpenClaw.
 *
 * @throws PortcullisError `config.profile` for a profile name that is no plain name.
 *
 * @example
 * ```ts
 * resolvePaths({ HOME: '/home/ann' }).configPath; // "/home/ann/.openclaw/openclaw.json"
 * ```
 */
export function resolvePaths(env: Environment, options: PathOptions = {}): StatePaths {
  const userHome = setting(env, 'HOME') ?? homedir();
  const home = expandHome(setting(env, 'OPENCLAW_HOME') ?? userHome, resolve(userHome));
  const suffix = profileSuffix(options.profile ?? setting(env, 'OPENCLAW_PROFILE'));
  const from = (name: string, fallback: string): string => {
    const value = setting(env, name);
    return value === undefined ? fallback : expandHome(value, home);
  };
  const stateDir = from('OPENCLAW_STATE_DIR', join(home, `.openclaw${suffix}`));
  return {
    home,
    stateDir,
    configPath: from('OPENCLAW_CONFIG_PATH', join(stateDir, 'openclaw.json')),
    credentialsDir: from('OPENCLAW_OAUTH_DIR', join(stateDir, 'credentials')),
    workspaceDir: join(stateDir, 'workspace'),
    stateDbDir: join(stateDir, 'state'),
    logsDir: join(stateDir, 'logs'),
    pluginsDir: join(stateDir, 'plugins'),
  };
}
