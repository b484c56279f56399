/**
 * The credentials of a connect request: shared secret first, then the device's own token.
 *
 * A client that is locked out is not compared with anything. A paired device whose signature was
 * right counts its failures under its own key, so that nobody else's lock it out.
 *
 * @module
 */
import { type Decision, isAllowed } from '@portcullis/core';
import type { ConnectErrorCode, ConnectParams } from '@portcullis/protocol';

import { holdsScope, type Surface } from '../authority.ts';
import type { TokenRecord } from '../devices.ts';
import {
  type HandshakeFacts,
  identityRequired,
  type Refusal,
  refuse,
  refuseWith,
} from './outcome.ts';

/** How a client authenticated. */
export interface Authentication {
  /** `shared`: it holds the secret. `none`: only the device vouches, or nothing is asked for. */
  readonly method: 'shared' | 'none' | 'tailscale';
  /** The device token that was the credential. */
  readonly token?: TokenRecord;
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

function deviceTokenMismatch(): Refusal {
  return refuseWith('unauthorized: the device token is not valid', 'AUTH_DEVICE_TOKEN_MISMATCH', {
    authReason: 'device_token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  });
}

function scopeMismatch(): Refusal {
  return refuseWith(
    'unauthorized: the device token does not cover the scopes',
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
export function surfaceOf({ client }: ConnectParams): Surface {
  return client.id === 'openclaw-control-ui' ? 'control-ui' : 'ws';
}

/** Checks the credentials of a connect request; `login` is whom the tailnet knows the client as. */
export function authenticate(
  params: ConnectParams,
  role: string,
  facts: HandshakeFacts,
  login?: string,
): Authentication | Refusal {
  const { authority, peer } = facts;
  const device = provenDevice(params, facts);
  const attempt = authority.decideAttempt(peer, device);
  if (!isAllowed(attempt)) return rateLimited(authority.lockedForMs());
  const { token, password, deviceToken } = params.auth ?? {};
  const decision = authority.decideSecret(peer, surfaceOf(params), { token, password }, login);
  if (isAllowed(decision)) {
    authority.record(peer, 'ok', device);
    if (decision.code === 'gateway.auth.tailscale') return { method: 'tailscale' };
    return { method: decision.code === 'gateway.auth.none' ? 'none' : 'shared' };
  }
  const record = byDeviceToken(params, role, facts);
  if (record !== undefined) {
    authority.record(peer, 'ok', device);
    const covered = (params.scopes ?? []).every((scope) => holdsScope(record.scopes, scope));
    return covered ? { method: 'none', token: record } : scopeMismatch();
  }
  const missing = decision.code === 'gateway.auth.missing' && (deviceToken ?? '') === '';
  authority.record(peer, missing ? 'missing' : 'wrong', device);
  if (missing && params.device === undefined) return identityRequired();
  if ((deviceToken ?? '') !== '') return deviceTokenMismatch();
  return unauthorized(decision, params);
}
