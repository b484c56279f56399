/**
 * What every method can reach, and how a method is written.
 *
 * @module
 */
import type {
  EventName,
  EventPayload,
  MethodName,
  MethodParams,
  MethodResult,
  PresenceEntry,
} from '@portcullis/protocol';

import type { Caller, NodeLink, Services } from '../services.ts';
import { Answers, type Prepared } from './answers.ts';
import type { DeviceRegistry } from './devices/registry.ts';
import { selfPresence } from './presence.ts';

/** What all calls share. */
export interface Plane {
  readonly services: Services;
  readonly devices: DeviceRegistry;
  readonly answers: Answers;
  presence(): readonly PresenceEntry[];
  /** Stands for the credentials in force; undefined where none let anybody in. */
  authGeneration(): string | undefined;
  /** Whether a device is connected right now. */
  isConnected(deviceId: string): boolean;
  /** Whether a client is connected that answers approvals, another one than `caller`. */
  hasApprovers(caller: Caller): boolean;
  /** Tells everybody who may know. */
  announce<E extends EventName>(event: E, payload: EventPayload<E>): void;
}

/** What a connection can be told by a method: only what the connection itself follows. */
export interface Follower {
  followsSessions: boolean;
  readonly followed: Set<string>;
}

/** One call. */
export interface MethodContext {
  readonly plane: Plane;
  readonly services: Services;
  readonly caller: Caller;
  /** The connection, when the call came over one. */
  readonly follower?: Follower;
  /** The node that calls, when one does. */
  readonly link?: NodeLink;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Sends an earlier response to the same request. Only `agent` does. */
  readonly respond?: (payload: unknown) => void;
}

/** How one method is answered. Parameters are checked, the scope is held. */
export type Handler<M extends MethodName> = (
  params: MethodParams<M>,
  context: MethodContext,
) => Promise<MethodResult<M> | Prepared> | MethodResult<M> | Prepared;

/** The handlers of some methods. */
export type Handlers<M extends MethodName> = { readonly [Name in M]: Handler<Name> };

/** A plane without a server: for calls inside the process. */
export function detachedPlane(services: Services, devices: DeviceRegistry): Plane {
  return {
    services,
    devices,
    answers: new Answers(),
    presence: () => [selfPresence(services.version, services.startedAt)],
    authGeneration: () => undefined,
    isConnected: () => false,
    hasApprovers: () => false,
    announce: () => undefined,
  };
}
