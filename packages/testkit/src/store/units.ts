/**
 * Store contract: units of work are atomic and serialisable, and end cleanly.
 *
 * @module
 */
import type { Store } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { type Places, counters, notes } from './place.ts';

type OpenStore = () => Promise<Store>;

/** Registers the tests. */
export function describeUnits(places: Places): void {
  describe('units of work', () => {
    const open = places.share();
    describeAtomicity(open);
    describeIsolation(open);
    describeOvertaken(open);
    describeWaking(open);
    describeEnding(places);
  });
}

function describeAtomicity(open: OpenStore): void {
  test('a throw in the work changes nothing and comes through as it is', async () => {
    const store = await open();
    const reason = new Error('no');
    let woken = 0;
    store.subscribe('topic', () => {
      woken += 1;
    });
    const unit = store.transact((tx) => {
      tx.put(notes, 'a', { text: 'x' });
      tx.append('audit', { n: 1 });
      tx.notify('topic');
      throw reason;
    });
    await expect(unit).rejects.toBe(reason);
    expect(await store.transact((tx) => tx.count(notes))).toBe(0);
    expect(await store.readLog('audit')).toEqual([]);
    expect(woken).toBe(0);
  });

  test('a failing unit leaves its neighbours alone', async () => {
    const store = await open();
    const units = Array.from({ length: 40 }, (_, n) =>
      store.transact((tx) => {
        tx.put(notes, `k${n}`, { rank: n });
        if (n % 4 === 0) throw new Error(`unit ${n}`);
      }),
    );
    const ends = await Promise.allSettled(units);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await store.transact((tx) => tx.count(notes))).toBe(30);
  });

  test('the work sees its own writes, and nobody else does before the commit', async () => {
    const store = await open();
    await store.transact(async (tx) => {
      tx.put(notes, 'a', { text: 'mine' });
      expect(await tx.get(notes, 'a')).toEqual({ text: 'mine' });
      expect(await store.transact((other) => other.get(notes, 'a'))).toBeUndefined();
      tx.delete(notes, 'a');
      expect(await tx.get(notes, 'a')).toBeUndefined();
      tx.put(notes, 'a', { text: 'last' });
    });
    expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ text: 'last' });
  });

  test('a unit resolves with the result of its work', async () => {
    const store = await open();
    expect(await store.transact(() => 42)).toBe(42);
    expect(await store.transact(async (tx) => (await tx.find(notes)).length)).toBe(0);
  });

  test('a unit cannot be used after its work is over', async () => {
    const store = await open();
    const tx = await store.transact((unit) => ({ unit }));
    expect(() => tx.unit.put(notes, 'late', {})).toThrow(/over/);
    await expect(tx.unit.get(notes, 'late')).rejects.toThrow(/over/);
  });
}

function describeIsolation(open: OpenStore): void {
  test('200 concurrent increments add up to 200', async () => {
    const store = await open();
    const increment = (): Promise<void> =>
      store.transact(async (tx) => {
        const before = (await tx.get(counters, 'c'))?.n ?? 0;
        tx.put(counters, 'c', { n: before + 1 });
      });
    await Promise.all(Array.from({ length: 200 }, increment));
    expect(await store.transact((tx) => tx.get(counters, 'c'))).toEqual({ n: 200 });
  });

  test('two units cannot each rely on what the other one changes', async () => {
    const store = await open();
    await store.transact((tx) => {
      tx.put(counters, 'x', { n: 1 });
      tx.put(counters, 'y', { n: 1 });
    });
    // Each may turn its own counter off only while the other one is on.
    const turnOff = (own: string, other: string): Promise<void> =>
      store.transact(async (tx) => {
        if ((await tx.get(counters, other))?.n === 1) tx.put(counters, own, { n: 0 });
      });
    await Promise.all([turnOff('x', 'y'), turnOff('y', 'x')]);
    const left = await store.transact((tx) => tx.find(counters));
    expect(left.filter(({ value }) => value.n === 1)).toHaveLength(1);
  });

  test.each(['find', 'count'] as const)('a %s relies also on what it did not find', async (how) => {
    const store = await open();
    const query = { index: 'byRoom', equals: ['r'] } as const;
    // At most three notes to a room.
    const enter = (key: string): Promise<void> =>
      store.transact(async (tx) => {
        const there =
          how === 'count' ? await tx.count(notes, query) : (await tx.find(notes, query)).length;
        if (there < 3) tx.put(notes, key, { room: 'r' });
      });
    await Promise.all(Array.from({ length: 20 }, (_, n) => enter(`k${n}`)));
    expect(await store.transact((tx) => tx.count(notes, query))).toBe(3);
  });
}

