/**
 * One connection to the gateway: the library's shard, which greets, beats and resumes.
 *
 * Left to itself the shard connects again for ever, every half second, and waits for a dead peer to
 * close its side. Here every end of a connection is told to whoever opened it, and nothing else
 * happens: the next one is theirs to open, after the pause they choose.
 *
 * @module
 */
import type * as Library from '@discordjs/ws';
import type { IContextFetchingStrategy, WebSocketShardDestroyOptions } from '@discordjs/ws';
import type { Timings } from './timings.ts';

/** A session as it can be resumed. */
export interface LinkSession {
  readonly id: string;
  /** Where it is resumed. */
  readonly url: string;
  /** Number of the last event that need not come again. */
  readonly sequence: number;
}

/** An event of the gateway, as it came. */
export interface Payload {
  /** Its name: `MESSAGE_CREATE`. */
  readonly t: string;
  /** Its number in the session. */
  readonly s: number;
  readonly d: unknown;
}

/** How a connection ended. */
export interface LinkEnd {
  /** The close code, or 0 when there was none. */
  readonly code: number;
  /** Whether the session is gone, and has to be begun anew. */
  readonly sessionLost: boolean;
  /** Whether it ever had a session. */
  readonly wasOpen: boolean;
}

/** What a connection needs. */
export interface LinkParts {
  readonly token: string;
  readonly url: string;
  readonly intents: number;
  readonly timings: Timings;
  /** The session to be resumed and, as its events are stored, how far that got. */
  readonly session: () => LinkSession | undefined;
  /** A session began. */
  readonly began: (session: LinkSession) => void;
  readonly dispatched: (payload: Payload) => void;
  /** The connection has a session, new or resumed. */
  readonly opened: () => void;
  /** The other side answered a heartbeat. */
  readonly beaten: () => void;
  /** Called once. */
  readonly ended: (end: LinkEnd) => void;
}

/** An open connection. */
export interface Link {
  /** Ends the connection and keeps the session. Resolves when the socket is gone. */
  close(): Promise<void>;
  /** Asks who we are in a server; the answer is an event. */
  askForMember(guildId: string, userId: string, nonce: string): void;
}

/** Close codes after which Discord does not take up the session again. */
const SESSION_LOST: ReadonlySet<number> = new Set([4003, 4005, 4007]);
/** What we close with: Discord ends a session closed with 1000 or 1001. */
const KEEP_SESSION = 4200;

/** The operation that asks for members of a server. */
const REQUEST_MEMBERS = 8;

/** The part of the library's socket that it keeps to itself. */
interface Socket {
  on(event: 'error', listener: () => void): void;
  terminate(): void;
}

function socketOf(shard: object): Socket | undefined {
  const socket: unknown = Reflect.get(shard, 'connection');
  const isSocket = typeof socket === 'object' && socket !== null && 'terminate' in socket;
  return isSocket ? (socket as Socket) : undefined;
}

function strategyOf(library: typeof Library, parts: LinkParts): IContextFetchingStrategy {
  const { token, url, intents, timings } = parts;
  const limit = { total: 1, remaining: 1, reset_after: 0, max_concurrency: 1 };
  return {
    options: {
      token,
      intents,
      version: '10',
      encoding: library.Encoding.JSON,
      compression: null,
      gatewayInformation: { url, shards: 1, session_start_limit: limit },
      handshakeTimeout: timings.openMs,
      helloTimeout: timings.openMs,
      readyTimeout: timings.openMs,
      identifyProperties: { os: process.platform, browser: 'portcullis', device: 'portcullis' },
      initialPresence: null,
      largeThreshold: null,
      shardCount: 1,
    },
    // Both answer at once: the library hands out events in order only if all take equally long.
    retrieveSessionInfo: () => {
      const session = parts.session();
      if (session === undefined) return null;
      const { id: sessionId, url: resumeURL, sequence } = session;
      return { sessionId, resumeURL, sequence, shardCount: 1, shardId: 0 };
    },
    // The library counts an event as had when it arrived; we count it when it is stored.
    updateSessionInfo: (_shard, info) => {
      if (info === null || info.sessionId === parts.session()?.id) return;
      parts.began({ id: info.sessionId, url: info.resumeURL, sequence: info.sequence });
    },
    waitForIdentify: async () => undefined,
  };
}

type LinkMaker = (parts: LinkParts) => Link;

/** Prepares connections. The class is made here since the library is loaded late. */
export function linkMaker(library: typeof Library): LinkMaker {
  class Shard extends library.WebSocketShard {
    readonly #parts: LinkParts;
    readonly #opening: NodeJS.Timeout;
    #end: Promise<void> | undefined;
    #wasOpen = false;

    constructor(parts: LinkParts) {
      super(strategyOf(library, parts), 0);
      this.#parts = parts;
      this.#opening = setTimeout(() => void this.destroy(), parts.timings.openMs);
      this.on(library.WebSocketShardEvents.Dispatch, ({ data }) => this.#receive(data));
      this.on(library.WebSocketShardEvents.HeartbeatComplete, () => this.#parts.beaten());
      this.#survive();
      // Without a listener an error ends the process.
      this.on(library.WebSocketShardEvents.Error, () => undefined);
      this.on(library.WebSocketShardEvents.Closed, ({ code }) => {
        // The library ends most closed connections itself, in this same turn.
        queueMicrotask(() => void this.destroy({ code }));
      });
      this.connect().catch(() => undefined);
    }

    /** What the library calls whenever it would connect again. */
    override destroy(options: WebSocketShardDestroyOptions = {}): Promise<void> {
      this.#end ??= this.#finish(options);
      return this.#end;
    }

    /** The library lets go of what fails while it reads a frame, which ends the process. */
    #survive(): void {
      const read: unknown = Reflect.get(this, 'onMessage');
      if (typeof read !== 'function') return;
      const survived = async (...frame: readonly unknown[]): Promise<void> => {
        try {
          await Reflect.apply(read, this, frame);
        } catch {
          // Resuming would bring the same frame again. A connection that cannot go on without it ends.
        }
      };
      Reflect.set(this, 'onMessage', survived);
    }

    #receive(payload: Payload): void {
      if (this.#end !== undefined) return;
      const isOpen = payload.t === 'READY' || payload.t === 'RESUMED';
      if (isOpen && !this.#wasOpen) {
        this.#wasOpen = true;
        clearTimeout(this.#opening);
        this.#parts.opened();
      }
      this.#parts.dispatched(payload);
    }

    async #finish({ code = 0, reason }: WebSocketShardDestroyOptions): Promise<void> {
      clearTimeout(this.#opening);
      const socket = socketOf(this);
      // The library takes its listeners off a socket that may still fail.
      socket?.on('error', () => undefined);
      const isConnecting = this.status === library.WebSocketShardStatus.Connecting;
      if (isConnecting) socket?.terminate();
      const patience = setTimeout(() => socket?.terminate(), this.#parts.timings.closeMs);
      await super.destroy({ code: KEEP_SESSION }).catch(() => undefined);
      clearTimeout(patience);
      socket?.terminate();
      const sessionLost = reason === 'Invalid session' || SESSION_LOST.has(code);
      this.#parts.ended({ code, sessionLost, wasOpen: this.#wasOpen });
    }
  }
  return (parts) => {
    const shard = new Shard(parts);
    return {
      close: () => shard.destroy(),
      askForMember: (guildId, userId, nonce) => {
        const d = { guild_id: guildId, user_ids: userId, nonce };
        shard.send({ op: REQUEST_MEMBERS, d }).catch(() => undefined);
      },
    };
  };
}
