/**
 * Patterns that people write into the config, matched in bounded time.
 *
 * The text they run over comes from strangers, so they never reach the engine of the JavaScript
 * runtime, whose backtracking a crafted text can keep busy for minutes.
 *
 * @module
 */
import { isAsciiWord } from './character.ts';
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
  if (source.length > MAX_PATTERN_LENGTH) return undefined;
  const node = parsePattern(source);
  return node === undefined ? undefined : fromNode(source, node, options.ignoreCase ?? false);
}

/**
 * A pattern for `word` standing alone: `\bword\b`, without regard to case. At an edge where
 * `word` ends in a letter outside ASCII, the edge of a word of any script counts.
 */
export function compileWord(word: string): Pattern | undefined {
  const codePoints = Array.from(word, (character) => character.codePointAt(0) ?? 0);
  if (word.length > MAX_PATTERN_LENGTH || word.trim() === '') return undefined;
  const parts: Node[] = [
    { type: 'assert', what: edge(codePoints[0]) },
    ...codePoints.map((codePoint): Node => ({ type: 'literal', codePoint })),
    { type: 'assert', what: edge(codePoints.at(-1)) },
  ];
  return fromNode(word, { type: 'sequence', parts }, true);
}

function edge(codePoint: number | undefined): Assertion {
  return codePoint === undefined || codePoint < 0x80 || isAsciiWord(codePoint)
    ? 'boundary'
    : 'word-edge';
}

function fromNode(source: string, node: Node, ignoreCase: boolean): Pattern | undefined {
  const program = assemble(node, ignoreCase);
  if (program === undefined) return undefined;
  return { source, nested: repeatsRepetition(node, false), test: (text) => run(program, text) };
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
