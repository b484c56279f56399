/**
 * How an analysed command runs without a shell: its programs with their exact words, and what joins
 * them.
 *
 * `sh -c TEXT` becomes a group of the commands in TEXT, and a wrapper before it is put before each of
 * its programs, so that no shell ever reads text that policy judged as plain words. The programs of
 * a plan are compared with those the analysis judged; a plan that differs is not made.
 *
 * @module
 */
import { basename } from 'node:path';

import { type Analysis, type Connector, tokenize } from '@portcullis/policy/exec';

/** One program and its words. */
export interface Program {
  readonly kind: 'program';
  /** What is executed, wrappers included. */
  readonly argv: readonly string[];
  /** The program inside the wrappers, as policy judged it. */
  readonly inner: readonly string[];
}

/** Commands that share a directory of their own, as in a shell within a shell. */
export interface Group {
  readonly kind: 'group';
  readonly steps: readonly Step[];
}

/** A program or group, and what joins it to the one before it. */
export interface Step {
  readonly connector: Connector | undefined;
  readonly run: Program | Group;
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash']);
/** What only a shell can do, so that the words cannot be run as they stand. */
const SHELL_ONLY: ReadonlySet<string> = new Set(
  [
    '. source eval exec command builtin alias unalias trap export unset set readonly umask ulimit',
    'exit return shift read wait jobs fg bg hash type times getopts local declare typeset let',
  ].flatMap((line) => line.split(' ')),
);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=/u;

/** The steps of `command`, or undefined when only a shell can run it. */
export function planOf(
  command: string,
  analysis: Analysis | undefined,
): readonly Step[] | undefined {
  if (analysis === undefined) return undefined;
  const judged = analysis.segments.map(({ argv }) => argv);
  const steps = readSteps(command, [], { judged, at: 0 });
  if (steps === undefined) return undefined;
  const planned = programsOf(steps).map(({ inner }) => inner);
  return sameWords(planned, judged) ? steps : undefined;
}

/** The programs of a plan, left to right. */
export function programsOf(steps: readonly Step[]): readonly Program[] {
  return steps.flatMap(({ run }) => (run.kind === 'program' ? [run] : programsOf(run.steps)));
}

/** The judged programs, and how many of them have been met. */
interface Cursor {
  readonly judged: readonly (readonly string[])[];
  at: number;
}

function readSteps(
  text: string,
  wrapper: readonly string[],
  cursor: Cursor,
): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const { connector, words } of tokenize(text) ?? []) {
    const run = readRun(
      words.map((word) => word.text),
      wrapper,
      cursor,
    );
    if (run === undefined) return undefined;
    steps.push({ connector, run });
  }
  return steps.length === 0 ? undefined : steps;
}

/** What one simple command runs. The analysis says how many of its words are wrappers. */
function readRun(
  words: readonly string[],
  wrapper: readonly string[],
  cursor: Cursor,
): Program | Group | undefined {
  const judged = cursor.judged[cursor.at] ?? [];
  const [first = ''] = judged;
  if (endsWith(words, judged)) {
    if (ASSIGNMENT.test(first) || SHELL_ONLY.has(first)) return undefined;
    cursor.at += 1;
    return { kind: 'program', argv: [...wrapper, ...words], inner: judged };
  }
  const [shell = '', flag, text] = words.slice(-3);
  if (flag !== '-c' || text === undefined || !SHELLS.has(basename(shell))) return undefined;
  const steps = readSteps(text, [...wrapper, ...words.slice(0, -3)], cursor);
  return steps === undefined ? undefined : { kind: 'group', steps };
}

function endsWith(words: readonly string[], tail: readonly string[]): boolean {
  const start = words.length - tail.length;
  return tail.length > 0 && start >= 0 && tail.every((word, at) => words[start + at] === word);
}

function sameWords(
  left: readonly (readonly string[])[],
  right: readonly (readonly string[])[],
): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
