/**
 * Every question of authority the server has, asked of the policy package.
 *
 * This is the only file of the server that knows the policy functions, and it holds the two things
 * they may not: the clock, and the memory of failed attempts.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';

import { type Decision, isAllowed } from '@portcullis/core';
import {
  checkRateLimit,
  decideAuth,
  decideDevice,
  decideHost,
  decideOrigin,
  decideProxy,
  decideScope,
  type DeviceInput,
  isPlaceholder,
  type RateLimitState,
  type RateLimitSubject,
  rateLimitTransition,
} from '@portcullis/policy/exposure';

import type { Tailnet } from '../exposure/tailscale/tailnet.ts';

/** Where a request came in: the port everybody may use, or the one made for tailscaled. */
export type Door = 'main' | 'tailscale';

/** Whose request it is, as far as the connection itself tells. */
export interface Peer {
  readonly door: Door;
  /** Address of the TCP peer. */
  readonly source: string;
  /** Address of the client: the peer, or whom a trusted proxy names. */
  readonly clientIp: string;
  /** True only for a direct connection from this machine. */
  readonly local: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** What a client offers as proof, wherever it came from: a connect frame or a Bearer header. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

/** What a client wants to talk to. */
export type Surface = 'ws' | 'http' | 'control-ui';

/** How the authority is set up. */
export interface AuthorityOptions {
  /** The config policy reads, secrets resolved. The same object until it changes. */
  readonly config: () => unknown;
  /** The address the server listens on. */
  readonly bindHost: string;
  /** The tailnet the gateway is published in. */
  readonly tailnet?: Tailnet | undefined;
}

/** Clients whose failures are remembered; the oldest are forgotten beyond it. */
const REMEMBERED_CLIENTS = 4096;

function localAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address }) => address),
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Decides for the server. */
export class Authority {
  readonly #options: AuthorityOptions;
  readonly #localAddresses: readonly string[] = localAddresses();
  #failures: RateLimitState = {};
  #seen: { config: unknown; generation: string } | undefined;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /**
   * Stands for the credentials in force: it changes when the mode or a secret does, and connections
   * that were let in under another one are closed.
   */
  generation(): string {
    const config = this.#options.config();
    if (this.#seen?.config !== config || this.#seen === undefined) {
      const auth = asRecord(asRecord(asRecord(config)['gateway'])['auth']);
      const text = JSON.stringify([
        auth['mode'],
        auth['token'],
        auth['password'],
        auth['trustedProxy'],
        auth['allowTailscale'],
        asRecord(asRecord(config)['gateway'])['tailscale'],
      ]);
      this.#seen = { config, generation: createHash('sha256').update(text).digest('hex') };
    }
    return this.#seen.generation;
  }

  /** Whether the Host header names this gateway. */
  decideHost(host: string | undefined): Decision {
    return decideHost(this.#options.config(), {
      ...(host !== undefined && { host }),
      facts: {
        bindHost: this.#options.bindHost,
        localAddresses: this.#localAddresses,
        ...(this.#options.tailnet !== undefined && { tailscaleName: this.#options.tailnet.name }),
      },
    });
  }

  /** Who the client is; allow carries `{ clientIp, local }`. */
  decideClient(source: string, headers: Peer['headers'], door: Door): Decision {
    return decideProxy(this.#options.config(), { source, headers, listener: door });
  }

  /** Whether a web page may talk to us. */
  decideOrigin(peer: Peer): Decision {
    return decideOrigin(this.#options.config(), {
      ...(peer.origin !== undefined && { origin: peer.origin }),
      ...(peer.host !== undefined && { host: peer.host }),
      local: peer.local,
    });
  }

  /** Whether the client is locked out; asked before anything is compared. */
  decideAttempt(peer: Peer, device?: string): Decision {
    return checkRateLimit(
      this.#failures,
      subjectOf(peer, device),
      Date.now(),
      this.#options.config(),
    );
  }

  /** Records how an attempt ended. */
  record(peer: Peer, result: 'wrong' | 'ok' | 'missing', device?: string): void {
    const attempt = { ...subjectOf(peer, device), result };
    const { state } = rateLimitTransition(
      this.#failures,
      attempt,
      Date.now(),
      this.#options.config(),
    );
    const entries = Object.entries(state);
    this.#failures =
      entries.length > REMEMBERED_CLIENTS
        ? Object.fromEntries(entries.slice(-REMEMBERED_CLIENTS / 2))
        : state;
  }

  /** When a locked client may try again, in milliseconds from now. */
  lockedForMs(): number {
    const rateLimit = asRecord(
      asRecord(asRecord(asRecord(this.#options.config())['gateway'])['auth'])['rateLimit'],
    );
    const lockout = rateLimit['lockoutMs'];
    return typeof lockout === 'number' ? lockout : 300_000;
  }

  /**
   * Whether one of the offered texts is the shared secret. Clients put it in either field, whatever
   * the mode, so each distinct text is tried as what the mode asks for.
   */
  decideSecret(peer: Peer, surface: Surface, offered: Credentials, login?: string): Decision {
    const texts = [offered.token, offered.password].filter(
      (text) => text !== undefined && text !== '',
    );
    let last: Decision | undefined;
    for (const text of new Set(texts)) {
      last = this.#authenticate(peer, surface, { token: text, password: text });
      if (isAllowed(last)) return last;
    }
    return last ?? this.#authenticate(peer, surface, {}, login);
  }

  /**
   * The login that tailscaled has for the client, where the client's own claim to one could count:
   * asked for pages that come through Tailscale and offer nothing else, unless they are locked out.
   */
  async tailnetLogin(peer: Peer, surface: Surface): Promise<string | undefined> {
    const { tailnet } = this.#options;
    if (tailnet?.tellsPeers !== true || peer.door !== 'tailscale') return undefined;
    if (surface !== 'control-ui' || peer.headers['tailscale-user-login'] === undefined) {
      return undefined;
    }
    return isAllowed(this.decideAttempt(peer)) ? tailnet.login(peer.clientIp) : undefined;
  }

  #authenticate(
    peer: Peer,
    surface: Surface,
    { token, password }: Credentials,
    whois?: string,
  ): Decision {
    return decideAuth(this.#options.config(), {
      surface,
      listener: peer.door,
      ...(whois !== undefined && { whois }),
      source: peer.source,
      local: peer.local,
      credentials: {
        ...(token !== undefined && { token }),
        ...(password !== undefined && { password }),
      },
      headers: peer.headers,
      facts: { localAddresses: this.#localAddresses },
    });
  }

  /** Whether a client may have the role and scopes it asks for. */
  decideDevice(input: DeviceInput): Decision {
    return decideDevice(this.#options.config(), input);
  }
}

function subjectOf(peer: Peer, device: string | undefined): RateLimitSubject {
  return {
    ip: peer.clientIp,
    scope: device === undefined ? 'shared' : 'device',
    ...(peer.origin !== undefined && { origin: peer.origin }),
    ...(device !== undefined && { device }),
  };
}

/** True for a secret that stands in published examples: anybody can know it. */
export function isPublished(secret: string): boolean {
  return isPlaceholder(secret);
}

/** True when `scopes` suffice for `required`. */
export function holdsScope(scopes: readonly string[], required: string): boolean {
  return required === 'none' || isAllowed(decideScope({}, { scopes, required }));
}

/** The first scope of `wanted` that a holder of `scopes` may not hand out. */
export function firstNotGrantable(
  scopes: readonly string[],
  wanted: readonly string[],
): string | undefined {
  return wanted.find((scope) => !isAllowed(decideScope({}, { scopes, grant: [scope] })));
}
