/**
 * WebSocket upgrades: who may open a socket at all, and how many may wait at once.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { CLOSE, LIMITS } from '@portcullis/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

import type { Door, Peer } from '../authority.ts';
import { SECURITY_HEADERS } from '../http/answer.ts';
import { judgeQuery } from '../http/url-secrets.ts';
import type { Pace } from '../listening/pace.ts';
import { type HttpRefusal, judgeArrival, judgeOrigin } from '../peer.ts';
import { type Admitted, Guest, type GuestOptions } from './guest.ts';

/** What the entrance needs. */
export interface EntranceOptions extends Omit<GuestOptions, 'onGrant'> {
  /** False while the gateway stops. */
  readonly isOpen: () => boolean;
  /** How many handshakes may fail. */
  readonly pace: Pace;
  /** Takes over an authenticated socket and the connection it runs on. False: there is no room. */
  readonly onGrant: (arrival: Admitted, stream: Socket) => boolean;
}

/** In how many seconds to try again, by status. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 5 };

/** Answers an upgrade with an HTTP error. */
export function refuseUpgrade(
  stream: Duplex,
  { status, type, message }: HttpRefusal,
  headers = '',
): void {
  const body = JSON.stringify({ error: { message, type } });
  const lines = Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.once('error', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Cache-Control: no-store\r\n${lines.join('')}${headers}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => stream.destroy(),
  );
}

/** The door for WebSockets. */
export class Entrance {
  readonly #options: EntranceOptions;
  readonly #sockets: WebSocketServer = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.preauthPayload,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #pending: Map<string, number> = new Map();
  readonly #guests: Set<Guest> = new Set();

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  /** Handles an `upgrade` of the HTTP server. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, door: Door): void {
    const { authority } = this.#options;
    stream.on('error', () => stream.destroy());
    const arrival = judgeArrival(request, authority, door);
    if (arrival.peer === undefined) {
      refuseUpgrade(stream, arrival.refusal);
      return;
    }
    const { peer } = arrival;
    const refusal =
      judgeQuery(request.url) ??
      judgeOrigin(peer, authority) ??
      this.#judgeRoom(peer) ??
      this.#judgePace(peer);
    if (refusal !== undefined) {
      const later = RETRY_AFTER[refusal.status];
      refuseUpgrade(stream, refusal, later === undefined ? '' : `Retry-After: ${later}\r\n`);
      return;
    }
    // An upgrade comes out of the server's own connection, which is a socket of the network.
    const connection = stream as Socket;
    this.#sockets.handleUpgrade(request, stream, head, (socket) =>
      this.#welcome(socket, peer, connection),
    );
  }

  #judgePace({ clientIp }: Peer): HttpRefusal | undefined {
    if (this.#options.pace.take(clientIp)) return undefined;
    const message = 'Too many attempts to connect have failed.';
    return { status: 429, type: 'too_many_attempts', message };
  }

  #judgeRoom({ clientIp }: Peer): HttpRefusal | undefined {
    if (!this.#options.isOpen()) {
      return { status: 503, type: 'stopping', message: 'The gateway is stopping.' };
    }
    const reserve = this.#options.pace.knows(clientIp) ? LIMITS.pendingReserve : 0;
    const full =
      this.#guests.size >= LIMITS.pendingConnections + reserve ||
      (this.#pending.get(clientIp) ?? 0) >= LIMITS.pendingConnectionsPerClient;
    if (!full) return undefined;
    const message = 'Too many connections are waiting to authenticate.';
    return { status: 503, type: 'too_many_connections', message };
  }

  #count(clientIp: string, change: 1 | -1): void {
    const count = (this.#pending.get(clientIp) ?? 0) + change;
    if (count > 0) this.#pending.set(clientIp, count);
    else this.#pending.delete(clientIp);
  }

  #welcome(socket: WebSocket, peer: Peer, connection: Socket): void {
    const { pace, onGrant } = this.#options;
    this.#count(peer.clientIp, 1);
    const admitted = (arrival: Admitted): void => {
      const isDevice = arrival.grant.deviceId !== undefined;
      if (onGrant(arrival, connection)) pace.giveBack(peer.clientIp, isDevice);
    };
    const guest = new Guest(socket, peer, { ...this.#options, onGrant: admitted }, () => {
      this.#guests.delete(guest);
      this.#count(peer.clientIp, -1);
    });
    this.#guests.add(guest);
    guest.challenge();
  }

  /** Turns away everybody who has not authenticated yet. */
  close(): void {
    for (const guest of this.#guests) guest.dismiss(CLOSE.restart, 'service restart');
  }
}
