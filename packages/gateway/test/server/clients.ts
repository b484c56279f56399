/** Clients for tests: the published one, and a raw socket that can misbehave. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';

import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import { WebSocket } from 'ws';

import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts';
import { createFakeServices, type FakeServices, TOKEN } from './fake-services.ts';

/** A gateway under test. */
export interface Bench {
  readonly services: FakeServices;
  readonly server: Server;
  readonly url: string;
  readonly http: string;
  /** Closes everything that was opened for it. */
  close(): Promise<void>;
  /** Runs when the bench closes, before the server does. */
  onClose(work: () => void): void;
}

/** Starts a server over fake services on a free port. */
export async function startBench(
  options: Partial<ServerOptions> & { readonly config?: string; readonly durable?: boolean } = {},
): Promise<Bench> {
  const { config, durable, ...rest } = options;
  const services = await createFakeServices(config, durable);
  const server = await createServer({ services, host: '127.0.0.1', port: 0, ...rest });
  const closers: (() => void)[] = [];
  return {
    services,
    server,
    url: `ws://127.0.0.1:${server.port}`,
    http: `http://127.0.0.1:${server.port}`,
    onClose: (work) => closers.push(work),
    close: async () => {
      for (const work of closers) work();
      await server.close(200);
      await services.dispose();
    },
  };
}

/** An event as clients see it. */
export interface SeenEvent {
  readonly event: string;
  readonly seq?: number;
  readonly payload?: Record<string, unknown>;
}

/** A connected published client with everything it heard. */
export interface Connected {
  readonly client: GatewayClient;
  readonly hello: Record<string, unknown> & {
    readonly auth: { readonly scopes: readonly string[]; readonly deviceToken?: string };
    readonly server: { readonly connId: string };
  };
  readonly events: SeenEvent[];
  readonly gaps: unknown[];
  readonly closes: { readonly code: number; readonly reason: string }[];
  /** Resolves with the first event, past or to come, that `matches`. */
  waitFor(matches: (event: SeenEvent) => boolean): Promise<SeenEvent>;
}

/** Connects the published client. Rejects with its connect error. */
export async function connect(
  bench: Bench,
  options: Partial<GatewayClientOptions> = {},
): Promise<Connected> {
  const events: SeenEvent[] = [];
  const gaps: unknown[] = [];
  const closes: { code: number; reason: string }[] = [];
  const waiting = new Set<() => void>();
  const hello = Promise.withResolvers<Connected['hello']>();
  const client = new GatewayClient({
    url: bench.url,
    token: TOKEN,
    onHelloOk: (payload) => hello.resolve(payload as unknown as Connected['hello']),
    onConnectError: (error) => hello.reject(error),
    onEvent: (event) => {
      events.push(event as SeenEvent);
      for (const wake of waiting) wake();
    },
    onGap: (gap) => gaps.push(gap),
    onClose: (code, reason) => closes.push({ code, reason }),
    ...options,
  });
  bench.onClose(() => client.stop());
  client.start();
  return {
    client,
    hello: await hello.promise,
    events,
    gaps,
    closes,
    waitFor: (matches) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find(matches);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A device of the published client. */
export function makeDevice(): Required<
  Pick<GatewayClientOptions, 'deviceIdentity' | 'hostDeps'>
> & { readonly deviceId: string; readonly tokens: string[] } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const deviceId = createHash('sha256').update(raw).digest('hex');
  const tokens: string[] = [];
  return {
    deviceId,
    tokens,
    deviceIdentity: {
      deviceId,
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    hostDeps: {
      signDevicePayload: (_pem, payload) =>
        sign(null, Buffer.from(payload), privateKey).toString('base64url'),
      publicKeyRawBase64UrlFromPem: () => raw.toString('base64url'),
      storeDeviceAuthToken: ({ token }) => tokens.push(token),
    },
  };
}

/** A frame as it came. */
export type Frame = Record<string, unknown> & {
  readonly type: string;
  readonly id?: string;
  readonly ok?: boolean;
  readonly event?: string;
  readonly seq?: number;
  readonly payload?: Record<string, unknown>;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: Record<string, unknown>;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
  };
};

/** A raw connection. */
export interface Raw {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(value: unknown): void;
  /** Resolves with the first frame, past or to come, that `matches`. */
  next(matches: (frame: Frame) => boolean): Promise<Frame>;
  request(method: string, params?: unknown): Promise<Frame>;
}

/** Opens a raw socket and resolves once the challenge is there. */
export async function openRaw(
  bench: Pick<Bench, 'url' | 'onClose'>,
  options: {
    readonly headers?: Record<string, string>;
    readonly path?: string;
    /** The address it comes from. */
    readonly localAddress?: string;
  } = {},
): Promise<Raw & { readonly nonce: string }> {
  const { headers = {}, path = '/', localAddress } = options;
  const socket = new WebSocket(`${bench.url.replace(/\/$/u, '')}${path}`, {
    headers,
    ...(localAddress !== undefined && { localAddress }),
    perMessageDeflate: false,
  });
  bench.onClose(() => socket.terminate());
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as Frame);
    for (const wake of waiting) wake();
  });
  socket.on('close', (code, reason) => closed.resolve({ code, reason: String(reason) }));
  let counter = 0;
  const next: Raw['next'] = (matches) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = frames.find(matches);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  const challenge = await next((frame) => frame.event === 'connect.challenge');
  const send = (value: unknown): void => socket.send(JSON.stringify(value));
  return {
    socket,
    frames,
    closed: closed.promise,
    nonce: String(challenge.payload?.['nonce']),
    send,
    next,
    request: (method, params) => {
      counter += 1;
      const id = `r${counter}`;
      send({ type: 'req', id, method, ...(params !== undefined && { params }) });
      return next((frame) => frame.type === 'res' && frame.id === id);
    },
  };
}

