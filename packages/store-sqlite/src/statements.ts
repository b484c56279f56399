/**
 * Prepared statements of one connection, kept by their text.
 *
 * The texts come from declared tables and from the shapes of queries, never from values, so the
 * collection is bounded by the declarations.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Prepares each text once. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The statement of `sql`. */
  prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
