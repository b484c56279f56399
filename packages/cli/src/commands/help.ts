/**
 * `openclaw help`.
 *
 * @module
 */
import type { CommandHandler, CommandSpec } from '../command.ts';
import { commandHelp, groupHelp, type HelpLine, overview } from '../help/help.ts';
import { findCommand, type Found } from '../parse/find-command.ts';
import type { Output } from '../terminal/output.ts';

/** Prints help on what the words of a call named. */
export function printHelp(out: Output, found: Found, commands: readonly CommandSpec[]): void {
  for (const line of linesFor(found, commands)) out.line(...line);
}

function linesFor(found: Found, commands: readonly CommandSpec[]): readonly HelpLine[] {
  if (found.kind === 'command') return commandHelp(found.spec);
  return found.kind === 'group' ? groupHelp(found.name, found.specs) : overview(commands);
}

/** `openclaw help [command] [verb]`. */
export const showHelp: CommandHandler = async ({ input, out, commands }) => {
  const words = [input.given('command'), input.given('verb')].filter((word) => word !== undefined);
  printHelp(out, findCommand(commands, words), commands);
};
