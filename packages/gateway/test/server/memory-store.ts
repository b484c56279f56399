/** A store in memory, for tests that are not about durability. One unit of work at a time. */
import type { Entry, Query, Store, Table, Tx } from '@portcullis/core';

interface Row {
  readonly seq: number;
  readonly value: unknown;
}

type Rows = Map<string, Row>;

class Unit implements Tx {
  readonly tables: Map<string, Rows>;
  readonly topics: Set<string> = new Set();
  readonly #nextSeq: () => number;

  constructor(tables: ReadonlyMap<string, Rows>, nextSeq: () => number) {
    this.tables = new Map([...tables].map(([name, rows]) => [name, new Map(rows)]));
    this.#nextSeq = nextSeq;
  }

  #rows({ name }: { readonly name: string }): Rows {
    let rows = this.tables.get(name);
    if (rows === undefined) {
      rows = new Map();
      this.tables.set(name, rows);
    }
    return rows;
  }

  async get<T>(table: Table<T>, key: string): Promise<T | undefined> {
    return this.#rows(table).get(key)?.value as T | undefined;
  }

  async find<T>(table: Table<T>, query: Query = {}): Promise<readonly Entry<T>[]> {
    const fields = query.index === undefined ? [] : (table.indexes[query.index] ?? []);
    const rows = [...this.#rows(table)]
      .map(([key, { seq, value }]) => ({ key, seq, value: value as T }))
      .filter(({ value }) =>
        (query.equals ?? []).every((wanted, index) => {
          const field = fields[index];
          return field !== undefined && Reflect.get(value as object, field) === wanted;
        }),
      )
      .toSorted((left, right) => left.seq - right.seq);
    return (query.reverse === true ? rows.toReversed() : rows).slice(0, query.limit ?? 1000);
  }

  async count<T>(table: Table<T>, query: Query = {}): Promise<number> {
    return (await this.find(table, { ...query, limit: Infinity })).length;
  }

  put<T>(table: Table<T>, key: string, value: T): void {
    const rows = this.#rows(table);
    rows.set(key, { seq: rows.get(key)?.seq ?? this.#nextSeq(), value: structuredClone(value) });
  }

  delete<T>(table: Table<T>, key: string): void {
    this.#rows(table).delete(key);
  }

  append(): void {
    throw new Error('this store keeps no logs');
  }

  notify(topic: string): void {
    this.topics.add(topic);
  }
}

/** Makes an empty store. */
export function createMemoryStore(): Store {
  let tables: Map<string, Rows> = new Map();
  let seq = 0;
  let last: Promise<unknown> = Promise.resolve();
  const subscribers = new Map<string, Set<() => void>>();
  const run = async <T>(work: (tx: Tx) => Promise<T> | T): Promise<T> => {
    const unit = new Unit(tables, () => (seq += 1));
    const result = await work(unit);
    ({ tables } = unit);
    for (const topic of unit.topics) {
      for (const wake of subscribers.get(topic) ?? []) setImmediate(wake);
    }
    return result;
  };
  return {
    transact: (work) => {
      const result = last.then(() => run(work));
      last = result.catch(() => undefined);
      return result;
    },
    subscribe: (topic, wake) => {
      const wakes = subscribers.get(topic) ?? new Set();
      subscribers.set(topic, wakes.add(wake));
      return () => wakes.delete(wake);
    },
    readLog: async () => [],
    lease: () => Promise.reject(new Error('this store gives no leases')),
    close: async () => undefined,
  };
}
