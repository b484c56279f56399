/**
 * The gateway of the fake Discord: sessions over WebSocket, beside the REST API on the same port.
 *
 * @module
 */
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection, type ConnectionHost } from './connection.ts';
import { areKnown, GUILDS, GUILD_MEMBERS, PRIVILEGED } from './intents.ts';
import type { GatewayEvent, Network } from './network.ts';
import { fullMemberOf, guildCreateOf, userOf } from './payloads.ts';
import { Session, type SessionTerms } from './session.ts';
import { textTransport, zlibTransport } from './transport.ts';

/** What the gateway needs from the fake. */
export interface GatewayParts {
  readonly network: Network;
  readonly heartbeatIntervalMs: number;
  readonly privilegedIntents: boolean;
  readonly identifyBudget: number;
  /** `ws://127.0.0.1:<port>`. */
  readonly address: () => string;
  /** Called when a session began or was taken up again. */
  readonly onSession: () => void;
}

const CLOSE = {
  decodeError: 4002,
  authenticationFailed: 4004,
  invalidSequence: 4007,
  invalidVersion: 4012,
  invalidIntents: 4013,
  disallowedIntents: 4014,
} as const;

/** The gateway. */
export class Gateway implements ConnectionHost {
  readonly heartbeatIntervalMs: number;
  identifies = 0;
  intents = 0;
  memberRequests = 0;
  resumes = 0;
  acksHeartbeats = true;
  readonly #parts: GatewayParts;
  readonly #connections: Set<Connection> = new Set();
  readonly #sessions: Map<string, Session> = new Map();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.heartbeatIntervalMs = parts.heartbeatIntervalMs;
    parts.network.onEvent((event) => this.#publish(event));
  }

  /** Serves the upgrades of an HTTP server. */
  serve(server: Server): void {
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const { searchParams } = new URL(request.url ?? '/', this.#parts.address());
      sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client, searchParams));
    });
  }

  #accept(client: WebSocket, query: URLSearchParams): void {
    const compress = query.get('compress');
    if (!['9', '10'].includes(query.get('v') ?? '')) return client.close(CLOSE.invalidVersion);
    // There is no code for what only this fake lacks: ETF and zstd.
    const isSpoken =
      query.get('encoding') === 'json' && (compress ?? 'zlib-stream') === 'zlib-stream';
    if (!isSpoken) return client.close(CLOSE.decodeError);
    const send = compress === null ? textTransport(client) : zlibTransport(client);
    this.#connections.add(new Connection(client, send, this));
  }

  /** What `GET /gateway/bot` answers. */
  directions(): object {
    const { address, identifyBudget } = this.#parts;
    return {
      url: address(),
      shards: 1,
      session_start_limit: {
        total: 1000,
        remaining: Math.max(0, identifyBudget - this.identifies),
        reset_after: 86_400_000,
        max_concurrency: 1,
      },
    };
  }

  /** Whether a connection with a session listens. */
  get isConnected(): boolean {
    return [...this.#sessions.values()].some(({ connected }) => connected);
  }

  /** How many connections there are. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Keeps events back, or hands them out again. */
  withholdEvents(withhold: boolean): void {
    for (const session of this.#sessions.values()) session.mute(withhold);
  }

  /** How many messages of others than the bot a session has after a number. */
  messagesAfter(sessionId: string, sequence: number): number {
    return this.#sessions.get(sessionId)?.messagesAfter(sequence, this.#parts.network.bot.id) ?? 0;
  }

  /** Does something to every connection. */
  eachConnection(action: (connection: Connection) => void): void {
    for (const connection of this.#connections) action(connection);
  }

  /** Ends all sessions; nothing can be resumed. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  answersHeartbeats(): boolean {
    return this.acksHeartbeats;
  }

  identify(token: unknown, terms: SessionTerms): Session | number {
    const { network, privilegedIntents } = this.#parts;
    if (token !== network.token || network.revoked) return CLOSE.authenticationFailed;
    if (!areKnown(terms.intents)) return CLOSE.invalidIntents;
    const asksForMore = (terms.intents & PRIVILEGED) !== 0;
    if (asksForMore && !privilegedIntents) return CLOSE.disallowedIntents;
    const session = new Session(terms);
    this.#sessions.set(session.id, session);
    this.identifies += 1;
    this.intents = terms.intents;
    return session;
  }

  resume(token: unknown, sessionId: unknown, sequence: unknown): Session | number | undefined {
    const { network } = this.#parts;
    if (token !== network.token || network.revoked) return CLOSE.authenticationFailed;
    const session = typeof sessionId === 'string' ? this.#sessions.get(sessionId) : undefined;
    if (session === undefined) return undefined;
    const known = typeof sequence === 'number' && session.knows(sequence);
    if (!known) return CLOSE.invalidSequence;
    this.resumes += 1;
    session.mute(false);
    return session;
  }

  begin(session: Session, resumedAt: number | undefined): void {
    if (resumedAt === undefined) this.#greet(session);
    else {
      session.replay(resumedAt);
      session.push('RESUMED', {});
    }
    this.#parts.onSession();
  }

  requestMembers(session: Session, request: Readonly<Record<string, unknown>>): void {
    this.memberRequests += 1;
    const guildId = String(request['guild_id']);
    const guild = this.#parts.network.guilds.get(guildId);
    const { user_ids: wanted, nonce } = request;
    const ids = Array.isArray(wanted) ? wanted : undefined;
    const members = [...(guild?.members.values() ?? [])]
      .filter(({ user }) => ids === undefined || ids.includes(user.id))
      .map(fullMemberOf);
    const chunk = { guild_id: guildId, members, chunk_index: 0, chunk_count: 1, not_found: [] };
    session.push('GUILD_MEMBERS_CHUNK', nonce === undefined ? chunk : { ...chunk, nonce });
  }

  closed(connection: Connection, ended: Session | undefined): void {
    this.#connections.delete(connection);
    if (ended !== undefined) this.#sessions.delete(ended.id);
  }

  #greet(session: Session): void {
    const { network, address } = this.#parts;
    const { intents, shard } = session.terms;
    const guilds = network
      .ownGuilds()
      .filter(({ id }) => (BigInt(id) >> 22n) % BigInt(shard[1]) === BigInt(shard[0]));
    session.push('READY', {
      v: 10,
      user: userOf(network.bot),
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: address(),
      shard,
      application: { id: network.bot.id, flags: 0 },
    });
    if ((intents & GUILDS) === 0) return;
    const withMembers = (intents & GUILD_MEMBERS) !== 0;
    for (const guild of guilds) {
      // `unavailable` tells a server that is there again from one the bot has just joined.
      const there = { ...guildCreateOf(network, guild, withMembers), unavailable: false };
      session.push('GUILD_CREATE', there);
    }
  }

  #publish(event: GatewayEvent): void {
    for (const session of this.#sessions.values()) session.offer(event, this.#parts.network.bot.id);
  }
}
