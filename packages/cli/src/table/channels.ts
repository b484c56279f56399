/**
 * Commands about chat networks and our accounts on them.
 *
 * @module
 */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { CHANGE_OPTIONS } from './config.ts';
import {
  ACCOUNT_OPTION,
  CHANNEL_ARGUMENT,
  JSON_OPTION,
  KEEP_OPTION,
  secretOptions,
  secretRefusal,
  YES_OPTION,
} from './option.ts';

const WHICH: readonly ArgumentSpec[] = [{ ...CHANNEL_ARGUMENT, optional: true }];

const CHANNEL_OPTION: OptionSpec = {
  name: 'channel',
  type: 'text',
  value: 'CHANNEL',
  summary: 'The network, instead of the word.',
};

const ONE_ACCOUNT: readonly OptionSpec[] = [CHANNEL_OPTION, ACCOUNT_OPTION];

const PART_OPTION: OptionSpec = {
  ...ACCOUNT_OPTION,
  summary: 'Only this account of it.',
};

const looking: readonly CommandSpec[] = [
  {
    name: 'channels list',
    section: 'Channels',
    summary: 'Show the networks that are set up, with --all those that could be.',
    options: [
      {
        name: 'all',
        type: 'flag',
        summary: 'Also networks that are not set up, installed or not.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw channels list', does: 'See what is set up.' },
      { command: 'openclaw channels list --all', does: 'See what could be.' },
    ],
    local: true,
    load: async () => (await import('../commands/channels/list.ts')).listChannels,
  },
  {
    name: 'channels status',
    section: 'Channels',
    summary: 'Show how each account on each network is doing.',
    details: [
      'With --probe each network is asked whether it takes our login; the exit code is 1 where one does not. While no gateway runs it shows what the config says.',
    ],
    arguments: WHICH,
    options: [
      CHANNEL_OPTION,
      { name: 'probe', type: 'flag', summary: 'Ask the networks themselves.' },
      {
        name: 'timeout',
        type: 'count',
        value: 'MS',
        min: 1000,
        max: 30_000,
        summary: 'How long each may take to answer, in milliseconds (default 10000).',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw channels status', does: 'See which networks are connected.' },
      { command: 'openclaw channels status --probe', does: 'See whether the tokens still count.' },
    ],
    load: async () => (await import('../commands/channels/status.ts')).showChannels,
  },
  {
    name: 'channels logs',
    section: 'Channels',
    summary: "Show what the gateway's log says of a network.",
    arguments: WHICH,
    options: [
      CHANNEL_OPTION,
      {
        name: 'lines',
        type: 'count',
        value: 'N',
        max: 5000,
        summary: 'Show at most N, 1 to 5000 (default 200).',
      },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw channels logs telegram', does: 'See what went wrong.' }],
    load: async () => (await import('../commands/channels/logs.ts')).showChannelLogs,
  },
];

const changing: readonly CommandSpec[] = [
  {
    name: 'channels add',
    section: 'Channels',
    summary: 'Set up an account on a network, or give it another token.',
    details: [
      'Every secret is asked for without being shown, or read from standard input or a file; never from the arguments. It is kept in the keychain of this machine or a private file, and the config only names it. Slack takes two: with an app-level token it is connected to by this machine, with a signing secret it calls the gateway. WhatsApp takes none: it is linked by "openclaw channels login".',
      'Nobody is let in by it: strangers who write get a pairing code. A network whose package is not installed is answered with the command that installs it.',
    ],
    arguments: WHICH,
    options: [
      CHANNEL_OPTION,
      { ...ACCOUNT_OPTION, summary: 'A name for this account, where the network has several.' },
      { name: 'name', type: 'text', value: 'TEXT', summary: 'What people read in its place.' },
      ...secretOptions('token', 'the token of the bot'),
      ...secretOptions('app-token', 'the app-level token of a Slack app'),
      ...secretOptions('signing-secret', 'the signing secret of a Slack app (http mode)'),
      KEEP_OPTION,
      ...CHANGE_OPTIONS,
    ],
    refuses: {
      ...secretRefusal('token'),
      ...secretRefusal('app-token'),
      ...secretRefusal('signing-secret'),
    },
    examples: [
      { command: 'openclaw channels add telegram', does: 'Paste the token when asked.' },
      {
        command: 'openclaw channels add telegram --token-file ./bot-token.txt',
        does: 'Read it from a file.',
      },
      {
        command: 'openclaw channels add slack --token-file ./bot.txt --app-token-file ./app.txt',
        does: 'Hand both tokens over in files.',
      },
      {
        command: 'openclaw channels add telegram --account work --token-env WORK_BOT_TOKEN',
        does: 'Leave it in the environment of the gateway.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/channels/add.ts')).addChannel,
  },
  {
    name: 'channels enable',
    section: 'Channels',
    summary: 'Switch a network on in the config.',
    arguments: WHICH,
    options: [CHANNEL_OPTION, PART_OPTION, ...CHANGE_OPTIONS],
    examples: [{ command: 'openclaw channels enable telegram', does: 'Let Telegram in again.' }],
    local: true,
    load: async () => (await import('../commands/channels/change.ts')).enableChannel,
  },
  {
    name: 'channels disable',
    section: 'Channels',
    summary: 'Switch a network off in the config; its settings stay.',
    arguments: WHICH,
    options: [CHANNEL_OPTION, PART_OPTION, ...CHANGE_OPTIONS],
    examples: [{ command: 'openclaw channels disable telegram', does: 'Keep Telegram off.' }],
    local: true,
    load: async () => (await import('../commands/channels/change.ts')).disableChannel,
  },
  {
    name: 'channels remove',
    section: 'Channels',
    summary: 'Switch a network off, or with --delete forget its settings and its token.',
    details: [
      'A token that is forgotten here still counts at the network until it is revoked there.',
    ],
    arguments: WHICH,
    options: [
      CHANNEL_OPTION,
      PART_OPTION,
      {
        name: 'delete',
        type: 'flag',
        summary: 'Delete the settings and the secret kept for them.',
      },
      ...CHANGE_OPTIONS,
    ],
    examples: [
      { command: 'openclaw channels remove telegram', does: 'Switch it off after asking.' },
      { command: 'openclaw channels remove telegram --delete', does: 'Forget it.' },
    ],
    local: true,
    load: async () => (await import('../commands/channels/change.ts')).removeChannel,
  },
];

const running: readonly CommandSpec[] = [
  {
    name: 'channels start',
    section: 'Channels',
    summary: 'Start an account of the running gateway that was stopped.',
    arguments: WHICH,
    options: [...ONE_ACCOUNT, JSON_OPTION],
    examples: [{ command: 'openclaw channels start telegram', does: 'Connect it again.' }],
    load: async () => (await import('../commands/channels/control.ts')).startChannel,
  },
  {
    name: 'channels stop',
    section: 'Channels',
    summary: 'Stop an account of the running gateway at once; the config stays as it is.',
    details: ['It stays stopped until it is started, or the gateway starts anew.'],
    arguments: WHICH,
    options: [...ONE_ACCOUNT, JSON_OPTION],
    examples: [{ command: 'openclaw channels stop telegram', does: 'Let it hear nothing now.' }],
    load: async () => (await import('../commands/channels/control.ts')).stopChannel,
  },
  {
    name: 'channels login',
    section: 'Channels',
    summary: 'Link an account with an app of its owner, where the network has logins.',
    details: [
      'The code is drawn on the terminal and renewed as often as the network renews it; it is scanned with the app of the account. The account does not run meanwhile, and runs afterwards. Works with and without a running gateway. With --json each code is a line of its own.',
    ],
    arguments: WHICH,
    options: [
      ...ONE_ACCOUNT,
      { name: 'force', type: 'flag', summary: 'End the login there is, and link anew.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw channels login whatsapp', does: 'Link this machine.' }],
    load: async () => (await import('../commands/channels/login.ts')).logIn,
  },
  {
    name: 'channels logout',
    section: 'Channels',
    summary: 'End the login of an account on its network, and forget what is kept of it.',
    details: [
      'The network is told first, where it can be reached; what the gateway keeps is deleted in any case. Works with and without a running gateway.',
    ],
    arguments: WHICH,
    options: [...ONE_ACCOUNT, YES_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw channels logout telegram', does: 'Let go of the account.' }],
    load: async () => (await import('../commands/channels/control.ts')).logOut,
  },
];

/** Commands of the section "Channels". */
export const channelCommands: readonly CommandSpec[] = [...looking, ...changing, ...running];
