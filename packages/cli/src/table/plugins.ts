/**
 * Commands about the packages a gateway loads, and about the browser.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec } from '../command.ts';
import { CHANGE_OPTIONS } from './config.ts';
import { JSON_OPTION } from './option.ts';

const ID_ARGUMENT: ArgumentSpec = {
  name: 'id',
  summary: 'The plugin, as "openclaw plugins list" shows it.',
};

/** Commands about plugins. */
export const pluginCommands: readonly CommandSpec[] = [
  {
    name: 'plugins list',
    aliases: ['plugins'],
    section: 'Set up',
    summary: 'Show the packages a gateway could load, which of them this config uses, and why.',
    details: [
      'A package is loaded when the config uses something of it: a channel that is set up, a tool somebody may use. Nothing is loaded to print this.',
    ],
    options: [
      { name: 'enabled', type: 'flag', summary: 'Only those that this config uses.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw plugins list', does: 'See what code would run.' }],
    local: true,
    load: async () => (await import('../commands/plugins/plugins.ts')).listPlugins,
  },
  {
    name: 'plugins info',
    aliases: ['plugins inspect'],
    section: 'Set up',
    summary: 'Show one package: what it adds, and how it is installed.',
    arguments: [ID_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw plugins info tools-files', does: 'See what it adds.' }],
    local: true,
    load: async () => (await import('../commands/plugins/plugins.ts')).showPlugin,
  },
  {
    name: 'plugins enable',
    section: 'Set up',
    summary: 'Allow what a package adds: its tools, its channel.',
    details: [
      'A package has no switch beside what the config allows, so this changes that, and shows what it opens. What else denies a tool still does.',
    ],
    arguments: [ID_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [
      { command: 'openclaw plugins enable tools-files --dry-run', does: 'See what it would open.' },
    ],
    local: true,
    load: async () => (await import('../commands/plugins/switch.ts')).enablePlugin,
  },
  {
    name: 'plugins disable',
    section: 'Set up',
    summary: 'Deny what a package adds.',
    arguments: [ID_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw plugins disable tools-exec', does: 'Run no commands.' }],
    local: true,
    load: async () => (await import('../commands/plugins/switch.ts')).disablePlugin,
  },
  {
    name: 'plugins doctor',
    section: 'Set up',
    summary: 'Check whether what the config uses is installed. Exit code 1 when something is not.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw plugins doctor', does: 'Check after a change.' }],
    local: true,
    load: async () => (await import('../commands/plugins/plugins.ts')).examinePlugins,
  },
  {
    name: 'browser status',
    aliases: ['browser'],
    section: 'Watch',
    summary: 'Show whether the agent has a browser.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw browser status', does: 'See whether there is one.' }],
    local: true,
    load: async () => (await import('../commands/browser-status.ts')).showBrowser,
  },
];
