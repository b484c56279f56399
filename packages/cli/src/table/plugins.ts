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
    load: async () => (await import('../commands/plugins/info.ts')).showPlugin,
  },
  {
    name: 'plugins enable',
    section: 'Set up',
    summary: 'Agree to a plugin of others, or allow what a package of ours adds.',
    details: [
      'A plugin of others is code that runs inside the gateway with all its rights. This shows what it brings, where it came from and what its code looks like, and then allows exactly the files it has now: changed files are refused. Its tools are denied until tools.alsoAllow names them.',
      'A package of ours has no switch beside what the config allows, so this changes that. What else denies a tool still does.',
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
    summary: 'Stop loading a plugin of others, or deny what a package of ours adds.',
    arguments: [ID_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw plugins disable tools-exec', does: 'Run no commands.' }],
    local: true,
    load: async () => (await import('../commands/plugins/switch.ts')).disablePlugin,
  },
  {
    name: 'plugins install',
    section: 'Set up',
    summary: 'Install a plugin of others. It is not loaded by that.',
    details: [
      'Takes a package of your npm registry with its version (a range is resolved once, and the exact version kept), a folder, or a .tgz that "npm pack" made. No script of it or of what it needs is run; a package that needs one is refused. What is installed is hashed whole and recorded with where it came from.',
    ],
    arguments: [
      { name: 'spec', summary: 'A package (weather@1.2.0), a folder (./weather), a .tgz.' },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw plugins install weather@1.2.0', does: 'Install exactly this version.' },
      { command: 'openclaw plugins install ./weather', does: 'Install one of your own.' },
    ],
    local: true,
    load: async () => (await import('../commands/plugins/install.ts')).addPlugin,
  },
  {
    name: 'plugins remove',
    aliases: ['plugins uninstall'],
    section: 'Set up',
    summary: 'Remove a plugin of others, and what the config says of it.',
    arguments: [ID_ARGUMENT],
    options: CHANGE_OPTIONS,
    examples: [{ command: 'openclaw plugins remove weather', does: 'Remove it.' }],
    local: true,
    load: async () => (await import('../commands/plugins/install.ts')).removePlugin,
  },
  {
    name: 'plugins create',
    aliases: ['plugins init'],
    section: 'Set up',
    summary: 'Write a channel or a tool that works, with its tests, to make your own of.',
    arguments: [
      { name: 'kind', summary: 'What it adds.', choices: ['channel', 'tool'] },
      { name: 'name', summary: 'What it is called: small letters and digits.' },
    ],
    options: [
      { name: 'dir', type: 'text', value: 'FOLDER', summary: 'Where to. Default: its name.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw plugins create tool weather', does: 'Begin a tool.' }],
    local: true,
    load: async () => (await import('../commands/plugins/create.ts')).createPlugin,
  },
  {
    name: 'plugins doctor',
    section: 'Set up',
    summary: 'Check whether what the config uses is installed. Exit code 1 when something is not.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw plugins doctor', does: 'Check after a change.' }],
    local: true,
    load: async () => (await import('../commands/plugins/info.ts')).examineAll,
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
