/**
 * Colours as data: a piece of text says how it should look, and the writer decides whether the
 * terminal gets to see it.
 *
 * @module
 */

/** How a piece of text looks where colours are on. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Text with a look. Its text is escaped like any other. */
export interface Styled {
  readonly style: Style;
  readonly text: string;
}

/** A piece of a line. */
export type Piece = string | Styled;

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Gives a text a look. */
export function styled(style: Style, text: string): Styled {
  return { style, text };
}

/** The text of a piece, without its look. */
export function plain(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}

/** Puts the codes of a style around text that is safe already. */
export function paint(style: Style, safe: string): string {
  const [on, off] = CODES[style];
  return `\u001B[${on}m${safe}\u001B[${off}m`;
}
