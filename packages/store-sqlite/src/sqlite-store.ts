/**
 * The {@link Store} over one SQLite file: optimistic units of work, committed in groups.
 *
 * A unit reads committed records without any lock and remembers what it saw. The writer thread
 * checks all of that again inside the commit; when something has changed, the unit runs again.
 *
 * @module
 */
import { type Lease, type LogLine, PortcullisError, type Store, type Tx } from '@portcullis/core';

import { fromFailure, toFailure } from './failure.ts';
import { Lane } from './lane.ts';
import { Leases } from './leases.ts';
import type { Topics } from './topics.ts';
import { Unit, type UnitSource } from './unit.ts';
import type { FenceProof } from './writer-message.ts';
import type { Pass, Writer } from './writer.ts';

/** Attempts side by side with all others, before a unit waits for its turn. */
const FREE_ATTEMPTS = 3;
/** Attempts in its turn; all but the first while nobody else may commit. */
const TURN_ATTEMPTS = 8;
const DEFAULT_LIMIT = 1000;

type Work<T> = (tx: Tx) => Promise<T> | T;
/** Absent: something the attempt relied on had changed. */
type Attempt<T> = { readonly value: T } | undefined;

/** What a store is made of. */
export interface StoreParts {
  readonly source: UnitSource;
  readonly writer: Writer;
  readonly topics: Topics;
  /** Names this store as a holder of leases. */
  readonly holder: string;
  /** Gives up the state folder. */
  readonly unlock: () => void;
}

/** See `openSqliteStore`. */
export class SqliteStore implements Store {
  readonly #parts: StoreParts;
  readonly #lane = new Lane();
  readonly #leases: Leases;
  #running = 0;
  #settled: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#leases = new Leases((work) => this.#run(work, undefined), parts.holder);
  }

  async transact<T>(work: Work<T>, options: { readonly lease?: Lease } = {}): Promise<T> {
    this.#assertOpen();
    const { lease } = options;
    this.#running += 1;
    try {
      return await this.#run(work, lease && { name: lease.name, fence: lease.fence });
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#settled?.();
    }
  }

  async readLog(
    log: string,
    { after = 0, limit = DEFAULT_LIMIT }: { readonly after?: number; readonly limit?: number } = {},
  ): Promise<readonly LogLine[]> {
    this.#assertOpen();
    if (!Number.isSafeInteger(limit) || limit < 0 || !Number.isFinite(after)) {
      throw new PortcullisError('store.query', 'The range of a log is not made of whole numbers.', {
        hint: 'Give `after` the seq of the last line you have, and `limit` how many more you want.',
      });
    }
    return read(() => this.#parts.source.reader.lines(log, after, limit));
  }

  async lease(name: string): Promise<Lease> {
    this.#assertOpen();
    return this.#leases.take(name);
  }

  subscribe(topic: string, wake: () => void): () => void {
    return this.#parts.topics.subscribe(topic, wake);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** To be called when the writer has stopped by itself. */
  abandon(): void {
    this.#leases.lose();
  }

  async #close(): Promise<void> {
    const { source, writer, unlock } = this.#parts;
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
    // A writer that is gone cannot release; whoever opens the store next does it then.
    await this.#leases.releaseAll().catch(() => undefined);
    // Last to close is the writer: it moves the write-ahead log into the database file.
    source.reader.close();
    await writer.close();
    unlock();
  }

  async #run<T>(work: Work<T>, fence: FenceProof | undefined): Promise<T> {
    for (let attempt = 1; attempt <= FREE_ATTEMPTS; attempt += 1) {
      const done = await this.#attempt(work, fence, undefined);
      if (done !== undefined) return done.value;
    }
    const done = await this.#lane.run(() => this.#runInTurn(work, fence));
    if (done !== undefined) return done.value;
    throw new PortcullisError('store.conflict', 'A unit of work lost against others too often.', {
      hint: 'Try again; when it happens often, let units read fewer records.',
      retryable: true,
    });
  }

  async #runInTurn<T>(work: Work<T>, fence: FenceProof | undefined): Promise<Attempt<T>> {
    const first = await this.#attempt(work, fence, undefined);
    if (first !== undefined) return first;
    return this.#parts.writer.exclusively(async (pass) => {
      for (let attempt = 2; attempt <= TURN_ATTEMPTS; attempt += 1) {
        const done = await this.#attempt(work, fence, pass);
        if (done !== undefined) return done;
      }
      return undefined;
    });
  }

  async #attempt<T>(
    work: Work<T>,
    fence: FenceProof | undefined,
    pass: Pass | undefined,
  ): Promise<Attempt<T>> {
    const { source, writer, topics } = this.#parts;
    const unit = new Unit(source);
    const still = this.#watch(unit);
    let value: T;
    try {
      value = await work(unit);
    } catch (error) {
      // Work that saw two different moments may have failed over a state that never was.
      if (!still()) return undefined;
      if (isSqliteError(error)) throw fromFailure(toFailure(error), error);
      throw error;
    } finally {
      unit.end();
    }
    if (unit.writes) {
      const outcome = await writer.submit(unit.prepare(fence), pass);
      if (outcome === 'conflict') return undefined;
      if (outcome === 'fenced') throw fencedError(fence);
      if (outcome !== 'committed') throw fromFailure(outcome);
    } else {
      if (!still()) return undefined;
      if (fence !== undefined && !source.reader.holdsLease(fence)) throw fencedError(fence);
    }
    topics.notify(unit.topics);
    return { value };
  }

  /** Returns the question whether all that the unit has read was true at one moment. */
  #watch(unit: Unit): () => boolean {
    const { source, writer } = this.#parts;
    const { idle, batches } = writer;
    return () => {
      if (unit.contradicted) return false;
      if (unit.reads <= 1 || (idle && writer.batches === batches)) return true;
      return source.reader.allHold(unit.guards());
    };
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new PortcullisError('store.closed', 'The store is closed.', {
      hint: 'Finish work that needs the store before closing it.',
    });
  }
}

function read<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isSqliteError(error)) throw fromFailure(toFailure(error), error);
    throw error;
  }
}

/** Gives what SQLite throws its code; leaves everything else as it is. */
function isSqliteError(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SQLITE_ERROR'
  );
}

function fencedError(fence: FenceProof | undefined): PortcullisError {
  return new PortcullisError('store.fenced', `The lease "${fence?.name}" is no longer held.`, {
    hint: 'Stop doing what the lease was for; take it again before going on.',
  });
}
