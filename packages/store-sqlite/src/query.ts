/**
 * Queries: checked once, then spelled as SQL on either thread and matched against records that a
 * unit of work has written but not committed.
 *
 * The three spellings (`rows`, `versions`, `count`) share one `WHERE` and one order, so that a
 * guard re-reads exactly what the unit saw.
 *
 * @module
 */
import { PortcullisError, type Query } from '@portcullis/core';

import { type ColumnValue, type TableSchema, fieldColumn, fieldValue } from './schema.ts';

const DEFAULT_LIMIT = 1000;

/** A checked query. Plain data: guards carry it to the writer thread. */
export interface QueryPlan {
  /** Position of the table in the list of schemas. */
  readonly table: number;
  /** Fields of the index, none for the whole table. */
  readonly fields: readonly string[];
  readonly equals: readonly (string | number)[];
  readonly above: string | number | undefined;
  readonly upTo: string | number | undefined;
  readonly limit: number;
  readonly reverse: boolean;
}

/** What to read: whole records, the versions that identify them, or how many there are. */
export type Projection = 'rows' | 'versions' | 'count';

/** A record placed in the order of a query. */
export interface Placed {
  readonly key: string;
  readonly seq: number;
  readonly value: unknown;
}

/** Checks a query against its table. Throws `store.query` for an index or bound it does not have. */
export function planQuery(schema: TableSchema, table: number, query: Query): QueryPlan {
  const { index, equals = [], above, upTo, limit = DEFAULT_LIMIT, reverse = false } = query;
  const fields = index === undefined ? [] : schema.indexes.get(index);
  if (fields === undefined) throw queryError(`The table "${schema.name}" has no index "${index}".`);
  if (equals.length > fields.length) {
    throw queryError(`A query of "${schema.name}" names more values than its index has fields.`);
  }
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw queryError(`The limit of a query of "${schema.name}" is not a whole number.`);
  }
  const bounds = [...equals, above, upTo].filter((value) => value !== undefined);
  if (!bounds.every((value) => typeof value === 'string' || Number.isFinite(value))) {
    throw queryError(`A value in a query of "${schema.name}" is neither text nor a finite number.`);
  }
  return {
    table,
    fields,
    equals: equals.map(plain),
    above: above === undefined ? undefined : plain(above),
    upTo: upTo === undefined ? undefined : plain(upTo),
    limit,
    reverse,
  };
}

/** Half surrogate pairs become what SQLite would store in their place. */
function plain(value: string | number): string | number {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/** The SQL text of a plan. It depends on the plan's shape alone, so statements can be kept. */
export function querySql(schema: TableSchema, plan: QueryPlan, projection: Projection): string {
  const columns = plan.fields.map(fieldColumn);
  const bounded = columns[plan.equals.length] ?? 'seq';
  const where = columns.map((column, position) =>
    position < plan.equals.length ? `${column} = ?` : `${column} IS NOT NULL`,
  );
  if (plan.above !== undefined) where.push(`${bounded} > ?`);
  if (plan.upTo !== undefined) where.push(`${bounded} <= ?`);
  const condition = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
  if (projection === 'count') return `SELECT count(*) AS n FROM ${schema.sql}${condition}`;
  const read = projection === 'rows' ? 'seq, key, version, value' : 'version';
  const direction = plan.reverse ? ' DESC' : '';
  const order = [...columns, 'seq'].map((column) => `${column}${direction}`).join(', ');
  return `SELECT ${read} FROM ${schema.sql}${condition} ORDER BY ${order} LIMIT ?`;
}

/** The values for the statement of {@link querySql}, in its order. */
export function queryParameters(plan: QueryPlan, projection: Projection): (string | number)[] {
  const parameters = [...plan.equals];
  if (plan.above !== undefined) parameters.push(plan.above);
  if (plan.upTo !== undefined) parameters.push(plan.upTo);
  if (projection !== 'count') parameters.push(plan.limit);
  return parameters;
}

/** Whether a plan finds a record, by the rules its SQL follows. */
export function matches(plan: QueryPlan, record: Placed): boolean {
  const values = plan.fields.map((field) => fieldValue(record.value, field));
  if (values.includes(null)) return false;
  if (plan.equals.some((wanted, position) => wanted !== values[position])) return false;
  const bounded = values[plan.equals.length] ?? record.seq;
  if (plan.above !== undefined && compareValues(bounded, plan.above) <= 0) return false;
  return plan.upTo === undefined || compareValues(bounded, plan.upTo) <= 0;
}

/** Orders two records that a plan finds. */
export function compareRecords(plan: QueryPlan, left: Placed, right: Placed): number {
  for (const field of plan.fields) {
    const order = compareValues(fieldValue(left.value, field), fieldValue(right.value, field));
    if (order !== 0) return plan.reverse ? -order : order;
  }
  return plan.reverse ? right.seq - left.seq : left.seq - right.seq;
}

/** SQLite's order: absence, then numbers, then text by its UTF-8 bytes. */
function compareValues(left: ColumnValue, right: ColumnValue): number {
  if (typeof left === 'string' && typeof right === 'string') {
    return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return rank(left) - rank(right);
}

function rank(value: ColumnValue): number {
  if (value === null) return 0;
  return typeof value === 'number' ? 1 : 2;
}

function queryError(message: string): PortcullisError {
  return new PortcullisError('store.query', message, {
    hint: 'Declare the index with defineTable, and bound only the field after those in `equals`.',
  });
}
