/**
 * One connection of a node host to its gateway: greeted, signed, and heard until it ends.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { PortcullisError, type Secret } from '@portcullis/core';
import { type NodeInvokeRequest, PROTOCOL_VERSION } from '@portcullis/protocol';
import { WebSocket } from 'ws';

import type { DeviceIdentity } from '../local/device-identity.ts';
import { COMMANDS } from './commands.ts';

/** What a node host proves itself with the first time. */
export interface NodeCredentials {
  readonly token?: Secret;
  readonly password?: Secret;
  /** Out of a setup code. */
  readonly bootstrapToken?: Secret;
}

/** Where a gateway is and who comes. */
export interface NodeTarget {
  /** `ws:` to this machine only, `wss:` to everywhere. */
  readonly url: URL;
  /** SHA-256 the certificate must have; then no authority is asked. */
  readonly fingerprint?: string;
  readonly identity: DeviceIdentity;
  readonly credentials: NodeCredentials;
  readonly version: string;
  readonly displayName: string;
}

/** What a node host hears. */
export interface NodeHearer {
  readonly invoke: (request: NodeInvokeRequest) => void;
  readonly cancel: (id: string) => void;
}

/** How a connection ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A refusal of the gateway, with the code clients branch on. */
export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

const CONNECT_MS = 15_000;
const MAX_FRAME = 26_214_400;
/** The gateway gives a sign of life this often where it does not say otherwise. */
const TICK_MS = 30_000;

/** A connection that was let in. */
export class NodeConnection {
  /** Resolves when it has ended, for whatever reason. */
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  readonly #end = Promise.withResolvers<Closed>();
  readonly #hearer: NodeHearer;
  readonly #target: NodeTarget;
  readonly #greeted = Promise.withResolvers<Refused | undefined>();
  readonly #connectId = randomUUID();
  #silence: NodeJS.Timeout | undefined;
  #tickMs = TICK_MS;

