/**
 * Makes text from elsewhere safe to print. Names, messages and errors come from strangers and from
 * models; a terminal obeys what is in them unless it is spelled out first.
 *
 * @module
 */

/**
 * Everything a terminal acts on or hides: control characters (escape sequences and OSC begin with
 * one), format characters (marks and overrides of writing direction, characters without a shape),
 * line separators and halves of characters. Joiners stay: emoji and some scripts are written with
 * them.
 */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\u200C\u200D]]/gv;

function spell(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** One field of a line: nothing in it can end the line, move the cursor or change what is shown. */
export function escapeField(text: string): string {
  return text.replaceAll(UNSAFE, spell);
}

/** Prose of several lines: as a field, but line breaks and tabs stay. */
export function escapeProse(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(UNSAFE, (character) =>
      character === '\n' || character === '\t' ? character : spell(character),
    );
}

/**
 * What JSON can spell out without another meaning, and a reader would not see or take for something
 * else: also joiners, shapes of nothing, foreign blanks, and rows of blanks that push a text away.
 */
const UNSEEN =
  /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]--[\n\u0020]]|(?<=[^\n\u0020]) {3,}/gv;

/** JSON text that means the same, holds no unsafe character, and hides nothing. */
export function escapeJson(json: string): string {
  // Line breaks and the blanks after them are the layout of the document; inside strings JSON has
  // spelled them out already.
  return json.replaceAll(UNSEEN, (found) =>
    [...Array(found.length).keys()]
      .map((index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
