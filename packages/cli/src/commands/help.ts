/**
 * `openclaw help`.
 *
 * @module
 */
import type { CommandHandler, CommandSpec } from '../command.ts';
import { commandHelp, groupHelp, type HelpLine, overview } from '../help/help.ts';
import { usageOf } from '../help/usage.ts';
import { findCommand, type Found } from '../parse/find-command.ts';
import { GLOBAL_OPTIONS } from '../parse/global-options.ts';
import type { Output } from '../terminal/output.ts';

/** What help is printed with. */
export interface HelpOptions {
  readonly commands: readonly CommandSpec[];
  /** True when a program reads it. */
  readonly json: boolean;
}

/** Prints help on what the words of a call named. */
export function printHelp(out: Output, found: Found, { commands, json }: HelpOptions): void {
  if (json) out.json({ ok: true, ...documentFor(found, commands) });
  else for (const line of linesFor(found, commands)) out.line(...line);
}

function linesFor(found: Found, commands: readonly CommandSpec[]): readonly HelpLine[] {
  if (found.kind === 'command') return commandHelp(found.spec);
  return found.kind === 'group' ? groupHelp(found.name, found.specs) : overview(commands);
}

function documentFor(found: Found, commands: readonly CommandSpec[]): object {
  if (found.kind === 'command') return { command: described(found.spec) };
  const specs = found.kind === 'group' ? found.specs : commands;
  return { commands: specs.map(described), globalOptions: GLOBAL_OPTIONS };
}

/** The row of the table, without what only this program can use. */
function described(spec: CommandSpec): object {
  const { load: _load, ...row } = spec;
  return { ...row, usage: usageOf(spec) };
}

/** `openclaw help [command] [verb] [more]`. */
export const showHelp: CommandHandler = async ({ input, out, json, commands }) => {
  const words = ['command', 'verb', 'more']
    .map((name) => input.given(name))
    .filter((word) => word !== undefined);
  printHelp(out, findCommand(commands, words), { commands, json });
};
