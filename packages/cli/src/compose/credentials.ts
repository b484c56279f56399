/**
 * The secrets for a gateway that a call or its environment names.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { PortcullisError, Secret } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

import type { GatewayWords } from '../context.ts';

/** Secrets to show to a gateway. */
export interface Credentials {
  readonly token?: Secret;
  readonly password?: Secret;
}

/** Longer than any secret. */
const LONGEST = 4096;

/**
 * The secrets of the files that a call names.
 *
 * @throws PortcullisError `usage.secret_file`.
 */
export function credentialsOfFiles({ tokenFile, passwordFile }: GatewayWords): Credentials {
  return {
    ...(tokenFile !== undefined && { token: secretOf(tokenFile, '--token-file') }),
    ...(passwordFile !== undefined && { password: secretOf(passwordFile, '--password-file') }),
  };
}

/** The secrets of the environment. */
export function credentialsOfEnvironment(env: Environment): Credentials {
  const read = (name: string): Secret | undefined => {
    const value = env[name] ?? '';
    return value === '' ? undefined : new Secret(value, `env:${name}`);
  };
  const token = read('OPENCLAW_GATEWAY_TOKEN');
  const password = read('OPENCLAW_GATEWAY_PASSWORD');
  return { ...(token !== undefined && { token }), ...(password !== undefined && { password }) };
}

/** Reads a secret from a file of this user, or from a pipe. */
function secretOf(path: string, option: string): Secret {
  let text: string;
  try {
    const file = openSync(path, constants.O_RDONLY);
    try {
      const status = fstatSync(file);
      if (status.isFile() && (status.mode & 0o077) !== 0) throw exposed(path, option);
      text = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw new PortcullisError('usage.secret_file', `The file of ${option} cannot be read.`, {
      hint: `Look at ${path}.`,
      cause: error,
    });
  }
  const secret = text.trim();
  if (secret !== '' && secret.length <= LONGEST && !/\s/u.test(secret)) {
    return new Secret(secret, path);
  }
  throw new PortcullisError('usage.secret_file', `The file of ${option} holds no secret.`, {
    hint: 'It has the secret in its only line.',
  });
}

function exposed(path: string, option: string): PortcullisError {
  return new PortcullisError(
    'usage.secret_file',
    `The file of ${option} can be read by other users of this machine.`,
    { hint: `chmod 600 ${path}` },
  );
}
