/**
 * Talks to a running gateway over its wire protocol.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { TLSSocket } from 'node:tls';

import { PortcullisError, type Secret } from '@portcullis/core';
import { WebSocket } from 'ws';

import type { Operator } from './operator.ts';

/** Where and as whom to connect. */
export interface WireTarget {
  /** `ws://` or `wss://`. */
  readonly url: string;
  /** SHA-256 the certificate must have. Without it an authority of this system must vouch for it. */
  readonly fingerprint?: string | undefined;
  readonly token?: Secret;
  readonly password?: Secret;
  readonly version: string;
}

const CONNECT_MS = 5000;
const PROTOCOL = 4;
const MAX_FRAME = 26_214_400;

interface Waiting {
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: Error) => void;
  /** An `accepted` answer is followed by the final one. */
  readonly final: boolean;
}

/**
 * Connects and authenticates.
 *
 * Throws `gateway.unreachable`, or the gateway's refusal: `gateway.refused` with its code in
 * `details.code`.
 */
export async function connectOperator(target: WireTarget): Promise<Operator> {
  const socket = new WebSocket(target.url, {
    handshakeTimeout: CONNECT_MS,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    minVersion: 'TLSv1.2',
    // With a fingerprint it is the certificate itself that is known, whoever vouches for it.
    rejectUnauthorized: target.fingerprint === undefined,
  });
  if (target.fingerprint !== undefined) holdTo(socket, target.fingerprint);
  const client = new WireClient(socket);
  try {
    await client.greet(target);
  } catch (error) {
    socket.terminate();
    throw error;
  }
  return client;
}

class WireClient implements Operator {
  readonly via = 'gateway';
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<(event: string, payload: unknown) => void>();
  readonly #challenge = Promise.withResolvers<void>();
  #closed: Error | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#challenge.promise.catch(() => undefined);
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (cause) =>
      this.#fail(PortcullisError.is(cause) ? cause : unreachable(cause)),
    );
    socket.on('close', (code) =>
      this.#fail(
        new PortcullisError(
          'gateway.closed',
          `The gateway closed the connection (${String(code)}).`,
          { hint: 'openclaw logs shows why.' },
        ),
      ),
    );
  }

  async greet({ token, password, version }: WireTarget): Promise<void> {
    await withDeadline(this.#challenge.promise, CONNECT_MS);
    const connect = this.call('connect', {
      minProtocol: PROTOCOL,
      maxProtocol: PROTOCOL,
      client: { id: 'cli', version, platform: process.platform, mode: 'cli' },
      role: 'operator',
      scopes: ['operator.admin'],
      auth: {
        ...(token === undefined ? {} : { token: token.reveal() }),
        ...(password === undefined ? {} : { password: password.reveal() }),
      },
    });
    await withDeadline(connect, CONNECT_MS);
  }

  async call<T>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    const id = randomUUID();
    const frame = JSON.stringify({
      type: 'req',
      id,
      method,
      ...(params === undefined ? {} : { params }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject, final: method === 'agent' });
    this.#socket.send(frame);
    // The protocol's schemas were checked by the gateway before it answered.
    return (await promise) as T;
  }

  onEvent(listener: (event: string, payload: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
    });
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), 500);
    await closed;
    clearTimeout(timer);
  }

  #receive(data: Buffer): void {
    const frame: unknown = JSON.parse(data.toString('utf8'));
    if (!isRecord(frame)) return;
    if (frame['type'] === 'event') {
      const { event, payload } = frame;
      if (event === 'connect.challenge') this.#challenge.resolve();
      else if (typeof event === 'string')
        for (const listener of this.#listeners) listener(event, payload);
      return;
    }
    const id = frame['id'];
    const waiting = typeof id === 'string' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || typeof id !== 'string') return;
    const { payload, error } = frame;
    if (waiting.final && isRecord(payload) && payload['status'] === 'accepted') return;
    this.#waiting.delete(id);
    if (frame['ok'] === true) waiting.resolve(payload);
    else waiting.reject(toError(error));
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    this.#challenge.reject(error);
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}

/** Lets go of a server that shows another certificate, before anything secret is sent to it. */
function holdTo(socket: WebSocket, fingerprint: string): void {
  socket.once('upgrade', ({ socket: connection }) => {
    const shown = connection instanceof TLSSocket ? connection.getPeerX509Certificate() : undefined;
    if (shown !== undefined && plain(shown.fingerprint256) === plain(fingerprint)) return;
    socket.emit(
      'error',
      new PortcullisError('gateway.certificate', 'The gateway shows another certificate.', {
        hint: 'Compare it with the one "openclaw status" shows on the gateway, then correct gateway.remote.tlsFingerprint.',
      }),
    );
    socket.terminate();
  });
}

/** Fingerprints are written with and without colons, in either case, with and without a prefix. */
function plain(fingerprint: string): string {
  return fingerprint
    .toLowerCase()
    .replace(/^sha-?256:/u, '')
    .replaceAll(/[\s:]/gu, '');
}

function unreachable(cause: unknown): PortcullisError {
  return new PortcullisError('gateway.unreachable', 'The gateway cannot be reached.', {
    hint: 'Start it with: openclaw gateway run',
    cause,
  });
}

function toError(error: unknown): PortcullisError {
  const { message, details, retryable } = isRecord(error) ? error : {};
  const facts = isRecord(details) ? details : {};
  return new PortcullisError(
    'gateway.refused',
    typeof message === 'string' ? message : 'The gateway refused.',
    {
      details: facts,
      retryable: retryable === true,
      ...(typeof facts['hint'] === 'string' ? { hint: facts['hint'] } : {}),
    },
  );
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unreachable(new Error('no answer in time'))), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
