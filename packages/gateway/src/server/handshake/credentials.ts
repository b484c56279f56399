/**
 * The credentials of a connect request: shared secret first, then the device's own token.
 *
 * A client that is locked out is not compared with anything. A paired device whose signature was
 * right counts its failures under its own key, so that nobody else's lock it out.
 *
 * @module
 */
import { type Decision, isAllowed, PortcullisError } from '@portcullis/core';
import type { ConnectErrorCode, ConnectParams } from '@portcullis/protocol';

import { attemptOf, holdsScope, type Identity, identityOf, type Surface } from '../authority.ts';
import type { AttemptResult } from '../../services/attempts.ts';
import type { TokenRecord } from '../devices/record.ts';
import type { SetupRow } from '../devices/setup-codes.ts';
import {
  type HandshakeFacts,
  identityRequired,
  type Refusal,
  refuse,
  refuseWith,
} from './outcome.ts';

/** How a client authenticated. */
export interface Authentication {
  /** By the secret, a user's name, or nothing but what the device itself showed. */
  readonly identity: Identity;
  /** The device token that was the credential. */
  readonly token?: TokenRecord;
  /** The setup code that was shown, and what it is good for. It is spent when the device is paired. */
  readonly setup?: { readonly token: string; readonly rights: SetupRow };
}

const NEXT_STEP: Readonly<Record<string, string>> = {
  missing: 'update_auth_configuration',
  mismatch: 'update_auth_credentials',
};

function rateLimited(retryAfterMs: number): Refusal {
  return refuse({
    code: 'INVALID_REQUEST',
    message: 'unauthorized: too many failed authentication attempts (retry later)',
    details: {
      code: 'AUTH_RATE_LIMITED',
      authReason: 'rate_limited',
      canRetryWithDeviceToken: false,
      recommendedNextStep: 'wait_then_retry',
    },
    retryable: true,
    retryAfterMs,
  });
}

function tooBusy(message: string): Refusal {
  return refuse({ code: 'UNAVAILABLE', message, retryable: true, retryAfterMs: 1000 });
}

/** The code and reason for a decision of the auth area, by what the client had sent. */
function describe(
  decision: Decision,
  params: ConnectParams,
): { code: ConnectErrorCode; authReason: string } {
  const kind = decision.path.endsWith('.password') ? 'password' : 'token';
  const upper = kind === 'token' ? 'TOKEN' : 'PASSWORD';
  if (params.auth?.bootstrapToken !== undefined && params.auth.token === undefined) {
    return { code: 'AUTH_BOOTSTRAP_TOKEN_INVALID', authReason: 'bootstrap_token_invalid' };
  }
  if (decision.code === 'gateway.auth.missing') {
    return { code: `AUTH_${upper}_MISSING`, authReason: `${kind}_missing` };
  }
  if (decision.code === 'gateway.auth.mismatch') {
    return { code: `AUTH_${upper}_MISMATCH`, authReason: `${kind}_mismatch` };
  }
  return { code: 'AUTH_UNAUTHORIZED', authReason: 'unauthorized' };
}

function unauthorized(decision: Decision, params: ConnectParams): Refusal {
  const { code, authReason } = describe(decision, params);
  const onlyToken = params.auth?.token !== undefined && params.auth.deviceToken === undefined;
  const canRetry = code === 'AUTH_TOKEN_MISMATCH' && params.device !== undefined && onlyToken;
  const step = NEXT_STEP[authReason.split('_').at(-1) ?? ''] ?? 'review_auth_configuration';
  return refuseWith(`unauthorized: ${decision.reason}`, code, {
    authReason,
    canRetryWithDeviceToken: canRetry,
    recommendedNextStep: canRetry ? 'retry_with_device_token' : step,
  });
}

