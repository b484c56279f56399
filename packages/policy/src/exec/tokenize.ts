/**
 * A command line as words, in the strict subset of the shell language that can be judged.
 *
 * Whatever would make a shell do more than run the words as they stand (expansion, redirection,
 * subshells, background jobs, control structures) makes the text unanalysable. Nothing is guessed.
 *
 * @module
 */

/** One word after quotes and escapes are removed. */
export interface Word {
  readonly text: string;
  /** `text` with every quoted or escaped character replaced by U+0000: what a shell would look at. */
  readonly bare: string;
}

/** What joins a command to the one before it. */
export type Connector = 'pipe' | 'and' | 'or' | 'then';

/** One simple command. */
export interface Command {
  /** Undefined for the first. */
  readonly connector: Connector | undefined;
  /** At least one word. */
  readonly words: readonly Word[];
}

const QUOTED = '\u0000';
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f]/;
const UNQUOTED_EXPANSION = new Set(['$', '`', '<', '>', '(', ')']);
const DOUBLE_QUOTE_ESCAPES = new Set(['"', '\\', '$', '`']);
const RESERVED = new Set(
  'if then else elif fi for while until do done case esac function select time coproc ! [[ { }'.split(
    ' ',
  ),
);

/** A place in the text, and the words read so far. */
interface Scanner {
  readonly text: string;
  at: number;
  word: { text: string; bare: string } | undefined;
}

/** The signal for text outside the subset. */
const UNANALYSABLE = false;

function push(scanner: Scanner, character: string, quoted: boolean): void {
  const word = scanner.word ?? { text: '', bare: '' };
  word.text += character;
  word.bare += quoted ? QUOTED.repeat(character.length) : character;
  scanner.word = word;
}

/** Reads `'…'` from behind the opening quote. */
function readSingleQuoted(scanner: Scanner): boolean {
  const end = scanner.text.indexOf("'", scanner.at);
  if (end === -1) return UNANALYSABLE;
  push(scanner, scanner.text.slice(scanner.at, end), true);
  scanner.at = end + 1;
  return true;
}

/** Reads `"…"` from behind the opening quote. */
function readDoubleQuoted(scanner: Scanner): boolean {
  push(scanner, '', true);
  while (scanner.at < scanner.text.length) {
    const character = scanner.text.charAt(scanner.at);
    scanner.at += 1;
    if (character === '"') return true;
    if (character === '$' || character === '`') return UNANALYSABLE;
    if (character !== '\\') {
      push(scanner, character, true);
      continue;
    }
    const next = scanner.text.charAt(scanner.at);
    if (next === '\n') return UNANALYSABLE;
    if (DOUBLE_QUOTE_ESCAPES.has(next)) {
      push(scanner, next, true);
      scanner.at += 1;
    } else {
      push(scanner, '\\', true);
    }
  }
  return UNANALYSABLE;
}

/** Reads one piece of a word that begins with `character`, which is consumed. */
function readPiece(scanner: Scanner, character: string): boolean {
  if (character === "'") return readSingleQuoted(scanner);
  if (character === '"') return readDoubleQuoted(scanner);
  if (UNQUOTED_EXPANSION.has(character)) return UNANALYSABLE;
  if (character === '#' && scanner.word === undefined) return UNANALYSABLE;
  if (character !== '\\') {
    push(scanner, character, false);
    return true;
  }
  const escaped = scanner.text.charAt(scanner.at);
  if (escaped === '' || escaped === '\n') return UNANALYSABLE;
  push(scanner, escaped, true);
  scanner.at += 1;
  return true;
}

/** The operator that starts at the scanner, consumed; `false` for `&`, undefined for none. */
function readOperator(scanner: Scanner): Connector | false | undefined {
  const rest = scanner.text.slice(scanner.at, scanner.at + 2);
  const take = (length: number, connector: Connector): Connector => {
    scanner.at += length;
    return connector;
  };
  if (rest === '&&') return take(2, 'and');
  if (rest === '||') return take(2, 'or');
  if (rest === '|&') return take(2, 'pipe');
  if (rest.startsWith('|')) return take(1, 'pipe');
  if (rest.startsWith(';') || rest.startsWith('\n')) return take(1, 'then');
  return rest.startsWith('&') ? UNANALYSABLE : undefined;
}

/** True for a word that a shell would expand into several. */
function isBraceExpansion({ bare }: Word): boolean {
  const open = bare.indexOf('{');
  const close = bare.lastIndexOf('}');
  if (open === -1 || close < open) return false;
  return /,|\.\./.test(bare.slice(open + 1, close));
}

/** True for a command whose words mean only themselves. */
function isSimple(words: readonly Word[]): boolean {
  const [first] = words;
  return (
    first !== undefined &&
    !RESERVED.has(first.bare) &&
    !words.some((word) => word.bare === '{' || word.bare === '}' || isBraceExpansion(word))
  );
}

/** Collects words into commands. */
class CommandList {
  readonly commands: Command[] = [];
  private words: Word[] = [];
  private connector: Connector | undefined;

  /** True while nothing stands behind the last operator. */
  get open(): boolean {
    return this.words.length === 0;
  }

  addWord(word: Word): void {
    this.words.push(word);
  }

  /** Ends the command; false when it is empty or not simple. */
  close(next: Connector | undefined): boolean {
    if (!isSimple(this.words)) return UNANALYSABLE;
    this.commands.push({ connector: this.connector, words: this.words });
    this.words = [];
    this.connector = next;
    return true;
  }
}

/**
 * The simple commands of `text`, or undefined when it is outside the subset. One `;` or newline at
 * the end is accepted; any other empty command is not.
 *
 * @example
 * ```ts
 * tokenize("rg 'a b' src | head -n 2")?.length; // 2
 * tokenize('cat $HOME/x'); // undefined
 * ```
 */
export function tokenize(text: string): readonly Command[] | undefined {
  if (CONTROLS.test(text) || !text.isWellFormed()) return undefined;
  const scanner: Scanner = { text, at: 0, word: undefined };
  const list = new CommandList();
  const endWord = (): void => {
    if (scanner.word !== undefined) list.addWord(scanner.word);
    scanner.word = undefined;
  };
  let last: Connector | undefined;
  while (scanner.at < text.length) {
    const operator = readOperator(scanner);
    if (operator === UNANALYSABLE) return undefined;
    if (operator !== undefined) {
      endWord();
      if (!list.close(operator)) return undefined;
      last = operator;
      continue;
    }
    const character = text.charAt(scanner.at);
    scanner.at += 1;
    if (character === ' ' || character === '\t') endWord();
    else if (!readPiece(scanner, character)) return undefined;
  }
  endWord();
  const trailing = list.open && last === 'then' && list.commands.length > 0;
  return trailing || list.close(undefined) ? list.commands : undefined;
}
