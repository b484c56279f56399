/**
 * Commands about what the config allows: asked of the code that enforces it.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { ACCOUNT_OPTION, CHANNEL_ARGUMENT, JSON_OPTION } from './option.ts';

const CONFIG_OPTION: OptionSpec = {
  name: 'config',
  type: 'text',
  value: 'FILE',
  summary: 'Ask this config instead of the one in use.',
};

const text = (name: string, value: string, summary: string): OptionSpec => ({
  name,
  type: 'text',
  value,
  summary,
});

const askCommands: readonly CommandSpec[] = [
  {
    name: 'policy explain',
    section: 'Policy',
    summary:
      'Explain one decision: the gates it went through, the line that decided, what to change.',
    details: [
      'Without --tool, --exec, --url or --file it explains whether a message comes in. In a room the message is taken to address the agent, unless --unaddressed is given.',
      'The changes it names were each tried with the enforcing code. Nothing is looked up and nothing is run.',
    ],
    arguments: [CHANNEL_ARGUMENT, { name: 'sender', summary: 'The id of the sender.' }],
    options: [
      text('group', 'ID', 'The message stands in this room.'),
      text('topic', 'ID', 'In this topic of the room.'),
      text('guild', 'ID', 'On this server (Discord).'),
      text('parent', 'ID', 'In a thread below this room (Discord).'),
      text('role', 'ID', 'The sender has this role (Discord).'),
      { name: 'bot', type: 'flag', summary: 'The sender is a bot.' },
      { name: 'unaddressed', type: 'flag', summary: 'The message does not address the agent.' },
      { name: 'paired', type: 'flag', summary: 'As if the sender were paired.' },
      text('command', 'NAME', 'The message is this control command.'),
      text('tool', 'NAME', 'May the message lead to a call of this tool?'),
      text('exec', 'COMMAND', 'May it lead to this command line?'),
      text('url', 'URL', 'May it lead to this address?'),
      text('file', 'PATH', 'May it lead to this file? Read, or what --tool does to it.'),
      ACCOUNT_OPTION,
      CONFIG_OPTION,
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw policy explain telegram 4242',
        does: 'See why somebody is not answered.',
      },
      {
        command: 'openclaw policy explain telegram 4242 --group -1001234567890 --tool exec',
        does: 'See whether a member of a group reaches commands.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/policy/explain.ts')).explainPolicy,
  },
  {
    name: 'policy matrix',
    section: 'Policy',
    summary: 'Show who reaches what: the blast radius at a glance.',
    details: [
      'A row stands for everybody the config treats alike, whoever may come; * is anybody it does not name. A column stands for a group of tools and shows the most open answer; a trailing * says that not all of the group is like that.',
    ],
    options: [
      {
        name: 'format',
        type: 'text',
        value: 'FORMAT',
        choices: ['table', 'json', 'csv'],
        summary: 'table (default), json or csv.',
      },
      {
        name: 'by',
        type: 'text',
        value: 'WHAT',
        choices: ['group', 'tool'],
        summary: 'Columns of the table: group (default) or tool. json and csv have every tool.',
      },
      CONFIG_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw policy matrix', does: 'See who reaches what.' },
      { command: 'openclaw policy matrix --format csv', does: 'Take it to a spreadsheet.' },
    ],
    local: true,
    load: async () => (await import('../commands/policy/matrix.ts')).showMatrix,
  },
];

const compareCommands: readonly CommandSpec[] = [
  {
    name: 'policy diff',
    section: 'Policy',
    summary: 'Show what one config opens and closes against another, and which key did it.',
    details: [
      'Exit code 2 when anything opens, so that a pipeline can hold a change until somebody has looked at it.',
    ],
    arguments: [
      { name: 'before', summary: 'The config as it was.', file: true },
      { name: 'after', summary: 'The config as it would be.', file: true },
    ],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw policy diff old.json new.json', does: 'Review a change.' }],
    local: true,
    load: async () => (await import('../commands/policy/diff.ts')).diffPolicy,
  },
  {
    name: 'policy check',
    section: 'Policy',
    summary:
      'Decide what must never or always hold, for every input there can be. Exit code 1 if not.',
    details: [
      'The file holds {"invariants": [...]}; see docs/how-to/check-a-policy.md. What does not hold is shown with a message that breaks it.',
    ],
    arguments: [{ name: 'invariants', summary: 'The file that says what must hold.', file: true }],
    options: [CONFIG_OPTION, JSON_OPTION],
    examples: [
      { command: 'openclaw policy check invariants.json', does: 'Check the config in use.' },
    ],
    local: true,
    load: async () => (await import('../commands/policy/check.ts')).checkPolicy,
  },
  {
    name: 'policy replay',
    section: 'Policy',
    summary: 'Decide the recorded past again, and show what would have been different.',
    details: [
      'Reads the audit log, which holds ids and flags but no text. Where the answer would hang on a text, the line is undecidable.',
    ],
    options: [
      CONFIG_OPTION,
      text('since', 'AGE', 'Only what is younger: 90m, 12h, 7d or 4w. Default everything.'),
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw policy replay --config new.json --since 7d',
        does: 'See what a new config would have changed last week.',
      },
    ],
    load: async () => (await import('../commands/policy/replay.ts')).replayPolicy,
  },
  {
    name: 'policy test',
    section: 'Policy',
    summary:
      'Run decision vectors: examples of what the rules must answer. Exit code 1 if any fails.',
    details: ['A file holds a list of {"name", "op", "config", "input", "expect"}.'],
    arguments: [{ name: 'files', summary: 'Files of vectors.', repeated: true, file: true }],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw policy test vectors.json', does: 'Run the examples of a file.' },
    ],
    local: true,
    load: async () => (await import('../commands/policy/test.ts')).testPolicy,
  },
];

/** Commands of the section "Policy". */
export const policyCommands: readonly CommandSpec[] = [...askCommands, ...compareCommands];
