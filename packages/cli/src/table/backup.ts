/**
 * Commands that put the whole state away and bring it back.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION, YES_OPTION } from './option.ts';

const ARCHIVE: ArgumentSpec = {
  name: 'archive',
  summary: 'The file that "backup create" made.',
  file: true,
};

const PASSPHRASE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'passphrase-file',
    type: 'text',
    value: 'PATH',
    summary: 'Read the passphrase from a file.',
  },
  {
    name: 'passphrase-stdin',
    type: 'flag',
    summary: 'Read the passphrase from standard input.',
  },
];

/** Options that would put a secret where others can read it. */
const REFUSES = {
  passphrase:
    'A secret in an argument is in the history of the shell and in the list of processes. Use --passphrase-stdin or --passphrase-file.',
};

/** `backup`. */
export const backupCommands: readonly CommandSpec[] = [
  {
    name: 'backup create',
    section: 'Set up',
    summary: 'Write config, credentials, conversations, audit log and workspaces into one file.',
    details: [
      'A gateway that runs is not disturbed: its database is copied as of one moment.',
      'The archive holds secrets and is readable for you alone. With --encrypt it opens with a passphrase only.',
      'Logs and installed packages are not in it, nor symbolic links; what is left out is listed.',
    ],
    options: [
      {
        name: 'output',
        type: 'text',
        value: 'PATH',
        summary: 'The file to write, or a folder for it (default: the current folder).',
      },
      {
        name: 'no-include-workspace',
        type: 'flag',
        summary: 'Leave out the workspaces of the agents.',
      },
      { name: 'only-config', type: 'flag', summary: 'Only the config and what it includes.' },
      { name: 'verify', type: 'flag', summary: 'Read the archive again and check it.' },
      {
        name: 'encrypt',
        type: 'flag',
        summary: 'Seal it with a passphrase, which is asked for (scrypt, AES-256-GCM).',
      },
      ...PASSPHRASE_OPTIONS,
      { name: 'dry-run', type: 'flag', summary: 'Show what it would hold, and write nothing.' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw backup create --verify',
        does: 'Write a dated archive into this folder and check it.',
      },
      {
        command: 'openclaw backup create --output /media/usb --encrypt',
        does: 'Write a sealed one elsewhere.',
      },
      {
        command: 'openclaw backup create --no-include-workspace --dry-run',
        does: 'See what it would hold without the files of the agents.',
      },
    ],
    refuses: REFUSES,
    local: true,
    load: async () => (await import('../commands/backup/create.ts')).createArchive,
  },
  {
    name: 'backup verify',
    section: 'Set up',
    summary: 'Check every hash of an archive, its database and its audit log.',
    arguments: [ARCHIVE],
    options: [...PASSPHRASE_OPTIONS, JSON_OPTION],
    examples: [
      {
        command: 'openclaw backup verify openclaw-backup.tar.gz',
        does: 'Make sure that it can be restored.',
      },
    ],
    refuses: REFUSES,
    local: true,
    load: async () => (await import('../commands/backup/verify.ts')).verifyArchive,
  },
  {
    name: 'backup restore',
    section: 'Set up',
    summary: 'Put an archive in the place of the present state, which is kept under a dated name.',
    details: [
      'No gateway may run on the state. Everything is unpacked beside it and checked before anything is replaced.',
      'What the restored config opens, compared with the present one, is shown and needs your yes.',
      'Logs and installed packages of this machine stay, and so do workspaces that the archive does not have.',
    ],
    arguments: [ARCHIVE],
    options: [
      {
        name: 'target',
        type: 'text',
        value: 'FOLDER',
        summary: 'Only unpack it into this folder, which must be new or empty.',
      },
      { name: 'dry-run', type: 'flag', summary: 'Check and compare, and change nothing.' },
      ...PASSPHRASE_OPTIONS,
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw backup restore openclaw-backup.tar.gz --dry-run',
        does: 'See what would change.',
      },
      {
        command: 'openclaw backup restore openclaw-backup.tar.gz --target restored',
        does: 'Unpack it to look at it.',
      },
    ],
    refuses: REFUSES,
    local: true,
    load: async () => (await import('../commands/backup/restore.ts')).restoreArchive,
  },
  {
    name: 'reset',
    section: 'Set up',
    summary: 'Begin anew: put config, logins, conversations or everything away.',
    details: [
      'What goes is named and asked about, and moved into a dated folder beside the state directory; --delete does not keep it. No gateway may run on the state.',
      'config: the config alone, with its last version. config+creds+sessions: everything the gateway keeps but workspaces, logs and installed packages. full: those too, and workspaces elsewhere.',
      'Secrets in the keychain stay there.',
    ],
    options: [
      {
        name: 'scope',
        type: 'text',
        value: 'SCOPE',
        summary: 'How much goes.',
        required: true,
        choices: ['config', 'config+creds+sessions', 'full'],
      },
      { name: 'delete', type: 'flag', summary: 'Delete it instead of putting it away.' },
      { name: 'dry-run', type: 'flag', summary: 'Show what would go, and change nothing.' },
      { name: 'non-interactive', type: 'flag', summary: 'Never ask; without --yes it is refused.' },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw reset --scope config --dry-run',
        does: 'See what a new config would cost.',
      },
      {
        command: 'openclaw reset --scope full',
        does: 'Put everything away, and say yes to it.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/reset/reset.ts')).resetState,
  },
];
