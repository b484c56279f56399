/**
 * How many columns a text takes on a terminal. Where terminals differ the larger answer is given, so
 * that a row never becomes two.
 *
 * @module
 */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NOTHING = /[\p{Mn}\p{Me}\u200c\u200d]/u;

function columnsOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (WIDE.test(character)) return 2;
  // It makes the character before it an emoji, which may be wider than that character was.
  if (character === '\uFE0F') return 1;
  return NOTHING.test(character) ? 0 : 1;
}

/** Columns of a text of one line. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The beginning of a text that fits into so many columns. */
export function fit(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/**
 * Splits a line where it becomes too long: at the last blank that fits, else in the middle of a word.
 * The rest is empty where all of it fits.
 */
export function breakLine(
  text: string,
  columns: number,
): { readonly head: string; readonly rest: string } {
  const head = fit(text, columns);
  if (head.length === text.length) return { head, rest: '' };
  const blank = head.lastIndexOf(' ');
  if (blank > columns / 2) return { head: head.slice(0, blank), rest: text.slice(blank + 1) };
  // A terminal of no width still gets on by one character.
  const at = head === '' ? ([...text][0]?.length ?? 1) : head.length;
  return { head: text.slice(0, at), rest: text.slice(at) };
}
