/**
 * Options every command takes.
 *
 * @module
 */
import type { OptionSpec } from '../command.ts';

/** Options every command takes, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'help', short: 'h', type: 'flag', summary: 'Show how a command is used.' },
  { name: 'version', short: 'V', type: 'flag', summary: 'Print the version.' },
  {
    name: 'profile',
    type: 'text',
    value: 'NAME',
    summary: 'Use the state in ~/.openclaw-NAME instead of ~/.openclaw.',
  },
  { name: 'no-color', type: 'flag', summary: 'Print without colours. NO_COLOR does the same.' },
];
