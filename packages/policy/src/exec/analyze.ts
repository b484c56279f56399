/**
 * What a command line would really run: its programs, looked through wrappers and `sh -c`, and
 * what about them cannot be judged by their names.
 *
 * @module
 */
import { isCarrier } from './carrier.ts';
import { interpreterUse, isInline, namesEvalForm, roughWords } from './interpreter.ts';
import { baseName, isShellName, isSystemProgram, isWrapperName, programNames } from './program.ts';
import { type Command, type Connector, tokenize, type Word } from './tokenize.ts';
import { wrapperLength } from './wrapper.ts';

/** One program that would run. */
export interface Segment {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** The same words with what a shell would see of them. */
  readonly words: readonly Word[];
  /** The words of the command as written, wrappers and `sh -c` included. */
  readonly original: readonly string[];
  readonly connector: Connector | undefined;
  /** Names the program goes by, the one as written first. */
  readonly names: readonly string[];
  /** It runs other programs, or sets variables: no list satisfies it. */
  readonly carrier: boolean;
  /** It hands program text to an interpreter. */
  readonly inline: boolean;
  /** It is, or was reached through, a shell with options. */
  readonly shell: boolean;
  /** Reached through a wrapper, so that no builtin of a shell is meant. */
  readonly wrapped: boolean;
  /** An earlier part of the command changes the directory. */
  readonly afterCd: boolean;
}

/** An analysable command. */
export interface Analysis {
  /** Left to right, at least one. */
  readonly segments: readonly Segment[];
  readonly inline: boolean;
  readonly carrier: boolean;
}

/** Facts about the command's surroundings. */
export interface AnalysisFacts {
  /** Executables by the word that names them. */
  readonly which: unknown;
  /** Names of environment variables set for the command. */
  readonly overrides?: readonly string[];
}

