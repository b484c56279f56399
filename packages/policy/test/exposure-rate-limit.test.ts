// Wrong credentials lock whoever sends them, and nobody else.
import { describe, expect, test } from 'vitest';
import { checkRateLimit, type RateLimitState, rateLimitTransition } from '../src/exposure/index.ts';

const wrong = (subject: object, times: number, from: number, state: RateLimitState = {}) => {
  let next = state;
  for (let round = 0; round < times; round += 1) {
    const attempt = { ip: '8.8.8.8', scope: 'shared', result: 'wrong', ...subject } as const;
    next = rateLimitTransition(next, attempt, from + round, {}).state;
  }
  return next;
};

const code = (state: RateLimitState, subject: object, now: number, config: unknown = {}) =>
  checkRateLimit(state, { ip: '8.8.8.8', scope: 'shared', ...subject }, now, config).code;

describe('rate limit', () => {
  test('ten wrong answers in a minute lock for five', () => {
    const state = wrong({}, 10, 0);
    expect(code(state, {}, 300_008)).toBe('gateway.auth.rate_limited');
    expect(code(state, {}, 300_009)).toBe('gateway.auth.rate_open');
  });

  test('an answer a minute old is forgotten', () => {
    const state = wrong({}, 9, 0);
    expect(code(wrong({}, 1, 60_000, state), {}, 60_001)).toBe('gateway.auth.rate_open');
    expect(code(wrong({}, 1, 59_999, state), {}, 60_001)).toBe('gateway.auth.rate_limited');
  });

  test('nobody else can lock a paired device', () => {
    const state = wrong({}, 10, 0);
    expect(code(state, { device: 'd1' }, 10)).toBe('gateway.auth.rate_open');
    expect(code(wrong({ device: 'd1' }, 10, 0), {}, 10)).toBe('gateway.auth.rate_open');
  });

  test('a scope, an address and an origin each have their own key', () => {
    const state = wrong({ ip: '127.0.0.1', origin: 'http://localhost:1' }, 10, 0);
    expect(code(state, { ip: '127.0.0.1', origin: 'HTTP://localhost:1' }, 10)).toBe(
      'gateway.auth.rate_limited',
    );
    expect(code(state, { ip: '127.0.0.1' }, 10)).toBe('gateway.auth.rate_open');
    expect(code(wrong({}, 10, 0), { scope: 'hook' }, 10)).toBe('gateway.auth.rate_open');
    expect(code(wrong({}, 10, 0), { ip: '::ffff:8.8.8.8' }, 10)).toBe('gateway.auth.rate_limited');
  });

  test('success clears only its own key, and keys do not pile up', () => {
    const state = wrong({ ip: '9.9.9.9' }, 1, 0, wrong({}, 1, 0));
    const ok = rateLimitTransition(state, { ip: '8.8.8.8', scope: 'shared', result: 'ok' }, 1, {});
    expect(Object.keys(ok.state)).toEqual(['["ip","9.9.9.9","shared"]']);
    expect(Object.keys(wrong({}, 1, 70_000, ok.state))).toEqual(['["ip","8.8.8.8","shared"]']);
  });

  test('garbage is refused', () => {
    const attempt = { ip: 'nowhere', scope: 'shared', result: 'ok' } as const;
    expect(rateLimitTransition({}, attempt, 0, {}).decision.code).toBe('config.invalid');
    expect(code({}, {}, Number.NaN)).toBe('config.invalid');
  });
});
