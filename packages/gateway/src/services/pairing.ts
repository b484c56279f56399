/**
 * Who may write to us, as operators see and decide it.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';

import type { Caller } from './caller.ts';

/** A pending pairing request as operators see it. */
export interface PairingRequest {
  readonly channel: string;
  readonly accountId: string;
  readonly senderId: string;
  readonly code: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

/** Who may write to us. */
export interface PairingService {
  list(channel?: string): Promise<{
    readonly pending: readonly PairingRequest[];
    readonly allowed: readonly {
      readonly channel: string;
      readonly accountId: string;
      readonly senderId: string;
    }[];
    /** Mirror files that are malformed and therefore admit nobody, by path. */
    readonly broken: readonly string[];
  }>;
  /** Approves by code. `bootstrapOwner` also makes the sender the owner where there is none yet. */
  approve(
    caller: Caller,
    request: {
      readonly channel: string;
      readonly accountId?: string;
      readonly code: string;
      readonly bootstrapOwner?: boolean;
    },
  ): Promise<Decision & { readonly senderId?: string; readonly accountId?: string }>;
  /** Rejects by code or sender id. */
  reject(
    caller: Caller,
    request: {
      readonly channel: string;
      readonly accountId?: string;
      readonly code?: string;
      readonly senderId?: string;
    },
  ): Promise<Decision>;
  revoke(
    caller: Caller,
    request: { readonly channel: string; readonly accountId?: string; readonly senderId: string },
  ): Promise<Decision>;
}
