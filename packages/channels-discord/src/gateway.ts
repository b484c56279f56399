/**
 * Keeps a connection to the gateway: opens it, notices when it is dead, opens the next.
 *
 * @module
 */
import { Backoff, type Health, isLoopbackUrl, pause } from '@portcullis/channel-kit';
import { type Logger, PortcullisError, type Secret } from '@portcullis/core';
import type { Api } from './api.ts';
import type { DiscordOptions } from './config.ts';
import { CallError, fatalClose, isUnauthorized, notUnderstood, unauthorized } from './errors.ts';
import type { Intake } from './intake.ts';
import type { Link, LinkEnd, LinkParts, LinkSession, Payload } from './link.ts';
import { fields, type Places } from './places.ts';
import type { Position } from './position.ts';
import type { Timings } from './timings.ts';

/** Servers, messages and reactions there, the same in direct conversations, and message content. */
const INTENTS: number = (1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15);
/** After so many connections without a session the address is asked for anew. */
const STALE_ADDRESS = 2;
/** Longest wait for another day's sessions before asking again. */
const BUDGET_WAIT_MS = 10 * 60_000;

/** What a connection is kept with. */
export interface GatewayParts {
  readonly api: Api;
  readonly open: (parts: LinkParts) => Link;
  readonly token: Secret;
  readonly me: string;
  readonly options: DiscordOptions;
  readonly intake: Intake;
  readonly places: Places;
  readonly position: Position;
  readonly health: Health;
  readonly log: Logger;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

/**
 * Whether a connection may be made to an address Discord named: it gets the token. Discord's own
 * gateway, or what an API server of one's own names.
 */
export function mayConnect(address: string, options: DiscordOptions): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return false;
  const api = new URL(options.apiUrl);
  if (isLoopbackUrl(api)) return url.protocol === 'ws:' && isLoopbackUrl(url);
  if (url.protocol !== 'wss:') return false;
  return url.hostname.endsWith('.discord.gg') || options.dangerouslyAllowEndpoint;
}

/** Runs `work` until it works, or until the signal aborts (then undefined). */
export async function insist<T>(
  { health, log, timings, signal }: Pick<GatewayParts, 'health' | 'log' | 'timings' | 'signal'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const backoff = new Backoff({ minMs: timings.backoffMinMs, maxMs: timings.backoffMaxMs });
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof CallError)) throw error;
      const { failure } = error;
      if (isUnauthorized(failure)) throw unauthorized();
      const waitMs = failure.kind === 'limited' ? failure.retryAfterMs : backoff.next();
      health.lost(failure.description);
      log.warn({ why: failure.description, waitMs }, 'Discord could not be asked.');
      await pause(waitMs, signal);
    }
  }
  return undefined;
}

/** Tries a connection that has been silent for long, and ends it when it is dead. */
class Watchdog {
  readonly #parts: GatewayParts;
  readonly #timer: NodeJS.Timeout;
  readonly #link: () => Link | undefined;
  #heardAt = Date.now();
  #askedAt: number | undefined;
  /** Whether the question was ever answered; one that never is proves nothing. */
  #works: boolean;

  constructor(parts: GatewayParts, link: () => Link | undefined, works: boolean) {
    this.#parts = parts;
    this.#link = link;
    this.#works = works;
    this.#timer = setInterval(() => this.#check(), Math.max(20, parts.timings.quietMs / 4));
  }

  get works(): boolean {
    return this.#works;
  }

  heard(name: string): void {
    this.#works ||= this.#askedAt !== undefined && name === 'GUILD_MEMBERS_CHUNK';
    this.#heardAt = Date.now();
    this.#askedAt = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const { timings, places, me, log } = this.#parts;
    const now = Date.now();
    if (this.#askedAt !== undefined) {
      if (now - this.#askedAt < timings.probeMs) return;
      this.#askedAt = undefined;
      this.#heardAt = now;
      if (!this.#works) return;
      log.warn({}, 'Discord answers heartbeats and sends no events; connecting again.');
      void this.#link()?.close();
    } else if (now - this.#heardAt >= timings.quietMs && places.someGuild !== undefined) {
      this.#askedAt = now;
      this.#link()?.askForMember(places.someGuild, me, 'portcullis');
    }
  }
}

/** Keeps one connection after the other. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #backoff: Backoff;
  #live: LinkSession | undefined;
  /** Where to connect instead of where the session says. */
  #detour: string | undefined;
  #failures = 0;
  #identifiedAt = Number.NEGATIVE_INFINITY;
  #probeWorks = false;
  #revoked = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = parts.timings;
    this.#backoff = new Backoff({ minMs, maxMs });
    const { session } = parts.position;
    this.#live =
      session !== undefined && mayConnect(session.url, parts.options) ? session : undefined;
  }

