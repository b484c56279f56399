/**
 * The environment of commands: built from nothing, so that no secret of the gateway can be in it.
 *
 * @module
 */

/** What an environment is made of. */
export interface EnvironmentParts {
  readonly path: readonly string[];
  /** The agent's workspace. */
  readonly home: string;
  /** Variables the call sets, already allowed by policy. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** Name of the user commands believe to be. */
export const USER = 'agent';

/** The whole environment of a command. */
export function environmentOf({ path, home, overrides }: EnvironmentParts): Record<string, string> {
  return {
    ...overrides,
    PATH: path.join(':'),
    HOME: home,
    LANG: overrides['LANG'] ?? 'C.UTF-8',
    TERM: overrides['TERM'] ?? 'dumb',
    USER,
    LOGNAME: USER,
    SHELL: '/bin/sh',
  };
}
