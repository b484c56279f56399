/** Turns that wait for somebody: they neither run out of time nor keep others out. */
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import { Lanes } from '../../src/session/lanes.ts';
import { TurnClock } from '../../src/session/turn-clock.ts';

/** As many turns as may work at once, each held until it is let go. */
function crowd(
  lanes: Lanes,
  count: number,
  run: (release: Promise<void>) => Promise<void>,
): () => void {
  const gate = Promise.withResolvers<void>();
  for (let index = 0; index < count; index += 1) {
    lanes.enter(`crowd:${String(index)}`, () => run(gate.promise));
  }
  return () => gate.resolve();
}

test('a gateway full of turns that wait still takes what they wait for', async () => {
  const lanes = new Lanes();
  const release = crowd(lanes, 128, (released) => lanes.park(() => released));
  let ran = false;
  lanes.enter('child', async () => {
    ran = true;
  });
  await sleep(10);
  expect(ran).toBe(true);
  release();
  await lanes.idle();
});

test('a gateway full of turns that work takes no more, and those that waited come back first', async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  const answer = Promise.withResolvers<void>();
  lanes.enter('parent', async () => {
    await lanes.park(() => answer.promise);
    order.push('parent');
  });
  const release = crowd(lanes, 127, (released) => released);
  const one = Promise.withResolvers<void>();
  lanes.enter('one', () => one.promise);
  lanes.enter('late', async () => {
    order.push('late');
  });
  await sleep(10);
  answer.resolve();
  await sleep(10);
  expect(order).toEqual([]);
  one.resolve();
  await sleep(10);
  expect(order).toEqual(['parent', 'late']);
  release();
  await lanes.idle();
});

test('closing lets those that waited come to their end', async () => {
  const lanes = new Lanes();
  const answer = Promise.withResolvers<void>();
  lanes.enter('parent', () => lanes.park(() => answer.promise));
  const release = crowd(lanes, 128, (released) => released);
  answer.resolve();
  await sleep(10);
  lanes.close();
  release();
  await lanes.idle();
});

test('the clock of a turn stands still while it waits', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    let over = false;
    const clock = new TurnClock(1000, () => (over = true));
    await vi.advanceTimersByTimeAsync(600);
    const answer = Promise.withResolvers<void>();
    const waiting = clock.pause(() => clock.pause(() => answer.promise));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(over).toBe(false);
    answer.resolve();
    await waiting;
    await vi.advanceTimersByTimeAsync(399);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(over).toBe(true);
    clock.stop();
  } finally {
    vi.useRealTimers();
  }
});
