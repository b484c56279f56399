/**
 * Commands that read and change the config.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';
import { CHANGE_OPTIONS } from './config.ts';

const PATH_ARGUMENT: ArgumentSpec = {
  name: 'path',
  summary: 'A key, such as gateway.port, bindings[0].agentId or channels["x.y"].enabled.',
};

/** Commands of the section "Set up". */
export const setUpCommands: readonly CommandSpec[] = [
  {
    name: 'config get',
    section: 'Set up',
    summary: 'Show the config, or the value of one key. Secrets are hidden.',
    arguments: [{ ...PATH_ARGUMENT, optional: true }],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw config get', does: 'Show everything.' },
      { command: 'openclaw config get gateway.port', does: 'Show one value.' },
    ],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).getConfig,
  },
  {
    name: 'config set',
    section: 'Set up',
    summary: 'Set a key. Nothing is written unless the whole config is valid afterwards.',
    details: [
      'The value is read as JSON5 where it is that, else as text: 19000 is a number, loopback is text, and text that looks like a number goes in quotes of its own.',
      'Comments and the layout of the file stay. What the change opens and closes is shown first; one that opens something asks for confirmation.',
      'A running gateway makes the change and takes it up. Keys that name programs or code are written into the file here, and by nobody else.',
    ],
    arguments: [
      PATH_ARGUMENT,
      { name: 'value', summary: 'The new value; leave it out with --stdin.', optional: true },
    ],
    options: [
      {
        name: 'json-value',
        type: 'flag',
        summary: 'Take the value as JSON5 only; text must be in quotes.',
      },
      {
        name: 'stdin',
        type: 'flag',
        summary: 'Read the value as text from standard input, so that a secret is in no history.',
      },
      ...CHANGE_OPTIONS,
    ],
    examples: [
      { command: 'openclaw config set gateway.port 19000', does: 'Move the gateway.' },
      {
        command: 'openclaw config set channels.telegram.groups.-1001234567890 {} --json-value',
        does: 'Let a Telegram group in.',
      },
      {
        command: 'openclaw config set channels.telegram.botToken --stdin',
        does: 'Paste a token; Ctrl-D ends it.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).setConfig,
  },
  {
    name: 'config unset',
    section: 'Set up',
    summary: 'Remove a key.',
    arguments: [PATH_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw config unset gateway.port', does: 'Use the default again.' }],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).unsetConfig,
  },
  {
    name: 'config validate',
    section: 'Set up',
    summary: 'Check the config. Exit code 1 when no gateway would start with it.',
    details: [
      'A config can be valid and still open too much to start with: an address of the network without a secret, say. A secret that is kept elsewhere is not looked up, and counts as there.',
    ],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw config validate', does: 'See every mistake at once.' }],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).validateConfigFile,
  },
  {
    name: 'config file',
    section: 'Set up',
    summary: 'Print the path of the config.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw config file', does: 'Find the file.' }],
    local: true,
    load: async () => (await import('../commands/config/keys.ts')).showConfigFile,
  },
  {
    name: 'help',
    section: 'Set up',
    summary: 'Show how a command is used.',
    arguments: [
      { name: 'command', summary: 'The command, such as pairing.', optional: true },
      { name: 'verb', summary: 'Its second word, such as approve.', optional: true },
      { name: 'more', summary: 'Its third word, where it has one.', optional: true },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw help', does: 'List all commands.' },
      { command: 'openclaw help pairing approve', does: 'Explain one.' },
    ],
    local: true,
    load: async () => (await import('../commands/help.ts')).showHelp,
  },
];
