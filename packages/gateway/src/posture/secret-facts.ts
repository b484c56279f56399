/**
 * The credentials of a config as facts: how long, where from, never what.
 *
 * @module
 */
import { PortcullisError, type Secret } from '@portcullis/core';
import {
  type ConfigValue,
  type LoadedConfig,
  type Secrets,
  getPath,
  isConfigObject,
} from '../config/index.ts';
import { isStored } from '@portcullis/policy/exposure';
import { type SecretFact, type SecretFacts, secretFact } from '@portcullis/policy/audit';

/** What was found, and what could not be had. */
export interface FoundSecrets {
  readonly facts: SecretFacts;
  /** A sentence for each reference that could not be followed. */
  readonly diagnostics: readonly string[];
}

interface Look {
  readonly fact?: SecretFact;
  readonly text?: string;
  readonly diagnostic?: string;
}

const VARIABLE = /(?<!\$)\$\{[A-Z_][A-Z0-9_]*\}/u;

function originOf(written: ConfigValue | undefined): SecretFact['from'] {
  // What is not written at its own key is in the file that stands beside it.
  if (written === undefined || isConfigObject(written)) return 'reference';
  return typeof written === 'string' && VARIABLE.test(written) ? 'variable' : 'text';
}

/** A reference that runs a program is not followed: an audit starts nothing. */
function startsProgram(written: ConfigValue | undefined): boolean {
  return isConfigObject(written) && written['source'] === 'exec';
}

function tell(from: SecretFact['from'], secret: Secret | undefined): Look {
  if (secret === undefined) return {};
  const text = secret.reveal();
  // A hash says nothing about how long the secret is, and lets nobody in.
  if (isStored(text)) return { fact: { from: 'hash', isBlank: false, isPlaceholder: false } };
  return { fact: secretFact(from, text), text };
}

function follow(config: LoadedConfig, secrets: Secrets, path: string, variable?: string): Look {
  const written = getPath(config.source, path);
  const blank: Look = { fact: { from: 'reference', isBlank: false, isPlaceholder: false } };
  if (startsProgram(written)) {
    return { fact: { from: 'reference', isUnread: true, isBlank: false, isPlaceholder: false } };
  }
  // An empty text is something somebody wrote; the rest of the product reads it as nothing.
  if (typeof written === 'string' && written.trim() === '') return { fact: secretFact('text', '') };
  try {
    const configured = secrets.resolve(path);
    if (configured !== undefined) return tell(originOf(written), configured);
    const found = variable === undefined ? undefined : config.env[variable];
    return found === undefined || found === ''
      ? {}
      : { fact: secretFact('environment', found), text: found };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { ...blank, diagnostic: `${path}: ${error.message}` };
  }
}

/** Looks at the credentials of the gateway. Runs nothing, asks nobody. */
export function findSecrets(config: LoadedConfig, secrets: Secrets): FoundSecrets {
  const token = follow(config, secrets, 'gateway.auth.token', 'OPENCLAW_GATEWAY_TOKEN');
  const password = follow(config, secrets, 'gateway.auth.password', 'OPENCLAW_GATEWAY_PASSWORD');
  const remote = follow(config, secrets, 'gateway.remote.token');
  const hooks = follow(config, secrets, 'hooks.token');
  const variable = config.env['OPENCLAW_GATEWAY_TOKEN'];
  const isOther =
    token.fact?.from === 'text' &&
    variable !== undefined &&
    variable !== '' &&
    variable !== token.text;
  const isShared = hooks.text !== undefined && [token.text, password.text].includes(hooks.text);
  return {
    facts: {
      ...(token.fact && { token: token.fact }),
      ...(password.fact && { password: password.fact }),
      ...(remote.fact && { remoteToken: { ...remote.fact, from: 'remote' as const } }),
      ...(hooks.fact && { hooksToken: hooks.fact }),
      ...(isOther && { environmentDiffers: true }),
      ...(isShared && { hooksTokenIsGateways: true }),
    },
    diagnostics: [token, password, remote, hooks].flatMap(({ diagnostic }) => diagnostic ?? []),
  };
}
