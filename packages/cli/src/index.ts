/**
 * The command line of Portcullis, for programs that embed it.
 *
 * @module
 */
export type {
  ArgumentSpec,
  CommandHandler,
  CommandSpec,
  Doors,
  Example,
  ExitCode,
  Input,
  Invocation,
  OptionSpec,
} from './command.ts';
export { COMMANDS } from './commands.ts';
export type { CommandContext, InputStream, Surroundings, TextStream } from './context.ts';
export { main } from './main.ts';
