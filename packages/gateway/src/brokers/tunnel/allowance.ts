/**
 * What one command may use of the network: so many connections, so many bytes, no connection that is
 * idle.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { PortcullisError } from '@portcullis/core';

import { endToEnd } from './headers.ts';

/** Limits of one command. */
export interface TunnelLimits {
  /** Connections at one time. */
  readonly open: number;
  /** Connections over its life. */
  readonly connections: number;
  /** Bytes in both directions over its life. */
  readonly bytes: number;
  /** Milliseconds in which nothing comes and nothing goes. */
  readonly idleMs: number;
}

/** Limits of a command. */
export const TUNNEL_LIMITS: TunnelLimits = {
  open: 32,
  connections: 2000,
  bytes: 2 ** 30,
  idleMs: 120_000,
};

/** Bytes of one connection. */
export interface Carried {
  readonly sent: number;
  readonly received: number;
}

/** What is left for one command. */
export class Allowance {
  readonly #limits: TunnelLimits;
  #open = 0;
  #connections = 0;
  #bytes = 0;

  constructor(limits: TunnelLimits = TUNNEL_LIMITS) {
    this.#limits = limits;
  }

  /** Takes a connection; give it back. Throws `sandbox.network_limit` when there is none left. */
  admit(): () => void {
    const { open, connections, bytes } = this.#limits;
    const none = this.#open >= open || this.#connections >= connections || this.#bytes >= bytes;
    if (none) throw used();
    this.#open += 1;
    this.#connections += 1;
    return () => {
      this.#open -= 1;
    };
  }

  /** Joins two streams until one of them ends. Resolves with what went through. */
  async join(inner: Duplex, outer: Socket): Promise<Carried> {
    const sent = this.#meter();
    const received = this.#meter();
    this.#endIdle(outer);
    // Each end is in two pipelines, and each of those listens for every way it may end.
    for (const end of [inner, outer]) end.setMaxListeners(30);
    await Promise.allSettled([
      pipeline(inner, sent.stream, outer),
      pipeline(outer, received.stream, inner),
    ]);
    inner.destroy();
    outer.destroy();
    return { sent: sent.count(), received: received.count() };
  }

  /** Passes a request on and its answer back. Resolves with what went through. */
  async exchange(
    request: IncomingMessage,
    onward: ClientRequest,
    response: ServerResponse,
  ): Promise<Carried> {
    const sent = this.#meter();
    const received = this.#meter();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    onward.once('response', resolve).on('error', reject);
    onward.once('socket', (socket) => this.#endIdle(socket));
    onward.once('close', () => reject(broken()));
    const sending = pipeline(request, sent.stream, onward);
    // It may break long before the answer does: nothing must be left that nobody hears.
    sending.catch(() => undefined);
    try {
      const answer = await promise;
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
      await pipeline(answer, received.stream, response);
      // A server may answer before it was told everything.
      await sending.catch(() => undefined);
    } catch (error) {
      throw PortcullisError.is(error) ? error : broken(error);
    } finally {
      onward.destroy();
    }
    return { sent: sent.count(), received: received.count() };
  }

  #endIdle(socket: Socket): void {
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
  }

  #meter(): { readonly stream: Transform; readonly count: () => number } {
    let count = 0;
    const stream = new Transform({
      transform: (chunk: Buffer, _encoding, callback) => {
        count += chunk.length;
        this.#bytes += chunk.length;
        if (this.#bytes > this.#limits.bytes) callback(used());
        else callback(null, chunk);
      },
    });
    return { stream, count: () => count };
  }
}

function used(): PortcullisError {
  return new PortcullisError('sandbox.network_limit', 'The command has used its network up.', {
    hint: 'Use fewer connections and less data, or several commands.',
  });
}

function broken(cause?: unknown): PortcullisError {
  return new PortcullisError('net.failed', 'The connection broke before the answer was complete.', {
    hint: 'Try again later.',
    retryable: true,
    cause,
  });
}
