/**
 * Commands about edits of the config file.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

const HASH_OPTION = {
  name: 'hash',
  type: 'text',
  value: 'HASH',
  summary: 'Of the edit, as it was shown: do so without asking, if it is still that one.',
} as const;

/** Commands about edits of the config file. */
export const configEditCommands: readonly CommandSpec[] = [
  {
    name: 'config accept',
    section: 'Set up',
    summary: 'Put an edit of the config file in force that opens something.',
    details: [
      'A running gateway takes up an edit of its file by itself when it opens nothing. One that opens something waits: this prints what it opens and asks for confirmation.',
      'Starting the gateway anew accepts whatever the file says.',
    ],
    options: [HASH_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw config accept', does: 'Look at the edit and say yes to it.' }],
    local: true,
    load: async () => (await import('../commands/config/edits.ts')).acceptEdit,
  },
  {
    name: 'config reject',
    section: 'Set up',
    summary: 'Put the config file back to what is in force.',
    options: [HASH_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw config reject', does: 'Undo an edit that was not meant.' }],
    local: true,
    load: async () => (await import('../commands/config/edits.ts')).rejectEdit,
  },
  {
    name: 'secrets reload',
    section: 'Set up',
    summary: 'Let a running gateway look all its secrets up anew.',
    details: [
      'For secrets that are kept outside the config file, in files or at a secret provider. Connections that an old secret let in are closed; channels, models and tool servers go on with the new ones.',
    ],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw secrets reload', does: 'Take up a rotated bot token.' }],
    load: async () => (await import('../commands/config/edits.ts')).reloadSecrets,
  },
];
