/**
 * A small scripted gateway on loopback: serves the built page under its strict content policy and
 * speaks the wire protocol, with the real proof of the real device key.
 *
 * @module
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { ConnectParams } from '@portcullis/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** The policy the page must live under. */
const CONTENT_POLICY: string =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The answer of a method: a payload, or an error. */
export type Reply = { readonly payload: unknown } | { readonly error: object };

/** One authenticated connection, as a script sees it. */
export interface Client {
  readonly connect: ConnectParams;
  /** Sends an event with the next number. */
  emit(event: string, payload: unknown): void;
  /** Sends an event with a number of the script's choice. */
  emitAt(seq: number, event: string, payload: unknown): void;
  /** Ends the connection as a restart does. */
  drop(): void;
}

/** What a script decides. Everything has a default. */
export interface Script {
  /** Folder the page was built to. */
  readonly pages?: string;
  readonly tickIntervalMs?: number;
  readonly scopes?: readonly string[];
  /** False: the gateway accepts the socket and says nothing. */
  readonly challenges?: boolean;
  /** Refuses a connect that proved its device. */
  refuse?(connect: ConnectParams): object | undefined;
  /** Answers a method; undefined means `unknown method`, a promise that never ends means silence. */
  answer?(method: string, params: never, client: Client): Reply | Promise<Reply> | undefined;
}

/** A running fake. */
export interface FakeGateway {
  readonly url: string;
  readonly pageUrl: string;
  readonly script: Script;
  /** Every connect that proved its device, in order. */
  readonly connects: readonly ConnectParams[];
  /** Every other request, in order. */
  readonly requests: readonly { readonly method: string; readonly params: unknown }[];
  readonly clients: readonly Client[];
  close(): Promise<void>;
}

/** Starts a fake gateway. Properties of `script` may be changed while it runs. */
export async function startFakeGateway(script: Script = {}): Promise<FakeGateway> {
  const connects: ConnectParams[] = [];
  const requests: { method: string; params: unknown }[] = [];
  const clients: Client[] = [];
  const server = createServer((request, response) => serve(script, request, response));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    converse(socket, script, { connects, requests, clients });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    pageUrl: `http://127.0.0.1:${port}/`,
    script,
    connects,
    requests,
    clients,
    close: () => stop(server, sockets),
  };
}

interface Records {
  readonly connects: ConnectParams[];
  readonly requests: { method: string; params: unknown }[];
  readonly clients: Client[];
}

function converse(socket: WebSocket, script: Script, records: Records): void {
  const nonce = crypto.randomUUID();
  let client: Client | undefined;
  const send = (frame: object): void => socket.send(JSON.stringify(frame));
  const respond = (id: string, reply: Reply): void =>
    send({ type: 'res', id, ok: 'payload' in reply, ...reply });
  if (script.challenges !== false) {
    send({ type: 'event', event: 'connect.challenge', payload: { nonce, ts: 1_700_000_000_000 } });
  }
  socket.on('message', (data) => {
    const { id, method, params } = JSON.parse(String(data)) as {
      id: string;
      method: string;
      params: never;
    };
    if (client !== undefined) {
      records.requests.push({ method, params });
      const reply = script.answer?.(method, params, client) ?? {
        error: { code: 'INVALID_REQUEST', message: `unknown method: ${method}` },
      };
      void Promise.resolve(reply).then((ready) => respond(id, ready));
      return;
    }
    const connect: ConnectParams = params;
    const fault = faultOf(connect, nonce) ?? script.refuse?.(connect);
    if (fault !== undefined) {
      respond(id, { error: fault });
      socket.close(1008, 'refused');
      return;
    }
    records.connects.push(connect);
    client = toClient(socket, connect);
    records.clients.push(client);
    respond(id, { payload: hello(script, connect) });
  });
}

function toClient(socket: WebSocket, connect: ConnectParams): Client {
  let seq = 0;
  const emitAt = (number: number, event: string, payload: unknown): void =>
    socket.send(JSON.stringify({ type: 'event', event, payload, seq: number }));
  return {
    connect,
    emitAt,
    emit: (event, payload) => emitAt((seq += 1), event, payload),
    drop: () => socket.close(1012, 'service restart'),
  };
}

/** Checks the device proof as the protocol says; undefined when it holds. */
function faultOf(connect: ConnectParams, nonce: string): object | undefined {
  const { device, client, role = 'operator', scopes = [], auth } = connect;
  if (device === undefined) return { code: 'NOT_PAIRED', message: 'device identity required' };
  const key = Buffer.from(device.publicKey, 'base64url');
  const id = createHash('sha256').update(key).digest('hex');
  const text = `v3|${id}|${client.id}|${client.mode}|${role}|${scopes.join(',')}|${device.signedAt}|${auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? ''}|${nonce}|${client.platform}|${client.deviceFamily ?? ''}`;
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const signature = Buffer.from(device.signature, 'base64url');
  const holds = device.id === id && verify(null, Buffer.from(text), publicKey, signature);
  return holds
    ? undefined
    : {
        code: 'INVALID_REQUEST',
        message: 'bad device proof',
        details: { code: 'DEVICE_AUTH_SIGNATURE_INVALID' },
      };
}

function hello(
  { tickIntervalMs = 30_000, scopes = ['operator.admin'] }: Script,
  { auth }: ConnectParams,
): object {
  return {
    type: 'hello-ok',
    protocol: 4,
    server: { version: '0.1.0', connId: 'c1' },
    features: { methods: [], events: [] },
    snapshot: {
      presence: [],
      health: {},
      stateVersion: { presence: 0, health: 0 },
      uptimeMs: 1,
      sessionDefaults: {
        defaultAgentId: 'main',
        mainKey: 'main',
        mainSessionKey: 'agent:main:main',
        scope: 'per-sender',
        modelConfigured: true,
      },
    },
    auth: {
      role: 'operator',
      scopes,
      // A device that shows a setup code is paired by it, and told its own token.
      ...(auth?.bootstrapToken === undefined ? {} : { deviceToken: 'of the device' }),
    },
    policy: { maxPayload: 1_000_000, maxBufferedBytes: 1_000_000, tickIntervalMs },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

function serve({ pages }: Script, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const file = join(pages ?? '', pathname === '/' ? 'index.html' : pathname);
  if (pages === undefined || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_POLICY,
      'x-content-type-options': 'nosniff',
    })
    .end(readFileSync(file));
}

async function stop(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
