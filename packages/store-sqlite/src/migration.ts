/**
 * Brings a database file to the declared tables, in one transaction, without losing a record.
 *
 * The file itself says what it has (its columns and indexes), so there is no second account of the
 * schema that could disagree. A table that is no longer declared is left alone.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';

import { PortcullisError } from '@portcullis/core';

import { corruptFailure, fromFailure } from './failure.ts';
import { LEASE_TABLE, type TableSchema, createIndexSql, fieldColumn, indexName } from './schema.ts';

/** Marks the file as ours (`PRAGMA application_id`): "PCUL". */
const APPLICATION_ID = 0x5043_554c;
/** Version of everything this package lays out itself (`PRAGMA user_version`). */
const FORMAT = 1;

/**
 * Looks at a file through a read-only connection before anything may write to it.
 *
 * Throws `store.newer` for the file of a later version, `store.corrupt` for a file that is damaged
 * or belongs to another program. `thorough` reads every page, for use after a crash.
 */
export function inspect(database: DatabaseSync, thorough: boolean): void {
  const format = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  const empty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (application !== APPLICATION_ID && !(empty && application === 0)) {
    throw fromFailure(corruptFailure('it belongs to another program'));
  }
  if (format > FORMAT) {
    throw new PortcullisError(
      'store.newer',
      `The database has format ${format}; this version knows formats up to ${FORMAT}.`,
      { hint: 'Run the newer version again, or restore a backup from before the upgrade.' },
    );
  }
  if (!thorough) return;
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw fromFailure(corruptFailure('its pages contradict each other'));
}

/**
 * What {@link migrate} would add or take away in a file, one sentence part each: `table notes`,
 * `index of notes`. Empty for one that fits.
 */
export function pendingChanges(
  database: DatabaseSync,
  schemas: readonly TableSchema[],
): readonly string[] {
  const tables = new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map((row) => String(row['name'])),
  );
  return schemas.flatMap((schema) => {
    if (!tables.has(`t_${schema.name}`)) return [`table ${schema.name}`];
    const stored = storedIndexes(database, schema);
    const wanted = wantedIndexes(schema);
    const fits =
      stored.size === wanted.size && [...wanted].every(([name, sql]) => stored.get(name) === sql);
    return fits ? [] : [`index of ${schema.name}`];
  });
}

/** Creates and changes what is missing, and forgets the lease holders of processes now gone. */
export function migrate(database: DatabaseSync, schemas: readonly TableSchema[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${FORMAT};
      CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
      INSERT OR IGNORE INTO counter (name, value) VALUES ('version', 0);
      CREATE TABLE IF NOT EXISTS log (
        log TEXT NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL, mac TEXT NOT NULL,
        PRIMARY KEY (log, seq)
      ) STRICT, WITHOUT ROWID;
    `);
    for (const schema of schemas) migrateTable(database, schema);
    database.exec(`UPDATE "t_${LEASE_TABLE.name}" SET value = json_remove(value, '$.holder')`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function migrateTable(database: DatabaseSync, schema: TableSchema): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${schema.sql} (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL, value TEXT NOT NULL
  ) STRICT`);
  dropStaleIndexes(database, schema);
  reconcileColumns(database, schema);
  for (const index of schema.indexes.keys()) {
    if (storedIndexes(database, schema).has(indexName(schema, index))) continue;
    database.exec(createIndexSql(schema, index));
  }
}

/** A column exists exactly while its field is indexed, so an existing column is never stale. */
function reconcileColumns(database: DatabaseSync, schema: TableSchema): void {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(`t_${schema.name}`);
  const present = new Set(rows.map((row) => `"${String(row['name'])}"`));
  const wanted = new Set(schema.fields.map(fieldColumn));
  for (const column of present) {
    if (!column.startsWith('"f_') || wanted.has(column)) continue;
    database.exec(`ALTER TABLE ${schema.sql} DROP COLUMN ${column}`);
  }
  const added = schema.fields.filter((field) => !present.has(fieldColumn(field)));
  if (added.length === 0) return;
  for (const field of added) {
    database.exec(`ALTER TABLE ${schema.sql} ADD COLUMN ${fieldColumn(field)} ANY`);
  }
  const fill = added.map((field) => {
    const path = `'$."${field}"'`;
    return `${fieldColumn(field)} = CASE WHEN json_type(value, ${path}) IN ('text', 'integer', 'real')
      THEN json_extract(value, ${path}) END`;
  });
  database.exec(`UPDATE ${schema.sql} SET ${fill.join(', ')}`);
}

function wantedIndexes(schema: TableSchema): ReadonlyMap<string, string> {
  return new Map(
    [...schema.indexes.keys()].map((index) => [
      indexName(schema, index),
      createIndexSql(schema, index),
    ]),
  );
}

function dropStaleIndexes(database: DatabaseSync, schema: TableSchema): void {
  const wanted = wantedIndexes(schema);
  for (const [name, sql] of storedIndexes(database, schema)) {
    if (wanted.get(name) !== sql) database.exec(`DROP INDEX ${name}`);
  }
}

function storedIndexes(database: DatabaseSync, schema: TableSchema): Map<string, string> {
  const rows = database
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql > ''",
    )
    .all(`t_${schema.name}`);
  return new Map(rows.map((row) => [`"${String(row['name'])}"`, String(row['sql'])]));
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
