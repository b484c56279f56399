/**
 * Commands for the gateway as a service of the user.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

const FORCE: OptionSpec = {
  name: 'force',
  type: 'flag',
  summary: 'Replace or remove what is there, whoever wrote it.',
};

const DRY_RUN: OptionSpec = {
  name: 'dry-run',
  type: 'flag',
  summary: 'Show what would be done, and do nothing.',
};

/** `gateway install`, `uninstall`, `start`, `stop`, `restart`, `status`. */
export const serviceCommands: readonly CommandSpec[] = [
  {
    name: 'gateway install',
    section: 'Run',
    local: true,
    summary: 'Let the gateway run as a service of yours (systemd, launchd), and start it.',
    details: [
      'What is written is shown. On Linux the service may write its state and the workspaces and read the rest, gains no rights, and does not see your keys to other things. No secret is written into it.',
      'A definition that is there with other settings is replaced with --force only.',
    ],
    options: [
      {
        name: 'port',
        type: 'count',
        value: 'N',
        max: 65_535,
        summary: 'Listen on this port instead of the one of the config.',
      },
      FORCE,
      DRY_RUN,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw gateway install --dry-run', does: 'See what would be written.' },
      { command: 'openclaw gateway install', does: 'Install and start it.' },
    ],
    load: async () => (await import('../commands/service/install.ts')).installService,
  },
  {
    name: 'gateway uninstall',
    section: 'Run',
    local: true,
    summary: 'Stop the service and remove it. The state stays.',
    options: [FORCE, DRY_RUN, JSON_OPTION],
    examples: [{ command: 'openclaw gateway uninstall', does: 'Remove the service.' }],
    load: async () => (await import('../commands/service/install.ts')).uninstallService,
  },
  {
    name: 'gateway start',
    section: 'Run',
    local: true,
    summary: 'Start the service.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw gateway start', does: 'Start it.' }],
    load: async () => (await import('../commands/service/control.ts')).startService,
  },
  {
    name: 'gateway stop',
    section: 'Run',
    local: true,
    summary: 'Stop the service, after the work in hand.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw gateway stop', does: 'Stop it.' }],
    load: async () => (await import('../commands/service/control.ts')).stopService,
  },
  {
    name: 'gateway restart',
    section: 'Run',
    local: true,
    summary: 'Stop the service, after the work in hand, and start it.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw gateway restart', does: 'Let a new version begin.' }],
    load: async () => (await import('../commands/service/control.ts')).restartService,
  },
  {
    name: 'gateway status',
    section: 'Run',
    local: true,
    summary: 'Show what the service manager says of the service, and whether a gateway answers.',
    options: [
      { name: 'no-probe', type: 'flag', summary: 'Do not ask the gateway.' },
      {
        name: 'require-rpc',
        type: 'flag',
        summary: 'Exit with 1 where no gateway answers.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw gateway status', does: 'See both.' },
      { command: 'openclaw gateway status --require-rpc --json', does: 'Check from a script.' },
    ],
    load: async () => (await import('../commands/service/status.ts')).showService,
  },
];
