/** Repeatable chance: a seed names a run. */
import { STEPS, type Step } from '@portcullis/gateway';

/** How many seeds a run takes: a few by default, many for the long run. */
export const SEEDS: readonly number[] = Array.from(
  { length: process.env['PORTCULLIS_LONG'] === '1' ? 200 : 5 },
  (_, index) => index + 1,
);

/** A small deterministic generator (mulberry32) of numbers from 0 up to 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The points a message passes, in an order of the seed's. */
export function shuffledSteps(
  random: () => number,
  but: (step: Step) => boolean = () => true,
): readonly Step[] {
  return STEPS.filter((step) => !step.startsWith('config.') && but(step))
    .map((step) => ({ step, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ step }) => step);
}
