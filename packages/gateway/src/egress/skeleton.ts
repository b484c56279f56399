/**
 * Text without what may be put between the characters of a secret without changing it for whoever
 * puts it together again: blanks, punctuation, quotes, invisible characters, case.
 *
 * @module
 */

/** The characters that count, and where each stood. */
export interface Skeleton {
  /** UTF-16 units, lower case; the first `length` are meant. */
  readonly codes: Uint16Array;
  /** For each of them its index in the text. */
  readonly at: Int32Array;
  readonly length: number;
}

const DIGITS = [0x30, 0x39] as const;
const UPPER = [0x41, 0x5a] as const;
const LOWER = [0x61, 0x7a] as const;
/** Forms of ASCII as wide as a Chinese character. */
const WIDE = [0xff01, 0xff5e] as const;
const WIDE_OFFSET = 0xfee0;
/** Beyond ASCII: controls, blanks, soft hyphens, joiners, directions, variations, accents alone. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x80, 0xa0],
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0xdb40, 0xdb40],
  [0xdc00, 0xddef],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
];

/** The skeleton of a text. */
export function skeletonOf(text: string): Skeleton {
  const codes = new Uint16Array(text.length);
  const at = new Int32Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = folded(text.charCodeAt(index));
    if (code === 0) continue;
    codes[length] = code;
    at[length] = index;
    length += 1;
  }
  return { codes, at, length };
}

/** A character as it counts; 0 for one that does not. */
function folded(code: number): number {
  if (code < 0x80) {
    if (code >= LOWER[0] && code <= LOWER[1]) return code;
    if (code >= DIGITS[0] && code <= DIGITS[1]) return code;
    return code >= UPPER[0] && code <= UPPER[1] ? code + 0x20 : 0;
  }
  if (code >= WIDE[0] && code <= WIDE[1]) return folded(code - WIDE_OFFSET);
  return UNSEEN.some(([first, last]) => code >= first && code <= last) ? 0 : code;
}

const ESCAPED =
  /((?:%[0-9a-f]{2})+)|((?:\\x[0-9a-f]{2})+)|\\u([0-9a-f]{4})|&#x([0-9a-f]{1,6});|&#(\d{1,7});/giu;
/** Rounds of escaping that are undone. */
const ROUNDS = 3;

/** Whether a text may hold escapes. */
export function mayBeEscaped(text: string): boolean {
  return text.includes('%') || text.includes('\\') || text.includes('&#');
}

/**
 * The text with its escapes undone (percent, `\x`, `\u`, HTML), also where they are escaped
 * again. Undefined when it holds none.
 */
export function unescaped(text: string): string | undefined {
  let result = text;
  for (let round = 0; round < ROUNDS && mayBeEscaped(result); round += 1) {
    const next = result.replaceAll(
      ESCAPED,
      (_all, percent?: string, bytes?: string, unit?: string, hex?: string, decimal?: string) => {
        if (percent !== undefined) return utf8(percent.replaceAll('%', ''));
        if (bytes !== undefined) return utf8(bytes.replaceAll(/\\x/giu, ''));
        if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
        return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
      },
    );
    if (next === result) break;
    result = next;
  }
  return result === text ? undefined : result;
}

function utf8(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8');
}

function character(point: number): string {
  return point <= 0x10_ffff ? String.fromCodePoint(point) : '';
}
