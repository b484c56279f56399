/**
 * Commits prepared units of work, many in one transaction, on the writer thread.
 *
 * Every unit is checked and applied inside its own savepoint, so one that is in conflict leaves its
 * neighbours alone; one commit, with one wait for the disk, makes them all durable.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';

import { isFatalToBatch, toFailure } from './failure.ts';
import { holds, tableAt } from './guard.ts';
import { appendLine } from './log-chain.ts';
import { LEASE_TABLE, type TableSchema, fieldColumn } from './schema.ts';
import { Statements } from './statements.ts';
import type { Change, FenceProof, PreparedUnit, UnitOutcome } from './writer-message.ts';

/** The writing side of one database connection. */
export class Committer {
  readonly #database: DatabaseSync;
  readonly #schemas: readonly TableSchema[];
  readonly #chainKey: Uint8Array;
  readonly #statements: Statements;
  /** Last version given out. Never goes back, so that a version names one content for ever. */
  #version: number;

  constructor(database: DatabaseSync, schemas: readonly TableSchema[], chainKey: Uint8Array) {
    this.#database = database;
    this.#schemas = schemas;
    this.#chainKey = chainKey;
    this.#statements = new Statements(database);
    const counter = "SELECT value FROM counter WHERE name = 'version'";
    this.#version = Number(database.prepare(counter).get()?.['value']);
  }

  /**
   * Commits a batch and says how each unit ended. `beforeCommit` runs last inside the transaction.
   *
   * Throws what SQLite throws when the batch as a whole failed; then nothing of it is stored.
   */
  commit(units: readonly PreparedUnit[], beforeCommit?: () => void): UnitOutcome[] {
    this.#run('BEGIN IMMEDIATE');
    try {
      const outcomes = units.map((unit) => this.#settle(unit));
      this.#statements
        .prepare("UPDATE counter SET value = ? WHERE name = 'version'")
        .run(this.#version);
      beforeCommit?.();
      this.#run('COMMIT');
      return outcomes;
    } catch (error) {
      // SQLite has already rolled back after some errors, such as a full disk.
      if (this.#database.isTransaction) this.#run('ROLLBACK');
      throw error;
    }
  }

  #settle(unit: PreparedUnit): UnitOutcome {
    this.#run('SAVEPOINT unit');
    let outcome: UnitOutcome;
    try {
      outcome = this.#apply(unit);
    } catch (error) {
      if (isFatalToBatch(error)) throw error;
      outcome = toFailure(error);
    }
    if (outcome !== 'committed') this.#run('ROLLBACK TO unit');
    this.#run('RELEASE unit');
    return outcome;
  }

  #apply(unit: PreparedUnit): UnitOutcome {
    if (unit.fence !== undefined && !holdsLease(this.#statements, unit.fence)) return 'fenced';
    for (const guard of unit.guards) {
      if (!holds(guard, this.#schemas, this.#statements)) return 'conflict';
    }
    for (const change of unit.changes) if (!this.#change(change)) return 'conflict';
    for (const line of unit.lines) appendLine(this.#statements, this.#chainKey, line);
    return 'committed';
  }

  /** Applies a change; false when the version it rests on is gone. */
  #change(change: Change): boolean {
    const schema = tableAt(this.#schemas, change.table);
    switch (change.kind) {
      case 'insert':
        return this.#insert(schema, change);
      case 'update':
        return this.#update(schema, change, change.version);
      case 'put':
        return this.#update(schema, change, undefined) || this.#insert(schema, change);
      case 'renew':
        this.#delete(schema, change.key);
        return this.#insert(schema, change);
      case 'delete':
        this.#delete(schema, change.key);
        return true;
    }
  }

  #insert(schema: TableSchema, { key, text, columns }: Change): boolean {
    const names = ['key', 'version', 'value', ...schema.fields.map(fieldColumn)];
    const places = names.map(() => '?').join(', ');
    const sql = `INSERT INTO ${schema.sql} (${names.join(', ')}) VALUES (${places}) ON CONFLICT DO NOTHING`;
    const { changes } = this.#statements
      .prepare(sql)
      .run(key, this.#nextVersion(), text, ...columns);
    return changes === 1;
  }

  #update(schema: TableSchema, change: Change, expected: number | undefined): boolean {
    const fields = schema.fields.map((field) => `, ${fieldColumn(field)} = ?`).join('');
    const condition = expected === undefined ? '' : ' AND version = ?';
    const sql = `UPDATE ${schema.sql} SET version = ?, value = ?${fields} WHERE key = ?${condition}`;
    const { changes } = this.#statements
      .prepare(sql)
      .run(
        this.#nextVersion(),
        change.text,
        ...change.columns,
        change.key,
        ...(expected === undefined ? [] : [expected]),
      );
    return changes === 1;
  }

  #delete(schema: TableSchema, key: string): void {
    this.#statements.prepare(`DELETE FROM ${schema.sql} WHERE key = ?`).run(key);
  }

  #nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }

  #run(sql: string): void {
    this.#statements.prepare(sql).run();
  }
}

/** Whether a lease is held, and under this very fence. */
export function holdsLease(statements: Statements, { name, fence }: FenceProof): boolean {
  const statement = statements.prepare(
    `SELECT 1 FROM "t_${LEASE_TABLE.name}" WHERE key = ?
      AND value ->> '$.fence' = ? AND value ->> '$.holder' IS NOT NULL`,
  );
  return statement.get(name, fence) !== undefined;
}
