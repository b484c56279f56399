/**
 * Doors that lead to the state of a test's home: what a command gets where no gateway runs.
 *
 * @module
 */
import { type ConfigObject, parseConfig, resolvePaths } from '@portcullis/gateway/config';

import type { Doors } from '../src/command.ts';
import { openOperator } from '../src/compose/open-operator.ts';
import { type Called, type CallOptions, call, type Home } from './call.ts';

/** Opens the state itself, as the program does. */
export const LOCAL: Pick<Doors, 'openOperator'> = { openOperator };

/** A gateway block that is safe and complete, to write a config around. */
export const GATEWAY =
  "gateway: { mode: 'local', auth: { mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' } }";

/** Runs a command on the state of a home. */
export function run(home: Home, words: string, options: CallOptions = {}): Promise<Called> {
  return call(words.split(' '), { home, ...options, doors: { ...LOCAL, ...options.doors } });
}

/** The config of a home, read as a gateway reads it. */
export function configOf(
  home: Home,
  variables: Readonly<Record<string, string>> = {},
): ConfigObject {
  const env = { HOME: home.path, ...variables };
  return parseConfig(home.read(), { env, paths: resolvePaths(env) }).value;
}
