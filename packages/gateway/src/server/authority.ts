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
  authModeOf,
  decideAuth,
  decideDevice,
  decideHost,
  decideOrigin,
  decideProxy,
  decideScope,
  type DeviceInput,
  isPlaceholder,
  type RateLimitSubject,
  sameSecret,
  scopesWithin,
  storedSecretOf,
} from '@portcullis/policy/exposure';

import { StoredSecrets } from '../credentials/stored-secret.ts';
import type { Tailnet } from '../exposure/tailscale/tailnet.ts';
import type { AttemptService, Turn } from '../services/attempts.ts';
import { busy } from './refusal.ts';

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

/** Whom a credential stands for. */
export interface Identity {
  /** `shared`: it is the secret. `none`: nothing is asked for. The others vouch for a user. */
  readonly method: 'shared' | 'none' | 'tailscale' | 'proxy';
  /** The user whom the proxy or the tailnet named. */
  readonly user?: string;
}

/** How the authority is set up. */
export interface AuthorityOptions {
  /** The config policy reads, secrets resolved. The same object until it changes. */
  readonly config: () => unknown;
  /** The address the server listens on. */
  readonly bindHost: string;
  /** Counts wrong credentials, over all doors. */
  readonly attempts: AttemptService;
  /** The key of the state directory: lets commands of this machine in where no secret can be typed. */
  readonly stateKey?: string | undefined;
  /** The tailnet the gateway is published in. */
  readonly tailnet?: Tailnet | undefined;
}

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
  readonly #stored: StoredSecrets = new StoredSecrets();
  #seen: { config: unknown; generation: string } | undefined;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /**
   * Stands for who may come in: it changes when the mode, a secret, the trusted proxies or the rights
   * of a user do, and connections that were let in under another one are closed.
   */
  generation(): string {
    const config = this.#options.config();
    if (this.#seen?.config !== config || this.#seen === undefined) {
      const gateway = asRecord(asRecord(config)['gateway']);
      const { rateLimit: _limit, ...auth } = asRecord(gateway['auth']);
      // Elsewhere the list says only whose address a request is counted under.
      const proxies = auth['mode'] === 'trusted-proxy' ? gateway['trustedProxies'] : undefined;
      const text = JSON.stringify([auth, proxies, gateway['tailscale']]);
      this.#seen = { config, generation: createHash('sha256').update(text).digest('hex') };
    }
    return this.#seen.generation;
  }

  /** Whether a proxy vouches for everybody who comes in. */
  get asksProxy(): boolean {
    // What cannot be read lets nobody in, and no token stands in for it.
    return (this.#mode() ?? 'trusted-proxy') === 'trusted-proxy';
  }

  /** Whether a secret is what lets clients in. */
  get asksSecret(): boolean {
    const mode = this.#mode();
    return mode === 'token' || mode === 'password';
  }

  #mode(): ReturnType<typeof authModeOf> | undefined {
    try {
      return authModeOf(this.#options.config());
    } catch {
      return undefined;
    }
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

  /**
   * Asks for leave to compare what a client offers. Whoever is given it ends it, whatever happens: a
   * client that is locked out is not compared with anything.
   */
  begin(peer: Peer, device?: string): Turn {
    return this.#options.attempts.begin(subjectOf(peer, device));
  }

  /**
   * Whether one of the offered texts is the shared secret. Clients put it in either field, whatever
   * the mode, so each distinct text is tried as what the mode asks for. Ask {@link begin} first.
   *
   * @throws PortcullisError `request.busy` when too many stored secrets are being compared.
   */
  async decideSecret(peer: Peer, surface: Surface, offered: Credentials): Promise<Decision> {
    const texts = [offered.token, offered.password].filter(
      (text) => text !== undefined && text !== '',
    );
    let last: Decision | undefined;
    for (const text of new Set(texts)) {
      last = await this.#authenticate(peer, surface, text);
      if (isAllowed(last)) return last;
    }
    return last ?? (await this.#authenticate(peer, surface, undefined));
  }

  /**
   * The login that tailscaled has for the client, where the client's own claim to one could count:
   * asked for pages that come through Tailscale and offer nothing else.
   */
  async #tailnetLogin(peer: Peer, surface: Surface): Promise<string | undefined> {
    const { tailnet } = this.#options;
    if (tailnet?.tellsPeers !== true || peer.door !== 'tailscale') return undefined;
    if (surface !== 'control-ui' || peer.headers['tailscale-user-login'] === undefined) {
      return undefined;
    }
    return tailnet.login(peer.clientIp);
  }

  async #authenticate(peer: Peer, surface: Surface, text: string | undefined): Promise<Decision> {
    const config = this.#options.config();
    const { stateKey } = this.#options;
    const holdsKey = stateKey !== undefined && text !== undefined && sameSecret(text, stateKey);
    const stored = holdsKey ? undefined : storedSecretOf(config);
    const compared =
      stored === undefined || text === undefined
        ? undefined
        : await this.#stored.compare(text, stored);
    if (compared === 'busy') throw busy();
    const whois = text === undefined ? await this.#tailnetLogin(peer, surface) : undefined;
    return decideAuth(config, {
      surface,
      listener: peer.door,
      ...(whois !== undefined && { whois }),
      source: peer.source,
      local: peer.local,
      credentials: text === undefined ? {} : { token: text, password: text },
      headers: peer.headers,
      facts: {
        localAddresses: this.#localAddresses,
        // A page is no program of the operator's, wherever its browser runs.
        stateKey: holdsKey && peer.origin === undefined,
        ...(compared !== undefined && { stored: compared }),
      },
    });
  }

  /** Those of the scopes that a user may hold whom a proxy or the tailnet named. */
  scopesWithin({ method, user }: Identity, scopes: readonly string[]): readonly string[] {
    const identity = user === undefined ? {} : { identity: user };
    return scopesWithin(this.#options.config(), { auth: method, ...identity }, scopes);
  }

  /** Whether a client may have the role and scopes it asks for. */
  decideDevice(input: DeviceInput): Decision {
    return decideDevice(this.#options.config(), input);
  }
}

/** What an attempt that ended in `decision` counts as. */
export function attemptOf(decision: Decision): 'wrong' | 'ok' | 'missing' {
  if (isAllowed(decision)) return 'ok';
  return decision.code === 'gateway.auth.missing' ? 'missing' : 'wrong';
}

/** Whom an allowed credential stands for. */
export function identityOf({ code, value }: Decision): Identity {
  const user = asRecord(value)['user'];
  const named = typeof user === 'string' ? { user } : {};
  if (code === 'gateway.auth.none') return { method: 'none' };
  if (code === 'gateway.auth.tailscale') return { method: 'tailscale', ...named };
  if (code === 'gateway.auth.proxy_ok') return { method: 'proxy', ...named };
  return { method: 'shared' };
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
