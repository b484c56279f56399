/**
 * Reads of committed records, on the caller's thread, through a read-only connection.
 *
 * With a write-ahead log a read never waits for the writer and sees only what is durable. Each call
 * is one statement run to its end, so no snapshot is held that would keep the log from shrinking.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite';

import type { Json, LogLine } from '@portcullis/core';

import { holdsLease } from './committer.ts';
import { type Guard, countMatches, holds, lastSequence, tableAt } from './guard.ts';
import { type QueryPlan, queryParameters, querySql } from './query.ts';
import type { TableSchema } from './schema.ts';
import { Statements } from './statements.ts';
import type { FenceProof } from './writer-message.ts';

/** A committed record, its value still JSON text. */
export interface StoredRow {
  readonly seq: number;
  readonly key: string;
  readonly version: number;
  readonly text: string;
}

/** The reading side of a database. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #schemas: readonly TableSchema[];
  readonly #statements: Statements;

  constructor(path: string | URL, schemas: readonly TableSchema[]) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    this.#schemas = schemas;
    this.#statements = new Statements(this.#database);
  }

  /** The record under a key. */
  row(table: number, key: string): StoredRow | undefined {
    const { sql } = tableAt(this.#schemas, table);
    const row = this.#statements
      .prepare(`SELECT seq, key, version, value FROM ${sql} WHERE key = ?`)
      .get(key);
    return row === undefined ? undefined : toRow(row);
  }

  /** The records a plan finds, in its order. */
  find(plan: QueryPlan): StoredRow[] {
    const schema = tableAt(this.#schemas, plan.table);
    const statement = this.#statements.prepare(querySql(schema, plan, 'rows'));
    return statement.all(...queryParameters(plan, 'rows')).map(toRow);
  }

  /** How many records a plan matches. */
  count(plan: QueryPlan): number {
    return countMatches(this.#statements, tableAt(this.#schemas, plan.table), plan);
  }

  /** The `seq` of the newest insertion into a table. */
  lastSequence(table: number): number {
    return lastSequence(this.#statements, tableAt(this.#schemas, table));
  }

  /** Whether a lease is held under this fence. */
  holdsLease(proof: FenceProof): boolean {
    return holdsLease(this.#statements, proof);
  }

  /** Whether all these facts hold at one and the same moment. */
  allHold(guards: readonly Guard[]): boolean {
    this.#database.exec('BEGIN');
    try {
      return guards.every((guard) => holds(guard, this.#schemas, this.#statements));
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** Lines of a log after `after`, oldest first. */
  lines(log: string, after: number, limit: number): LogLine[] {
    const rows = this.#statements
      .prepare('SELECT seq, entry, mac FROM log WHERE log = ? AND seq > ? ORDER BY seq LIMIT ?')
      .all(log, after, limit);
    return rows.map((row) => ({
      seq: Number(row['seq']),
      entry: parseEntry(String(row['entry'])),
      mac: String(row['mac']),
    }));
  }

  /** Closes the connection. */
  close(): void {
    this.#database.close();
  }
}

function toRow(row: Record<string, unknown>): StoredRow {
  return {
    seq: Number(row['seq']),
    key: String(row['key']),
    version: Number(row['version']),
    text: String(row['value']),
  };
}

function parseEntry(text: string): Json {
  return JSON.parse(text);
}
