/**
 * The codes of capabilities, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const capabilityReasons = {
  'capability.ok': 'The capability is genuine, and in force.',
  'capability.narrowed': 'The capability was handed on, narrower or equal.',
  'capability.invalid': 'The capability was not made by this gateway, or is not the bearer’s.',
  'capability.expired': 'The capability is no longer in force.',
  'capability.revoked': 'The capability, or one it was made from, was taken back.',
  'capability.exceeds_parent': 'The capability does not reach that far.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof capabilityReasons> = verdictsFrom(capabilityReasons);
