/**
 * Commands about changes of the config.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION, YES_OPTION, limitOption } from './option.ts';

/** How every change is asked for. */
export const CHANGE_OPTIONS: readonly OptionSpec[] = [
  { name: 'dry-run', type: 'flag', summary: 'Show what the change does, and change nothing.' },
  { name: 'why', type: 'text', value: 'TEXT', summary: 'Why, for the history.' },
  { ...YES_OPTION, summary: 'Open what the change opens without being asked.' },
  JSON_OPTION,
];

const ID_ARGUMENT: ArgumentSpec = {
  name: 'id',
  summary: 'A change, by its number in "openclaw config history".',
};

/** Commands about changes of the config. */
export const configCommands: readonly CommandSpec[] = [
  {
    name: 'config history',
    section: 'Set up',
    summary: 'List changes of the config: who made them, when and why.',
    options: [limitOption(20, 500), JSON_OPTION],
    examples: [{ command: 'openclaw config history', does: 'See the last changes.' }],
    local: true,
    load: async () => (await import('../commands/config/history.ts')).listChanges,
  },
  {
    name: 'config show',
    section: 'Set up',
    summary: 'Show one change: what it opened and closed, and the lines it changed.',
    arguments: [ID_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw config show 12', does: 'Look at change 12.' }],
    local: true,
    load: async () => (await import('../commands/config/history.ts')).showChange,
  },
  {
    name: 'config diff',
    section: 'Set up',
    summary: 'Compare the config after two changes, or with the file as it is now.',
    details: [
      'Without a number, the file is compared with what was last applied: with an edit that waits, that is the edit.',
    ],
    arguments: [
      { name: 'from', summary: 'The config after this change.', optional: true },
      { name: 'to', summary: 'The config after this one; without it, the file.', optional: true },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw config diff', does: 'See what was edited and does not count yet.' },
      { command: 'openclaw config diff 3 12', does: 'See what changed from 3 to 12.' },
    ],
    local: true,
    load: async () => (await import('../commands/config/history.ts')).diffChanges,
  },
  {
    name: 'config rollback',
    section: 'Set up',
    summary: 'Go back to the config after an earlier change. Secrets stay as they are now.',
    details: [
      'Going back is a change like any other: it is shown first, asks where it opens something, and is in the history.',
    ],
    arguments: [ID_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [
      { command: 'openclaw config rollback 11 --dry-run', does: 'See what going back would do.' },
      { command: 'openclaw config rollback 11', does: 'Undo what came after change 11.' },
    ],
    local: true,
    load: async () => (await import('../commands/config/history.ts')).rollBackConfig,
  },
  {
    name: 'config schema',
    section: 'Set up',
    summary: 'Print the JSON schema of the config, for an editor.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw config schema', does: 'Print it, to keep it in a file.' }],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).printSchema,
  },
];
