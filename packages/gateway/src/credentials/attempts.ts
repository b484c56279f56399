/**
 * Who guessed, and is locked out: one memory over every door that asks for a secret (sockets, HTTP,
 * webhooks).
 *
 * Promises: what is remembered is bounded whatever strangers send; a lock is never forgotten early;
 * nobody's failures count against a paired device that proved itself. An attempt counts while it is
 * being compared, so that a burst of them is no way around the limit.
 *
 * @module
 */
import {
  checkRateLimit,
  isSpent,
  type RateLimitEntry,
  rateLimitKey,
  type RateLimitSubject,
  rateLimitTransition,
} from '@portcullis/policy/exposure';

import type { AttemptResult, AttemptService, Lockout, Turn } from '../services/attempts.ts';

/** What the memory stands on. */
export interface AttemptGround {
  /** The config policy reads. */
  readonly config: () => unknown;
  /** Milliseconds. Default: a clock that nobody can set. */
  readonly now?: () => number;
  /** Told when a lock begins. */
  readonly onLock?: (lockout: Lockout) => void;
}

/** Most keys of each kind: pages of this machine are few, addresses of strangers are not. */
const MOST = { ip: 4096, origin: 64, device: 16_384, loopback: 64 } as const;

type Kind = keyof typeof MOST;

interface Kept {
  readonly key: string;
  readonly kind: Kind;
  /** Who was here last under this key. */
  subject: RateLimitSubject;
  entry: RateLimitEntry;
  /** Comparisons under way. */
  pending: number;
}

/** How often a full memory is searched for what may be forgotten. */
const SWEEP_MS = 1000;

/** What an attempt is told to wait for that found too many others under way. */
const BUSY_MS = 1000;

/** Lockouts named in a report. */
const NAMED = 20;

const NOTHING: RateLimitEntry = { failures: [], lockedUntil: 0 };

/** Wrong credentials of every client of one gateway. */
export class Attempts implements AttemptService {
  readonly #ground: AttemptGround;
  readonly #kept: Map<string, Kept> = new Map();
  readonly #counts: Record<Kind, number> = { ip: 0, origin: 0, device: 0, loopback: 0 };
  readonly #totals = { wrong: 0, ok: 0, missing: 0, locked: 0 };
  #sweptAt = Number.NEGATIVE_INFINITY;
  #latest = 0;

  constructor(ground: AttemptGround) {
    this.#ground = ground;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#kept.size;
  }

  get totals(): AttemptService['totals'] {
    return this.#totals;
  }

  begin(subject: RateLimitSubject): Turn {
    const now = this.#now();
    const config = this.#ground.config();
    const named = rateLimitKey(subject, config);
    if (named.key === undefined) {
      const isExempt = named.kind === 'exempt';
      return isExempt
        ? { mayTry: true, end: () => undefined }
        : { mayTry: false, retryAfterMs: BUSY_MS };
    }
    const place = this.#place(named, subject, now);
    const kept = this.#kept.get(place) ?? this.#keep(place, named.kind, subject);
    const { entry, pending } = kept;
    const checked = checkRateLimit({ [named.key]: entry }, { ...subject, pending }, now, config);
    if (checked.effect !== 'allow') {
      const left = Math.ceil(entry.lockedUntil - now);
      this.#totals.locked += 1;
      return { mayTry: false, retryAfterMs: left > 0 ? left : BUSY_MS };
    }
    kept.pending += 1;
    kept.subject = subject;
    let over = false;
    return {
      mayTry: true,
      end: (result) => {
        if (over) return;
        over = true;
        this.#end(kept, named.key, { ...subject, result });
      },
    };
  }

  lockouts(): { readonly count: number; readonly named: readonly Lockout[] } {
    const now = this.#now();
    const locked = [...this.#kept.values()].filter(({ entry }) => entry.lockedUntil > now);
    const named = locked
      .toSorted((left, right) => right.entry.lockedUntil - left.entry.lockedUntil)
      .slice(0, NAMED);
    return { count: locked.length, named: named.map((kept) => describe(kept, now)) };
  }

  #end(
    kept: Kept,
    key: string,
    { result, ...subject }: RateLimitSubject & { readonly result: AttemptResult },
  ): void {
    const now = this.#now();
    const isOther = result === 'other';
    this.#totals[isOther ? 'ok' : result] += 1;
    const before = kept.entry;
    const attempt = { ...subject, result: isOther ? 'missing' : result } as const;
    const { state } = rateLimitTransition({ [key]: before }, attempt, now, this.#ground.config());
    kept.pending -= 1;
    kept.entry = state[key] ?? NOTHING;
    if (before.lockedUntil <= now && kept.entry.lockedUntil > now) {
      this.#ground.onLock?.(describe(kept, now));
    }
    this.#forgetIfSpent(kept, now);
  }

  #keep(key: string, kind: Kind, subject: RateLimitSubject): Kept {
    const kept: Kept = { key, kind, subject, entry: NOTHING, pending: 0 };
    this.#kept.set(key, kept);
    this.#counts[kind] += 1;
    return kept;
  }

  /**
   * The key an attempt counts under. Where as many strangers are remembered as there may be, those
   * who come now share one: to forget a lock in order to make room would be the way around it.
   */
  #place(
    { key, kind }: { readonly key: string; readonly kind: Kind },
    { scope }: RateLimitSubject,
    now: number,
  ): string {
    if (this.#kept.has(key) || this.#counts[kind] < MOST[kind]) return key;
    this.#sweep(now);
    return this.#counts[kind] < MOST[kind] ? key : JSON.stringify(['crowd', kind, scope]);
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const kept of this.#kept.values()) this.#forgetIfSpent(kept, now);
  }

  #forgetIfSpent(kept: Kept, now: number): void {
    if (kept.pending > 0 || !isSpent(kept.entry, now, this.#ground.config())) return;
    if (this.#kept.delete(kept.key)) this.#counts[kept.kind] -= 1;
  }

  #now(): number {
    this.#latest = Math.max(this.#latest, (this.#ground.now ?? sinceOrigin)());
    return this.#latest;
  }
}

/** An origin is a header: anybody may write a long one. */
const MOST_ORIGIN = 100;

function describe({ kind, subject, entry }: Kept, now: number): Lockout {
  const { device, ip, origin = '', scope } = subject;
  const client = kind === 'origin' ? `page:${origin.slice(0, MOST_ORIGIN)}` : ip;
  return {
    client: device === undefined ? client : `device:${device}`,
    door: scope,
    forMs: Math.max(0, Math.ceil(entry.lockedUntil - now)),
  };
}

/** Milliseconds since 1970 by a clock that setting the time does not move. */
function sinceOrigin(): number {
  return performance.timeOrigin + performance.now();
}
