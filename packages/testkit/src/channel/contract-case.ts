/**
 * One promise of the channel contract as a test.
 *
 * @module
 */
import type { ChannelBench } from './bench.ts';
import type { Stage } from './stage.ts';

/** A named promise and how it is checked. `run` gives a reason when the network lacks the thing. */
export interface ContractCase {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<Skip | void>;
}

/** Why a promise does not apply to a network. */
export interface Skip {
  readonly reason: string;
}

/** Marks a promise that does not apply. */
export function skipped(reason: string): Skip {
  return { reason };
}

/** Marks a promise that cannot be checked with this bench, and names what it would take. */
export function without(member: keyof ChannelBench): Skip {
  return skipped(`the bench has no ${member}`);
}
