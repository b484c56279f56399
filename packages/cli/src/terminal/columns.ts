/**
 * Lays rows out in columns.
 *
 * @module
 */
import { escapeField } from './escape.ts';
import { type Piece, plain } from './style.ts';

const GAP = '  ';

function width(piece: Piece): number {
  return [...escapeField(plain(piece))].length;
}

/** Rows as lines of pieces: every column as wide as its widest cell, the last one as it is. */
export function inColumns(rows: readonly (readonly Piece[])[]): readonly (readonly Piece[])[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => width(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row.flatMap((piece, column) => {
      if (column === row.length - 1) return [piece];
      const padding = ' '.repeat((widths[column] ?? 0) - width(piece));
      return [piece, padding + GAP];
    }),
  );
}