  private constructor(target: NodeTarget, hearer: NodeHearer) {
    this.#target = target;
    this.#hearer = hearer;
    this.closed = this.#end.promise;
    const { url, fingerprint } = target;
    const socket = new WebSocket(url, {
      handshakeTimeout: CONNECT_MS,
      maxPayload: MAX_FRAME,
      perMessageDeflate: false,
      ...(fingerprint === undefined ? {} : { rejectUnauthorized: false }),
    });
    this.#socket = socket;
    if (fingerprint !== undefined) {
      // Before anything was sent that is worth something.
      socket.on('upgrade', ({ socket: raw }) => {
        if (!hasFingerprint(raw, fingerprint)) socket.terminate();
      });
    }
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      clearTimeout(this.#silence);
      const closed = { code, reason: reason.toString('utf8') };
      this.#end.resolve(closed);
      this.#greeted.reject(unreachable());
    });
    this.#listen(CONNECT_MS);
  }

  /**
   * Connects. Resolves with the connection, or with why the gateway refuses. Throws
   * `node.unreachable`.
   */
  static async open(
    target: NodeTarget,
    hearer: NodeHearer,
  ): Promise<NodeConnection | { readonly refused: Refused }> {
    const connection = new NodeConnection(target, hearer);
    const refused = await connection.#greeted.promise;
    if (refused === undefined) return connection;
    connection.close();
    return { refused };
  }

  /** Sends a request whose answer nobody waits for. */
  tell(method: string, params: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ type: 'req', id: randomUUID(), method, params }));
  }

  close(): void {
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), 500).unref();
  }

  /** A gateway that is silent for too long is gone. */
  #listen(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.terminate(), ms);
  }

  #receive(data: Buffer): void {
    this.#listen(this.#tickMs * 2 + 5000);
    const frame = read(data);
    if (frame === undefined) return;
    if (frame['type'] === 'res' && frame['id'] === this.#connectId) this.#answered(frame);
    if (frame['type'] !== 'event') return;
    const payload = recordOf(frame['payload']);
    switch (frame['event']) {
      case 'connect.challenge':
        this.#greet(payload);
        return;
      case 'node.invoke.request':
        if (payload['nodeId'] === this.#target.identity.deviceId) this.#invoke(payload);
        return;
      case 'node.invoke.cancel':
        if (typeof payload['id'] === 'string') this.#hearer.cancel(payload['id']);
        return;
      default:
    }
  }

  #invoke({ id, nodeId, command, paramsJSON, timeoutMs, idempotencyKey }: Frame): void {
    if (typeof id !== 'string' || typeof nodeId !== 'string' || typeof command !== 'string') return;
    this.#hearer.invoke({
      id,
      nodeId,
      command,
      ...(typeof paramsJSON === 'string' ? { paramsJSON } : {}),
      ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
      ...(typeof idempotencyKey === 'string' ? { idempotencyKey } : {}),
    });
  }

  #greet({ nonce, ts }: Frame): void {
    const { identity, credentials, version, displayName, url } = this.#target;
    const known = identity.tokenFor(url.origin);
    const auth = authOf(known, credentials);
    const signedAt = typeof ts === 'number' ? ts : Date.now();
    const client = { id: 'node-host', mode: 'node', version, platform: process.platform };
    const token = auth.token ?? auth.deviceToken ?? auth.bootstrapToken ?? '';
    const signed = [
      'v3',
      identity.deviceId,
      client.id,
      client.mode,
      'node',
      '',
      String(signedAt),
      token,
      String(nonce),
      client.platform,
      '',
    ];
    const device = {
      id: identity.deviceId,
      publicKey: identity.publicKey,
      signature: identity.sign(signed.join('|')),
      signedAt,
      nonce,
    };
    const params = {
      minProtocol: PROTOCOL_VERSION,
      maxProtocol: PROTOCOL_VERSION,
      client: { ...client, displayName },
      role: 'node',
      scopes: [],
      caps: ['system'],
      commands: COMMANDS,
      device,
      auth,
    };
    this.#socket.send(
      JSON.stringify({ type: 'req', id: this.#connectId, method: 'connect', params }),
    );
  }

  #answered(frame: Frame): void {
    if (frame['ok'] !== true) {
      const { code, message, details, retryAfterMs } = recordOf(frame['error']);
      const { code: detail, requestId } = recordOf(details);
      this.#greeted.resolve({
        code: String(detail ?? code),
        message: String(message),
        ...(typeof requestId === 'string' ? { requestId } : {}),
        ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
      });
      return;
    }
    const { auth, policy } = recordOf(frame['payload']);
    const { deviceToken } = recordOf(auth);
    if (typeof deviceToken === 'string') {
      this.#target.identity.keepToken(this.#target.url.origin, deviceToken);
    }
    const { tickIntervalMs } = recordOf(policy);
    if (typeof tickIntervalMs === 'number') this.#tickMs = tickIntervalMs;
    this.#greeted.resolve(undefined);
  }
}

type Frame = Readonly<Record<string, unknown>>;

/** The token the gateway gave first of all; what a person gave is for the time before. */
function authOf(
  known: string | undefined,
  { token, password, bootstrapToken }: NodeCredentials,
): {
  readonly token?: string;
  readonly password?: string;
  readonly deviceToken?: string;
  readonly bootstrapToken?: string;
} {
  if (known !== undefined) return { deviceToken: known };
  return {
    ...(token === undefined ? {} : { token: token.reveal() }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(bootstrapToken === undefined ? {} : { bootstrapToken: bootstrapToken.reveal() }),
  };
}

function hasFingerprint(socket: unknown, wanted: string): boolean {
  if (typeof socket !== 'object' || socket === null) return false;
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') {
    return false;
  }
  const certificate: unknown = socket.getPeerCertificate();
  const found = recordOf(certificate)['fingerprint256'];
  return typeof found === 'string' && plain(found) === plain(wanted);
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(/^sha256:|[^0-9a-fA-F]/gu, '').toLowerCase();
}

function read(data: Buffer): Frame | undefined {
  try {
    return recordOf(JSON.parse(data.toString('utf8')));
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Frame {
  return typeof value === 'object' && value !== null ? (value as Frame) : {};
}

function unreachable(): PortcullisError {
  return new PortcullisError('node.unreachable', 'The gateway cannot be reached.', {
    hint: 'Look at gateway.remote.url, and whether the gateway runs.',
    retryable: true,
  });
}
