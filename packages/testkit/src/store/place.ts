/**
 * Places for the store contract suite: one for each test, removed after it.
 *
 * @module
 */
import { type Store, defineTable } from '@portcullis/core';
import { afterAll, onTestFinished } from 'vitest';

import type { StoreBench } from './bench.ts';

/** A record of the suite. Every field is optional, to be left out of an index. */
export interface Note {
  readonly text?: string;
  readonly room?: string;
  readonly rank?: number;
}

/** The table most tests use. */
export const notes: ReturnType<typeof defineTable<Note>> = defineTable<Note>('notes', {
  byRoom: ['room'],
  byRoomAndRank: ['room', 'rank'],
  byRank: ['rank'],
});

/** A second table, for units that span two. */
export const counters: ReturnType<typeof defineTable<{ n: number }>> = defineTable<{ n: number }>(
  'counters',
);

/** The chain key of the suite: 32 bytes that count up. */
export const CHAIN_KEY: Uint8Array = Uint8Array.from({ length: 32 }, (_, position) => position);

/** A place where a test's store lives. */
export interface Place {
  /** Opens the store, again after a close or a crash. */
  open(): Promise<Store>;
  /** Ends the open store like a crash. */
  crash(): Promise<void>;
}

/** Makes places. */
export class Places {
  readonly #bench: StoreBench;
  #made = 0;

  constructor(bench: StoreBench) {
    this.#bench = bench;
  }

  /** Whether the bench can crash a store. */
  get canCrash(): boolean {
    return this.#bench.crash !== undefined;
  }

  /** Makes an empty place for the running test. */
  make(): Place {
    this.#made += 1;
    const place = `place-${process.pid}-${this.#made}`;
    const bench = this.#bench;
    let store: Store | undefined;
    onTestFinished(async () => {
      await store?.close();
      await bench.remove?.(place);
    });
    return {
      open: async () => {
        store = await bench.open({ place, tables: [notes, counters], chainKey: CHAIN_KEY });
        return store;
      },
      crash: async () => {
        if (store !== undefined) await bench.crash?.(store);
        store = undefined;
      },
    };
  }

  /** Opens a store in an empty place. */
  open(): Promise<Store> {
    return this.make().open();
  }

  /**
   * Opens one store for all tests of the enclosing group, where opening one for each would take
   * most of their time. The result empties its tables and hands it over.
   */
  share(): () => Promise<Store> {
    this.#made += 1;
    const place = `place-${process.pid}-${this.#made}`;
    const bench = this.#bench;
    let opening: Promise<Store> | undefined;
    afterAll(async () => {
      await (await opening)?.close();
      await bench.remove?.(place);
    });
    return async () => {
      opening ??= bench.open({ place, tables: [notes, counters], chainKey: CHAIN_KEY });
      const store = await opening;
      await store.transact(async (tx) => {
        for (const { key } of await tx.find(notes)) tx.delete(notes, key);
        for (const { key } of await tx.find(counters)) tx.delete(counters, key);
      });
      return store;
    };
  }
}
