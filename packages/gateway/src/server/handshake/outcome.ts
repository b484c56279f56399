/**
 * How a handshake may end, and what it is judged by.
 *
 * @module
 */
import {
  CLOSE,
  type ConnectErrorCode,
  type ConnectParams,
  type ErrorShape,
} from '@portcullis/protocol';

import type { Authority, Peer } from '../authority.ts';
import type { DeviceRegistry } from '../devices/registry.ts';

/** How a handshake is turned down. Without `error` the socket is closed without an answer. */
export interface Refusal {
  readonly refused: true;
  readonly error?: ErrorShape;
  readonly code: number;
  readonly reason: string;
}

/** What a handshake grants. */
export interface Grant {
  readonly refused: false;
  readonly params: ConnectParams;
  readonly role: string;
  /** Exactly what is enforced. */
  readonly scopes: readonly string[];
  readonly deviceId?: string;
  /** Given to a paired device for its next connect. */
  readonly deviceToken?: { readonly token: string; readonly issuedAtMs: number };
  /** Set when the device's token was the credential. */
  readonly tokenGeneration?: number;
  /** Who might come in when the credential was looked at. */
  readonly authGeneration: string;
}

/** A device that was paired during its handshake. */
export interface PairedNow {
  readonly deviceId: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly via: 'local' | 'proxy' | 'setup';
  /** The setup code that was spent. */
  readonly setupId?: string;
}

/** What a handshake is judged by. */
export interface HandshakeFacts {
  readonly peer: Peer;
  readonly nonce: string;
  /** Who may come in, as the authority had it before it compared anything. */
  readonly authGeneration: string;
  readonly authority: Authority;
  readonly devices: DeviceRegistry;
  /** Told of a device that asks to be paired for the first time. */
  readonly onPairingRequest: (requestId: string) => void;
  /** Told of a device that was paired without anybody being asked now. */
  readonly onPaired: (paired: PairedNow) => void;
}

/** Refuses with an error response before the close. */
export function refuse(
  error: ErrorShape,
  code: number = CLOSE.policy,
  reason: string = error.message,
): Refusal {
  return { refused: true, error, code, reason };
}

/** Refuses with `INVALID_REQUEST` and a code for the client. */
export function refuseWith(
  message: string,
  code: ConnectErrorCode,
  details: Readonly<Record<string, unknown>> = {},
): Refusal {
  return refuse({ code: 'INVALID_REQUEST', message, details: { code, ...details } });
}

/** The refusal of a client without a device that is not exempt. */
export function identityRequired(): Refusal {
  const details = { code: 'DEVICE_IDENTITY_REQUIRED' };
  return refuse({ code: 'NOT_PAIRED', message: 'device identity required', details });
}
