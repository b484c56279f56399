/**
 * The one memory of wrong credentials: bounded, never forgetful, blind to nobody.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { Attempts } from '../../src/credentials/attempts.ts';
import type { Lockout } from '../../src/services.ts';

interface Bench {
  readonly attempts: Attempts;
  readonly clock: { now: number };
  readonly locks: Lockout[];
  /** Guesses once; true when the guess was compared. */
  guess(ip: string, more?: { readonly origin?: string; readonly device?: string }): boolean;
  mayTry(ip: string, more?: { readonly origin?: string; readonly device?: string }): boolean;
}

function bench(rateLimit: Record<string, unknown> = {}): Bench {
  const clock = { now: 1_000_000 };
  const locks: Lockout[] = [];
  const attempts = new Attempts({
    config: () => ({ gateway: { auth: { rateLimit } } }),
    now: () => clock.now,
    onLock: (lockout) => locks.push(lockout),
  });
  const begin = (ip: string, more: object) => attempts.begin({ ip, scope: 'shared', ...more });
  return {
    attempts,
    clock,
    locks,
    guess: (ip, more = {}) => {
      const turn = begin(ip, more);
      if (turn.mayTry) turn.end('wrong');
      return turn.mayTry;
    },
    mayTry: (ip, more = {}) => {
      const turn = begin(ip, more);
      if (turn.mayTry) turn.end('missing');
      return turn.mayTry;
    },
  };
}

function times(count: number, work: (index: number) => void): void {
  for (let index = 0; index < count; index += 1) work(index);
}

describe('guessing', () => {
  test('is over after ten wrong answers, for five minutes, with one note of it', () => {
    const { guess, mayTry, clock, locks } = bench();
    times(10, () => expect(guess('203.0.113.7')).toBe(true));
    expect(guess('203.0.113.7')).toBe(false);
    expect(locks).toEqual([{ client: '203.0.113.7', door: 'shared', forMs: 300_000 }]);
    clock.now += 299_999;
    expect(mayTry('203.0.113.7')).toBe(false);
    clock.now += 1;
    expect(mayTry('203.0.113.7')).toBe(true);
  });

  test('of a page of this machine locks that page out and is told as its, in few letters', () => {
    const { guess, mayTry, locks } = bench();
    const origin = `http://127.0.0.1:1/${'x'.repeat(500)}`;
    times(10, () => guess('127.0.0.1', { origin }));
    expect(mayTry('127.0.0.1', { origin })).toBe(false);
    expect(mayTry('127.0.0.1')).toBe(true);
    expect(locks).toEqual([
      { client: `page:${origin.slice(0, 100)}`, door: 'shared', forMs: 300_000 },
    ]);
  });

  test('says in whole milliseconds how long the lock still lasts', () => {
    const { attempts, guess, clock } = bench();
    times(10, () => guess('203.0.113.7'));
    clock.now += 1000.4;
    const turn = attempts.begin({ ip: '203.0.113.7', scope: 'shared' });
    expect(turn).toEqual({ mayTry: false, retryAfterMs: 299_000 });
  });

  test('on loopback counts too, and stops counting only by the option that says so', () => {
    const strict = bench();
    times(10, () => strict.guess('127.0.0.1'));
    expect(strict.mayTry('127.0.0.1')).toBe(false);
    const open = bench({ exemptLoopback: true });
    times(50, () => open.guess('127.0.0.1'));
    expect(open.mayTry('127.0.0.1')).toBe(true);
  });

  test('goes no further by taking the next address of the same place', () => {
    const { guess, mayTry } = bench();
    times(10, (index) => guess(`127.0.0.${index + 1}`));
    expect(mayTry('127.9.9.9')).toBe(false);
    expect(mayTry('::1')).toBe(false);
    times(10, (index) => guess(`2001:db8:1:2::${index + 1}`));
    expect(mayTry('2001:db8:1:2:ffff::1')).toBe(false);
    expect(mayTry('2001:db8:1:3::1')).toBe(true);
  });

  test('of many at once is counted while it is compared', () => {
    const { attempts } = bench();
    const subject = { ip: '203.0.113.7', scope: 'shared' };
    const turns = Array.from({ length: 50 }, () => attempts.begin(subject));
    const compared = turns.filter(({ mayTry }) => mayTry);
    expect(compared).toHaveLength(10);
    for (const turn of compared) if (turn.mayTry) turn.end('wrong');
    expect(attempts.begin(subject).mayTry).toBe(false);
  });

  test('ends the count of its own key alone when it is right', () => {
    const { attempts, guess, mayTry } = bench();
    times(9, () => guess('203.0.113.7'));
    times(9, () => guess('203.0.113.8'));
    const turn = attempts.begin({ ip: '203.0.113.7', scope: 'shared' });
    if (turn.mayTry) turn.end('ok');
    guess('203.0.113.7');
    guess('203.0.113.8');
    expect(mayTry('203.0.113.7')).toBe(true);
    expect(mayTry('203.0.113.8')).toBe(false);
  });

  test('goes on counting when something else than the secret let the client in', () => {
    const { attempts, guess, mayTry } = bench();
    times(9, () => guess('203.0.113.7'));
    const turn = attempts.begin({ ip: '203.0.113.7', scope: 'shared' });
    if (turn.mayTry) turn.end('other');
    expect(attempts.totals).toMatchObject({ wrong: 9, ok: 1 });
    expect(mayTry('203.0.113.7')).toBe(true);
    guess('203.0.113.7');
    expect(mayTry('203.0.113.7')).toBe(false);
  });

  test('P23.05: is not taken up again by setting the clock back', () => {
    const { guess, mayTry, clock } = bench();
    times(10, () => guess('203.0.113.7'));
    clock.now -= 900_000;
    expect(mayTry('203.0.113.7')).toBe(false);
    expect(mayTry('203.0.113.7')).toBe(false);
  });
});

