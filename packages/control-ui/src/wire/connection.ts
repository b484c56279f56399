/**
 * One lasting connection to the gateway over many sockets.
 *
 * Answers the challenge, keeps the order of events, notices silence, and comes back by itself with
 * growing pauses. It stops for good when the gateway's refusal says that trying again is useless.
 *
 * @module
 */
import type {
  ConnectParams,
  ErrorShape,
  EventFrame,
  HelloOk,
  MethodName,
  MethodParams,
  MethodResult,
} from '@portcullis/protocol';

import type { Device } from './device.ts';
import { type Answer, isFields, numberAt, parseFrame, textAt, toError } from './frames.ts';
import { type Refusal, explainRefusal } from './refusal.ts';

/** Where the connection stands. */
export type ConnectionState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'online'; readonly hello: HelloOk }
  /** Offline; the next attempt comes by itself. `refusal` says why, where the gateway did. */
  | { readonly phase: 'waiting'; readonly refusal?: Refusal }
  /** Offline until {@link Connection.start} is called again. */
  | { readonly phase: 'stopped'; readonly refusal?: Refusal };

/** What a page signs in with: the shared secret, a setup code, or the token of its device. */
export interface Credential {
  readonly kind: 'shared' | 'setup' | 'device';
  /** Empty where there is none. */
  readonly secret: string;
  readonly scopes: readonly string[];
}

/** A secret in the field it belongs in. Which of the shared ones is asked for is configuration. */
function authOf({ kind, secret }: Credential): Pick<ConnectParams, 'auth'> {
  if (secret === '') return {};
  if (kind === 'setup') return { auth: { bootstrapToken: secret } };
  return {
    auth: kind === 'device' ? { deviceToken: secret } : { token: secret, password: secret },
  };
}

/** What a connection needs. */
export interface ConnectionOptions {
  /** `ws:` or `wss:` address of the gateway. Holds no credential. */
  readonly url: string;
  readonly device: Device;
  /** What to sign in with and what to ask for, read for each attempt. */
  credential(): Credential;
  readonly client: ConnectParams['client'];
  onState(state: ConnectionState): void;
  onEvent(frame: EventFrame): void;
  /** First and longest pause between attempts, in milliseconds. Default 500 and 15,000. */
  readonly pauses?: { readonly first: number; readonly longest: number };
  /** How long a handshake may take, in milliseconds. Default 10,000. */
  readonly handshakeMs?: number;
}

/** A lasting connection. */
export interface Connection {
  start(): void;
  /** Closes for good. */
  stop(): void;
  /** Asks the gateway. Resolves with the refusal `OFFLINE` while offline. Never rejects. */
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
  ): Promise<Answer<MethodResult<M>>>;
}

/** What a request is answered that never reached the gateway, or whose answer was cut off. */
const OFFLINE: ErrorShape = {
  code: 'OFFLINE',
  message: 'The page is not connected to the gateway.',
  retryable: true,
};

const PROTOCOL = 4;

/** Makes a connection; {@link Connection.start} opens it. */
export function createConnection(options: ConnectionOptions): Connection {
  return new LastingConnection(options);
}

class LastingConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<string, (answer: Answer<unknown>) => void>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #nextId = 1;
  #lastSeq = 0;
  #online = false;
  /** Why the gateway refused the socket that is about to close. */
  #refused: ErrorShape | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#drop();
    this.#failures = 0;
    this.#open();
  }

  stop(): void {
    this.#drop();
    this.#options.onState({ phase: 'stopped' });
  }

  async request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
  ): Promise<Answer<MethodResult<M>>> {
    if (!this.#online) return { ok: false, error: OFFLINE };
    // The gateway answers by the same schema this type is inferred from.
    return this.#send(method, params) as Promise<Answer<MethodResult<M>>>;
  }

  #send(method: string, params: unknown): Promise<Answer<unknown>> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN)
      return Promise.resolve({ ok: false, error: OFFLINE });
    const id = String(this.#nextId++);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      socket.send(JSON.stringify({ type: 'req', id, method, params }));
    });
  }

  #open(): void {
    this.#options.onState({ phase: 'connecting' });
    this.#lastSeq = 0;
    this.#refused = undefined;
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#expectSign(this.#options.handshakeMs ?? 10_000);
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket === socket) this.#receive(socket, data);
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#closed();
    });
  }

  #receive(socket: WebSocket, data: unknown): void {
    const frame = parseFrame(data);
    if (frame === undefined) return;
    if (frame.type === 'res') {
      const settle = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      settle?.(
        frame.ok
          ? { ok: true, payload: frame.payload }
          : { ok: false, error: frame.error ?? toError(undefined) },
      );
      return;
    }
    if (frame.seq !== undefined) {
      if (frame.seq > this.#lastSeq + 1) return this.#lose(socket, 'an event is missing');
      this.#lastSeq = Math.max(this.#lastSeq, frame.seq);
    }
    if (this.#online) this.#expectSign();
    if (frame.event === 'connect.challenge') void this.#connect(socket, frame.payload);
    else if (this.#online) this.#options.onEvent(frame);
  }

  /** Answers the challenge. */
  async #connect(socket: WebSocket, challenge: unknown): Promise<void> {
    const { client, device } = this.#options;
    const nonce = textAt(challenge, 'nonce');
    if (nonce === undefined) return this.#lose(socket, 'the challenge has no nonce');
    const credential = this.#options.credential();
    const { scopes, secret } = credential;
    const proof = await device.prove({
      clientId: client.id,
      clientMode: client.mode,
      role: 'operator',
      scopes,
      signedAt: numberAt(challenge, 'ts') ?? Date.now(),
      token: secret,
      nonce,
      platform: client.platform,
      deviceFamily: client.deviceFamily ?? '',
    });
    if (this.#socket !== socket) return;
    const params: ConnectParams = {
      minProtocol: PROTOCOL,
      maxProtocol: PROTOCOL,
      client,
      role: 'operator',
      scopes: [...scopes],
      device: proof,
      ...authOf(credential),
    };
    const answer = await this.#send('connect', params);
    if (this.#socket !== socket) return;
    if (!answer.ok) {
      // The gateway closes now; the close handler decides what comes next.
      this.#refused = answer.error;
      socket.close();
    } else if (isFields(answer.payload) && answer.payload['type'] === 'hello-ok') {
      this.#welcome(answer.payload as unknown as HelloOk);
    } else {
      this.#lose(socket, 'the greeting is not understood');
    }
  }

  #welcome(hello: HelloOk): void {
    this.#online = true;
    this.#failures = 0;
    this.#tickMs = hello.policy.tickIntervalMs;
    this.#expectSign();
    this.#options.onState({ phase: 'online', hello });
  }

  #tickMs = 30_000;

  /** A gateway that is silent for two ticks is gone, whatever the socket says. */
  #expectSign(within: number = this.#tickMs * 2): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#silence = setTimeout(() => {
      if (socket !== undefined) this.#lose(socket, 'the gateway is silent');
    }, within);
  }

  /** Gives a socket up and comes back. Does not wait for the other side to agree. */
  #lose(socket: WebSocket, reason: string): void {
    socket.close(4000, reason);
    if (this.#socket === socket) this.#closed();
  }

  #closed(): void {
    const refused = this.#refused;
    this.#drop();
    const refusal = refused === undefined ? undefined : explainRefusal(refused);
    const why = refusal === undefined ? {} : { refusal };
    if (refusal?.retries === false) {
      this.#options.onState({ phase: 'stopped', ...why });
      return;
    }
    this.#failures += 1;
    this.#options.onState({ phase: 'waiting', ...why });
    this.#timer = setTimeout(() => this.#open(), refused?.retryAfterMs ?? this.#pause());
  }

  /** Doubles with every failure; a random part keeps many pages from coming back at once. */
  #pause(): number {
    const { first, longest } = this.#options.pauses ?? { first: 500, longest: 15_000 };
    const full = Math.min(longest, first * 2 ** (this.#failures - 1));
    return full / 2 + Math.random() * (full / 2);
  }

  /** Forgets the socket and answers everybody who waits for it. */
  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#online = false;
    socket?.close();
    for (const settle of this.#waiting.values()) settle({ ok: false, error: OFFLINE });
    this.#waiting.clear();
  }
}
