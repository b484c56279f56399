/**
 * The port that `tailscale serve` and `tailscale funnel` hand requests to.
 *
 * It is on loopback, where any program of this machine can find it; whoever is not tailscaled is
 * dropped before a byte of his is answered, wherever the machine can tell.
 *
 * @module
 */
import type { Socket } from 'node:net';

import type { Tailnet } from '../../exposure/tailscale/tailnet.ts';
import { type Answering, Listener } from './listener.ts';
import type { Strangers } from './strangers.ts';

/** A door that is open. */
export interface TailscaleDoor {
  readonly listener: Listener;
  readonly port: number;
}

/** Opens the door on a free port of 127.0.0.1. */
export async function openTailscaleDoor(
  answering: Answering,
  strangers: Strangers,
  tailnet: Tailnet,
): Promise<TailscaleDoor> {
  const verdicts = new WeakMap<object, Promise<boolean>>();
  /** Goes on when the connection is tailscaled's. Every connection is asked about once. */
  const whenTailscaled = (connection: object & { destroy(): void }, work: () => void): void => {
    const verdict = verdicts.get(connection) ?? Promise.resolve(false);
    void verdict.then((isTailscaled) => (isTailscaled ? work() : connection.destroy()));
  };
  const listener = new Listener(
    {
      request: (request, response) =>
        whenTailscaled(request.socket, () => answering.request(request, response)),
      upgrade: (request, stream, head) => {
        // From here on the HTTP server listens for no error of it, and a reset would end the process.
        stream.on('error', () => stream.destroy());
        whenTailscaled(stream, () => answering.upgrade(request, stream, head));
      },
    },
    strangers,
  );
  listener.server.on('connection', (socket: Socket) => {
    const verdict = tailnet.tellsPeers ? tailnet.isTailscaled(socket) : Promise.resolve(true);
    verdicts.set(socket, verdict);
    void verdict.then((isTailscaled) => isTailscaled || socket.destroy());
  });
  const { port } = await listener.listen('127.0.0.1', 0);
  return { listener, port };
}
