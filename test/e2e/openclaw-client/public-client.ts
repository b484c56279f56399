/**
 * The public client of OpenClaw, unmodified, connected to a real gateway. Every answer and every
 * event is held against our schema and against the published one.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';

import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import { type EventName, EVENTS, type MethodName, METHODS } from '@portcullis/protocol';

import {
  publishedEvent,
  publishedFaults,
  publishedResult,
} from '../../../packages/gateway/test/server/published-schema.ts';
import { until } from '../world.ts';

/** The shared token of every world. */
export const TOKEN = 'e2e-token-of-sufficient-length-0001';

/** An event as it came. */
export interface Seen {
  readonly event: string;
  readonly seq?: number;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** What hello-ok says, as far as tests look at it. */
export interface Hello {
  readonly type: string;
  readonly protocol: number;
  readonly server: { readonly connId: string };
  readonly features: { readonly methods: readonly string[]; readonly events: readonly string[] };
  readonly auth: {
    readonly role: string;
    readonly scopes: readonly string[];
    readonly deviceToken?: string;
  };
}

/** A connected client. */
export interface Connected {
  readonly client: GatewayClient;
  /** Every hello-ok, the newest last. */
  readonly hellos: readonly Hello[];
  readonly events: readonly Seen[];
  /** What did not fit a schema, of any event. */
  readonly faults: readonly string[];
  readonly gaps: readonly unknown[];
  readonly closes: readonly { readonly code: number; readonly reason: string }[];
  /** Why it gave up reconnecting. */
  readonly pauses: readonly unknown[];
  /** Calls a method; throws where the answer does not fit a schema. */
  call(method: MethodName, params?: unknown): Promise<Record<string, unknown>>;
  /** Resolves with the first event, past or to come, that `matches`. */
  heard(event: EventName, matches?: (payload: Record<string, unknown>) => boolean): Promise<Seen>;
}

/** What is wrong with a result, by our schema and by the published one. */
export function faultsOf(method: MethodName, result: unknown): readonly string[] {
  const ours = METHODS[method].result.safeParse(result).error?.issues ?? [];
  const published = publishedResult(method);
  return [
    ...ours.map(({ path, message }) => `${method}: ours: ${path.join('.')} ${message}`),
    ...(published === undefined ? [] : publishedFaults(published, result)).map(
      (fault) => `${method}: published: ${fault}`,
    ),
  ];
}

function eventFaults({ event, payload }: Seen): readonly string[] {
  if (event === 'connect.challenge') return [];
  const spec = Object.hasOwn(EVENTS, event) ? EVENTS[event as EventName] : undefined;
  if (spec === undefined) return [`${event}: no event of ours`];
  const ours = spec.payload.safeParse(payload).error?.issues ?? [];
  const published = publishedEvent(event);
  return [
    ...ours.map(({ path, message }) => `${event}: ours: ${path.join('.')} ${message}`),
    ...(published === undefined ? [] : publishedFaults(published, payload)).map(
      (fault) => `${event}: published: ${fault}`,
    ),
  ];
}

/** Connects the public client and resolves at hello-ok. Rejects with its connect error. */
export async function connect(
  url: string,
  options: Partial<GatewayClientOptions> = {},
): Promise<Connected> {
  const hellos: Hello[] = [];
  const events: Seen[] = [];
  const faults: string[] = [];
  const gaps: unknown[] = [];
  const closes: { code: number; reason: string }[] = [];
  const pauses: unknown[] = [];
  const first = Promise.withResolvers<void>();
  const client = new GatewayClient({
    url: url.replace('http', 'ws'),
    token: TOKEN,
    onHelloOk: (payload) => {
      hellos.push(payload as unknown as Hello);
      faults.push(...publishedFaults('HelloOk', payload));
      first.resolve();
    },
    onConnectError: (error) => first.reject(error),
    onEvent: (event) => {
      const seen = event as Seen;
      events.push(seen);
      faults.push(...eventFaults(seen));
    },
    onGap: (gap) => gaps.push(gap),
    onClose: (code, reason) => closes.push({ code, reason }),
    onReconnectPaused: (info) => pauses.push(info),
    ...options,
  });
  client.start();
  await first.promise.catch((error: unknown) => {
    client.stop();
    throw error;
  });
  return {
    client,
    hellos,
    events,
    faults,
    gaps,
    closes,
    pauses,
    call: async (method, params) => {
      const result = await client.request(method, params);
      const wrong = faultsOf(method, result);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      return result as Record<string, unknown>;
    },
    heard: async (event, matches = () => true) => {
      const find = (): Seen | undefined =>
        events.find((seen) => seen.event === event && matches({ ...seen.payload }));
      await until(() => find() !== undefined, `the event ${event}`);
      const found = find();
      if (found === undefined) throw new Error(`${event} was heard and is gone`);
      return found;
    },
  };
}

/** A device of the public client: a fresh key, and every token it was handed. */
export interface Device {
  readonly id: string;
  readonly tokens: readonly string[];
  /** Options with which the client is this device. */
  readonly options: Partial<GatewayClientOptions>;
}

/** Makes a device. It keeps the token it is handed and offers it again, as hosts do. */
export function makeDevice(): Device {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const id = createHash('sha256').update(raw).digest('hex');
  const tokens: string[] = [];
  return {
    id,
    tokens,
    options: {
      clientName: 'openclaw-tui',
      mode: 'ui',
      deviceIdentity: {
        deviceId: id,
        privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      },
      hostDeps: {
        signDevicePayload: (_pem, payload) =>
          sign(null, Buffer.from(payload), privateKey).toString('base64url'),
        publicKeyRawBase64UrlFromPem: () => raw.toString('base64url'),
        storeDeviceAuthToken: ({ token }) => tokens.push(token),
        loadDeviceAuthToken: () => {
          const token = tokens.at(-1);
          return token === undefined ? null : { token };
        },
      },
    },
  };
}