/** Connect parameters of a program of this machine. */
export function connectParams(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: 'cli', version: '1', platform: 'linux', mode: 'cli' },
    scopes: ['operator.admin'],
    auth: { token: TOKEN },
    ...change,
  };
}

/** A raw connection that has authenticated. */
export async function openAuthed(
  bench: Pick<Bench, 'url' | 'onClose'>,
  change: Record<string, unknown> = {},
): Promise<Raw> {
  const raw = await openRaw(bench);
  const hello = await raw.request('connect', connectParams(change));
  if (hello.ok !== true) throw new Error(`refused: ${JSON.stringify(hello.error)}`);
  return raw;
}

/** A device that can sign for raw connections. */
export interface Device {
  readonly id: string;
  /** Connect parameters with this device's proof for `nonce`. */
  prove(nonce: string, change?: Record<string, unknown>, lie?: DeviceLie): Record<string, unknown>;
}

/** What a forged proof gets wrong. */
export interface DeviceLie {
  readonly id?: string;
  readonly publicKey?: string;
  readonly signedAt?: number;
  readonly nonce?: string;
  readonly signature?: string;
  readonly version?: 'v2' | 'v3';
}

/** Makes a device with a fresh key. */
export function makeRawDevice(): Device {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const id = createHash('sha256').update(raw).digest('hex');
  return {
    id,
    prove: (nonce, change = {}, lie = {}) => {
      const params = connectParams({
        client: { id: 'openclaw-tui', version: '1', platform: 'Linux', mode: 'ui' },
        scopes: ['operator.read', 'operator.write'],
        ...change,
      });
      const auth = params['auth'] as Record<string, string> | undefined;
      const client = params['client'] as Record<string, string>;
      const signedAt = lie.signedAt ?? Date.now();
      const version = lie.version ?? 'v3';
      const fields = [
        version,
        id,
        client['id'],
        client['mode'],
        params['role'] ?? 'operator',
        (params['scopes'] as string[]).join(','),
        signedAt,
        auth?.['token'] ?? auth?.['deviceToken'] ?? auth?.['bootstrapToken'] ?? '',
        nonce,
        ...(version === 'v3' ? [(client['platform'] ?? '').toLowerCase(), ''] : []),
      ];
      const signature = sign(null, Buffer.from(fields.join('|')), privateKey).toString('base64url');
      const device = {
        id: lie.id ?? id,
        publicKey: lie.publicKey ?? raw.toString('base64url'),
        signature: lie.signature ?? signature,
        signedAt,
        nonce: lie.nonce ?? nonce,
      };
      return { ...params, device };
    },
  };
}

/** Connects a device over a raw socket. */
export async function connectDevice(
  bench: Pick<Bench, 'url' | 'onClose'>,
  device: Device,
  change: Record<string, unknown> = {},
  options: Parameters<typeof openRaw>[1] & { readonly lie?: DeviceLie } = {},
): Promise<Raw & { readonly answer: Frame }> {
  const raw = await openRaw(bench, options);
  const answer = await raw.request('connect', device.prove(raw.nonce, change, options.lie));
  return { ...raw, answer };
}
