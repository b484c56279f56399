/**
 * Help on the terminal, made from the table of commands.
 *
 * @module
 */
import { type CommandSpec, SECTIONS } from '../command.ts';
import { GLOBAL_OPTIONS } from '../parse/global-options.ts';
import { type Piece, styled } from '../terminal/style.ts';
import { optionForm, usageOf } from './usage.ts';

/** A line of help. */
export type HelpLine = readonly Piece[];

const BLANK: HelpLine = [];
const INDENT = '  ';

function heading(text: string): HelpLine {
  return [styled('bold', text)];
}

/** A list of terms with what they mean, in two columns. */
function list(entries: readonly (readonly [string, string])[]): readonly HelpLine[] {
  const width = Math.max(0, ...entries.map(([term]) => term.length));
  return entries.map(([term, meaning]) => [`${INDENT}${term.padEnd(width)}  ${meaning}`]);
}

function block(title: string, lines: readonly HelpLine[]): readonly HelpLine[] {
  return lines.length === 0 ? [] : [BLANK, heading(title), ...lines];
}

/** `openclaw --help`. */
export function overview(commands: readonly CommandSpec[]): readonly HelpLine[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    ['openclaw: run an AI assistant gateway, and decide who may talk to it.'],
    BLANK,
    ['Usage: openclaw [options] <command>'],
    ...SECTIONS.flatMap((section) =>
      block(
        section,
        list(
          commands
            .filter((each) => each.section === section)
            .map(({ name, summary }) => [name.padEnd(width), summary]),
        ),
      ),
    ),
    ...block('Options', list(GLOBAL_OPTIONS.map((each) => [optionForm(each), each.summary]))),
    BLANK,
    ['Run "openclaw help <command>" for details and examples.'],
  ];
}

/** `openclaw pairing --help`. */
export function groupHelp(group: string, commands: readonly CommandSpec[]): readonly HelpLine[] {
  return [
    [`Usage: openclaw ${group} <command>`],
    ...block('Commands', list(commands.map((each) => [usageOf(each).slice(9), each.summary]))),
    BLANK,
    [`Run "openclaw help ${group} <command>" for details and examples.`],
  ];
}

/** `openclaw pairing approve --help`. */
export function commandHelp(command: CommandSpec): readonly HelpLine[] {
  const { summary, details = [], arguments: words = [], options = [], examples } = command;
  return [
    [`Usage: ${usageOf(command)}`],
    BLANK,
    [summary],
    ...details.flatMap((paragraph): HelpLine[] => [BLANK, [paragraph]]),
    ...block('Arguments', list(words.map((each) => [each.name, each.summary]))),
    ...block('Options', list(options.map((each) => [optionForm(each), each.summary]))),
    ...block(
      'Examples',
      examples.flatMap(({ command: call, does }): HelpLine[] => [
        [`${INDENT}${call}`],
        [styled('dim', `${INDENT}${INDENT}${does}`)],
      ]),
    ),
  ];
}
