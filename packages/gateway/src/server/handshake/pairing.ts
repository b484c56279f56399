/**
 * What a client that has authenticated may have: policy decides, the registry keeps.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { ConnectParams } from '@portcullis/protocol';

import { type Authentication } from './credentials.ts';
import type { DeviceAsk, DeviceRecord } from '../devices.ts';
import {
  type Grant,
  type HandshakeFacts,
  identityRequired,
  type Refusal,
  refuse,
  refuseWith,
} from './outcome.ts';

/** An authenticated client. */
export interface Candidate {
  readonly params: ConnectParams;
  readonly role: string;
  /** Canonical key of the device that proved itself. */
  readonly publicKey: string | undefined;
  readonly auth: Authentication;
  readonly kind: 'cli' | 'backend' | 'other';
}

/** Reasons a device has to wait, with the words clients show. */
const PENDING = {
  'not-paired': 'device is not approved yet',
  'role-upgrade': 'device is asking for a higher role than currently approved',
  'scope-upgrade': 'device is asking for more scopes than currently approved',
} as const;

function rightsOf(decision: Decision): readonly string[] {
  const { value } = decision;
  if (typeof value !== 'object' || value === null || !('scopes' in value)) return [];
  return Array.isArray(value.scopes)
    ? value.scopes.filter((scope) => typeof scope === 'string')
    : [];
}

function askOf({ params, role, publicKey }: Candidate, facts: HandshakeFacts): DeviceAsk {
  const { client, device, scopes = [] } = params;
  const { origin, clientIp } = facts.peer;
  return {
    deviceId: device?.id ?? '',
    publicKey: publicKey ?? '',
    ...(client.displayName !== undefined && { displayName: client.displayName.slice(0, 64) }),
    platform: client.platform.slice(0, 64),
    ...(client.deviceFamily !== undefined && { deviceFamily: client.deviceFamily.slice(0, 64) }),
    clientId: client.id,
    clientMode: client.mode,
    ...(origin !== undefined && { browserOrigin: origin.slice(0, 256) }),
    role,
    roles: [role],
    scopes: [...new Set(scopes)].slice(0, 32).map((scope) => scope.slice(0, 64)),
    remoteIp: clientIp,
  };
}

async function refusePending(
  candidate: Candidate,
  known: DeviceRecord | undefined,
  facts: HandshakeFacts,
): Promise<Refusal> {
  const ask = askOf(candidate, facts);
  const { request, isNew } = await facts.devices.request(ask);
  if (isNew) facts.onPairingRequest(request.requestId);
  const upgrade = known?.role === candidate.role ? 'scope-upgrade' : 'role-upgrade';
  const reason = known === undefined ? 'not-paired' : upgrade;
  const message = `pairing required: ${PENDING[reason]}`;
  const details = {
    code: 'PAIRING_REQUIRED',
    reason,
    requestId: request.requestId,
    deviceId: ask.deviceId,
    requestedRole: ask.role,
    requestedScopes: ask.scopes,
    remediationHint: `Approve it on the gateway: openclaw devices approve ${request.requestId}`,
    ...(known !== undefined && { approvedRoles: known.roles, approvedScopes: known.scopes }),
    // A page waits for its approval; a program stops and says so.
    ...(candidate.params.client.id === 'openclaw-control-ui' && {
      recommendedNextStep: 'wait_then_retry',
      retryable: true,
      pauseReconnect: false,
    }),
  };
  const closeText = `${message} (requestId: ${request.requestId})`;
  return refuse({ code: 'NOT_PAIRED', message, details }, undefined, closeText);
}

function granted(candidate: Candidate, scopes: readonly string[]): Grant {
  const { params, role } = candidate;
  return { refused: false, params, role, scopes };
}

function grantedTo(
  candidate: Candidate,
  record: DeviceRecord,
  scopes: readonly string[],
  { devices }: HandshakeFacts,
): Grant {
  const { auth, role } = candidate;
  const token = devices.tokenOf(record, role);
  const issuedAtMs = record.tokens.find((each) => each.role === role)?.createdAtMs ?? 0;
  return {
    ...granted(candidate, scopes),
    deviceId: record.deviceId,
    ...(token !== undefined && { deviceToken: { token, issuedAtMs } }),
    ...(auth.token !== undefined && { tokenGeneration: auth.token.generation }),
  };
}

/** Decides what an authenticated client gets, and pairs or lists its device accordingly. */
export async function decidePairing(
  candidate: Candidate,
  facts: HandshakeFacts,
): Promise<Grant | Refusal> {
  const { params, role, auth, kind } = candidate;
  const { authority, devices, peer } = facts;
  const id = params.device?.id;
  const record = id === undefined ? undefined : devices.find(id);
  const known = record?.removedAtMs === undefined ? record : undefined;
  const decision = authority.decideDevice({
    surface: params.client.id === 'openclaw-control-ui' ? 'control-ui' : 'ws',
    // A device that was removed is asked for again, never taken back silently.
    local: peer.local && record?.removedAtMs === undefined,
    auth: auth.identity.method,
    ...(auth.identity.user !== undefined && { identity: auth.identity.user }),
    device: id === undefined ? null : { id, signature: 'valid', nonce: 'fresh' },
    store:
      known === undefined ? {} : { [known.deviceId]: { role: known.role, scopes: known.scopes } },
    requested: { role, scopes: params.scopes ?? [] },
    client: kind,
  });
  if (decision.effect === 'pair') return refusePending(candidate, known, facts);
  if (decision.effect !== 'allow') {
    if (decision.code === 'gateway.device.identity_required') return identityRequired();
    return refuseWith(`unauthorized: ${decision.reason}`, 'AUTH_UNAUTHORIZED', {
      authReason: 'unauthorized',
      canRetryWithDeviceToken: false,
      recommendedNextStep: 'review_auth_configuration',
    });
  }
  const scopes = rightsOf(decision);
  if (id === undefined) return granted(candidate, scopes);
  const paired = known ?? (await devices.approveNow(askOf(candidate, facts)));
  return grantedTo(candidate, paired, scopes, facts);
}
