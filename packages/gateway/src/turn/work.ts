/**
 * One turn at work.
 *
 * @module
 */
import type { Run } from '../session/runs.ts';
import type { TurnSubject } from './record.ts';

/** An admitted event whose turn is being taken. */
export interface Work extends TurnSubject {
  readonly live: Run;
  /** Aborts when the turn is to stop, with the reason as `RunAborted`. */
  readonly signal: AbortSignal;
  /** Waits for others: meanwhile the turn's time stands still and its place is free. */
  readonly parked: <T>(wait: () => Promise<T>) => Promise<T>;
}
