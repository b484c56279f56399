/**
 * Transparent wrappers: programs that run their operands and change nothing that matters. They are
 * looked through, so that the program inside is the one that must be listed.
 *
 * @module
 */

/** Options of a wrapper, in the order they may be met. */
interface WrapperForm {
  /** Options that take the next word, with the shape that word must have. */
  readonly valued: Readonly<Record<string, RegExp>>;
  /** Options with their value in the same word. */
  readonly joined?: RegExp;
  /** Options without a value. */
  readonly plain?: readonly string[];
  /** Shape of an operand that comes before the program. */
  readonly operand?: RegExp;
}

const BUFFERING = /^(?:L|\d+[A-Za-z]{0,2})$/;
const DURATION = /^\d+(?:\.\d+)?[smhd]?$/;

const FORMS: Readonly<Record<string, WrapperForm>> = {
  env: { valued: {} },
  nohup: { valued: {} },
  nice: { valued: { '-n': /^-?\d+$/ } },
  stdbuf: {
    valued: { '-i': BUFFERING, '-o': BUFFERING, '-e': BUFFERING },
    joined: /^-[ioe](?:L|\d+[A-Za-z]{0,2})$/,
  },
  timeout: { valued: { '-k': DURATION, '-s': /^[A-Za-z0-9]+$/ }, operand: DURATION },
  time: { valued: {}, plain: ['-p'] },
};

const ASSIGNMENT = /^[^=]*=/;

/**
 * How many words of `args` belong to the wrapper `name`, or undefined when they hold anything but
 * the few options that are known to be harmless, or no program follows.
 */
export function wrapperLength(name: string, args: readonly string[]): number | undefined {
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (form === undefined) return undefined;
  let at = 0;
  for (;;) {
    const arg = args[at];
    if (arg?.startsWith('-') !== true) break;
    const shape = Object.hasOwn(form.valued, arg) ? form.valued[arg] : undefined;
    if (shape?.test(args[at + 1] ?? '') === true) at += 2;
    else if (form.joined?.test(arg) === true || form.plain?.includes(arg) === true) at += 1;
    else return undefined;
  }
  if (form.operand !== undefined) {
    if (!form.operand.test(args[at] ?? '')) return undefined;
    at += 1;
  }
  const program = args[at];
  const runs = program !== undefined && program !== '' && !program.startsWith('-');
  // `env A=1 x` changes the environment of x.
  return runs && !(name === 'env' && ASSIGNMENT.test(program)) ? at : undefined;
}