  /** Receives until the signal aborts. Rejects when connecting again cannot help. */
  async run(): Promise<void> {
    const { signal, intake, health, log } = this.#parts;
    while (!signal.aborted) {
      // What is not stored yet would come again, and there may be too much of it already.
      await intake.drained();
      const url = await this.#address();
      if (url === undefined || signal.aborted) return;
      const end = await this.#connect(url);
      const fatal = this.#revoked ? unauthorized() : fatalClose(end.code);
      if (fatal !== undefined) throw fatal;
      if (signal.aborted) return;
      this.#count(end);
      const waitMs = this.#backoff.next();
      const why = end.code === 0 ? 'The connection was given up.' : `Discord closed: ${end.code}.`;
      health.lost(why);
      log.warn({ why, waitMs, failures: this.#failures }, 'Connection to Discord lost.');
      await pause(waitMs, signal);
    }
  }

  #count({ wasOpen, sessionLost }: LinkEnd): void {
    this.#failures = wasOpen ? 0 : this.#failures + 1;
    if (sessionLost && this.#live !== undefined) {
      this.#parts.position.lost(this.#live.id);
      this.#live = undefined;
    }
    if (wasOpen) this.#detour = undefined;
  }

  /** The session to resume, as far as it is stored. */
  #session(): LinkSession | undefined {
    const live = this.#live;
    if (live === undefined) return undefined;
    const { session } = this.#parts.position;
    const known = session?.id === live.id ? session : live;
    return this.#detour === undefined ? known : { ...known, url: this.#detour };
  }

  /** Where to connect. Undefined: the channel stops. */
  async #address(): Promise<string | undefined> {
    const { api, signal, options, timings } = this.#parts;
    const live = this.#live;
    if (live !== undefined && this.#failures < STALE_ADDRESS) return live.url;
    for (;;) {
      const answer = await insist(this.#parts, async () => {
        const directions = await api.call({ method: 'get', path: '/gateway/bot' }, signal);
        const { url, session_start_limit: limit } = fields(directions);
        if (typeof url !== 'string') throw notUnderstood();
        return { url, ...fields(limit) };
      });
      if (answer === undefined) return undefined;
      if (!mayConnect(answer.url, options)) {
        throw new PortcullisError(
          'discord.gateway_refused',
          'The API named a gateway that is not one of Discord.',
          { hint: 'Look at channels.discord.apiUrl: the gateway would receive the bot token.' },
        );
      }
      const { remaining, reset_after: resetAfter } = fields(answer);
      if (live !== undefined) this.#detour = answer.url;
      if (live !== undefined || remaining !== 0) {
        const due = this.#identifiedAt + timings.identifyEveryMs - Date.now();
        if (live === undefined && due > 0) await pause(due, signal);
        return answer.url;
      }
      this.#parts.health.lost('Discord lets the bot begin no more sessions today.');
      const waitMs = Math.min(typeof resetAfter === 'number' ? resetAfter : 0, BUDGET_WAIT_MS);
      await pause(Math.max(waitMs, timings.backoffMaxMs), signal);
    }
  }

  /** One connection, from opening it to its end. */
  async #connect(url: string): Promise<LinkEnd> {
    const { api, open, token, timings, signal, health } = this.#parts;
    const { promise: ended, resolve: end } = Promise.withResolvers<LinkEnd>();
    const watchdog = new Watchdog(this.#parts, () => link, this.#probeWorks);
    if (this.#live === undefined) this.#identifiedAt = Date.now();
    const link: Link = open({
      token: token.reveal(),
      url,
      intents: INTENTS,
      timings,
      session: () => this.#session(),
      began: (session) => this.#begin(session),
      dispatched: (payload) => {
        watchdog.heard(payload.t);
        this.#take(link, payload);
      },
      opened: () => {
        this.#backoff.reset();
        health.contact();
      },
      beaten: () => health.contact(),
      ended: end,
    });
    const close = () => void link.close();
    const forget = api.onUnauthorized(() => {
      this.#revoked = true;
      close();
    });
    signal.addEventListener('abort', close);
    try {
      return await ended;
    } finally {
      signal.removeEventListener('abort', close);
      forget();
      watchdog.stop();
      this.#probeWorks = watchdog.works;
    }
  }

  #begin(session: LinkSession): void {
    const { options, log } = this.#parts;
    this.#detour = undefined;
    if (mayConnect(session.url, options)) this.#live = session;
    else {
      // It would get the token. The session is resumed where it began.
      log.warn({}, 'Discord named an address for resuming that is not one of its own.');
      this.#live = { ...session, url: `${new URL(options.apiUrl).origin}/` };
    }
  }

  #take(link: Link, payload: Payload): void {
    const { intake, signal, log } = this.#parts;
    const live = this.#live;
    if (live === undefined || signal.aborted) return;
    intake.push(live, payload.s, payload.t, payload.d);
    if (!intake.isFull) return;
    log.warn({}, 'Events wait for the inbox; the connection is given up until they are stored.');
    void link.close();
  }
}
