/**
 * What the service of a gateway is, whichever manager looks after it: program, variables, and the
 * parts of the file system it writes or has no business in.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { Environment, LoadedConfig, StatePaths } from '@portcullis/gateway/config';
import { logFile } from '@portcullis/gateway/config';

import { isWithin, realOf, workspacesOf } from '../backup/plan.ts';
import type { CommandContext } from '../context.ts';
import { serviceSuffix } from './suffix.ts';

/** A service, in the words of no manager. */
export interface Definition {
  /** What tells it from the services of other states, empty for the usual one. */
  readonly profile: string;
  /** The program and its arguments, absolute paths. */
  readonly command: readonly string[];
  /** Variables of the service: paths and nothing secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly logsDir: string;
  /** Folders the gateway writes, the state directory first. */
  readonly writable: readonly string[];
  /** Files and folders of the user that a gateway has no business in. */
  readonly hidden: readonly string[];
}

/** Variables that say where things are. No other is put into a definition. */
const PATH_VARIABLES = [
  'OPENCLAW_HOME',
  'OPENCLAW_STATE_DIR',
  'OPENCLAW_CONFIG_PATH',
  'OPENCLAW_OAUTH_DIR',
  'OPENCLAW_INCLUDE_ROOTS',
  'OPENCLAW_PROFILE',
];

/** Programs are found where the system has them. */
const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Where people keep keys to other things, below the home directory. */
const PRIVATE = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.docker',
  '.kube',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.git-credentials',
  '.password-store',
  '.local/share/keyrings',
  '.mozilla',
  '.config/google-chrome',
  '.config/chromium',
  '.bash_history',
  '.zsh_history',
];

/** Works out the service of a context. `port` is put into its command where it is given. */
export function defineService(
  context: CommandContext,
  config: LoadedConfig | undefined,
  port: number | undefined,
): Definition {
  const { env, paths } = context;
  const { node, script } = programOf(context);
  const writable = foldersOf(paths, config);
  const home = env['HOME'] ?? homedir();
  const hidden = PRIVATE.map((name) => join(home, name)).filter(
    (path) => ![...writable, node, script].some((own) => isWithin(own, path)),
  );
  const definition = {
    profile: serviceSuffix(paths).slice(1),
    command: [
      node,
      script,
      'gateway',
      'run',
      ...(port === undefined ? [] : ['--port', String(port)]),
    ],
    env: serviceEnvironment(env, paths),
    stateDir: paths.stateDir,
    logsDir: paths.logsDir,
    writable,
    hidden,
  };
  const texts = [...definition.command, ...writable, ...hidden, ...Object.values(definition.env)];
  const strange = texts.find(hasControl);
  if (strange === undefined) return definition;
  throw new PortcullisError('service.path', 'A path of the service holds a control character.', {
    hint: 'Rename it; it could not be written down safely.',
  });
}

/** The variables a service has. */
export function serviceEnvironment(
  env: Environment,
  paths: StatePaths,
): Readonly<Record<string, string>> {
  const named = PATH_VARIABLES.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  // A profile of the command line is not in the environment; the folder it means is.
  const state: [string, string] = ['OPENCLAW_STATE_DIR', paths.stateDir];
  return Object.fromEntries([['PATH', SEARCH_PATH], state, ...named]);
}

/** The Node that runs and the script it runs, as they were called: a link outlives an update. */
function programOf({ program }: CommandContext): {
  readonly node: string;
  readonly script: string;
} {
  const script = program ?? process.argv[1];
  if (script !== undefined && existsSync(script)) return { node: process.execPath, script };
  throw new PortcullisError('service.path', 'It is not known where openclaw is installed.', {
    hint: 'Run the command that is installed: openclaw gateway install',
  });
}

function foldersOf(paths: StatePaths, config: LoadedConfig | undefined): readonly string[] {
  const { stateDir, configPath, credentialsDir } = paths;
  const log = config === undefined ? [] : [dirname(logFile(config, paths))];
  const workspaces = config === undefined ? [] : [...workspacesOf(config, paths).values()];
  const others = [dirname(configPath), credentialsDir, ...log, ...workspaces].filter(
    (path) => !isWithin(path, stateDir),
  );
  return [...new Set([stateDir, ...others].map(realOf))];
}

function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- a line break would begin a setting of its own.
  return /[\u0000-\u001f\u007f]/u.test(text);
}
