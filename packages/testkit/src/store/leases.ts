/**
 * Store contract: leases and the fences they put around stale writers.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { type Places, notes } from './place.ts';

/** Registers the tests. */
export function describeLeases(places: Places): void {
  describe('leases', () => {
    test('a lease has one holder, and the next is told its name', async () => {
      const store = await places.open();
      await store.lease('lane');
      await store.lease('another lane');
      await expect(store.lease('lane')).rejects.toMatchObject({
        code: 'store.leased',
        message: expect.stringMatching(/"lane" is held by ./),
      });
    });

    test('of many who ask at once, one gets it', async () => {
      const store = await places.open();
      const asked = await Promise.allSettled(Array.from({ length: 20 }, () => store.lease('lane')));
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('its fence rises with every holder, also over a reopening', async () => {
      const place = places.make();
      const store = await place.open();
      const first = await store.lease('lane');
      await first.release();
      const second = await store.lease('lane');
      expect(second.fence).toBeGreaterThan(first.fence);
      await store.close();
      expect(second.lost.aborted).toBe(true);
      const third = await (await place.open()).lease('lane');
      expect(third.fence).toBeGreaterThan(second.fence);
    });

    test('its holder writes; whoever held it before does not', async () => {
      const store = await places.open();
      const stale = await store.lease('lane');
      await store.transact((tx) => tx.put(notes, 'a', { text: 'held' }), { lease: stale });
      await stale.release();
      const lease = await store.lease('lane');
      const late = store.transact((tx) => tx.put(notes, 'a', { text: 'stale' }), { lease: stale });
      await expect(late).rejects.toMatchObject({ code: 'store.fenced' });
      const look = store.transact((tx) => tx.get(notes, 'a'), { lease: stale });
      await expect(look).rejects.toMatchObject({ code: 'store.fenced' });
      await store.transact((tx) => tx.put(notes, 'b', { text: 'new' }), { lease });
      expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ text: 'held' });
      expect(await store.transact((tx) => tx.get(notes, 'b'))).toEqual({ text: 'new' });
    });

    test('releasing twice harms nobody', async () => {
      const store = await places.open();
      const first = await store.lease('lane');
      await first.release();
      const second = await store.lease('lane');
      await first.release();
      await store.transact((tx) => tx.put(notes, 'a', {}), { lease: second });
      await expect(store.lease('lane')).rejects.toMatchObject({ code: 'store.leased' });
    });

    test.runIf(places.canCrash)('a lease outlives a crash no longer than its time', async () => {
      const place = places.make();
      const store = await place.open();
      const dead = await store.lease('lane', { ttlMs: 300 });
      await place.crash();
      const again = await place.open();
      const taken = await retry(() => again.lease('lane', { ttlMs: 300 }), 3000);
      expect(taken.fence).toBeGreaterThan(dead.fence);
      const late = again.transact((tx) => tx.put(notes, 'a', {}), { lease: dead });
      await expect(late).rejects.toMatchObject({ code: 'store.fenced' });
    });
  });
}

async function retry<T>(attempt: () => Promise<T>, forMs: number): Promise<T> {
  const end = performance.now() + forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
