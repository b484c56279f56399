/**
 * The secret a gateway is reached with: what the config says, or, where that is a published
 * placeholder, a random token of the state directory. A placeholder lets a loopback gateway start
 * and never authenticates anybody.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { Secret } from '@portcullis/core';
import {
  type ConfigObject,
  type LoadedConfig,
  type Secrets,
  type StatePaths,
  isConfigObject,
} from '../config/index.ts';
import { isPlaceholder } from '@portcullis/policy/exposure';

/** The secrets of `gateway.auth` as they are in force. */
export interface GatewaySecrets {
  readonly token?: Secret;
  readonly password?: Secret;
  /** Set when the configured token is a placeholder: the file with the one that counts. */
  readonly standInFile?: string;
}

/** The secrets of `gateway.auth` as they are written, a placeholder included: what a start is judged by. */
export function writtenSecrets(secrets: Pick<Secrets, 'resolve'>): GatewaySecrets {
  const token = secrets.resolve('gateway.auth.token', 'OPENCLAW_GATEWAY_TOKEN');
  const password = secrets.resolve('gateway.auth.password', 'OPENCLAW_GATEWAY_PASSWORD');
  return {
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * Reads the secrets of `gateway.auth`. With `make`, a missing stand-in for a placeholder is made.
 *
 * Throws `secret.unresolved` when a configured secret cannot be had.
 */
export function gatewaySecrets(
  secrets: Pick<Secrets, 'resolve'>,
  paths: StatePaths,
  make: boolean,
): GatewaySecrets {
  const { token, ...known } = writtenSecrets(secrets);
  if (token === undefined || !isPlaceholder(token.reveal())) {
    return token === undefined ? known : { ...known, token };
  }
  const standInFile = join(paths.stateDir, 'gateway-token');
  const standIn = readStandIn(standInFile, make);
  return { ...known, standInFile, ...(standIn === undefined ? {} : { token: standIn }) };
}

/** The config as policy reads it: with the secrets of `gateway.auth` put in. */
export function policyConfig(
  config: LoadedConfig,
  { token, password }: GatewaySecrets,
): ConfigObject {
  const gateway = config.value['gateway'];
  const section = isConfigObject(gateway) ? gateway : {};
  const written = isConfigObject(section['auth']) ? section['auth'] : {};
  // What could not be had is not configured, whatever stands in the file.
  const { token: _token, password: _password, ...auth } = written;
  const secrets = {
    ...(token === undefined ? {} : { token: token.reveal() }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  };
  return { ...config.value, gateway: { ...section, auth: { ...auth, ...secrets } } };
}

function readStandIn(path: string, make: boolean): Secret | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text.length >= 32) return new Secret(text, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (!make) return undefined;
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString('base64url')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return readStandIn(path, false);
}
