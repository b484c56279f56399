import { describe, expect, test } from 'vitest';
import { Backoff, beforeSending, Health, pause } from '../src/index.ts';

describe('Health', () => {
  test('tells the story of a connection', () => {
    const health = new Health();
    expect(health.status()).toEqual({ state: 'starting', restarts: 0 });
    health.known('@gate_bot');
    health.contact();
    const { lastContactAt } = health.status();
    expect(Date.now() - (lastContactAt ?? 0)).toBeLessThan(5000);
    expect(health.status()).toMatchObject({ state: 'connected', restarts: 0 });
    health.fault('One event could not be stored.');
    expect(health.status()).toMatchObject({
      state: 'connected',
      lastError: 'One event could not be stored.',
    });
    health.lost('Silence.');
    health.lost('Silence.');
    expect(health.status()).toMatchObject({ state: 'reconnecting', lastError: 'Silence.' });
    health.contact();
    health.contact();
    expect(health.status()).toMatchObject({
      state: 'connected',
      restarts: 1,
      identity: '@gate_bot',
    });
    health.ended('stopped');
    expect(health.status()).toMatchObject({ state: 'stopped', lastError: 'Silence.' });
    health.ended('failed', 'The token was revoked.');
    expect(health.status()).toMatchObject({ state: 'failed', lastError: 'The token was revoked.' });
  });
});

describe('Backoff', () => {
  test('doubles up to the longest pause, at least half of it sure', () => {
    const backoff = new Backoff({ minMs: 100, maxMs: 1000 });
    for (const full of [100, 200, 400, 800, 1000, 1000]) {
      const ms = backoff.next();
      expect(ms).toBeGreaterThanOrEqual(full / 2);
      expect(ms).toBeLessThanOrEqual(full);
    }
    expect(backoff.faults).toBe(6);
    backoff.reset();
    expect(backoff.faults).toBe(0);
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });

  test('stays finite after any number of faults', () => {
    const backoff = new Backoff({ minMs: 1, maxMs: 30_000 });
    for (let count = 0; count < 2000; count += 1)
      expect(backoff.next()).toBeLessThanOrEqual(30_000);
  });
});

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');

describe('pause', () => {
  test('ends with the signal, without an error and without a timer left', async () => {
    const stop = new AbortController();
    const before = timers().length;
    const pausing = pause(60_000, stop.signal);
    expect(timers().length).toBe(before + 1);
    stop.abort();
    await expect(pausing).resolves.toBeUndefined();
    expect(timers().length).toBe(before);
    await expect(pause(60_000, stop.signal)).resolves.toBeUndefined();
  });

  test('ends by itself', async () => {
    await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});

describe('beforeSending', () => {
  test.each<[cause: unknown, before: boolean]>([
    [{ code: 'ECONNREFUSED' }, true],
    [{ code: 'ENOTFOUND' }, true],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, true],
    [{ code: 'CERT_HAS_EXPIRED' }, true],
    [{ errors: [{ code: 'ECONNREFUSED' }, { syscall: 'connect' }] }, true],
    [{ errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] }, false],
    [{ errors: [] }, false],
    [{ code: 'ECONNRESET' }, false],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, false],
    [{ code: 'UND_ERR_SOCKET' }, false],
    [undefined, false],
    ['ECONNREFUSED', false],
  ])('%j: %s', (cause, before) => {
    expect(beforeSending(cause)).toBe(before);
  });
});