/** The refusal of a token that is no longer good: clients stop trying at it. */
export function deviceTokenMismatch(): Refusal {
  return refuseWith('unauthorized: the device token is not valid', 'AUTH_DEVICE_TOKEN_MISMATCH', {
    authReason: 'device_token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  });
}

/** The refusal of a setup code that is unknown, used, taken back or too old: nobody is told which. */
export function setupCodeInvalid(): Refusal {
  return refuseWith('unauthorized: the setup code is not valid', 'AUTH_BOOTSTRAP_TOKEN_INVALID', {
    authReason: 'bootstrap_token_invalid',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  });
}

/** The refusal of a device that asks for more than its credential is good for. */
export function scopeMismatch(): Refusal {
  return refuseWith(
    'unauthorized: the credential does not cover the scopes',
    'AUTH_SCOPE_MISMATCH',
    {
      authReason: 'scope_mismatch',
      canRetryWithDeviceToken: false,
      recommendedNextStep: 'review_auth_configuration',
    },
  );
}

/** The token the device offers as its own, if it could be one. */
function byDeviceToken(
  params: ConnectParams,
  role: string,
  { devices }: HandshakeFacts,
): TokenRecord | undefined {
  const offered = params.auth?.deviceToken ?? params.auth?.token;
  const record = params.device === undefined ? undefined : devices.find(params.device.id);
  if (offered === undefined || record === undefined || record.removedAtMs !== undefined) {
    return undefined;
  }
  return devices.verifyToken(record, role, offered);
}

/** The id of a device that is paired and has just proved itself. */
function provenDevice(params: ConnectParams, { devices }: HandshakeFacts): string | undefined {
  const id = params.device?.id;
  const record = id === undefined ? undefined : devices.find(id);
  return record !== undefined && record.removedAtMs === undefined ? id : undefined;
}

/** What the client is to the rules of authentication. */
function surfaceOf({ client }: ConnectParams): Surface {
  return client.id === 'openclaw-control-ui' ? 'control-ui' : 'ws';
}

/** Checks the credentials of a connect request. */
export async function authenticate(
  params: ConnectParams,
  role: string,
  facts: HandshakeFacts,
): Promise<Authentication | Refusal> {
  const { authority, peer } = facts;
  const turn = authority.begin(peer, provenDevice(params, facts));
  if (!turn.mayTry) return rateLimited(turn.retryAfterMs);
  let result: AttemptResult = 'missing';
  try {
    const judged = await judge(params, role, facts);
    ({ result } = judged);
    return judged.outcome;
  } catch (error) {
    if (PortcullisError.is(error) && error.code === 'request.busy') return tooBusy(error.message);
    throw error;
  } finally {
    turn.end(result);
  }
}

/** What an attempt came to, and what it counts as. */
interface Judged {
  readonly outcome: Authentication | Refusal;
  readonly result: AttemptResult;
}

async function judge(params: ConnectParams, role: string, facts: HandshakeFacts): Promise<Judged> {
  const { authority, peer } = facts;
  const surface = surfaceOf(params);
  const { token, password, deviceToken } = params.auth ?? {};
  // Where a proxy vouches for people, no token of a device stands in for its word.
  const record = authority.asksProxy ? undefined : byDeviceToken(params, role, facts);
  // What is known to be the device's own token is not compared with the secret: that may be slow.
  const isOwn = record !== undefined && offersOnlyOne(params);
  const decision = isOwn
    ? undefined
    : await authority.decideSecret(peer, surface, { token, password });
  const identity = decision !== undefined && isAllowed(decision) ? identityOf(decision) : undefined;
  if (identity?.method === 'shared') return { outcome: { identity }, result: 'ok' };
  // What else lets a client in does not make its guesses at the secret good.
  const isGuess = authority.asksSecret && decision !== undefined && attemptOf(decision) === 'wrong';
  const passed = isGuess ? 'wrong' : 'other';
  const bySetup = await bySetupCode(params, identity, facts);
  if (bySetup !== undefined) {
    return { outcome: bySetup, result: 'refused' in bySetup ? 'wrong' : passed };
  }
  if (identity !== undefined) return { outcome: { identity }, result: passed };
  if (record !== undefined) {
    const covered = (params.scopes ?? []).every((scope) => holdsScope(record.scopes, scope));
    const outcome = { identity: { method: 'none' }, token: record } as const;
    return { outcome: covered ? outcome : scopeMismatch(), result: passed };
  }
  const refused = decision ?? (await authority.decideSecret(peer, surface, {}));
  const offers = (deviceToken ?? '') !== '' && !authority.asksProxy;
  const result = offers ? 'wrong' : attemptOf(refused);
  if (result === 'missing' && params.device === undefined) {
    return { outcome: identityRequired(), result };
  }
  return { outcome: offers ? deviceTokenMismatch() : unauthorized(refused, params), result };
}

/** What the setup code of a request came to; undefined where it shows none that could count. */
async function bySetupCode(
  { auth, device }: ConnectParams,
  identity: Identity | undefined,
  { authority, devices }: HandshakeFacts,
): Promise<Authentication | Refusal | undefined> {
  const token = auth?.bootstrapToken ?? '';
  if (token === '' || device === undefined) return undefined;
  // Where a proxy vouches for people, a code without its word pairs nobody.
  if (identity === undefined && authority.asksProxy) return undefined;
  const rights = await devices.setups.find(token, authority.generation());
  if (rights === undefined) return setupCodeInvalid();
  return { identity: identity ?? { method: 'none' }, setup: { token, rights } };
}

/** Whether every credential of a request is the same text: clients put one into several fields. */
function offersOnlyOne({ auth = {} }: ConnectParams): boolean {
  const offered = [auth.token, auth.password, auth.deviceToken].filter(
    (text) => text !== undefined && text !== '',
  );
  return new Set(offered).size === 1;
}
