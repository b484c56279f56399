/**
 * Guessing takes time: wrong credentials lock the one who sends them.
 *
 * The state is plain JSON and every step is a pure transition, so the gateway can keep it wherever
 * it likes. A missing credential is no guess and never counts; an attempt during a lock is not
 * compared and does not prolong the lock.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { canonicalAddress, isLoopbackAddress } from '../network/address.ts';
import { asChoice, asCount, asText, InvalidSetting, own, setting } from '../setting.ts';
import { invalid, total } from '../verdict.ts';
import { verdict } from './reasons.ts';
import { rateLimitOf, type RateLimitSettings } from './settings.ts';

/** What is remembered about one key: times of wrong answers, and the end of a lock. */
export interface RateLimitEntry {
  /** Milliseconds, oldest first. */
  readonly failures: readonly number[];
  /** Milliseconds; attempts before it are refused unseen. 0 when not locked. */
  readonly lockedUntil: number;
}

/** Entries by key. Start with `{}`. */
export type RateLimitState = Readonly<Record<string, RateLimitEntry>>;

/** Who attempts, where. */
export interface RateLimitSubject {
  /** The client as `decideProxy` found it. */
  readonly ip: string;
  /** What is being guessed: `shared`, `device`, `hook`. */
  readonly scope: string;
  /** The Origin header, when a browser sent one. */
  readonly origin?: string;
  /** Id of a paired device whose signature was valid: its key is its own, nobody else can lock it. */
  readonly device?: string;
  /** Attempts under the same key that are being compared right now; they count as wrong until they end. Default 0. */
  readonly pending?: number;
}

/** An attempt with its outcome. */
export interface RateLimitAttempt extends RateLimitSubject {
  readonly result: 'wrong' | 'ok' | 'missing';
}

/** The state after a step, and what to answer. */
export interface RateLimitStep {
  readonly state: RateLimitState;
  readonly decision: Decision;
}

const PATH = 'gateway.auth.rateLimit';
const FRESH: RateLimitEntry = { failures: [], lockedUntil: 0 };

/** The key an attempt counts under; undefined when it is exempt. JSON, so that no field can imitate another. */
function keyOf(subject: RateLimitSubject, settings: RateLimitSettings): string | undefined {
  const scope = asText(setting(subject, 'scope')) ?? '';
  const device = asText(setting(subject, 'device'));
  if (device !== undefined) return JSON.stringify(['device', device, scope]);
  const ip = canonicalAddress(asText(setting(subject, 'ip')) ?? '');
  if (ip === undefined) throw new InvalidSetting('ip');
  const origin = asText(setting(subject, 'origin'));
  if (isLoopbackAddress(ip)) {
    if (origin !== undefined) return JSON.stringify(['origin', origin.toLowerCase(), scope]);
    if (settings.exemptLoopback) return undefined;
  }
  return JSON.stringify(['ip', placeOf(ip), scope]);
}

/**
 * The place an address stands for. Whoever has one IPv6 address has its whole /64, and a program of
 * this machine has all of 127.0.0.0/8: neither may begin anew by taking the next one.
 */
function placeOf(ip: string): string {
  if (isLoopbackAddress(ip)) return 'loopback';
  return ip.includes(':') ? `${ip.split(':').slice(0, 4).join(':')}::/64` : ip;
}

/** The key under which attempts of `subject` count, for whoever keeps many entries. */
export type RateLimitKey =
  | { readonly key: string; readonly kind: 'device' | 'origin' | 'ip' | 'loopback' }
  | { readonly key: undefined; readonly kind: 'exempt' | 'unreadable' };

/** Names the key of a subject: `exempt` is never locked, `unreadable` may never try. */
export function rateLimitKey(subject: RateLimitSubject, config: unknown): RateLimitKey {
  try {
    const key = keyOf(subject, rateLimitOf(config));
    if (key === undefined) return { key, kind: 'exempt' };
    if (subject.device !== undefined) return { key, kind: 'device' };
    if (key.startsWith('["origin"')) return { key, kind: 'origin' };
    return { key, kind: isLoopbackAddress(subject.ip) ? 'loopback' : 'ip' };
  } catch {
    return { key: undefined, kind: 'unreadable' };
  }
}