describe('P13.04: what strangers leave behind', () => {
  test('stays bounded over a hundred thousand addresses, and no lock makes room', () => {
    const { attempts, guess, mayTry } = bench();
    times(10, () => guess('203.0.113.7'));
    times(100_000, (index) => {
      guess(`${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.9`);
    });
    expect(attempts.size).toBeLessThanOrEqual(4096 + 64 + 1);
    expect(mayTry('203.0.113.7')).toBe(false);
    // Those who could no longer be told apart are locked out together, and nobody else is.
    expect(mayTry('99.99.99.99')).toBe(false);
    expect(mayTry('127.0.0.1')).toBe(true);
    expect(mayTry('99.99.99.99', { device: 'd1' })).toBe(true);
  });

  test('stays bounded over as many pages of this machine', () => {
    const { attempts, guess, mayTry } = bench();
    let compared = 0;
    times(20_000, (index) => {
      if (guess('127.0.0.1', { origin: `http://localhost:${index}` })) compared += 1;
    });
    expect(attempts.size).toBeLessThanOrEqual(65);
    expect(compared).toBeLessThanOrEqual(64 * 10 + 10);
    expect(mayTry('127.0.0.1')).toBe(true);
  });

  test('is forgotten once it cannot matter any more', () => {
    const { attempts, guess, mayTry, clock } = bench();
    times(5000, (index) => guess(`10.0.${index >> 8}.${index & 255}`));
    clock.now += 400_000;
    expect(mayTry('192.0.2.200')).toBe(true);
    expect(attempts.size).toBeLessThan(10);
  });

  test('is nothing for those who offered nothing', () => {
    const { attempts, mayTry } = bench();
    times(1000, (index) => mayTry(`10.1.${index >> 8}.${index & 255}`));
    expect(attempts.size).toBe(0);
  });
});

test('a client whose address cannot be told may not try', () => {
  expect(bench().mayTry('')).toBe(false);
});

test('a report names those who stay out longest', () => {
  const { attempts, guess, clock } = bench();
  times(25, (client) => {
    times(10, () => guess(`203.0.113.${client}`));
    clock.now += 1000;
  });
  const { count, named } = attempts.lockouts();
  expect(count).toBe(25);
  expect(named).toHaveLength(20);
  expect(named[0]).toEqual({ client: '203.0.113.24', door: 'shared', forMs: 299_000 });
});
