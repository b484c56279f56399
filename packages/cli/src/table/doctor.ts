/**
 * The command that finds out what is wrong.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION, YES_OPTION } from './option.ts';

/** `doctor`. */
export const doctorCommands: readonly CommandSpec[] = [
  {
    name: 'doctor',
    section: 'Watch',
    summary: 'Find out what is wrong with this installation, and mend what is safe to mend.',
    details: [
      'Without options it reads and does nothing else: nothing is asked over the network, and the store of a running gateway is left to it.',
      'Each line says what was looked at, and the command that mends what is wrong. Exit code 1 where something fails.',
      'It works without a config and with a broken one.',
      'With --import it takes over an installation of OpenClaw: config, people, allowed commands and, if you say so, workspaces. It shows first what it found, what is not supported, and what is stricter here. The original is read and never changed; where both use the same folder nothing is copied.',
    ],
    arguments: [
      {
        name: 'folder',
        summary: 'With --import: the state directory of OpenClaw (default ~/.openclaw).',
        optional: true,
      },
    ],
    options: [
      {
        name: 'fix',
        type: 'flag',
        summary: 'Mend what is safe to mend. Shows the plan and asks first.',
      },
      {
        name: 'dry-run',
        type: 'flag',
        summary: 'With --fix or --import: show the plan and do nothing.',
      },
      {
        name: 'probe',
        type: 'flag',
        summary: 'Also ask the channels and the servers of the models, over the network.',
      },
      {
        name: 'deep',
        type: 'flag',
        summary:
          'As --probe; also compare every index of the store, and run the programs that secrets come from.',
      },
      {
        name: 'import',
        type: 'flag',
        summary: 'Take over an installation of OpenClaw. Shows the plan and asks first.',
      },
      {
        name: 'copy-workspace',
        type: 'flag',
        summary: 'With --import: copy the workspaces that are inside the old folder.',
      },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw doctor', does: 'See what is wrong.' },
      { command: 'openclaw doctor --fix --dry-run', does: 'See what would be mended.' },
      { command: 'openclaw doctor --import --dry-run', does: 'See what moving here would mean.' },
      { command: 'openclaw doctor --import /mnt/old/.openclaw', does: 'Move here from a backup.' },
      { command: 'openclaw doctor --probe --json', does: 'Let a program watch over it.' },
    ],
    local: true,
    load: async () => (await import('../commands/doctor/doctor.ts')).runDoctor,
  },
];
