/**
 * From the first frame to hello-ok, in the order that decides which error a client sees: frame,
 * protocol, role, origin, device identity, device proof, credentials, pairing.
 *
 * Promises: nothing is granted that policy did not allow; every refusal carries the code by which
 * clients decide whether to try again.
 *
 * @module
 */
import {
  CLOSE,
  type ConnectParams,
  connectParamsSchema,
  describeFault,
  MIN_PROBE_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from '@portcullis/protocol';

import type { Peer } from '../authority.ts';
import { authenticate } from './credentials.ts';
import { checkDeviceProof } from './device-proof.ts';
import type { Decoded } from '../frames.ts';
import {
  type Grant,
  type HandshakeFacts,
  identityRequired,
  type Refusal,
  refuse,
  refuseWith,
} from './outcome.ts';
import { decidePairing } from './pairing.ts';

/** Clients that people look at: they always prove a device. */
const UI_CLIENTS: ReadonlySet<string> = new Set([
  'openclaw-control-ui',
  'webchat-ui',
  'openclaw-tui',
]);

/** Clients that are web pages: they always send an Origin. */
const PAGE_CLIENTS: ReadonlySet<string> = new Set(['openclaw-control-ui', 'webchat', 'webchat-ui']);

function speaksOurProtocol({
  minProtocol: min,
  maxProtocol: max,
  client,
  role,
}: ConnectParams): boolean {
  if (min <= PROTOCOL_VERSION && PROTOCOL_VERSION <= max) return true;
  if (client.mode === 'probe') return max >= MIN_PROBE_PROTOCOL_VERSION && min <= PROTOCOL_VERSION;
  const isNode = role === 'node' && client.mode === 'node';
  return isNode && min <= MIN_PROBE_PROTOCOL_VERSION && MIN_PROBE_PROTOCOL_VERSION <= max;
}

function protocolMismatch(params: ConnectParams): Refusal {
  const details = {
    code: 'PROTOCOL_MISMATCH',
    clientMinProtocol: params.minProtocol,
    clientMaxProtocol: params.maxProtocol,
    expectedProtocol: PROTOCOL_VERSION,
    minimumProbeProtocol: MIN_PROBE_PROTOCOL_VERSION,
  };
  const error = { code: 'INVALID_REQUEST', message: 'protocol mismatch', details };
  return refuse(error, CLOSE.protocolError);
}

/** The connect parameters of the first frame, or the refusal. */
export function readConnect(decoded: Decoded): ConnectParams | Refusal {
  if (decoded.kind === 'not_json') return { refused: true, code: CLOSE.normal, reason: '' };
  if (decoded.kind === 'not_request') {
    return { refused: true, code: CLOSE.policy, reason: 'invalid request frame' };
  }
  if (decoded.frame.method !== 'connect') {
    const message = 'invalid handshake: first request must be connect';
    return refuse({ code: 'INVALID_REQUEST', message });
  }
  const params = connectParamsSchema.safeParse(decoded.frame.params ?? {}, { reportInput: true });
  if (params.success) return params.data;
  const message = `invalid connect params: ${describeFault(params.error)}`;
  return refuse({ code: 'INVALID_REQUEST', message });
}

/** The refusal of what needs neither credential nor device, or undefined. */
function judgeEnvelope(params: ConnectParams, role: string, peer: Peer): Refusal | undefined {
  if (!speaksOurProtocol(params)) return protocolMismatch(params);
  if (role !== 'operator' && role !== 'node') {
    return refuse({ code: 'INVALID_REQUEST', message: 'invalid role' });
  }
  if (peer.origin === undefined && PAGE_CLIENTS.has(params.client.id)) {
    return refuseWith('origin not allowed', 'CONTROL_UI_ORIGIN_NOT_ALLOWED', {
      reason: 'origin missing or invalid',
    });
  }
  return undefined;
}

/** The refusal of a client that must prove a device and presents none, or undefined. */
function judgeIdentity(params: ConnectParams, role: string): Refusal | undefined {
  if (params.device !== undefined) return undefined;
  if (role === 'operator' && UI_CLIENTS.has(params.client.id)) {
    return refuseWith('device identity required', 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED');
  }
  return role === 'node' ? identityRequired() : undefined;
}

/** Whether a client uses the exemption for programs of this machine: it does not hold for web pages. */
function clientKind({ client }: ConnectParams, peer: Peer): 'cli' | 'backend' | 'other' {
  if (peer.origin !== undefined) return 'other';
  if (client.id === 'cli' && client.mode === 'cli') return 'cli';
  return client.id === 'gateway-client' && client.mode === 'backend' ? 'backend' : 'other';
}

/** Judges a connect request. */
export async function judgeConnect(
  params: ConnectParams,
  facts: HandshakeFacts,
): Promise<Grant | Refusal> {
  const { peer, nonce } = facts;
  const role = params.role ?? 'operator';
  const early = judgeEnvelope(params, role, peer) ?? judgeIdentity(params, role);
  if (early !== undefined) return early;
  let publicKey: string | undefined;
  if (params.device !== undefined) {
    const proof = checkDeviceProof(params, { role, nonce, now: Date.now() });
    if ('fault' in proof) {
      const { code, reason } = proof.fault;
      return refuseWith('device identity could not be verified', code, { reason });
    }
    publicKey = proof.publicKey;
  }
  await facts.devices.settle();
  const auth = await authenticate(params, role, facts);
  if ('refused' in auth) return auth;
  const isForeignPage = peer.origin !== undefined && !PAGE_CLIENTS.has(params.client.id);
  const kind = clientKind(params, peer);
  return decidePairing({ params, role, publicKey, auth, kind, isForeignPage }, facts);
}
