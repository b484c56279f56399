/**
 * Durable state: tables of JSON records, hash-chained logs, and leases.
 *
 * Callers speak in typed operations, never SQL, so that SQLite and PostgreSQL fit behind the same
 * contract. A table is declared as data next to the code that owns it and handed to the store when
 * it is opened; the store turns the declarations into its own schema and migrates them.
 *
 * @module
 */

/** What a record may hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Names of the fields of `T` an index may be built on: strings and whole numbers. */
export type IndexField<T> = Extract<
  { [K in keyof T]-?: T[K] extends string | number | undefined ? K : never }[keyof T],
  string
>;

/** A table of records of type `T` under string keys. Make one with {@link defineTable}. */
export interface Table<T> {
  /** `^[a-z][a-z0-9_]*$`, unique in a store. */
  readonly name: string;
  /**
   * Field lists that {@link Tx.find} can look up by. Records that lack a field of an index are not
   * in it. Every index orders equal fields by insertion.
   */
  readonly indexes: Readonly<Record<string, readonly IndexField<T>[]>>;
}

/** Declares a table. Adding an index later is a migration the store does by itself. */
export function defineTable<T>(name: string, indexes: Table<T>['indexes'] = {}): Table<T> {
  return { name, indexes };
}

/** A record as it is stored. */
export interface Entry<T> {
  readonly key: string;
  readonly value: T;
  /** Order of first insertion, increasing over the whole table; kept when the record is replaced. */
  readonly seq: number;
}

/** A look-up: all records, or those whose leading index fields equal `equals`, in order. */
export interface Query {
  /** Index to use; without it the whole table in insertion order. */
  readonly index?: string;
  /** Values of the index's leading fields, in its order; may be fewer than it has. */
  readonly equals?: readonly (string | number)[];
  /**
   * Bounds on the index's next field after those in `equals` (on `seq` without an index, and when
   * `equals` names all its fields):
   * `above` is exclusive, `upTo` inclusive.
   */
  readonly above?: string | number;
  readonly upTo?: string | number;
  /** Most records to return. Default 1,000. */
  readonly limit?: number;
  /** Newest (or highest) first. Default false. */
  readonly reverse?: boolean;
}

/** One line of a hash-chained log. */
export interface LogLine {
  /** From 1, without holes. */
  readonly seq: number;
  readonly entry: Json;
  /**
   * HMAC-SHA256, hex, under the store's chain key, over the previous line's `mac`, a newline and
   * the canonical JSON of `[log, seq, entry]`. The line before the first has 64 zeros.
   */
  readonly mac: string;
}

/**
 * One unit of work. It commits as a whole or not at all, and is serialisable: if anything it read
 * has changed by then, the work runs again from its start, so it must have no effects but these.
 */
export interface Tx {
  get<T>(table: Table<T>, key: string): Promise<T | undefined>;
  find<T>(table: Table<T>, query?: Query): Promise<readonly Entry<T>[]>;
  /** How many records a query matches (`limit` ignored). */
  count<T>(table: Table<T>, query?: Query): Promise<number>;
  /** Inserts or replaces. */
  put<T>(table: Table<T>, key: string, value: T): void;
  delete<T>(table: Table<T>, key: string): void;
  /** Adds a line to a hash-chained log, in commit order. */
  append(log: string, entry: Json): void;
  /** Wakes the subscribers of `topic` after the commit. */
  notify(topic: string): void;
}

/** The right to be the only one doing something, for as long as it is held. */
export interface Lease {
  readonly name: string;
  /** Rises with every new holder. A write that carries an older one is refused. */
  readonly fence: number;
  /** Aborts when the lease is lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Durable state behind one gateway, or behind several that share it. */
export interface Store {
  /**
   * Runs a unit of work and resolves with its result once it is durable. Concurrent units are
   * committed in groups. With `lease`, the unit is refused with `store.fenced` once the lease has
   * another holder.
   *
   * Throws `store.fenced`, `store.conflict` (the unit had to run again too often), `store.closed`,
   * `store.full` (disk), `store.corrupt`; or whatever the work throws, having changed nothing.
   */
  transact<T>(work: (tx: Tx) => Promise<T> | T, options?: { readonly lease?: Lease }): Promise<T>;
  /** Reads the lines of a log after `after` (default 0), oldest first, at most `limit` (default 1,000). */
  readLog(
    log: string,
    range?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly LogLine[]>;
  /**
   * Takes a lease, or throws `store.leased` naming its holder. A holder that died loses it after
   * `ttlMs` (default 15,000) at the latest; a live one renews it by itself.
   */
  lease(name: string, options?: { readonly ttlMs?: number }): Promise<Lease>;
  /** Calls `wake` after every commit that notified `topic`. Returns the way to stop it. */
  subscribe(topic: string, wake: () => void): () => void;
  /** Commits what was submitted, lets go of leases and closes. */
  close(): Promise<void>;
}
