/**
 * Commands about conversations.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION, limitOption, YES_OPTION } from './option.ts';

const SESSION_ARGUMENT: ArgumentSpec = {
  name: 'key',
  summary: 'The session, as "openclaw sessions list" shows it.',
};

const SESSION_ARGUMENTS: readonly ArgumentSpec[] = [{ ...SESSION_ARGUMENT, repeated: true }];

const DRY_RUN: OptionSpec = {
  name: 'dry-run',
  type: 'flag',
  summary: 'Show what would be done, and do nothing.',
};

const reading: readonly CommandSpec[] = [
  {
    name: 'sessions list',
    aliases: ['sessions'],
    section: 'Conversations',
    summary: 'List conversations, the last used first.',
    options: [
      {
        name: 'active',
        type: 'count',
        value: 'MINUTES',
        summary: 'Only those that were used in the last N minutes.',
      },
      { name: 'agent', type: 'text', value: 'ID', summary: 'Only those of this agent.' },
      { name: 'all-agents', type: 'flag', summary: 'Those of every agent. The default.' },
      {
        name: 'search',
        type: 'text',
        value: 'TEXT',
        summary: 'Only those whose key or label holds this.',
      },
      { name: 'archived', type: 'flag', summary: 'Only those that are archived.' },
      limitOption(50, 1000),
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw sessions list', does: 'See all conversations.' },
      { command: 'openclaw sessions --active 120', does: 'See those of the last two hours.' },
    ],
    load: async () => (await import('../commands/sessions/read.ts')).listSessions,
  },
  {
    name: 'sessions preview',
    section: 'Conversations',
    summary: 'Show the last words of some conversations, the last used ones where none is named.',
    arguments: [{ ...SESSION_ARGUMENT, repeated: true, optional: true }],
    options: [limitOption(3, 50), JSON_OPTION],
    examples: [{ command: 'openclaw sessions preview', does: 'See what was said last.' }],
    load: async () => (await import('../commands/sessions/read.ts')).previewSessions,
  },
  {
    name: 'sessions show',
    aliases: ['sessions history'],
    section: 'Conversations',
    summary: 'Show a conversation.',
    arguments: [SESSION_ARGUMENT],
    options: [limitOption(50, 1000), JSON_OPTION],
    examples: [{ command: 'openclaw sessions show main', does: 'Read your own.' }],
    load: async () => (await import('../commands/sessions/read.ts')).showSession,
  },
];

const changing: readonly CommandSpec[] = [
  {
    name: 'sessions reset',
    section: 'Conversations',
    summary: 'Start a conversation anew. Its history is gone afterwards.',
    arguments: [SESSION_ARGUMENT],
    options: [YES_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw sessions reset main --yes', does: 'Begin again.' }],
    load: async () => (await import('../commands/sessions/read.ts')).resetSession,
  },
  {
    name: 'sessions archive',
    section: 'Conversations',
    summary: 'Put conversations away. They stay readable, and come back when somebody writes.',
    arguments: SESSION_ARGUMENTS,
    options: [
      { name: 'undo', type: 'flag', summary: 'Take them out again.' },
      DRY_RUN,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw sessions archive agent:main:telegram:direct:42', does: 'Put it away.' },
    ],
    load: async () => (await import('../commands/sessions/change.ts')).archiveSessions,
  },
  {
    name: 'sessions delete',
    section: 'Conversations',
    summary: 'Delete conversations with everything that was said.',
    details: ['The main conversation of an agent can only be reset.'],
    arguments: SESSION_ARGUMENTS,
    options: [DRY_RUN, YES_OPTION, JSON_OPTION],
    examples: [
      { command: 'openclaw sessions delete agent:main:telegram:direct:42', does: 'Delete one.' },
    ],
    load: async () => (await import('../commands/sessions/change.ts')).deleteSessions,
  },
];

/** Commands about conversations. */
export const sessionCommands: readonly CommandSpec[] = [...reading, ...changing];
