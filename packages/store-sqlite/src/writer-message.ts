/**
 * What crosses between the store and its writer thread. All of it is plain data.
 *
 * @module
 */
import type { Failure } from './failure.ts';
import type { Guard } from './guard.ts';
import type { ColumnValue, TableSchema } from './schema.ts';

/** What the writer thread is started with. */
export interface WriterSetup {
  /** Path of the database file. */
  readonly path: string;
  readonly schemas: readonly TableSchema[];
  /** Key of the log chains. */
  readonly chainKey: Uint8Array;
  /** Read every page before the first write. */
  readonly thorough: boolean;
}

/**
 * One change of one record.
 *
 * `insert` and `update` carry a guard with them: they change nothing, and the unit is in conflict,
 * when the record exists or has another version. `put` replaces or inserts, `renew` deletes and
 * inserts, so that the record is the newest of its table.
 */
export interface Change {
  readonly table: number;
  readonly key: string;
  readonly kind: 'insert' | 'update' | 'put' | 'renew' | 'delete';
  /** Version that `update` replaces. */
  readonly version: number;
  /** The record as JSON; empty for `delete`. */
  readonly text: string;
  readonly columns: readonly ColumnValue[];
}

/** A line for a log, its entry in canonical JSON. */
export interface PendingLine {
  readonly log: string;
  readonly entry: string;
}

/** Proof of a lease: the unit commits only while this is its newest fence and it is held. */
export interface FenceProof {
  readonly name: string;
  readonly fence: number;
}

/** A finished unit of work, to be committed if all it relies on still holds. */
export interface PreparedUnit {
  readonly fence: FenceProof | undefined;
  readonly guards: readonly Guard[];
  readonly changes: readonly Change[];
  readonly lines: readonly PendingLine[];
}

/** How a unit ended. */
export type UnitOutcome = 'committed' | 'conflict' | 'fenced' | Failure;

/** Trouble on purpose, for tests of what happens then. */
export type StoreFault =
  /** The disk has no page left for the next batch. */
  | { readonly kind: 'full' }
  /** The next commit takes this long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The writer dies in the middle of the next batch. */
  | { readonly kind: 'die' };

/** A request to the writer thread. */
export type WriterRequest =
  | {
      readonly kind: 'commit';
      readonly units: readonly PreparedUnit[];
      readonly fault: StoreFault | undefined;
    }
  | { readonly kind: 'close' };

/** An answer of the writer thread. Each `commit` gets one, in order. */
export type WriterReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'done'; readonly outcomes: readonly UnitOutcome[] }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly detail: string }
  | { readonly kind: 'closed' };
