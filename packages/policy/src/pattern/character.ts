/**
 * Sets of characters, and the questions patterns ask about one character.
 *
 * Characters are strings of one code point. Everything here looks at one of them, so its cost never
 * depends on the text around it.
 *
 * @module
 */

/** What `[...]`, `.` or an escape such as `\d` stands for. */
export interface CharacterSet {
  /** Matches one member. The runtime's own engine is asked about nothing but single characters. */
  readonly member: RegExp;
  /** True for a set of everything else. */
  readonly negated: boolean;
}

/**
 * The set of `members`, written as between the brackets of a regular expression. Throws a
 * SyntaxError for a range that runs backwards.
 */
export function characterSet(members: string, negated: boolean = false): CharacterSet {
  return { member: new RegExp(`^[${members}]$`, 'u'), negated };
}

/** How `character` is written between the brackets of a regular expression. */
export function asMember(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** Maps letters that differ in case only to one of them. */
export function foldCase(character: string): string {
  return single(upperCase(character).toLowerCase()) ?? character;
}

function upperCase(character: string): string {
  return single(character.toUpperCase()) ?? character;
}

function single(text: string): string | undefined {
  return /^.$/su.test(text) ? text : undefined;
}

/** Whether `set` holds `character`; with `ignoreCase` in either case. */
export function contains(set: CharacterSet, character: string, ignoreCase: boolean): boolean {
  const folded = foldCase(character);
  const spellings = ignoreCase ? [character, folded, upperCase(folded)] : [character];
  return spellings.some((each) => set.member.test(each)) !== set.negated;
}

/** A word character in the sense of `\b`: ASCII letters, digits and `_`. */
export function isAsciiWord(character: string = ''): boolean {
  return /^\w$/.test(character);
}

/** A word character of any script. */
export function isAnyWord(character: string = ''): boolean {
  return /^[\p{L}\p{N}\p{M}_]$/u.test(character);
}
