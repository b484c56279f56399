/**
 * Options as programs read them: clusters of letters, joined values, abbreviated long names.
 *
 * @module
 */

/** Options that hand control to something else. */
export interface RiskyOptions {
  /** Letters, met alone or inside a cluster. */
  readonly letters?: string;
  /** Letters that take a value: what follows them in the word is not a cluster. */
  readonly valued?: string;
  /** Long names without dashes; an abbreviation counts, as programs accept it. */
  readonly long?: readonly string[];
  /** Whole words, for programs with single-dash long names. */
  readonly words?: readonly string[];
  /** Beginnings of words. */
  readonly prefixes?: readonly string[];
  /** First operands. */
  readonly subcommands?: readonly string[];
}

/** True when the cluster `-abc` holds one of `letters` before a letter that takes a value. */
export function clusterHolds(arg: string, letters: string, valued: string): boolean {
  if (!/^-[^-]/.test(arg)) return false;
  for (const letter of arg.slice(1)) {
    if (letters.includes(letter)) return true;
    if (valued.includes(letter)) return false;
  }
  return false;
}

/** True when `arg` is `--name`, `--name=value` or an abbreviation of one of `names`. */
export function isLongOption(arg: string, names: readonly string[]): boolean {
  const name = /^--([^=]+)/.exec(arg)?.[1];
  return name !== undefined && names.some((each) => each.startsWith(name));
}

/** True when any of `args` is one of the risky options. */
export function hasRiskyOption(args: readonly string[], risky: RiskyOptions): boolean {
  const { letters = '', valued = '', long = [], words = [], prefixes = [] } = risky;
  const operand = args.find((arg) => !arg.startsWith('-'));
  if (operand !== undefined && risky.subcommands?.includes(operand) === true) return true;
  return args.some(
    (arg) =>
      clusterHolds(arg, letters, valued) ||
      isLongOption(arg, long) ||
      words.includes(arg) ||
      prefixes.some((prefix) => arg.startsWith(prefix)),
  );
}
