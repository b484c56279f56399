/**
 * From the words of a call to a command and its input, or to an error that says what to write.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

import { PortcullisError } from '@portcullis/core';

import type { CommandSpec, Input, OptionSpec } from '../command.ts';
import { invalidValue, meant, quote, seeHelp } from './fault.ts';
import { findCommand, type Found } from './find-command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

/** The words of a call, understood but not yet checked. */
export interface Call {
  readonly found: Found;
  readonly options: ReadonlyMap<string, string | true>;
  /** What stands behind the command's name. */
  readonly words: readonly string[];
}

/** Marks a word like `-100123` as a word: chats have negative ids, and no option is a digit. */
const NUMBER_MARK = '\u0000';

function protect(word: string): string {
  return /^-\d/.test(word) ? NUMBER_MARK + word : word;
}

function unprotect(word: string): string {
  return word.startsWith(NUMBER_MARK) ? word.slice(NUMBER_MARK.length) : word;
}

function tokensOf(argv: readonly string[], options: readonly OptionSpec[]) {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const { name, short, type } of options) {
    config[name] = {
      type: type === 'flag' ? 'boolean' : 'string',
      ...(short !== undefined && { short }),
    };
  }
  const args = argv.map(protect);
  // Not strict, so that the faults can be told in our own words.
  return parseArgs({ args, options: config, strict: false, tokens: true }).tokens;
}

/** The words before the first option that belongs to no other word, to find the command by. */
function leadingWords(argv: readonly string[]): { words: readonly string[]; before: number } {
  let before = 0;
  for (const token of tokensOf(argv, GLOBAL_OPTIONS)) {
    if (token.kind === 'positional') break;
    if (token.kind === 'option') {
      before = token.index + (token.value === undefined || token.inlineValue === true ? 1 : 2);
    }
  }
  const rest = argv.slice(before);
  const end = rest.findIndex((word) => word.startsWith('-'));
  return { words: end === -1 ? rest : rest.slice(0, end), before };
}

function unknownOption(
  rawName: string,
  known: readonly OptionSpec[],
  name: string,
): PortcullisError {
  const names = known.map((each) => `--${each.name}`);
  const from = name === '' ? 'openclaw' : `"openclaw ${name}"`;
  return new PortcullisError('usage.unknown_option', `${from} has no option ${quote(rawName)}.`, {
    hint: `${meant(rawName, names)}${seeHelp(name)}`,
  });
}

/** The value is never quoted: it may be the very secret that must not stand there. */
function requireTaken(name: string, { name: command, refuses = {} }: CommandSpec): void {
  const reason = Object.hasOwn(refuses, name) ? refuses[name] : undefined;
  if (reason === undefined) return;
  throw new PortcullisError(
    'usage.option_refused',
    `"openclaw ${command}" does not take --${name}.`,
    { hint: reason },
  );
}

/**
 * Reads the words of a call.
 *
 * @throws PortcullisError `usage.unknown_command`, `usage.unknown_option`, `usage.option_refused`,
 * `usage.invalid_value`.
 */
export function parseCall(argv: readonly string[], commands: readonly CommandSpec[]): Call {
  const { words: leading, before } = leadingWords(argv);
  const found = findCommand(commands, leading);
  const name = nameOf(found);
  const own = found.kind === 'command' ? (found.spec.options ?? []) : [];
  const known = [...own, ...GLOBAL_OPTIONS];
  const length = found.kind === 'command' ? found.length : name === '' ? 0 : 1;
  const rest = [...argv.slice(0, before), ...argv.slice(before + length)];
  const options = new Map<string, string | true>();
  const words: string[] = [];
  for (const token of tokensOf(rest, known)) {
    if (token.kind === 'positional') words.push(unprotect(token.value));
    if (token.kind !== 'option') continue;
    if (found.kind === 'command') requireTaken(token.name, found.spec);
    const spec = known.find((each) => each.name === token.name);
    if (spec === undefined) throw unknownOption(token.rawName, known, name);
    const value = token.value === undefined ? undefined : unprotect(token.value);
    options.set(spec.name, checkValue(spec, value, token.inlineValue === true, name));
  }
  return { found, options, words };
}

function nameOf(found: Found): string {
  if (found.kind === 'command') return found.spec.name;
  return found.kind === 'group' ? found.name : '';
}

function checkValue(
  spec: OptionSpec,
  value: string | undefined,
  isInline: boolean,
  command: string,
): string | true {
  const what = `--${spec.name}`;
  if (spec.type === 'flag') {
    if (value === undefined) return true;
    throw new PortcullisError('usage.invalid_value', `${what} takes no value.`, {
      hint: seeHelp(command),
    });
  }
  const isNextOption = !isInline && value !== undefined && /^-[^\d]/.test(value);
  if (value === undefined || isNextOption) {
    throw invalidValue(what, `followed by ${spec.value ?? 'a value'}`, command);
  }
  requireChoice(what, spec.choices, value, command);
  if (spec.type === 'count') checkCount(spec, value, command);
  return value;
}

function requireChoice(
  what: string,
  choices: readonly string[] | undefined,
  value: string | undefined,
  command: string,
): void {
  if (choices === undefined || value === undefined || choices.includes(value)) return;
  const hint = `${meant(value, choices)}${seeHelp(command)}`;
  const message = `${what} must be one of: ${choices.join(', ')}.`;
  throw new PortcullisError('usage.invalid_value', message, { hint });
}

function checkCount(spec: OptionSpec, value: string, command: string): void {
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = spec;
  const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return;
  const range = spec.max === undefined ? `of ${min} or more` : `from ${min} to ${max}`;
  throw invalidValue(`--${spec.name}`, `a whole number ${range}`, command);
}

/**
 * Checks the words and options of a call against its command.
 *
 * @throws PortcullisError `usage.missing`, `usage.too_many`, `usage.invalid_value`.
 */
export function inputOf(call: Call, spec: CommandSpec): Input {
  const { words, options } = call;
  const wanted = spec.arguments ?? [];
  const missing = wanted.find(
    (each, index) => each.optional !== true && words[index] === undefined,
  );
  if (missing !== undefined) throw missingPart(`<${missing.name}>`, missing.summary, spec.name);
  for (const [index, { name, choices }] of wanted.entries()) {
    requireChoice(`<${name}>`, choices, words[index], spec.name);
  }
  const absent = spec.options?.find((each) => each.required === true && !options.has(each.name));
  if (absent !== undefined) throw missingPart(`--${absent.name}`, absent.summary, spec.name);
  const extra = wanted.at(-1)?.repeated === true ? undefined : words[wanted.length];
  if (extra !== undefined) {
    throw new PortcullisError(
      'usage.too_many',
      `"openclaw ${spec.name}" does not know what to do with ${quote(extra)}.`,
      { hint: `Quote values that contain spaces. ${seeHelp(spec.name)}` },
    );
  }
  const given = (name: string): string | undefined =>
    words[wanted.findIndex((each) => each.name === name)];
  const text = (name: string): string | undefined => {
    const value = options.get(name);
    return value === true ? undefined : value;
  };
  return {
    given,
    argument: (name) => given(name) ?? '',
    all: (name) => words.slice(wanted.findIndex((each) => each.name === name)),
    flag: (name) => options.get(name) === true,
    text,
    count: (name) => {
      const value = text(name);
      return value === undefined ? undefined : Number(value);
    },
  };
}

function missingPart(what: string, summary: string, command: string): PortcullisError {
  return new PortcullisError('usage.missing', `"openclaw ${command}" needs ${what}: ${summary}`, {
    hint: seeHelp(command),
  });
}
