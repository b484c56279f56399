/**
 * Whether a config keeps what it was written to keep.
 *
 * @module
 */
export {
  type CheckOptions,
  type CheckResult,
  type Counterexample,
  type InvariantResult,
  checkInvariants,
  grantsAtMost,
  sameAs,
} from './check.ts';
export {
  type Invariant,
  type InvariantFault,
  type ReadInvariants,
  type Scope,
  type Seen,
  readInvariants,
} from './invariant.ts';
export {
  type ReadVectors,
  type Vector,
  type VectorDifference,
  type VectorResult,
  readVectors,
  runVector,
} from './vector.ts';
