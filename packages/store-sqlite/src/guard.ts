/**
 * Guards: what a unit of work has read, in a form that can be checked again at commit.
 *
 * Versions are never used twice in a database, so a version stands for the very content of a record
 * and a list of versions for the very answer of a query.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';

import { type QueryPlan, queryParameters, querySql } from './query.ts';
import type { TableSchema } from './schema.ts';
import type { Statements } from './statements.ts';

/** One fact a unit of work relies on. Plain data: it is copied to the writer thread. */
export type Guard =
  /** The record has this version; 0 says that there is none. */
  | { readonly kind: 'key'; readonly table: number; readonly key: string; readonly version: number }
  /** The query finds exactly these records. */
  | { readonly kind: 'find'; readonly plan: QueryPlan; readonly digest: string }
  /** The query matches this many records. */
  | { readonly kind: 'count'; readonly plan: QueryPlan; readonly count: number }
  /** The newest insertion into the table had this `seq`. */
  | { readonly kind: 'sequence'; readonly table: number; readonly last: number };

/** Stands for the list of versions that a query found, in a bounded number of characters. */
export function digestVersions(versions: readonly number[]): string {
  const list = versions.join(',');
  return list.length <= 64 ? list : createHash('sha256').update(list).digest('base64');
}

/** Whether a fact still holds in the database behind `statements`. */
export function holds(
  guard: Guard,
  schemas: readonly TableSchema[],
  statements: Statements,
): boolean {
  if (guard.kind === 'key') {
    const schema = tableAt(schemas, guard.table);
    return currentVersion(statements, schema, guard.key) === guard.version;
  }
  if (guard.kind === 'sequence') {
    return lastSequence(statements, tableAt(schemas, guard.table)) === guard.last;
  }
  const { plan } = guard;
  const schema = tableAt(schemas, plan.table);
  if (guard.kind === 'count') return countMatches(statements, schema, plan) === guard.count;
  const statement = statements.prepare(querySql(schema, plan, 'versions'));
  const rows = statement.all(...queryParameters(plan, 'versions'));
  return digestVersions(rows.map((row) => Number(row['version']))) === guard.digest;
}

/** How many records a plan matches now. */
export function countMatches(statements: Statements, schema: TableSchema, plan: QueryPlan): number {
  const statement = statements.prepare(querySql(schema, plan, 'count'));
  return Number(statement.get(...queryParameters(plan, 'count'))?.['n']);
}

/** The `seq` of the newest insertion into a table, deleted ones included; 0 before the first. */
export function lastSequence(statements: Statements, schema: TableSchema): number {
  const statement = statements.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?');
  return Number(statement.get(`t_${schema.name}`)?.['seq'] ?? 0);
}

/** The schema at a position that a plan or guard names. */
export function tableAt(schemas: readonly TableSchema[], position: number): TableSchema {
  const schema = schemas[position];
  if (schema === undefined) {
    throw new PortcullisError('store.schema', `There is no table at ${String(position)}.`);
  }
  return schema;
}

function currentVersion(statements: Statements, schema: TableSchema, key: string): number {
  const statement = statements.prepare(`SELECT version FROM ${schema.sql} WHERE key = ?`);
  return Number(statement.get(key)?.['version'] ?? 0);
}
