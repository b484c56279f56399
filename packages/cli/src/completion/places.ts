/**
 * What may follow the words of a call, worked out from the table of commands: the one source of the
 * completions of every shell.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { GATEWAY_OPTIONS, GLOBAL_OPTIONS } from '../parse/global-options.ts';

/** What a value may be: one of some words, a path, or something only the user knows. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'any' };

/** A word that may come next, and what it is. */
export interface Word {
  readonly word: string;
  readonly summary: string;
}

/** An option that may come next. */
export interface Choice {
  /** `--scope`, and `-y` where it has a short form. */
  readonly forms: readonly string[];
  readonly summary: string;
  /** Undefined for a flag. */
  readonly values: Values | undefined;
}

/** Somewhere in a call, after the words of a command or the first of them. */
export interface Place {
  /** The words so far, a blank between them; empty at the beginning. */
  readonly at: string;
  readonly words: readonly Word[];
  readonly options: readonly Choice[];
  /** What the words behind the command are, by position. */
  readonly arguments: readonly Values[];
  /** True where the last of them may come again. */
  readonly repeated: boolean;
}

const ANY: Values = { kind: 'any' };

/** Every place of a call, the beginning first. */
export function placesOf(commands: readonly CommandSpec[]): readonly Place[] {
  const named = new Map<string, CommandSpec>();
  for (const spec of commands) {
    for (const name of [spec.name, ...(spec.aliases ?? [])]) named.set(name, spec);
  }
  const starts = new Set(['', ...[...named.keys()].flatMap(beginnings)]);
  const places = [...starts].map((at) => placeAt(at, named));
  return [...places, ...helpOn(places)];
}

/** `a b c` begins with `a`, with `a b`, and with itself. */
function beginnings(name: string): readonly string[] {
  const words = name.split(' ');
  return words.map((_word, index) => words.slice(0, index + 1).join(' '));
}

function placeAt(at: string, named: ReadonlyMap<string, CommandSpec>): Place {
  const spec = named.get(at);
  return {
    at,
    words: wordsAt(at, named),
    options: optionsAt(spec).map(choiceOf),
    arguments: (spec?.arguments ?? []).map(valuesOfArgument),
    repeated: spec?.arguments?.at(-1)?.repeated === true,
  };
}

/** Its own, and those of every command that it takes; its own count where both have a name. */
function optionsAt(spec: CommandSpec | undefined): readonly OptionSpec[] {
  const own = spec?.options ?? [];
  const others = GLOBAL_OPTIONS.filter(
    (option) =>
      !own.some(({ name }) => name === option.name) &&
      !(spec?.local === true && GATEWAY_OPTIONS.includes(option)),
  );
  return [...own, ...others];
}

function wordsAt(at: string, named: ReadonlyMap<string, CommandSpec>): readonly Word[] {
  const prefix = at === '' ? '' : `${at} `;
  const inside = [...named.keys()].filter((name) => name.startsWith(prefix));
  const next = new Set(inside.map((name) => name.slice(prefix.length).split(' ')[0] ?? ''));
  next.delete('');
  return [...next].toSorted().map((word) => {
    const own = named.get(prefix + word);
    const below = wordsBelow(prefix + word, named);
    return { word, summary: own?.summary ?? below.join(', ') };
  });
}

function wordsBelow(at: string, named: ReadonlyMap<string, CommandSpec>): readonly string[] {
  const inside = [...named.keys()].filter((name) => name.startsWith(`${at} `));
  return [...new Set(inside.map((name) => name.slice(at.length + 1).split(' ')[0] ?? ''))];
}

function choiceOf({ name, short, summary, type, value, choices }: OptionSpec): Choice {
  const forms = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  if (type === 'flag') return { forms, summary, values: undefined };
  if (choices !== undefined) return { forms, summary, values: { kind: 'words', words: choices } };
  return { forms, summary, values: pathKind(value) };
}

function pathKind(value: string | undefined): Values {
  if (value === 'FILE' || value === 'PATH') return { kind: 'file' };
  return value === 'FOLDER' ? { kind: 'folder' } : ANY;
}

function valuesOfArgument({ choices, file }: ArgumentSpec): Values {
  if (choices !== undefined) return { kind: 'words', words: choices };
  return file === true ? { kind: 'file' } : ANY;
}

/** `help` goes before the words of every command. */
function helpOn(places: readonly Place[]): readonly Place[] {
  return places
    .filter(({ at, words }) => at !== '' && at !== 'help' && words.length > 0)
    .map(({ at, words }) => ({
      at: `help ${at}`,
      words,
      options: [],
      arguments: [],
      repeated: false,
    }));
}

/** The words that `help` explains, for a table that has it. */
export function topics(places: readonly Place[]): readonly Word[] {
  return places.find(({ at }) => at === '')?.words.filter(({ word }) => word !== 'help') ?? [];
}
