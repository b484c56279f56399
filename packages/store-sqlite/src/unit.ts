/**
 * One attempt at a unit of work: reads committed records, remembers what it relied on, and keeps
 * its own writes to itself until they are committed.
 *
 * @module
 */
import {
  type Entry,
  type Json,
  PortcullisError,
  type Query,
  type Table,
  type Tx,
  canonicalJson,
} from '@portcullis/core';

import { type Guard, digestVersions, tableAt } from './guard.ts';
import { overlayCount, overlayFind } from './overlay.ts';
import { planQuery } from './query.ts';
import type { Reader, StoredRow } from './reader.ts';
import { type TableSchema, columnValues } from './schema.ts';
import type { Change, FenceProof, PendingLine, PreparedUnit } from './writer-message.ts';

/** A write that is not committed. `renewed`: the key was deleted earlier in the unit. */
export type OwnWrite =
  | {
      readonly kind: 'put';
      readonly text: string;
      readonly columns: Change['columns'];
      readonly renewed: boolean;
    }
  | { readonly kind: 'delete' };

/** What units read from. */
export interface UnitSource {
  readonly reader: Reader;
  readonly schemas: readonly TableSchema[];
  /** Position of each table by name. */
  readonly positions: ReadonlyMap<string, number>;
}

/** The {@link Tx} of one attempt. */
export class Unit implements Tx {
  readonly #source: UnitSource;
  /** Versions of the records read by key, by table. */
  readonly #versions = new Map<number, Map<string, number>>();
  readonly #facts: Guard[] = [];
  readonly #writes = new Map<number, Map<string, OwnWrite>>();
  readonly #lines: PendingLine[] = [];
  readonly #topics = new Set<string>();
  #reads = 0;
  #ended = false;
  #contradicted = false;

  constructor(source: UnitSource) {
    this.#source = source;
  }

  async get<T>(table: Table<T>, key: string): Promise<T | undefined> {
    const position = this.#position(table);
    const own = this.#writes.get(position)?.get(key);
    if (own !== undefined) return own.kind === 'put' ? JSON.parse(own.text) : undefined;
    const row = this.row(position, key);
    return row === undefined ? undefined : JSON.parse(row.text);
  }

