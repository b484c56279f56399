/**
 * Commands about webhooks.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec } from '../command.ts';
import { CHANGE_OPTIONS } from './config.ts';
import { JSON_OPTION } from './option.ts';

const NAME_ARGUMENT: ArgumentSpec = {
  name: 'name',
  summary: 'The webhook, as "openclaw hooks list" shows it.',
};

/** Commands about webhooks. */
export const hookCommands: readonly CommandSpec[] = [
  {
    name: 'hooks list',
    aliases: ['hooks'],
    section: 'Set up',
    summary: 'Show the webhooks: path, what each does, its tools, and what it lacks.',
    details: [
      'Code that runs inside the gateway on its events, as OpenClaw has it, is not offered.',
    ],
    options: [
      { name: 'eligible', type: 'flag', summary: 'Only those that lack nothing.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw hooks list', does: 'See who could call.' }],
    local: true,
    load: async () => (await import('../commands/hooks/hooks.ts')).listHooks,
  },
  {
    name: 'hooks info',
    section: 'Set up',
    summary: 'Show one webhook.',
    arguments: [NAME_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw hooks info wake', does: 'See where it leads.' }],
    local: true,
    load: async () => (await import('../commands/hooks/hooks.ts')).showHook,
  },
  {
    name: 'hooks check',
    section: 'Set up',
    summary: 'Check whether the webhooks can work. Exit code 1 when one that is on cannot.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw hooks check', does: 'Check after a change.' }],
    local: true,
    load: async () => (await import('../commands/hooks/hooks.ts')).checkHooks,
  },
  {
    name: 'hooks enable',
    section: 'Set up',
    summary: 'Accept webhooks. They are switched together.',
    arguments: [{ ...NAME_ARGUMENT, optional: true }],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw hooks enable --dry-run', does: 'See what that opens.' }],
    local: true,
    load: async () => (await import('../commands/hooks/hooks.ts')).enableHooks,
  },
  {
    name: 'hooks disable',
    section: 'Set up',
    summary: 'Accept no webhooks any more; their settings stay.',
    arguments: [{ ...NAME_ARGUMENT, optional: true }],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw hooks disable', does: 'Let nobody call.' }],
    local: true,
    load: async () => (await import('../commands/hooks/hooks.ts')).disableHooks,
  },
];
