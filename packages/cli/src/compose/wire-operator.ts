/**
 * Talks to a running gateway over its wire protocol.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, TLSSocket, connect } from 'node:tls';

import { PortcullisError } from '@portcullis/core';
import type { DeviceIdentity } from '@portcullis/gateway/local';
import type { HelloOk } from '@portcullis/protocol';
import { type ClientOptions, WebSocket } from 'ws';

import type { Credentials } from './credentials.ts';
import { type Challenge, greetingOf } from './greeting.ts';
import type { Operator, Welcome } from './operator.ts';
import type { Tunnel } from './ssh-tunnel.ts';
import { isRecord } from '../record.ts';

/** Where and as whom to connect. */
export interface WireTarget extends Credentials {
  /** `ws://` or `wss://`. */
  readonly url: string;
  /** SHA-256 the certificate must have. Without it an authority of this system must vouch for it. */
  readonly fingerprint?: string | undefined;
  /** What carries the connection; without it, the network. */
  readonly tunnel?: Tunnel;
  /** Who this machine is to a gateway of another one. */
  readonly device?: DeviceIdentity;
  /** The gateway in words, where it is not that of this machine. */
  readonly elsewhere?: string;
  readonly version: string;
}

const CONNECT_MS = 5000;
/** SSH has to be let in first. */
const TUNNEL_MS = 20_000;
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
  const { url, fingerprint, tunnel } = target;
  const socket = new WebSocket(url, {
    handshakeTimeout: tunnel === undefined ? CONNECT_MS : TUNNEL_MS,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    minVersion: 'TLSv1.2',
    // With a fingerprint it is the certificate itself that is known, whoever vouches for it.
    rejectUnauthorized: fingerprint === undefined,
    ...(tunnel !== undefined && { createConnection: through(tunnel, url) }),
  });
  if (fingerprint !== undefined) holdTo(socket, fingerprint);
  const client = new WireClient(socket, target);
  try {
    await client.greet(target);
  } catch (error) {
    socket.terminate();
    await tunnel?.end(error);
    forgetRefused(error, target);
    throw hasEmptyHands(error, target) ? emptyHands(error) : error;
  }
  return client;
}

/** A token that the gateway gave and takes no more is good for nothing. */
function forgetRefused(error: unknown, { device, url }: WireTarget): void {
  const code = PortcullisError.is(error) ? error.details?.['code'] : undefined;
  if (code === 'AUTH_DEVICE_TOKEN_MISMATCH') device?.keepToken(new URL(url).origin, undefined);
}

/** Whether the gateway refused somebody who brought no secret, and did not say what to do. */
function hasEmptyHands(error: unknown, { token, password }: WireTarget): error is PortcullisError {
  if (!PortcullisError.is(error) || error.code !== 'gateway.refused') return false;
  return token === undefined && password === undefined && error.hint === undefined;
}

function emptyHands({ message, details }: PortcullisError): PortcullisError {
  return new PortcullisError('gateway.refused', message, {
    hint: 'No secret was shown to it. Use --token-file, OPENCLAW_GATEWAY_TOKEN or gateway.remote.token.',
    ...(details !== undefined && { details }),
  });
}

/** Makes the connection of a socket out of a tunnel. */
function through({ stream }: Tunnel, url: string): NonNullable<ClientOptions['createConnection']> {
  const isSecure = url.startsWith('wss:');
  const make = (options: ConnectionOptions): Duplex =>
    isSecure ? connect({ ...options, socket: stream }) : stream;
  // Any stream will do; the types know sockets only.
  return make as NonNullable<ClientOptions['createConnection']>;
}

class WireClient implements Operator {
  readonly via = 'gateway';
  readonly elsewhere: string | undefined;
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #tunnel: Tunnel | undefined;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<(event: string, payload: unknown) => void>();
  readonly #challenge = Promise.withResolvers<Challenge>();
  readonly #gone = Promise.withResolvers<Error>();
  #closed: Error | undefined;
  #welcome: Welcome | undefined;

  constructor(socket: WebSocket, { url, tunnel, elsewhere }: WireTarget) {
    this.#socket = socket;
    this.#tunnel = tunnel;
    this.#url = url;
    this.elsewhere = elsewhere;
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

  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  get ended(): Promise<Error> {
    return this.#gone.promise;
  }

  async greet(target: WireTarget): Promise<void> {
    const ms = this.#tunnel === undefined ? CONNECT_MS : TUNNEL_MS;
    const challenge = await withDeadline(this.#challenge.promise, ms);
    const { origin } = new URL(this.#url);
    const greeting = greetingOf({ ...target, origin }, challenge);
    const hello = await withDeadline(this.call<HelloOk>('connect', greeting), CONNECT_MS);
    this.#welcome = welcomeOf(hello);
    const { deviceToken } = hello.auth;
    if (deviceToken !== undefined) target.device?.keepToken(origin, deviceToken);
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
    if (this.#socket.readyState === WebSocket.CLOSED) {
      this.#tunnel?.close();
      return;
    }
    const closed = new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
    });
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), 500);
    await closed;
    clearTimeout(timer);
    this.#tunnel?.close();
  }

  #receive(data: Buffer): void {
    const frame = frameOf(data);
    if (frame === undefined) {
      this.#fail(
        new PortcullisError('gateway.closed', 'What answers there does not speak like a gateway.', {
          hint: 'See whether the address is right: openclaw status --all',
        }),
      );
      this.#socket.terminate();
      return;
    }
    if (frame['type'] === 'event') {
      const { event, payload } = frame;
      if (event === 'connect.challenge') this.#challenge.resolve(challengeOf(payload));
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
    this.#gone.resolve(this.#closed);
    this.#challenge.reject(error);
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}

function frameOf(data: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const frame: unknown = JSON.parse(data.toString('utf8'));
    return isRecord(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

function welcomeOf({ server, protocol, auth, snapshot }: HelloOk): Welcome {
  const { authMode } = snapshot;
  const { role, scopes } = auth;
  return {
    version: server.version,
    protocol,
    role,
    scopes,
    ...(authMode !== undefined && { authMode }),
  };
}

/** A challenge that cannot be read is answered by a proof that does not hold. */
function challengeOf(payload: unknown): Challenge {
  const { nonce, ts } = isRecord(payload) ? payload : {};
  return { nonce: String(nonce), ts: typeof ts === 'number' ? ts : Date.now() };
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
    hint: 'See whether it runs, and whether its address is right: openclaw gateway run, gateway.remote.url',
    cause,
  });
}

function toError(error: unknown): PortcullisError {
  const { message, details, retryable } = isRecord(error) ? error : {};
  const facts = isRecord(details) ? details : {};
  const hint = facts['hint'] ?? facts['remediationHint'];
  return new PortcullisError(
    'gateway.refused',
    typeof message === 'string' ? message : 'The gateway refused.',
    {
      details: facts,
      retryable: retryable === true,
      ...(typeof hint === 'string' ? { hint } : {}),
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
