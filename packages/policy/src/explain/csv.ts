/**
 * A matrix as comma-separated values, for spreadsheets. Ids come from strangers, and a spreadsheet
 * calculates what begins like a formula; such a cell gets an apostrophe in front, which makes it text.
 *
 * @module
 */
import type { Matrix } from './matrix.ts';

/** What spreadsheets take for the beginning of a formula, also behind blanks. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@|%＝＋－＠]/u;

/** One cell: a formula is made text, quotes and separators are quoted. */
export function csvCell(text: string): string {
  const plain = FORMULA.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** The table with a heading, lines ended by CR LF as RFC 4180 asks. */
export function matrixCsv({ columns, rows }: Matrix): string {
  const heading = [
    'who',
    'channel',
    'kind',
    'accounts',
    'places',
    'people',
    'variants',
    ...columns,
  ];
  const lines = rows.map((row) => [
    row.who,
    row.channel,
    row.kind,
    row.accounts.join(' '),
    row.places.join(' '),
    row.people.length === 0 ? '*' : row.people.join(' '),
    row.variants.length === 0 ? '*' : row.variants.join(' '),
    ...row.cells.map(({ effect }) => effect),
  ]);
  return [heading, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}
