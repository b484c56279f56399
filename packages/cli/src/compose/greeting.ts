/**
 * What the command line says to a gateway first: who it is and what it proves that with.
 *
 * @module
 */
import type { DeviceIdentity } from '@portcullis/gateway/local';

import type { Credentials } from './credentials.ts';

/** What the gateway asked. */
export interface Challenge {
  readonly nonce: string;
  /** Milliseconds of the gateway's clock. */
  readonly ts: number;
}

/** Who comes, and how. */
export interface Visitor extends Credentials {
  readonly version: string;
  /** Given where another machine answers: there a secret that many know is not enough. */
  readonly device?: DeviceIdentity;
  /** The gateway, as its tokens are kept by. */
  readonly origin: string;
}

const PROTOCOL = 4;
const SCOPES = ['operator.admin'];

/** Parameters of `connect`. */
export function greetingOf(visitor: Visitor, challenge: Challenge): Record<string, unknown> {
  const { token, password, version, device, origin } = visitor;
  const kept = device?.tokenFor(origin);
  const hasSecret = token !== undefined || password !== undefined;
  const auth = {
    ...(token !== undefined && { token: token.reveal() }),
    ...(password !== undefined && { password: password.reveal() }),
    // What the gateway gave this machine alone, once nothing else is configured.
    ...(!hasSecret && kept !== undefined && { deviceToken: kept }),
  };
  const client = { id: 'cli', version, platform: process.platform, mode: 'cli' };
  return {
    minProtocol: PROTOCOL,
    maxProtocol: PROTOCOL,
    client,
    role: 'operator',
    scopes: SCOPES,
    auth,
    ...(device !== undefined && {
      device: proofOf(device, client, auth.token ?? auth.deviceToken ?? '', challenge),
    }),
  };
}

/** The device signs what it asks for and what it shows, so that neither can be exchanged. */
function proofOf(
  device: DeviceIdentity,
  client: { readonly id: string; readonly mode: string; readonly platform: string },
  token: string,
  { nonce, ts }: Challenge,
): object {
  const { deviceId, publicKey } = device;
  const signed = ['v3', deviceId, client.id, client.mode, 'operator', SCOPES.join(',')];
  const rest = [String(ts), token, nonce, client.platform, ''];
  const signature = device.sign([...signed, ...rest].join('|'));
  return { id: deviceId, publicKey, signature, signedAt: ts, nonce };
}
