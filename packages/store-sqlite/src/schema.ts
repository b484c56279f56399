/**
 * The SQL shape of declared tables: one row a record, the record itself as JSON text, and one
 * column for each field that an index needs.
 *
 * Names are checked here once, so that every other file can put them into SQL text.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** What {@link defineTable} of core makes, whatever its records are. */
export interface TableDeclaration {
  readonly name: string;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

/** What a field column holds; null keeps the record out of every index over that field. */
export type ColumnValue = string | number | null;

/** A declared table, ready for SQL. Plain data: it is copied to the writer thread. */
export interface TableSchema {
  readonly name: string;
  /** Quoted name of its SQL table. */
  readonly sql: string;
  /** Every field some index uses, in order of first mention. */
  readonly fields: readonly string[];
  readonly indexes: ReadonlyMap<string, readonly string[]>;
}

/** The store's own table of lease holders. Its name cannot be declared by a caller. */
export const LEASE_TABLE: TableDeclaration = { name: '_leases', indexes: {} };

const TABLE_NAME = /^[a-z][a-z0-9_]*$/;
const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks declarations and compiles them, the store's own tables first.
 *
 * Throws `store.schema` for a name that is malformed or taken; SQL does not tell upper from lower
 * case in names, so two that differ only in case are one name here.
 */
export function compileTables(declarations: readonly TableDeclaration[]): readonly TableSchema[] {
  const names = new Set<string>();
  const schemas = [compileTable(LEASE_TABLE)];
  for (const declaration of declarations) {
    if (!TABLE_NAME.test(declaration.name)) {
      throw schemaError(`"${declaration.name}" is not a table name.`);
    }
    if (names.has(declaration.name)) {
      throw schemaError(`The table "${declaration.name}" is declared twice.`);
    }
    names.add(declaration.name);
    schemas.push(compileTable(declaration));
  }
  return schemas;
}

function compileTable({ name, indexes }: TableDeclaration): TableSchema {
  const taken = new Map<string, string>();
  const claim = (word: string, kind: string): void => {
    if (!FIELD_NAME.test(word)) throw schemaError(`"${word}" is not a name for ${kind}.`);
    const folded = `${kind}:${word.toLowerCase()}`;
    const holder = taken.get(folded);
    if (holder !== undefined && holder !== word) {
      throw schemaError(`"${holder}" and "${word}" in table "${name}" differ only in case.`);
    }
    taken.set(folded, word);
  };
  const fields = new Set<string>();
  for (const [index, members] of Object.entries(indexes)) {
    claim(index, 'an index');
    if (members.length === 0) throw schemaError(`The index "${index}" of "${name}" has no field.`);
    for (const field of members) {
      claim(field, 'a field');
      fields.add(field);
    }
  }
  return {
    name,
    sql: `"t_${name}"`,
    fields: [...fields],
    indexes: new Map(Object.entries(indexes)),
  };
}

/** Quoted column of an indexed field. */
export function fieldColumn(field: string): string {
  return `"f_${field}"`;
}

/** The statement that creates an index; compared with the stored one to find changed indexes. */
export function createIndexSql(schema: TableSchema, index: string): string {
  const columns = (schema.indexes.get(index) ?? []).map(fieldColumn);
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  return `CREATE INDEX ${indexName(schema, index)} ON ${schema.sql} (${columns.join(', ')}, seq) WHERE ${present}`;
}

/** Quoted SQL name of an index. The dot keeps `a_b.c` and `a.b_c` apart. */
export function indexName(schema: TableSchema, index: string): string {
  return `"x_${schema.name}.${index}"`;
}

/** What the field columns of a record hold: strings and finite numbers, all else is absence. */
export function columnValues(schema: TableSchema, value: unknown): ColumnValue[] {
  return schema.fields.map((field) => fieldValue(value, field));
}

/** The indexable content of one field of a record. */
export function fieldValue(value: unknown, field: string): ColumnValue {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return null;
  const content: unknown = Reflect.get(value, field);
  if (typeof content === 'string') return content.toWellFormed();
  return typeof content === 'number' && Number.isFinite(content) ? content : null;
}

function schemaError(message: string): PortcullisError {
  return new PortcullisError('store.schema', message, {
    hint: 'Table names are lower case with digits and underscores; names are unique without case.',
  });
}
