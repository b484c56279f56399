/**
 * Interpreters, and whether a command hands them program text instead of a file.
 *
 * A command line is read up to its first operand, the script. An option that is not known to be
 * harmless may change what the next words mean, so it counts as program text too.
 *
 * @module
 */
import { baseName } from './program.ts';

/** How an interpreter reads its command line, up to the script. */
interface InterpreterForm {
  /** Letters that take program text. */
  readonly evalLetters: string;
  /** Long options that take program text. */
  readonly evalLong?: readonly string[];
  /** Letters that load a module by name, as `-m` does in Python. */
  readonly moduleLetters?: string;
  /** Long options that load a module by name. */
  readonly moduleLong?: readonly string[];
  /** Letters that are harmless. */
  readonly plain: string;
  /** Letters that take a harmless value, joined or as the next word. */
  readonly valued?: string;
  /** Letters that take the script itself. */
  readonly script?: string;
  /** Long options that are harmless, with or without a value after `=`. */
  readonly plainLong?: readonly string[];
  /** First operands that take program text. */
  readonly evalOperands?: readonly string[];
}

const NODE: InterpreterForm = {
  evalLetters: 'ep',
  evalLong: ['eval', 'print'],
  moduleLetters: 'r',
  moduleLong: ['require', 'import', 'loader', 'experimental-loader', 'preload', 'env-file'],
  plain: 'c',
  plainLong: [
    'check',
    'inspect',
    'inspect-brk',
    'watch',
    'enable-source-maps',
    'max-old-space-size',
    'no-deprecation',
    'no-warnings',
    'stack-trace-limit',
    'test',
    'throw-deprecation',
    'trace-deprecation',
    'trace-uncaught',
    'trace-warnings',
    'unhandled-rejections',
    'experimental-strip-types',
  ],
  evalOperands: ['eval'],
};
const PYTHON: InterpreterForm = {
  evalLetters: 'c',
  moduleLetters: 'm',
  plain: 'bBdEIOPqRsSuvx',
  valued: 'WX',
};
const LUA: InterpreterForm = { evalLetters: 'e', plain: 'vEW' };

const FORMS: Readonly<Record<string, InterpreterForm>> = {
  node: NODE,
  nodejs: NODE,
  bun: NODE,
  deno: NODE,
  ruby: { evalLetters: 'e', moduleLetters: 'r', plain: 'wWnplasvy', valued: 'I' },
  perl: { evalLetters: 'eE', moduleLetters: 'mM', plain: 'wWtTXanps', valued: 'I' },
  php: { evalLetters: 'rRBE', plain: 'qn', script: 'f' },
  lua: LUA,
  luajit: LUA,
  osascript: { evalLetters: 'e', plain: '', valued: 'ls' },
};

const PYTHON_NAME = /^(?:python|pypy)\d*(?:\.\d+)*[a-z]?$/;
const VERSIONED_NAME = /^(ruby|perl|php|lua|node)-?\d+(?:\.\d+)*$/;
const STREAM_EDITORS = new Set(['awk', 'gawk', 'mawk', 'nawk', 'original-awk', 'sed', 'gsed']);
const MAKES = new Set(['make', 'gmake']);

function formOf(name: string): InterpreterForm | undefined {
  if (Object.hasOwn(FORMS, name)) return FORMS[name];
  const family = VERSIONED_NAME.exec(name)?.[1];
  if (family !== undefined) return FORMS[family];
  return PYTHON_NAME.test(name) ? PYTHON : undefined;
}

/** True for a program whose language has no harmless program text: the awk and sed families. */
export function isStreamEditor(name: string): boolean {
  return STREAM_EDITORS.has(name);
}

/** True for a program that runs a file or text given to it. Shells are not among them. */
export function isInterpreterName(name: string): boolean {
  return formOf(name) !== undefined || isStreamEditor(name);
}

/**
 * What a command line asks of an interpreter: to run a file, a module by name, text in its
 * arguments, text from standard input, or something that cannot be told.
 */
export type InterpreterUse = 'script' | 'module' | 'text' | 'stdin' | 'unknown';

