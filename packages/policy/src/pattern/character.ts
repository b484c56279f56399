/**
 * Sets of characters, and the questions patterns ask about one character.
 *
 * Everything here looks at single code points, so its cost never depends on the text around them.
 *
 * @module
 */

/** Inclusive code point ranges; `negated` turns the set inside out. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

const DIGITS: CharacterSet['ranges'] = [[0x30, 0x39]];
const WORD: CharacterSet['ranges'] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const BLANKS: CharacterSet['ranges'] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** What `.` matches: anything but a line end. */
export const notLineEnd: CharacterSet = {
  ranges: [
    [0x0a, 0x0a],
    [0x0d, 0x0d],
    [0x2028, 0x2029],
  ],
  negated: true,
};

const LAST_CODE_POINT = 0x10ffff;

/** The ranges that `ranges` leave out. */
function complement(ranges: CharacterSet['ranges']): CharacterSet['ranges'] {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) rest.push([next, low - 1]);
    next = high + 1;
  }
  rest.push([next, LAST_CODE_POINT]);
  return rest;
}

/** The ranges of a class escape: `d`, `w`, `s` and their opposites `D`, `W`, `S`. */
export function classEscape(letter: string): CharacterSet['ranges'] | undefined {
  switch (letter) {
    case 'd':
      return DIGITS;
    case 'w':
      return WORD;
    case 's':
      return BLANKS;
    case 'D':
      return complement(DIGITS);
    case 'W':
      return complement(WORD);
    case 'S':
      return complement(BLANKS);
    default:
      return undefined;
  }
}

/** Maps letters that differ in case only to one code point. */
export function foldCase(codePoint: number): number {
  if (codePoint < 0x80) {
    return codePoint >= 0x41 && codePoint <= 0x5a ? codePoint + 0x20 : codePoint;
  }
  const upper = single(String.fromCodePoint(codePoint).toUpperCase()) ?? codePoint;
  return single(String.fromCodePoint(upper).toLowerCase()) ?? codePoint;
}

function single(text: string): number | undefined {
  const codePoint = text.codePointAt(0);
  if (codePoint === undefined) return undefined;
  return text.length === (codePoint > 0xffff ? 2 : 1) ? codePoint : undefined;
}

function inRanges(ranges: CharacterSet['ranges'], codePoint: number): boolean {
  return ranges.some(([low, high]) => codePoint >= low && codePoint <= high);
}

/** Whether `set` holds `codePoint`; with `ignoreCase` in either case. */
export function contains(set: CharacterSet, codePoint: number, ignoreCase: boolean): boolean {
  const found =
    inRanges(set.ranges, codePoint) ||
    (ignoreCase && caseVariants(codePoint).some((variant) => inRanges(set.ranges, variant)));
  return found !== set.negated;
}

function caseVariants(codePoint: number): readonly number[] {
  const folded = foldCase(codePoint);
  const upper = single(String.fromCodePoint(folded).toUpperCase()) ?? folded;
  return [folded, upper];
}

/** A word character in the sense of `\b`: ASCII letters, digits and `_`. */
export function isAsciiWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && inRanges(WORD, codePoint);
}

const LETTER_OR_DIGIT = /^[\p{L}\p{N}\p{M}_]$/u;

/** A word character of any script. */
export function isAnyWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && LETTER_OR_DIGIT.test(String.fromCodePoint(codePoint));
}
