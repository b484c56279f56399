/**
 * Which command the first words of a call name.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandSpec } from '../command.ts';
import { meant, quote, seeHelp } from './fault.ts';

/** What the words name. */
export type Found =
  | { readonly kind: 'command'; readonly spec: CommandSpec; readonly length: number }
  /** The first words of several commands: `pairing`, `approvals grants`. */
  | { readonly kind: 'group'; readonly name: string; readonly specs: readonly CommandSpec[] }
  | { readonly kind: 'nothing' };

function namesOf(spec: CommandSpec): readonly string[] {
  return [spec.name, ...(spec.aliases ?? [])];
}

/** The commands that begin with `group` and go on. */
export function membersOf(commands: readonly CommandSpec[], group: string): readonly CommandSpec[] {
  return commands.filter((each) => namesOf(each).some((name) => name.startsWith(`${group} `)));
}

/** Finds the command with the most words in common. `words` ends before the first option. */
export function findCommand(commands: readonly CommandSpec[], words: readonly string[]): Found {
  for (const length of [3, 2, 1]) {
    if (words.length < length) continue;
    const name = words.slice(0, length).join(' ');
    const spec = commands.find((each) => namesOf(each).includes(name));
    if (spec === undefined) continue;
    const next = words[length];
    const members = membersOf(commands, name);
    // Where a command takes no words itself, the next one was to be one of its group.
    if (next !== undefined && spec.arguments === undefined && members.length > 0) {
      throw unknownVerb(name, next, members);
    }
    return { kind: 'command', spec, length };
  }
  const [first, second] = words;
  if (first === undefined) return { kind: 'nothing' };
  const specs = membersOf(commands, first);
  if (specs.length === 0) throw unknownCommand(commands, first);
  if (second === undefined) return { kind: 'group', name: first, specs };
  const inner = `${first} ${second}`;
  const members = membersOf(commands, inner);
  if (members.length === 0) throw unknownVerb(first, second, specs);
  const third = words[2];
  if (third === undefined) return { kind: 'group', name: inner, specs: members };
  throw unknownVerb(inner, third, members);
}

function unknownCommand(commands: readonly CommandSpec[], word: string): PortcullisError {
  const words = [...new Set(commands.flatMap(namesOf).map((name) => name.split(' ')[0] ?? ''))];
  return new PortcullisError('usage.unknown_command', `There is no command ${quote(word)}.`, {
    hint: `${meant(word, words)}${seeHelp('')}`,
  });
}

/** The words that may follow those of a group. */
function verbsOf(group: string, names: readonly string[]): readonly string[] {
  const inside = names.filter((name) => name.startsWith(`${group} `));
  return [...new Set(inside.map((name) => name.slice(group.length + 1).split(' ')[0] ?? ''))];
}

function unknownVerb(group: string, word: string, specs: readonly CommandSpec[]): PortcullisError {
  return new PortcullisError(
    'usage.unknown_command',
    `There is no command ${quote(`${group} ${word}`)}.`,
    { hint: `${meant(word, verbsOf(group, specs.flatMap(namesOf)))}${seeHelp(group)}` },
  );
}

/** A group was called without saying which of its commands. */
export function incomplete(group: string, specs: readonly CommandSpec[]): PortcullisError {
  const verbs = verbsOf(
    group,
    specs.map(({ name }) => name),
  ).join(', ');
  return new PortcullisError('usage.incomplete', `"openclaw ${group}" needs one more word.`, {
    hint: `One of: ${verbs}. ${seeHelp(group)}`,
  });
}
