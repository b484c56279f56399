/**
 * Commands about the program itself.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

/** `completion`, `update`. */
export const programCommands: readonly CommandSpec[] = [
  {
    name: 'completion',
    section: 'Set up',
    local: true,
    summary: 'Print the script that lets your shell complete calls of openclaw.',
    details: [
      'The script holds everything it offers: completing starts no program and reads no state.',
      '--install writes it where your shell looks for completions, and changes none of its profiles.',
    ],
    arguments: [
      {
        name: 'shell',
        summary: 'bash, zsh or fish. Default: the one in SHELL.',
        optional: true,
        choices: ['bash', 'zsh', 'fish'],
      },
    ],
    options: [
      {
        name: 'shell',
        short: 's',
        type: 'text',
        value: 'SHELL',
        summary: 'The same as the word.',
        choices: ['bash', 'zsh', 'fish'],
      },
      {
        name: 'install',
        short: 'i',
        type: 'flag',
        summary: 'Write it where the shell finds it, instead of printing it.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw completion bash', does: 'Print it, to source it.' },
      { command: 'openclaw completion zsh --install', does: 'Keep it.' },
    ],
    load: async () => (await import('../commands/completion/completion.ts')).writeCompletion,
  },
  {
    name: 'update',
    aliases: ['update status'],
    section: 'Set up',
    local: true,
    summary: 'Show what is installed, and the commands that bring a newer version.',
    details: [
      'It changes nothing: an update is yours to run, with a backup before it.',
      'The registry is asked with --check only, through your npm and its settings.',
    ],
    options: [
      { name: 'check', type: 'flag', summary: 'Ask the registry which version is the newest.' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw update', does: 'See how to update.' },
      { command: 'openclaw update --check --json', does: 'Let a script look for a newer version.' },
    ],
    load: async () => (await import('../commands/update/update.ts')).showUpdate,
  },
];