const MAX_WRAPPERS = 4;
const MAX_NESTING = 3;
const PRELUDE = /^[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=/;

/** Where the analysis stands. */
interface Place extends AnalysisFacts {
  readonly nesting: number;
  readonly original: readonly string[] | undefined;
  readonly shell: boolean;
}

/** What is known about a segment before its place in the command is. */
type Leaf = Omit<Segment, 'original' | 'connector' | 'afterCd'>;

function textsOf(words: readonly Word[]): readonly string[] {
  return words.map(({ text }) => text);
}

function carrierLeaf(words: readonly Word[], names: readonly string[], place: Place): Leaf {
  const argv = textsOf(words);
  const rough = roughWords(argv.join(' '));
  return {
    argv,
    words,
    names,
    carrier: true,
    inline: namesEvalForm(rough) || isInline(interpreterUse(names, argv.slice(1))),
    shell: place.shell || rough.some((word) => isShellName(baseName(word))),
    wrapped: false,
  };
}

/** The words behind transparent wrappers; undefined when a wrapper cannot be looked through. */
function unwrap(
  words: readonly Word[],
  which: unknown,
): { inner: readonly Word[]; depth: number } | undefined {
  let inner = words;
  for (let depth = 0; ; depth += 1) {
    const name = inner[0]?.text ?? '';
    if (!isWrapperName(baseName(name))) return { inner, depth };
    if (depth === MAX_WRAPPERS || name.includes('/') || !isSystemProgram(which, name)) {
      return undefined;
    }
    const length = wrapperLength(name, textsOf(inner.slice(1)));
    if (length === undefined) return undefined;
    inner = inner.slice(length + 1);
  }
}

/** The text of `sh -c TEXT`, a carrier for any other use of options, or a plain script. */
function shellUse(words: readonly Word[], which: unknown): { text: string } | 'carrier' | 'script' {
  const [shell, first, second, ...more] = textsOf(words);
  if (shell === undefined || first === undefined) return 'carrier';
  const plain = !shell.includes('/') && isSystemProgram(which, shell);
  if (first === '-c' && second !== undefined && more.length === 0 && plain) return { text: second };
  return first.startsWith('-') || first.startsWith('+') || first === '' ? 'carrier' : 'script';
}

/** True when the name hides a shell or a wrapper: `foo` that leads to `bash`. */
function hidesShell(names: readonly string[]): boolean {
  const [written = '', real = written] = names;
  if (isShellName(written)) return isWrapperName(real);
  if (isWrapperName(written)) return isShellName(real);
  return isShellName(real) || isWrapperName(real);
}

/** The program a simple command runs, once wrappers are off; a nested command list for `sh -c`. */
function readProgram(
  words: readonly Word[],
  wrapped: boolean,
  place: Place,
): Leaf | { text: string } {
  const { which, overrides = [] } = place;
  const argv = textsOf(words);
  const [program = '', ...args] = argv;
  const names = programNames(which, program);
  if (hidesShell(names)) return carrierLeaf(words, names, place);
  if (isShellName(baseName(program))) {
    const use = shellUse(words, which);
    if (typeof use === 'object') return use;
    if (use === 'carrier') return carrierLeaf(words, names, place);
  }
  const use = interpreterUse(names, args);
  if (isCarrier(names, args, overrides) || use === 'module') {
    return carrierLeaf(words, names, place);
  }
  return {
    argv,
    words,
    names,
    carrier: false,
    inline: isInline(use),
    shell: place.shell,
    wrapped,
  };
}

/** Every program a simple command runs; undefined when a nested text is unanalysable. */
function readCommand(command: Command, place: Place): readonly Segment[] | undefined {
  const { connector, words } = command;
  const original = place.original ?? textsOf(words);
  const only = (leaf: Leaf): readonly Segment[] => [
    { ...leaf, original, connector, afterCd: false },
  ];
  if (PRELUDE.test(words[0]?.bare ?? '')) return only(carrierLeaf(words, [], place));
  const unwrapped = unwrap(words, place.which);
  if (unwrapped === undefined) {
    return only(carrierLeaf(words, programNames(place.which, words[0]?.text ?? ''), place));
  }
  const { inner, depth } = unwrapped;
  const read = readProgram(inner, depth > 0, place);
  if (!('text' in read)) return only(read);
  if (place.nesting === MAX_NESTING) return undefined;
  const nested = { ...place, nesting: place.nesting + 1, original, shell: true };
  const [first, ...rest] = readText(read.text, nested) ?? [];
  return first === undefined ? undefined : [{ ...first, connector }, ...rest];
}

function readText(text: string, place: Place): readonly Segment[] | undefined {
  const segments: Segment[] = [];
  for (const command of tokenize(text) ?? []) {
    const read = readCommand(command, place);
    if (read === undefined) return undefined;
    segments.push(...read);
  }
  return segments.length === 0 ? undefined : segments;
}

/** The programs `command` would run, or undefined when that cannot be said. */
export function analyze(command: string, facts: AnalysisFacts): Analysis | undefined {
  const read = readText(command, { ...facts, nesting: 0, original: undefined, shell: false });
  if (read === undefined) return undefined;
  const firstCd = read.findIndex(({ argv }) => argv[0] === 'cd');
  const moved = (index: number): boolean => firstCd !== -1 && firstCd < index;
  const segments = read.map((segment, index) => withCd(segment, moved(index)));
  return {
    segments,
    inline: segments.some(({ inline }) => inline),
    carrier: segments.some(({ carrier }) => carrier),
  };
}

function withCd(segment: Segment, afterCd: boolean): Segment {
  return { ...segment, afterCd };
}

/**
 * The same for words that were already split, as an approval record holds them: one list a
 * command, wrappers included.
 */
export function analyzeWords(
  commands: readonly (readonly string[])[],
  facts: AnalysisFacts,
): readonly Segment[] | undefined {
  const place: Place = { ...facts, nesting: 0, original: undefined, shell: false };
  const segments: Segment[] = [];
  for (const command of commands) {
    const words = command.map((text) => ({ text, bare: text }));
    const read = readCommand({ connector: undefined, words }, place);
    if (read === undefined) return undefined;
    segments.push(...read);
  }
  return segments;
}
