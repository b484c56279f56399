/**
 * Nodes: other machines that offer commands, as the control plane sees and serves them.
 *
 * @module
 */
import type { Json } from '@portcullis/core';

import type { Caller } from './caller.ts';

/** What a node offers. */
export interface NodeOffer {
  readonly caps: readonly string[];
  readonly commands: readonly string[];
}

/** What a node says of itself when it connects. Text from outside: it identifies nothing. */
export interface NodeIntroduction extends NodeOffer {
  readonly displayName?: string;
  readonly platform: string;
  readonly version: string;
  readonly deviceFamily?: string;
  readonly clientId: string;
  readonly clientMode: string;
}

/** One command, as it goes to a node. */
export interface NodeCall {
  /** Unguessable; only the connection it was sent to can answer it. */
  readonly id: string;
  readonly nodeId: string;
  readonly command: string;
  readonly paramsJSON?: string;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
}

/** The one connection of a node. */
export interface NodeLink {
  /** Id of the connection. */
  readonly id: string;
  /** Id of the device that proved itself. */
  readonly nodeId: string;
  /** When its device was paired: an approval counts for this pairing and no other. */
  readonly pairedAtMs: number;
  /** False once the connection is being closed. */
  readonly isOpen: boolean;
  send(call: NodeCall): void;
  cancel(callId: string): void;
  close(reason: string): void;
}

/** What a node answered. */
export interface NodeReply {
  readonly id: string;
  readonly nodeId: string;
  readonly ok: boolean;
  readonly payload?: Json;
  readonly payloadJSON?: string | null;
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** What nobody has approved of a node's offer. */
export interface NodeRequestItem extends NodeIntroduction {
  readonly requestId: string;
  readonly nodeId: string;
  /** The scopes it takes to approve it, all of them. */
  readonly requiredScopes: readonly string[];
  /** True when a part of it is approved already. */
  readonly isRepair: boolean;
  readonly at: number;
}

/** A node as operators see it. */
export interface NodeItem extends NodeIntroduction {
  readonly nodeId: string;
  /** Exactly what was approved, offered now or not. */
  readonly approved?: NodeOffer & { readonly at: number; readonly by: string };
  /** Offered and approved. */
  readonly usable: NodeOffer;
  readonly pending?: NodeRequestItem;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly connectedAt?: number;
}

/** A command an operator wants a node to run. */
export interface NodeAsk {
  readonly nodeId: string;
  readonly command: string;
  readonly params?: Json;
  /** Default 30,000, at most 3,600,000 milliseconds. */
  readonly timeoutMs?: number;
  readonly idempotencyKey: string;
  readonly sessionKey?: string;
}

/** What a node answered to a command. Data from another machine: nothing in it is believed. */
export interface NodeAnswer {
  readonly payload: Json;
  readonly payloadJSON: string | null;
}

/** Nodes and what they offer. */
export interface NodeService {
  list(): Promise<readonly NodeItem[]>;
  /** Offers that wait for an operator, oldest first. */
  pending(): Promise<readonly NodeRequestItem[]>;
  /**
   * Approves exactly what was offered under this id. Throws `request.invalid` for an id that is not
   * or no longer known, `request.scope_missing` where the caller lacks a scope, and
   * `request.forbidden` where the node itself asks.
   */
  approve(caller: Caller, requestId: string): Promise<NodeItem>;
  /** Refuses an offer; what was approved before stays. Throws `request.invalid`. */
  reject(caller: Caller, requestId: string): Promise<NodeRequestItem>;
  /** Forgets a node and what was approved of it. Throws `request.invalid`. */
  remove(caller: Caller, nodeId: string): Promise<void>;
  /** Throws `request.invalid`. */
  rename(caller: Caller, nodeId: string, name: string): Promise<NodeItem>;
  /**
   * Asks a node for a command. For `system.run` the exec policy is asked too, and a person where it
   * says so.
   *
   * Throws `node.*` and `exec.*` where it is refused or fails, `request.scope_missing`.
   */
  invoke(caller: Caller, ask: NodeAsk): Promise<NodeAnswer>;
  /** Ends what a caller waits for: he was sent away. What still waits for an approval never runs. */
  abortOf(callerId: string): void;
  /** A node has connected. An older connection of it is closed. */
  attach(link: NodeLink, introduction: NodeIntroduction): Promise<void>;
  /** Its connection is gone: what it was asked for fails. */
  detach(link: NodeLink): void;
  /** Takes a node's answer. False when nobody waits for it on this connection. */
  reply(link: NodeLink, reply: NodeReply): boolean;
  /** A sign that a command goes on. False when nobody waits for it on this connection. */
  progress(link: NodeLink, callId: string): boolean;
  /** A sign of life. */
  seen(link: NodeLink): Promise<void>;
}
