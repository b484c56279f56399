/**
 * What a client that has authenticated may have: policy decides, the registry keeps.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { ConnectParams } from '@portcullis/protocol';

import { type DeviceAsk, type DeviceRecord, grantOf, sameMachine } from '../devices/record.ts';
import {
  type Authentication,
  deviceTokenMismatch,
  scopeMismatch,
  setupCodeInvalid,
} from './credentials.ts';
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
  /** Whether a web page asks that is none of the gateway's own. */
  readonly isForeignPage: boolean;
}

/** Reasons a device has to wait, with the words clients show. */
const PENDING = {
  'not-paired': 'device is not approved yet',
  'role-upgrade': 'device is asking for a higher role than currently approved',
  'scope-upgrade': 'device is asking for more scopes than currently approved',
  'metadata-upgrade': 'device identity changed and must be re-approved',
} as const;

function rightsOf(decision: Decision): readonly string[] {
  const { value } = decision;
  if (typeof value !== 'object' || value === null || !('scopes' in value)) return [];
  return Array.isArray(value.scopes)
    ? value.scopes.filter((scope) => typeof scope === 'string')
    : [];
}

/** What a client wants, as far as whom it stands for may have it. */
function wishOf({ params, auth }: Candidate, { authority }: HandshakeFacts): readonly string[] {
  return authority.scopesWithin(auth.identity, params.scopes ?? []);
}

function askOf(candidate: Candidate, facts: HandshakeFacts): DeviceAsk {
  const { params, role, publicKey } = candidate;
  const { client, device } = params;
  const scopes = wishOf(candidate, facts);
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

/** Why a device has to wait. */
function reasonOf(decision: Decision, known: DeviceRecord | undefined, role: string) {
  if (known === undefined) return 'not-paired';
  if (decision.code === 'gateway.device.metadata_changed') return 'metadata-upgrade';
  return grantOf(known, role) === undefined ? 'role-upgrade' : 'scope-upgrade';
}

async function refusePending(
  candidate: Candidate,
  known: DeviceRecord | undefined,
  decision: Decision,
  facts: HandshakeFacts,
): Promise<Refusal> {
  const ask = askOf(candidate, facts);
  const { request, isNew } = await facts.devices.request(ask);
  if (isNew) facts.onPairingRequest(request.requestId);
  const reason = reasonOf(decision, known, candidate.role);
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

function granted(
  { params, role }: Candidate,
  scopes: readonly string[],
  { authGeneration }: HandshakeFacts,
): Grant {
  return { refused: false, params, role, scopes, authGeneration };
}

function grantedTo(
  candidate: Candidate,
  record: DeviceRecord,
  scopes: readonly string[],
  facts: HandshakeFacts,
): Grant {
  const { auth, role } = candidate;
  const { devices } = facts;
  const token = devices.tokenOf(record, role);
  const issuedAtMs = grantOf(record, role)?.createdAtMs ?? 0;
  return {
    ...granted(candidate, scopes, facts),
    deviceId: record.deviceId,
    ...(token !== undefined && { deviceToken: { token, issuedAtMs } }),
    ...(auth.token !== undefined && { tokenGeneration: auth.token.generation }),
  };
}

/** What policy is to know of the device: its rights in the role it asks for, else those it has. */
function storedRights(known: DeviceRecord | undefined, role: string) {
  if (known === undefined) return {};
  const grant = grantOf(known, role);
  const { scopes } = grant ?? known;
  const revoked = grant?.revokedAtMs !== undefined;
  return { [known.deviceId]: { role: grant === undefined ? known.role : role, scopes, revoked } };
}

function decide(
  candidate: Candidate,
  record: DeviceRecord | undefined,
  facts: HandshakeFacts,
): Decision {
  const { params, role, auth, kind, isForeignPage } = candidate;
  const { client, device } = params;
  const known = record?.removedAtMs === undefined ? record : undefined;
  const metadata = known === undefined || sameMachine(known, client) ? 'same' : 'changed';
  const { setup, identity } = auth;
  return facts.authority.decideDevice({
    surface: client.id === 'openclaw-control-ui' ? 'control-ui' : 'ws',
    // A device that was removed is asked for again, never taken back silently; and a page of
    // somebody else is no program of this machine, wherever its browser runs.
    local: facts.peer.local && record?.removedAtMs === undefined && !isForeignPage,
    auth: setup === undefined ? identity.method : 'setup',
    ...(identity.user !== undefined && { identity: identity.user }),
    ...(setup !== undefined && { setup: setup.rights }),
    device:
      device === undefined ? null : { id: device.id, signature: 'valid', nonce: 'fresh', metadata },
    store: storedRights(known, role),
    requested: { role, scopes: wishOf(candidate, facts) },
    client: kind,
  });
}

function refuseDevice(decision: Decision): Refusal {
  if (decision.code === 'gateway.device.identity_required') return identityRequired();
  if (decision.code === 'gateway.device.setup_exceeded') return scopeMismatch();
  if (decision.code === 'gateway.device.revoked') return deviceTokenMismatch();
  return refuseWith(`unauthorized: ${decision.reason}`, 'AUTH_UNAUTHORIZED', {
    authReason: 'unauthorized',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'review_auth_configuration',
  });
}

/** Pairs the device that policy lets in without asking; undefined when its setup code was spent meanwhile. */
async function pairNow(
  candidate: Candidate,
  decision: Decision,
  facts: HandshakeFacts,
): Promise<DeviceRecord | undefined> {
  const { setup } = candidate.auth;
  const { authority, devices, onPaired } = facts;
  const ask = askOf(candidate, facts);
  const { deviceId, role, scopes } = ask;
  if (setup !== undefined) {
    const record = await devices.redeem(ask, {
      token: setup.token,
      generation: authority.generation(),
    });
    const { setupId } = setup.rights;
    if (record !== undefined) onPaired({ deviceId, role, scopes, via: 'setup', setupId });
    return record;
  }
  const via = decision.code === 'gateway.device.auto_approved_proxy' ? 'proxy' : 'local';
  const record = await devices.approveNow(ask, via);
  onPaired({ deviceId, role, scopes, via });
  return record;
}

/** Decides what an authenticated client gets, and pairs or lists its device accordingly. */
export async function decidePairing(
  candidate: Candidate,
  facts: HandshakeFacts,
): Promise<Grant | Refusal> {
  const id = candidate.params.device?.id;
  const record = id === undefined ? undefined : facts.devices.find(id);
  const known = record?.removedAtMs === undefined ? record : undefined;
  const decision = decide(candidate, record, facts);
  if (decision.effect === 'pair') return refusePending(candidate, known, decision, facts);
  if (decision.effect !== 'allow') return refuseDevice(decision);
  const scopes = rightsOf(decision);
  if (id === undefined) return granted(candidate, scopes, facts);
  const isKnown = known !== undefined && candidate.auth.setup === undefined;
  const paired = isKnown ? known : await pairNow(candidate, decision, facts);
  return paired === undefined ? setupCodeInvalid() : grantedTo(candidate, paired, scopes, facts);
}
