/**
 * One gateway connection: hello, identify or resume, heartbeats, and the close codes for whoever
 * does it wrong.
 *
 * @module
 */
import type { RawData, WebSocket } from 'ws';
import type { Session, SessionTerms } from './session.ts';
import type { Transport } from './transport.ts';

/** What the gateway decides for its connections. A number is a close code. */
export interface ConnectionHost {
  readonly heartbeatIntervalMs: number;
  readonly answersHeartbeats: () => boolean;
  identify(token: unknown, terms: SessionTerms): Session | number;
  /** Undefined: the session is gone, and the client has to identify again. */
  resume(token: unknown, sessionId: unknown, sequence: unknown): Session | number | undefined;
  /** Called when a session has a connection. */
  begin(session: Session, resumedAt: number | undefined): void;
  requestMembers(session: Session, request: Readonly<Record<string, unknown>>): void;
  /** `ended`: the session the client gave up by the way it closed. */
  closed(connection: Connection, ended: Session | undefined): void;
}

/** A client that closes with these says that it does not come back. */
const ENDS_SESSION: ReadonlySet<number> = new Set([1000, 1001]);

/** Frames a client may send in a minute. */
const FRAMES_PER_MINUTE = 120;

const CLOSE = {
  unknownOpcode: 4001,
  decodeError: 4002,
  notAuthenticated: 4003,
  alreadyAuthenticated: 4005,
  rateLimited: 4008,
  sessionTimedOut: 4009,
  invalidShard: 4010,
  invalidIntents: 4013,
} as const;

const HEARTBEAT = 1;
const IDENTIFY = 2;
const RESUME = 6;
const REQUEST_MEMBERS = 8;
/** Presence, voice state, soundboard: accepted, without effect. */
const WITHOUT_EFFECT: ReadonlySet<unknown> = new Set([3, 4, 31]);

function parse(data: RawData): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What an identify declares, or the close code for what it cannot mean. */
function termsOf({ intents, shard }: Readonly<Record<string, unknown>>): SessionTerms | number {
  if (typeof intents !== 'number') return CLOSE.invalidIntents;
  if (shard === undefined) return { intents, shard: [0, 1] };
  const [id, count]: readonly unknown[] = Array.isArray(shard) ? shard : [];
  if (typeof id !== 'number' || typeof count !== 'number' || !(id >= 0 && id < count)) {
    return CLOSE.invalidShard;
  }
  return { intents, shard: [id, count] };
}

/** A socket and the session it speaks for. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  readonly #send: Transport;
  readonly #frames: number[] = [];
  #session: Session | undefined;
  #heartbeatDue: NodeJS.Timeout | undefined;
  #isStalled = false;
  #wasClosed = false;

  constructor(socket: WebSocket, send: Transport, host: ConnectionHost) {
    this.#socket = socket;
    this.#send = send;
    this.#host = host;
    socket.on('message', (data) => this.#receive(data));
    socket.on('error', () => socket.terminate());
    socket.on('close', (code) => {
      clearTimeout(this.#heartbeatDue);
      this.#session?.detach();
      host.closed(this, this.#wasClosed || !ENDS_SESSION.has(code) ? undefined : this.#session);
    });
    this.#send({ op: 10, d: { heartbeat_interval: host.heartbeatIntervalMs }, s: null, t: null });
    this.#awaitHeartbeat();
  }

  /** Cuts the socket without a word. */
  cut(): void {
    this.#session?.detach();
    this.#socket.terminate();
  }

  /** Closes with `code`. */
  close(code: number): void {
    this.#wasClosed = true;
    this.#session?.detach();
    this.#socket.close(code);
  }

  /** Hears and says nothing any more, without closing. */
  stall(): void {
    this.#session?.detach();
    this.#isStalled = true;
    this.#socket.pause();
  }

  /** Asks to connect again. */
  requestReconnect(): void {
    this.#send({ op: 7, d: null, s: null, t: null });
  }

  /** Says that the session is over and cannot be resumed. */
  invalidate(): void {
    this.#session?.detach();
    this.#session = undefined;
    this.#send({ op: 9, d: false, s: null, t: null });
  }

  #awaitHeartbeat(): void {
    clearTimeout(this.#heartbeatDue);
    const patience = this.#host.heartbeatIntervalMs * 2;
    this.#heartbeatDue = setTimeout(() => {
      if (!this.#isStalled) this.close(CLOSE.sessionTimedOut);
    }, patience);
    this.#heartbeatDue.unref();
  }

  #receive(data: RawData): void {
    const now = Date.now();
    this.#frames.push(now);
    if (this.#frames.filter((at) => at > now - 60_000).length > FRAMES_PER_MINUTE) {
      return this.close(CLOSE.rateLimited);
    }
    const frame = parse(data);
    if (frame === undefined) return this.close(CLOSE.decodeError);
    const { op, d } = frame;
    if (op === HEARTBEAT) return this.#heartbeat();
    if (op === IDENTIFY) return this.#identify(record(d));
    if (op === RESUME) return this.#resume(record(d));
    if (op !== REQUEST_MEMBERS && !WITHOUT_EFFECT.has(op)) return this.close(CLOSE.unknownOpcode);
    if (this.#session === undefined) return this.close(CLOSE.notAuthenticated);
    if (op === REQUEST_MEMBERS) this.#host.requestMembers(this.#session, record(d));
  }

  #heartbeat(): void {
    this.#awaitHeartbeat();
    if (this.#host.answersHeartbeats()) this.#send({ op: 11, d: null, s: null, t: null });
  }

  #identify(request: Readonly<Record<string, unknown>>): void {
    if (this.#session !== undefined) return this.close(CLOSE.alreadyAuthenticated);
    const terms = termsOf(request);
    if (typeof terms === 'number') return this.close(terms);
    this.#begin(this.#host.identify(request['token'], terms), undefined);
  }

  #resume({ token, session_id, seq }: Readonly<Record<string, unknown>>): void {
    if (this.#session !== undefined) return this.close(CLOSE.alreadyAuthenticated);
    const session = this.#host.resume(token, session_id, seq);
    if (session === undefined) return this.invalidate();
    this.#begin(session, Number(seq));
  }

  #begin(session: Session | number, resumedAt: number | undefined): void {
    if (typeof session === 'number') return this.close(session);
    this.#session = session;
    session.attach(this.#send);
    this.#host.begin(session, resumedAt);
  }
}
