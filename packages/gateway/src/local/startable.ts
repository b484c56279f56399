/**
 * Whether a gateway would start with a config that is about to be written. Nothing is looked up for
 * it: no file is read and no program is run.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import { PortcullisError, Secret } from '@portcullis/core';

import { type ConfigIssue, type LoadedConfig, getPath } from '../config/index.ts';
import { variableValue } from '../config/substitute.ts';
import { decideBind } from './bind.ts';
import { policyConfig } from './gateway-token.ts';
import { type Machine, thisMachine } from './machine.ts';

/**
 * Refuses a config that no gateway would start with, where the one before it would do. One that
 * would not start as it is can be mended key by key.
 *
 * A secret that is kept elsewhere counts as there and as a good one.
 *
 * Throws `gateway.start_refused` naming policy's code, the key and what to change.
 */
export function requireStartable(
  before: LoadedConfig,
  next: LoadedConfig,
  machine: Machine = thisMachine(),
): void {
  const refusal = refusalOf(next, machine);
  if (refusal === undefined || before.issues.length > 0) return;
  if (refusalOf(before, machine) === undefined) throw refusal;
}

/** The same as an issue of a file that somebody edited. */
export function startIssues(before: LoadedConfig, next: LoadedConfig): readonly ConfigIssue[] {
  try {
    requireStartable(before, next);
    return [];
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return [issueOf(error)];
  }
}

/** Why no gateway would start with a valid config, as an issue of it; nothing where one would. */
export function whyNotStartable(
  config: LoadedConfig,
  machine: Machine = thisMachine(),
): readonly ConfigIssue[] {
  const refusal = refusalOf(config, machine);
  return refusal === undefined ? [] : [issueOf(refusal)];
}

function issueOf(refusal: PortcullisError): ConfigIssue {
  const path = refusal.details?.['path'];
  const message = `${refusal.message.replace(/\.$/u, '')}. ${refusal.hint ?? ''}`.trim();
  return { path: typeof path === 'string' ? path : 'gateway', message };
}

/**
 * Why no gateway would start with a config, as `gateway.start_refused`; undefined where one would.
 * A secret that is kept elsewhere counts as there and as a good one.
 */
export function refusalOf(
  config: LoadedConfig,
  machine: Machine = thisMachine(),
): PortcullisError | undefined {
  const token = secretOf(config, 'token', 'OPENCLAW_GATEWAY_TOKEN');
  const password = secretOf(config, 'password', 'OPENCLAW_GATEWAY_PASSWORD');
  const secrets = {
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
  };
  try {
    decideBind(policyConfig(config, secrets), machine);
    return undefined;
  } catch (error) {
    if (PortcullisError.is(error)) return error;
    throw error;
  }
}

function secretOf(config: LoadedConfig, key: string, variable: string): Secret | undefined {
  const path = `gateway.auth.${key}`;
  const value = getPath(config.value, path);
  const isElsewhere =
    config.unavailable.some((each) => each.path === path) ||
    isSet(getPath(config.value, `${path}File`)) ||
    (isSet(value) && typeof value !== 'string');
  if (isElsewhere) return new Secret(randomBytes(32).toString('base64url'), path);
  const text = isSet(value) ? String(value) : variableValue(config.env, variable);
  return text === undefined ? undefined : new Secret(text, path);
}

function isSet(value: unknown): boolean {
  const isBlank = typeof value === 'string' && value.trim() === '';
  return value !== undefined && value !== null && !isBlank;
}
