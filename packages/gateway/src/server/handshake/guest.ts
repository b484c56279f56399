/**
 * A socket between its upgrade and hello-ok: bounded in size, time and number of frames, because
 * anybody can get this far.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';
import { CLOSE, LIMITS } from '@portcullis/protocol';
import type { WebSocket } from 'ws';

import type { Authority, Peer } from '../authority.ts';
import { closeSocket } from '../connection.ts';
import { decodeRequest, encodeError } from '../frames.ts';
import { judgeConnect, readConnect } from './connect.ts';
import type { Grant, HandshakeFacts, Refusal } from './outcome.ts';

/** A socket that has authenticated. */
export interface Admitted {
  readonly socket: WebSocket;
  readonly peer: Peer;
  readonly grant: Grant;
  /** Id of the connect request, still to be answered. */
  readonly requestId: string;
  /** Frames that came in the meantime. */
  readonly early: readonly Buffer[];
}

/** What a guest is judged by. */
export interface GuestOptions {
  readonly authority: Authority;
  /** Time to authenticate, milliseconds. */
  readonly handshakeMs: number;
  readonly facts: Pick<HandshakeFacts, 'devices' | 'onPairingRequest' | 'onPaired'>;
  /** Takes over an authenticated socket, with the id of its connect request. */
  readonly onGrant: (arrival: Admitted) => void;
}

/** The bytes of a message, however `ws` hands them over. */
export function asBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/**
 * Lets an authenticated socket receive frames of full size. `ws` takes the limit only when the
 * receiver is made, and one limit for both would let strangers fill the memory.
 */
function raisePayloadLimit(socket: WebSocket): void {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (typeof receiver !== 'object' || receiver === null || !('_maxPayload' in receiver)) {
    throw new PortcullisError('server.ws_unsupported', 'This version of ws hides its receiver.', {
      hint: 'Install the version of ws that the lock file names.',
    });
  }
  Reflect.set(receiver, '_maxPayload', LIMITS.payload);
}

const FAILED: Refusal = {
  refused: true,
  error: { code: 'UNAVAILABLE', message: 'The gateway failed inside.', retryable: true },
  code: CLOSE.internal,
  reason: 'internal error',
};

/** A socket that has not authenticated yet. */
export class Guest {
  readonly #socket: WebSocket;
  readonly #peer: Peer;
  readonly #options: GuestOptions;
  readonly #onLeft: () => void;
  readonly #nonce: string = randomUUID();
  readonly #early: Buffer[] = [];
  readonly #deadline: NodeJS.Timeout;
  #state: 'challenged' | 'judging' | 'left' = 'challenged';

  constructor(socket: WebSocket, peer: Peer, options: GuestOptions, onLeft: () => void) {
    this.#socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#onLeft = onLeft;
    this.#deadline = setTimeout(() => this.dismiss(CLOSE.normal, ''), options.handshakeMs);
    socket.on('message', this.#receive);
    socket.on('close', this.#leave);
    // A frame that is too large or malformed: ws has sent the close code, the rest is not awaited.
    socket.on('error', () => this.dismiss(CLOSE.policy, ''));
  }

  /** Sends the challenge. */
  challenge(): void {
    const payload = { nonce: this.#nonce, ts: Date.now() };
    this.#socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload }));
  }

  /** Closes the socket. */
  dismiss(code: number, reason: string): void {
    this.#leave();
    closeSocket(this.#socket, code, reason);
  }

  readonly #leave = (): void => {
    if (this.#state === 'left') return;
    this.#state = 'left';
    clearTimeout(this.#deadline);
    this.#socket.off('message', this.#receive);
    this.#onLeft();
  };

  readonly #receive = (data: Buffer | ArrayBuffer | Buffer[]): void => {
    if (this.#state === 'challenged') {
      this.#state = 'judging';
      void this.#judge(asBuffer(data));
      return;
    }
    this.#early.push(asBuffer(data));
    if (this.#early.length > LIMITS.handshakeFrames) {
      this.dismiss(CLOSE.policy, 'too many pending handshake frames');
    }
  };

  async #judge(data: Buffer): Promise<void> {
    const decoded = decodeRequest(data);
    const requestId = decoded.kind === 'request' ? decoded.frame.id : 'invalid';
    const outcome = await this.#outcome(decoded).catch(() => FAILED);
    if (this.#state === 'left') return;
    if (outcome.refused) {
      if (outcome.error !== undefined) this.#socket.send(encodeError(requestId, outcome.error));
      this.dismiss(outcome.code, outcome.reason);
      return;
    }
    this.#leave();
    raisePayloadLimit(this.#socket);
    const arrival = { socket: this.#socket, peer: this.#peer, requestId, early: this.#early };
    this.#options.onGrant({ ...arrival, grant: outcome });
  }

  async #outcome(decoded: ReturnType<typeof decodeRequest>): Promise<Grant | Refusal> {
    const params = readConnect(decoded);
    if ('refused' in params) return params;
    const { authority, facts } = this.#options;
    // Noted first: a secret that is exchanged while the old one is being compared lets nobody stay.
    const authGeneration = authority.generation();
    const arrival = { peer: this.#peer, nonce: this.#nonce, authGeneration };
    return judgeConnect(params, { ...arrival, authority, ...facts });
  }
}