/** What one option means: how many words it takes, or the end of the question. */
function readOption(form: InterpreterForm, arg: string): number | InterpreterUse {
  if (arg.startsWith('--')) {
    const name = arg.slice(2).split('=', 1)[0] ?? '';
    if (form.evalLong?.includes(name) === true) return 'text';
    if (form.moduleLong?.includes(name) === true) return 'module';
    return form.plainLong?.includes(name) === true ? 1 : 'unknown';
  }
  for (const [index, letter] of Array.from(arg.slice(1)).entries()) {
    if (form.evalLetters.includes(letter)) return 'text';
    if (form.moduleLetters?.includes(letter) === true) return 'module';
    if (form.script?.includes(letter) === true) return 'script';
    if (form.valued?.includes(letter) === true) return index === arg.length - 2 ? 2 : 1;
    if (!form.plain.includes(letter)) return 'unknown';
  }
  return 1;
}

function readCommandLine(form: InterpreterForm, args: readonly string[]): InterpreterUse {
  let at = 0;
  for (;;) {
    const arg = args[at];
    if (arg === undefined || arg === '-') return 'stdin';
    if (arg === '--') return args[at + 1] === undefined ? 'stdin' : 'script';
    if (!arg.startsWith('-')) {
      return form.evalOperands?.includes(arg) === true ? 'text' : 'script';
    }
    const read = readOption(form, arg);
    if (typeof read === 'string') return read;
    at += read;
  }
}

/** `make` reads its rules from standard input or from an argument. */
function isInlineMake(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      /^-[A-Za-z]*f-$/.test(arg) ||
      /^--(?:f|m)[a-z]*=-$/.test(arg) ||
      /^-[A-Za-z]*E/.test(arg) ||
      arg.startsWith('--ev') ||
      (arg === '-' && /^-(?:[A-Za-z]*f|-f[a-z]*|-m[a-z]*)$/.test(args[index - 1] ?? '')),
  );
}

/** Worst first, for a program that goes by several names. */
const USES: readonly InterpreterUse[] = ['unknown', 'stdin', 'text', 'module', 'script'];

/**
 * What the command asks of an interpreter by any of its names; undefined when it is no
 * interpreter.
 */
export function interpreterUse(
  names: readonly string[],
  args: readonly string[],
): InterpreterUse | undefined {
  const uses = new Set(
    names.map((name): InterpreterUse | undefined => {
      if (isStreamEditor(name)) return 'text';
      if (MAKES.has(name)) return isInlineMake(args) ? 'stdin' : undefined;
      const form = formOf(name);
      return form === undefined ? undefined : readCommandLine(form, args);
    }),
  );
  return USES.find((use) => uses.has(use));
}

/** True when a use hands the interpreter program text, or may do so. */
export function isInline(use: InterpreterUse | undefined): boolean {
  return use === 'text' || use === 'stdin' || use === 'unknown';
}

/** True when `arg` is an option that takes program text, as it stands in raw text. */
function isEvalOption(form: InterpreterForm, arg: string): boolean {
  if (arg === '-') return true;
  const long = /^--([^=]+)/.exec(arg)?.[1];
  if (long !== undefined) return form.evalLong?.includes(long) === true;
  if (!arg.startsWith('-')) return form.evalOperands?.includes(arg) === true;
  return Array.from(arg.slice(1)).some((letter) => form.evalLetters.includes(letter));
}

/** Text that no shell grammar fits, cut at everything that could end a word. */
export function roughWords(text: string): readonly string[] {
  return text.split(/[\s;&|()<>`"'$]+/).filter((word) => word !== '');
}

/**
 * True when `words` name an interpreter and, behind it, one of its options for program text. For
 * awk and sed the name is enough.
 */
export function namesEvalForm(words: readonly string[]): boolean {
  return words.some((word, index) => {
    const name = baseName(word);
    if (isStreamEditor(name)) return true;
    const form = formOf(name);
    return form !== undefined && words.slice(index + 1).some((each) => isEvalOption(form, each));
  });
}
