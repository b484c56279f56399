/**
 * Parts that the scripts of all shells have in common.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

import type { CommandSpec } from '../command.ts';
import { type Place, type Values, placesOf, topics } from './places.ts';

/** Shells there are completions for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a script begins; a file that begins otherwise is somebody else's. */
export function firstLine(shell: Shell): string {
  return `# Completions of openclaw for ${shell}, made by "openclaw completion ${shell}".`;
}

/** One branch of a `case`: what must be the case, and what is so then. */
export type Branch = readonly [pattern: string, value: string];

/** A script, as questions that each have one answer. */
export interface Questions {
  /** Words that may come next at a place. */
  readonly words: readonly Branch[];
  /** Options that may come next at a place. */
  readonly options: readonly Branch[];
  /** What follows an option: place and option, and its values. */
  readonly values: readonly Branch[];
  /** What follows an option at every place. */
  readonly valuesEverywhere: readonly Branch[];
  /** What the word at a position is: place and position, and its values. */
  readonly arguments: readonly Branch[];
  /** Every place that is one. */
  readonly places: readonly string[];
}

/** How a shell writes words of one kind, each with what it is. */
export type Writer = (words: readonly { word: string; summary: string }[]) => string;

/** `@file`, `@folder` and `@any` cannot be words: no word begins with `@`. */
function valuesText(values: Values): string {
  return values.kind === 'words' ? values.words.join(' ') : `@${values.kind}`;
}

/** How many words of a kind that may be repeated are completed. */
const REPEATED = 8;

/** The questions of all places. `write` is how the shell at hand writes words. */
export function questionsOf(commands: readonly CommandSpec[], write: Writer): Questions {
  const places = placesOf(commands);
  const start = places.find(({ at }) => at === '');
  const everywhere = start?.options ?? [];
  const wordsAt = (place: Place) => (place.at === 'help' ? topics(places) : place.words);
  return {
    places: places.map(({ at }) => at).filter((at) => at !== ''),
    words: places
      .map((place): Branch => [place.at, write(wordsAt(place))])
      .filter(([, text]) => text !== ''),
    options: places.map(({ at, options }): Branch => {
      const words = options.flatMap(({ forms, summary }) =>
        forms.map((word) => ({ word, summary })),
      );
      return [at, write(words)];
    }),
    values: places.flatMap(({ at, options }) =>
      options
        .filter((option) => !everywhere.some((each) => isDeepStrictEqual(each, option)))
        .flatMap(({ forms, values }) =>
          values === undefined
            ? []
            : forms.map((form): Branch => [`${at} ${form}`, valuesText(values)]),
        ),
    ),
    valuesEverywhere: everywhere.flatMap(({ forms, values }) =>
      values === undefined ? [] : forms.map((form): Branch => [form, valuesText(values)]),
    ),
    arguments: places.flatMap(argumentsAt),
  };
}

function argumentsAt({ at, arguments: taken, repeated }: Place): readonly Branch[] {
  const last = taken.at(-1);
  const more = repeated && last !== undefined ? Array.from({ length: REPEATED }, () => last) : [];
  return [...taken, ...more]
    .map((values, index): Branch => [`${at} ${String(index)}`, valuesText(values)])
    .filter(([, text]) => text !== '@any');
}