function isEntry(value: unknown): value is RateLimitEntry {
  const failures = own(value, 'failures');
  return (
    Array.isArray(failures) &&
    failures.every((time) => typeof time === 'number') &&
    typeof own(value, 'lockedUntil') === 'number'
  );
}

function entryOf(state: RateLimitState, key: string): RateLimitEntry {
  const entry = own(state, key);
  if (entry === undefined) return FRESH;
  if (!isEntry(entry)) throw new InvalidSetting('state');
  return entry;
}

/** True for an entry that can no longer matter: no lock, and no failure inside the window. */
export function isSpent(
  { failures, lockedUntil }: RateLimitEntry,
  now: number,
  config: unknown,
): boolean {
  const { windowMs } = rateLimitOf(config);
  return now >= lockedUntil && failures.every((time) => time <= now - windowMs);
}

/** Forgets what can no longer matter, so that the state stays as large as the last window. */
function pruned(state: RateLimitState, now: number, config: unknown): RateLimitState {
  return Object.fromEntries(
    Object.entries(state).filter(([, entry]) => !isSpent(entry, now, config)),
  );
}

function requireTime(now: number): void {
  if (!Number.isFinite(now)) throw new InvalidSetting('now');
}

/**
 * Asked before a credential is compared: deny `gateway.auth.rate_limited` while the client is
 * locked, else allow.
 */
export function checkRateLimit(
  state: RateLimitState,
  subject: RateLimitSubject,
  now: number,
  config: unknown,
): Decision {
  return total(() => {
    requireTime(now);
    const settings = rateLimitOf(config);
    const key = keyOf(subject, settings);
    if (key === undefined) return verdict.allow('gateway.auth.rate_open', PATH);
    const { failures, lockedUntil } = entryOf(state, key);
    const pending = asCount(setting(subject, 'pending'), 0) ?? 0;
    const recent = failures.filter((time) => time > now - settings.windowMs).length;
    const locked = now < lockedUntil || (pending > 0 && recent + pending >= settings.maxAttempts);
    return locked
      ? verdict.deny('gateway.auth.rate_limited', PATH)
      : verdict.allow('gateway.auth.rate_open', PATH);
  });
}

function answerTo(result: RateLimitAttempt['result']): Decision {
  if (result === 'ok') return verdict.allow('gateway.auth.ok', 'gateway.auth');
  return result === 'wrong'
    ? verdict.deny('gateway.auth.mismatch', 'gateway.auth')
    : verdict.deny('gateway.auth.missing', 'gateway.auth');
}

/** The entry after a wrong answer: the last one allowed starts the lock. */
function afterFailure(
  { failures }: RateLimitEntry,
  now: number,
  settings: RateLimitSettings,
): RateLimitEntry {
  const recent = [...failures.filter((time) => time > now - settings.windowMs), now];
  return recent.length >= settings.maxAttempts
    ? { failures: [], lockedUntil: now + settings.lockoutMs }
    : { failures: recent, lockedUntil: 0 };
}

/**
 * One attempt and its outcome. The last wrong answer of the allowance is still answered as wrong;
 * the lock starts after it. Success clears the client's own key and no other.
 */
export function rateLimitTransition(
  state: RateLimitState,
  attempt: RateLimitAttempt,
  now: number,
  config: unknown,
): RateLimitStep {
  let next = state;
  const decision = total(() => {
    const checked = checkRateLimit(state, { ...attempt, pending: 0 }, now, config);
    if (checked.effect !== 'allow') return checked;
    const result = asChoice(setting(attempt, 'result'), ['wrong', 'ok', 'missing']);
    if (result === undefined) return invalid('result');
    const settings = rateLimitOf(config);
    const key = keyOf(attempt, settings);
    if (key === undefined || result === 'missing') return answerTo(result);
    const entry = entryOf(state, key);
    const { [key]: _own, ...others } = pruned(state, now, config);
    next = result === 'ok' ? others : { ...others, [key]: afterFailure(entry, now, settings) };
    return answerTo(result);
  });
  return { state: next, decision };
}