/** Units that lose against another one. */
function describeOvertaken(open: OpenStore): void {
  test('a unit that is overtaken runs again and sees the newer state', async () => {
    const store = await open();
    await store.transact((tx) => tx.put(counters, 'c', { n: 1 }));
    const seen: (number | undefined)[] = [];
    await store.transact(async (tx) => {
      const before = (await tx.get(counters, 'c'))?.n;
      seen.push(before);
      if (seen.length === 1) await store.transact((other) => other.put(counters, 'c', { n: 10 }));
      tx.put(counters, 'c', { n: (before ?? 0) + 1 });
    });
    expect(seen).toEqual([1, 10]);
    expect(await store.transact((tx) => tx.get(counters, 'c'))).toEqual({ n: 11 });
  });

  test('an overtaken attempt leaves nothing behind', async () => {
    const store = await open();
    let attempt = 0;
    await store.transact(async (tx) => {
      attempt += 1;
      tx.put(notes, `attempt ${attempt}`, {});
      tx.append('attempts', attempt);
      await tx.get(counters, 'c');
      if (attempt === 1) await store.transact((other) => other.put(counters, 'c', { n: 1 }));
      tx.put(counters, 'c', { n: 2 });
    });
    const left = await store.transact((tx) => tx.find(notes));
    expect(left.map(({ key }) => key)).toEqual(['attempt 2']);
    const lines = await store.readLog('attempts');
    expect(lines.map(({ entry }) => entry)).toEqual([2]);
  });

  test('a unit that only reads never mixes two states', async () => {
    const store = await open();
    const set = (n: number): Promise<void> =>
      store.transact((tx) => {
        tx.put(counters, 'x', { n });
        tx.put(counters, 'y', { n: -n });
      });
    await set(0);
    const progress = { done: false };
    const written = (async () => {
      for (let n = 1; n <= 100; n += 1) await set(n);
      progress.done = true;
    })();
    const sums = new Set<number | undefined>();
    while (!progress.done) {
      const sum = await store.transact(async (tx) => {
        const x = await tx.get(counters, 'x');
        await new Promise((resolve) => setImmediate(resolve));
        const y = await tx.get(counters, 'y');
        return x && y && x.n + y.n;
      });
      sums.add(sum);
    }
    await written;
    expect([...sums]).toEqual([0]);
  });
}

function describeWaking(open: OpenStore): void {
  test('subscribers are woken after the commit, and can be stopped', async () => {
    const store = await open();
    const first = Promise.withResolvers<unknown>();
    let others = 0;
    store.subscribe('topic', () => first.resolve(store.transact((tx) => tx.get(notes, 'a'))));
    const stop = store.subscribe('topic', () => {
      others += 1;
    });
    stop();
    store.subscribe('another', () => {
      others += 1;
    });
    await store.transact((tx) => {
      tx.put(notes, 'a', { text: 'there' });
      tx.notify('topic');
    });
    expect(await first.promise).toEqual({ text: 'there' });
    expect(others).toBe(0);
  });
}

function describeEnding(places: Places): void {
  test('close commits what was submitted and refuses what comes later', async () => {
    const place = places.make();
    const store = await place.open();
    const submitted = Array.from({ length: 30 }, (_, n) =>
      store.transact((tx) => tx.put(notes, `k${n}`, { rank: n })),
    );
    const closing = store.close();
    await expect(store.transact((tx) => tx.count(notes))).rejects.toMatchObject({
      code: 'store.closed',
    });
    await Promise.all([...submitted, closing, store.close()]);
    await expect(store.readLog('audit')).rejects.toMatchObject({ code: 'store.closed' });
    const again = await place.open();
    expect(await again.transact((tx) => tx.count(notes))).toBe(30);
  });
}
