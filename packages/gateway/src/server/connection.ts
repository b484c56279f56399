/**
 * One authenticated WebSocket: what it may do, what it follows, and its numbered event stream.
 *
 * Promises: `seq` starts at 1 and has no holes, whatever is dropped on the way; a client that does
 * not read is cut off before it can hold more than its share of memory.
 *
 * @module
 */
import { CLOSE, LIMITS, type PresenceEntry, type RequiredScope } from '@portcullis/protocol';
import type { WebSocket } from 'ws';

import type { Caller, NodeLink } from '../services.ts';
import { holdsScope, type Peer } from './authority.ts';

/** How long a closed socket may take to say goodbye. */
const CLOSE_GRACE_MS = 1000;

/** What the handshake established. */
export interface Credentialed {
  readonly id: string;
  readonly socket: WebSocket;
  /** Where it came from. What it said on arrival is forgotten. */
  readonly peer: Omit<Peer, 'headers'>;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly caps: readonly string[];
  /** Set when a device proved itself. */
  readonly deviceId?: string | undefined;
  /** Set when the device's token was the credential: which one. */
  readonly tokenGeneration?: number | undefined;
  /** The credentials in force when the connection was let in. */
  readonly authGeneration: string;
  /** Undefined for programs, which nobody needs to see. */
  readonly presence?: PresenceEntry | undefined;
}

/** Close reasons are cut to what a close frame holds. */
export function closeReason(text: string): string {
  return Buffer.from(text)
    .subarray(0, 123)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '');
}

/** Closes a socket, and drops it when the peer does not answer. */
export function closeSocket(socket: WebSocket, code: number, reason = ''): void {
  if (socket.readyState === socket.OPEN || socket.readyState === socket.CONNECTING) {
    socket.close(code, closeReason(reason));
  }
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}

/** One authenticated WebSocket. */
export class Connection {
  readonly facts: Credentialed;
  readonly caller: Caller;
  /** Sessions whose messages this connection follows. */
  readonly followed: Set<string> = new Set();
  /** Whether it follows changes of sessions. */
  followsSessions = false;
  /** Requests refused in a row because of the role. */
  roleErrors = 0;
  /** What was last found to cover its scopes. */
  coveredBy: object | undefined;
  /** Requests that wait for a run. */
  waits = 0;
  /** Set while it serves a node. */
  link: NodeLink | undefined;
  #seq = 0;
  #closed = false;
  #end: AbortController | undefined;
  readonly #endings: Set<() => void> = new Set();
  readonly #holds: Map<RequiredScope, boolean> = new Map();

  constructor(facts: Credentialed) {
    this.facts = facts;
    const isNode = facts.role === 'node';
    const device = isNode ? 'node' : 'device';
    this.caller = {
      id: facts.deviceId === undefined ? `operator:${facts.id}` : `${device}:${facts.deviceId}`,
      kind: isNode ? 'node' : 'operator',
      local: false,
      scopes: facts.scopes,
    };
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the connection holds a scope. Scopes never change while it lives. */
  holds(scope: RequiredScope): boolean {
    let holds = this.#holds.get(scope);
    if (holds === undefined) {
      holds = holdsScope(this.facts.scopes, scope);
      this.#holds.set(scope, holds);
    }
    return holds;
  }

  /** Whether it says that it shows approvals to somebody who may answer them. */
  get answersApprovals(): boolean {
    const { caps, role } = this.facts;
    const shows = caps.includes('approvals') || caps.includes('exec-approvals');
    return shows && role === 'operator' && this.holds('operator.approvals');
  }

  /** Sends a response. */
  send(text: string | Buffer): void {
    if (this.#closed || this.#isFull(text.length)) return;
    this.facts.socket.send(text, { binary: false });
  }

  /**
   * Sends an event with the next number. `bestEffort` events are left out for a client that is
   * far behind, without taking a number.
   */
  sendEvent(event: string, payload: string, extra = '', bestEffort = false): void {
    if (this.#closed) return;
    const { socket } = this.facts;
    if (bestEffort && socket.bufferedAmount + payload.length > LIMITS.buffered) return;
    if (this.#isFull(payload.length)) return;
    this.#seq += 1;
    socket.send(
      `{"type":"event","event":"${event}","payload":${payload},"seq":${this.#seq}${extra}}`,
    );
  }

  /** Bytes that wait for the client to read them. */
  get buffered(): number {
    return this.#closed ? 0 : this.facts.socket.bufferedAmount;
  }

  #isFull(length: number): boolean {
    if (this.facts.socket.bufferedAmount + length <= LIMITS.buffered) return false;
    this.close(CLOSE.policy, 'slow consumer');
    return true;
  }

  /** Closes the connection; nothing is sent or accepted afterwards. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.ended();
    closeSocket(this.facts.socket, code, reason);
  }

  /** Called when the peer has gone. */
  ended(): void {
    this.#closed = true;
    for (const ending of this.#endings) ending();
    this.#endings.clear();
  }

  /** Aborts as soon as nothing is sent or accepted any more. */
  get signal(): AbortSignal {
    if (this.#end === undefined) {
      const end = new AbortController();
      this.#end = end;
      this.onEnd(() => end.abort());
    }
    return this.#end.signal;
  }

  /** Calls `ending` once, as soon as nothing is sent or accepted any more. */
  onEnd(ending: () => void): void {
    if (this.#closed) ending();
    else this.#endings.add(ending);
  }
}
