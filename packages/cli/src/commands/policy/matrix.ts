/**
 * `openclaw policy matrix`: who reaches what.
 *
 * @module
 */
import {
  type CellEffect,
  type Matrix,
  type MatrixRow,
  type RowHead,
  byGroup,
  exposureMatrix,
  matrixCsv,
} from '@portcullis/policy/explain';

import type { CommandHandler } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { configToAsk } from './config.ts';

/** Most ids that a cell of the table names. */
const MOST_NAMED = 3;

/** A few ids, and how many more there are. */
export function some(ids: readonly string[]): string {
  if (ids.length === 0) return '*';
  const shown = ids.slice(0, MOST_NAMED).join(' ');
  return ids.length > MOST_NAMED ? `${shown} +${ids.length - MOST_NAMED}` : shown;
}

/** Where a row is about, and under which models where not under all. */
export function placeOf({ kind, places, variants }: RowHead): string {
  const place = kind === 'direct' ? 'direct' : some(places);
  return variants.length === 0 ? place : `${place} (${some(variants)})`;
}

/** An effect in the colour of how far it opens. */
export function effectPiece(effect: CellEffect, mark = ''): Piece {
  const styles = { allow: 'green', ask: 'yellow', pair: 'cyan', deny: 'dim' } as const;
  return styled(styles[effect], `${effect}${mark}`);
}

interface ShownColumn {
  readonly name: string;
  cell(row: MatrixRow): { readonly effect: CellEffect; readonly all: boolean };
}

function shownColumns(matrix: Matrix, byTool: boolean): readonly ShownColumn[] {
  if (byTool) {
    return matrix.columns.map((name, column) => ({
      name,
      cell: (row) => ({ effect: row.cells[column]?.effect ?? 'deny', all: true }),
    }));
  }
  return [...new Set(matrix.groups)].map((name) => ({
    name,
    cell: (row) => byGroup(matrix, row.cells).get(name) ?? { effect: 'deny', all: true },
  }));
}

function reaches({ cells }: MatrixRow): boolean {
  return cells.some(({ effect }) => effect !== 'deny');
}

/** Prints who reaches what: a column a group of capabilities, or one for each. */
export function printMatrix(out: Output, matrix: Matrix, byTool: boolean): void {
  const columns = shownColumns(matrix, byTool);
  const rows = matrix.rows.filter(reaches);
  const used = columns.filter((each) => rows.some((row) => each.cell(row).effect !== 'deny'));
  if (rows.length === 0) {
    out.line('Nobody reaches anything.');
    return;
  }
  out.table(
    ['WHO', 'CHANNEL', 'IN', 'PEOPLE', ...used.map(({ name }) => name.toUpperCase())],
    rows.map((row) => [
      row.who,
      row.channel,
      placeOf(row),
      some(row.people),
      ...used.map((column) => {
        const { effect, all } = column.cell(row);
        return effectPiece(effect, all ? '' : '*');
      }),
    ]),
  );
  const unused = columns.filter((each) => !used.includes(each)).map(({ name }) => name);
  out.line();
  if (unused.length > 0) out.line(`Nobody reaches: ${unused.join(', ')}.`);
  const closed = matrix.rows.filter((row) => !reaches(row));
  if (closed.length > 0) {
    const who = closed.map((row) => `${row.who} (${row.channel} ${row.kind})`);
    out.line(`Reach nothing: ${[...new Set(who)].join(', ')}.`);
  }
  out.line('A * behind an answer: not all of the group. A * for people or places: any other.');
}

/** `openclaw policy matrix`. */
export const showMatrix: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const format = json ? 'json' : (input.text('format') ?? 'table');
  const { value } = configToAsk(invocation, input.text('config'));
  const matrix = exposureMatrix(value);
  if (format === 'json') out.json({ ok: true, ...matrix });
  else if (format === 'csv') out.prose(matrixCsv(matrix));
  else printMatrix(out, matrix, input.text('by') === 'tool');
};