  async find<T>(table: Table<T>, query: Query = {}): Promise<readonly Entry<T>[]> {
    const position = this.#position(table);
    const plan = planQuery(tableAt(this.#source.schemas, position), position, query);
    return overlayFind<T>(this, plan, this.#writes.get(position));
  }

  async count<T>(table: Table<T>, query: Query = {}): Promise<number> {
    const position = this.#position(table);
    const plan = planQuery(tableAt(this.#source.schemas, position), position, query);
    return overlayCount(this, plan, this.#writes.get(position));
  }

  put<T>(table: Table<T>, key: string, value: T): void {
    const writes = this.#writesTo(table);
    checkKey(table.name, key);
    const text = toText(table.name, value);
    const columns = columnValues(tableAt(this.#source.schemas, this.#position(table)), value);
    const before = writes.get(key);
    const renewed = before?.kind === 'delete' || before?.renewed === true;
    // A record deleted and written again is the newest of its table: its write goes to the end.
    if (before?.kind === 'delete') writes.delete(key);
    writes.set(key, { kind: 'put', text, columns, renewed });
  }

  delete<T>(table: Table<T>, key: string): void {
    this.#writesTo(table).set(key, { kind: 'delete' });
  }

  append(log: string, entry: Json): void {
    this.#assertOpen();
    checkKey('log', log);
    this.#lines.push({ log, entry: canonicalJson(entry) });
  }

  notify(topic: string): void {
    this.#assertOpen();
    this.#topics.add(topic);
  }

  /** Reads a committed record and relies on it from now on. */
  row(table: number, key: string): StoredRow | undefined {
    this.#reads += 1;
    const row = this.#source.reader.row(table, key);
    const version = row?.version ?? 0;
    const versions = getOrCreate(this.#versions, table, () => new Map<string, number>());
    const before = versions.get(key);
    if (before === undefined) versions.set(key, version);
    else if (before !== version) this.#contradicted = true;
    return row;
  }

  /** Runs a plan on committed records and relies on what it finds. */
  rows(plan: Parameters<Reader['find']>[0]): StoredRow[] {
    this.#reads += 1;
    const rows = this.#source.reader.find(plan);
    const digest = digestVersions(rows.map((row) => row.version));
    this.#facts.push({ kind: 'find', plan, digest });
    return rows;
  }

  /** Counts committed records and relies on their number. */
  total(plan: Parameters<Reader['count']>[0]): number {
    this.#reads += 1;
    const count = this.#source.reader.count(plan);
    this.#facts.push({ kind: 'count', plan, count });
    return count;
  }

  /** Reads the newest `seq` of a table and relies on no insertion coming before ours. */
  lastSequence(table: number): number {
    this.#reads += 1;
    const last = this.#source.reader.lastSequence(table);
    this.#facts.push({ kind: 'sequence', table, last });
    return last;
  }

  /** Refuses everything from now on: the work is over. */
  end(): void {
    this.#ended = true;
  }

  /** True when it read the same record twice and found it different. */
  get contradicted(): boolean {
    return this.#contradicted;
  }

  /** How many statements it read; one statement alone is always consistent. */
  get reads(): number {
    return this.#reads;
  }

  /** Topics to wake after the commit. */
  get topics(): ReadonlySet<string> {
    return this.#topics;
  }

  /** True when there is something to commit. */
  get writes(): boolean {
    return this.#writes.size > 0 || this.#lines.length > 0;
  }

  /** Everything it relied on. */
  guards(): Guard[] {
    const guards = [...this.#facts];
    for (const [table, versions] of this.#versions) {
      for (const [key, version] of versions) guards.push({ kind: 'key', table, key, version });
    }
    return guards;
  }

  /** Makes the unit ready to be committed. */
  prepare(fence: FenceProof | undefined): PreparedUnit {
    const guards = [...this.#facts];
    const changes: Change[] = [];
    for (const [table, writes] of this.#writes) {
      const versions = this.#versions.get(table);
      for (const [key, write] of writes)
        changes.push(toChange(table, key, write, versions?.get(key)));
    }
    for (const [table, versions] of this.#versions) {
      const writes = this.#writes.get(table);
      for (const [key, version] of versions) {
        const write = writes?.get(key);
        const carried = write?.kind === 'put' && !write.renewed;
        if (!carried) guards.push({ kind: 'key', table, key, version });
      }
    }
    return { fence, guards, changes, lines: this.#lines };
  }

  #writesTo(table: { readonly name: string }): Map<string, OwnWrite> {
    return getOrCreate(this.#writes, this.#position(table), () => new Map<string, OwnWrite>());
  }

  #position(table: { readonly name: string }): number {
    this.#assertOpen();
    const position = this.#source.positions.get(table.name);
    if (position !== undefined) return position;
    throw new PortcullisError('store.table', `The store has no table "${table.name}".`, {
      hint: 'Hand the table to the store when it is opened.',
    });
  }

  #assertOpen(): void {
    if (!this.#ended) return;
    throw new PortcullisError('store.ended', 'A unit of work was used after its work was over.', {
      hint: 'Await every call on the unit inside the function given to transact.',
    });
  }
}

/** A put whose record was read carries that guard in the statement itself. */
function toChange(table: number, key: string, write: OwnWrite, seen: number | undefined): Change {
  if (write.kind === 'delete') {
    return { table, key, kind: 'delete', version: 0, text: '', columns: [] };
  }
  const { text, columns } = write;
  if (write.renewed) return { table, key, kind: 'renew', version: 0, text, columns };
  if (seen === undefined) return { table, key, kind: 'put', version: 0, text, columns };
  return { table, key, kind: seen === 0 ? 'insert' : 'update', version: seen, text, columns };
}

function toText(table: string, value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new PortcullisError('store.value', `A record for "${table}" cannot be written as JSON.`, {
    hint: 'Store plain objects, lists, strings, finite numbers, booleans and null.',
    cause,
  });
}

function checkKey(where: string, key: string): void {
  if (typeof key === 'string' && key.isWellFormed()) return;
  throw new PortcullisError('store.key', `A key or name for "${where}" is not well-formed text.`, {
    hint: 'Half a surrogate pair cannot be told from another in a database; use whole characters.',
  });
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
