/**
 * Patterns that people write into the config, matched in bounded time.
 *
 * The text they run over comes from strangers, so it never reaches the engine of the JavaScript
 * runtime, whose backtracking a crafted text can keep busy for minutes: that engine is asked about
 * single characters only.
 *
 * @module
 */
import { assemble, run } from './program.ts';
import { type Assertion, type Node, parsePattern } from './syntax.ts';

/** The longest pattern source that is read, in UTF-16 units. */
export const MAX_PATTERN_LENGTH = 256;

/** A compiled pattern. */
export interface Pattern {
  /** As written in the config. */
  readonly source: string;
  /**
   * True when a repetition repeats a repetition or an alternation, as in `(a+)+` or `(a|a)*`.
   * Harmless here; mention patterns refuse it because other engines are not so lucky.
   */
  readonly nested: boolean;
  /** True when the pattern matches anywhere in `text`. Time is linear in the length of `text`. */
  test(text: string): boolean;
}

/** How a pattern is compiled. */
export interface PatternOptions {
  /** Compare letters without regard to case. Default false. */
  readonly ignoreCase?: boolean;
}

/**
 * Compiles `source`, or answers undefined when it is longer than {@link MAX_PATTERN_LENGTH}, is
 * not in the pattern language or would need too large a machine. What cannot be compiled must
 * never match.
 *
 * @example
 * ```ts
 * compilePattern('^--(name|id)=\\w+$')?.test('--id=7'); // true
 * compilePattern('(a)\\1'); // undefined: back-references are not in the language
 * ```
 */
export function compilePattern(source: string, options: PatternOptions = {}): Pattern | undefined {
  return compile(source, parsePattern, options.ignoreCase ?? false);
}

/**
 * A pattern for `word` standing alone: `\bword\b`, without regard to case. At an edge where
 * `word` ends in a letter outside ASCII, the edge of a word of any script counts.
 */
export function compileWord(word: string): Pattern | undefined {
  return word.trim() === '' ? undefined : compile(word, standingAlone, true);
}

function standingAlone(word: string): Node {
  const characters = [...word];
  return {
    type: 'sequence',
    parts: [
      { type: 'assert', what: edge(characters[0]) },
      ...characters.map((character): Node => ({ type: 'literal', character })),
      { type: 'assert', what: edge(characters.at(-1)) },
    ],
  };
}

function edge(character: string = ''): Assertion {
  return (character.codePointAt(0) ?? 0) < 0x80 ? 'boundary' : 'word-edge';
}

function compile(
  source: string,
  parse: (source: string) => Node,
  ignoreCase: boolean,
): Pattern | undefined {
  if (source.length > MAX_PATTERN_LENGTH) return undefined;
  try {
    const node = parse(source);
    const program = assemble(node, ignoreCase);
    return { source, nested: repeatsRepetition(node, false), test: (text) => run(program, text) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function repeatsRepetition(node: Node, inside: boolean): boolean {
  switch (node.type) {
    case 'sequence':
      return node.parts.some((part) => repeatsRepetition(part, inside));
    case 'choice':
      return inside || node.options.some((option) => repeatsRepetition(option, inside));
    case 'repeat': {
      const repeats = node.max > 1;
      return (inside && repeats) || repeatsRepetition(node.body, inside || repeats);
    }
    default:
      return false;
  }
}
