/**
 * Commands about who may talk to the agent, and what was said.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import {
  ACCOUNT_OPTION,
  CHANNEL_ARGUMENT,
  JSON_OPTION,
  limitOption,
  YES_OPTION,
} from './option.ts';

const CODE_ARGUMENT = { name: 'code', summary: 'The pairing code the sender was given.' };
const CODE_OR_CHANNEL = {
  name: 'channel',
  summary: 'The network, such as telegram; or the code alone, where it is clear.',
};

const CHANNEL_OPTION = {
  name: 'channel',
  type: 'text',
  value: 'CHANNEL',
  summary: 'The network, instead of the word.',
} as const;

const MESSAGE_ARGUMENT = {
  name: 'id',
  summary: 'The message, as "openclaw outbox list" shows it.',
};

const REQUEST_ARGUMENT = {
  name: 'request',
  summary: 'The request, as "openclaw devices list" shows it.',
};

const DEVICE_ARGUMENT = {
  name: 'device',
  summary: 'The id of the device, as "openclaw devices list" shows it.',
};

const ROLE_OPTION = {
  name: 'role',
  type: 'text',
  value: 'ROLE',
  choices: ['operator', 'node'],
  summary: 'Which role: operator or node (default operator).',
} as const;

const pairingCommands: readonly CommandSpec[] = [
  {
    name: 'pairing list',
    section: 'People',
    summary: 'Show who asks to talk to the agent, and who may.',
    arguments: [{ ...CHANNEL_ARGUMENT, optional: true }],
    options: [CHANNEL_OPTION, ACCOUNT_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw pairing list telegram', does: 'See who knocks on Telegram.' }],
    load: async () => (await import('../commands/pairing.ts')).listPairing,
  },
  {
    name: 'pairing approve',
    section: 'People',
    summary: 'Let the sender behind a pairing code talk to the agent.',
    details: [
      'Ask the sender for the code another way than the chat itself, so that you know whose it is.',
    ],
    arguments: [CODE_OR_CHANNEL, { ...CODE_ARGUMENT, optional: true }],
    options: [
      CHANNEL_OPTION,
      {
        name: 'owner',
        type: 'flag',
        summary: 'Also make the sender the owner, if there is none yet. Asks for confirmation.',
      },
      ACCOUNT_OPTION,
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw pairing approve telegram ABCD2345', does: 'Let somebody in.' },
      { command: 'openclaw pairing approve telegram ABCD2345 --owner', does: 'Let yourself in.' },
    ],
    load: async () => (await import('../commands/pairing.ts')).approvePairing,
  },
  {
    name: 'pairing reject',
    section: 'People',
    summary: 'Refuse a pairing request.',
    arguments: [CODE_OR_CHANNEL, { ...CODE_ARGUMENT, optional: true }],
    options: [CHANNEL_OPTION, ACCOUNT_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw pairing reject telegram ABCD2345', does: 'Send them away.' }],
    load: async () => (await import('../commands/pairing.ts')).rejectPairing,
  },
  {
    name: 'pairing revoke',
    section: 'People',
    summary: 'Take back what an approval gave.',
    arguments: [CHANNEL_ARGUMENT, { name: 'sender', summary: 'The id of the sender.' }],
    options: [ACCOUNT_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw pairing revoke telegram 4242', does: 'Shut somebody out.' }],
    load: async () => (await import('../commands/pairing.ts')).revokePairing,
  },
];

const deviceCommands: readonly CommandSpec[] = [
  {
    name: 'devices list',
    section: 'People',
    summary: 'Show browsers and programs that ask to connect, and those that may.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw devices list', does: 'See who may connect.' }],
    load: async () => (await import('../commands/devices/devices.ts')).listDevices,
  },
  {
    name: 'devices approve',
    section: 'People',
    summary: 'Let a browser or program connect.',
    details: ['Without a request, the only one there is; it is shown and asks for confirmation.'],
    arguments: [{ ...REQUEST_ARGUMENT, optional: true }],
    options: [YES_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw devices approve', does: 'Let your browser in.' }],
    load: async () => (await import('../commands/devices/devices.ts')).approveDevice,
  },
  {
    name: 'devices reject',
    section: 'People',
    summary: 'Refuse a browser or program.',
    arguments: [REQUEST_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw devices reject 01J0EXAMPLE', does: 'Send it away.' }],
    load: async () => (await import('../commands/devices/devices.ts')).rejectDevice,
  },
  {
    name: 'devices remove',
    section: 'People',
    summary: 'Take the right to connect back, and close its connections.',
    arguments: [DEVICE_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw devices remove 4f2a9cEXAMPLE', does: 'Shut it out.' }],
    load: async () => (await import('../commands/devices/devices.ts')).removeDevice,
  },
  {
    name: 'devices rename',
    section: 'People',
    summary: 'Give a browser or program a name.',
    arguments: [DEVICE_ARGUMENT, { name: 'name', summary: 'At most 64 characters.' }],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw devices rename 4f2a9cEXAMPLE phone', does: 'Call it phone.' }],
    load: async () => (await import('../commands/devices/devices.ts')).renameDevice,
  },
  {
    name: 'devices rotate',
    section: 'People',
    summary: 'Make the token of a device useless and give it another, with no more rights.',
    arguments: [DEVICE_ARGUMENT],
    options: [
      ROLE_OPTION,
      {
        name: 'scopes',
        type: 'text',
        value: 'SCOPES',
        summary: 'What it may from now on, with commas between; never more than before.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw devices rotate 4f2a9cEXAMPLE', does: 'Exchange its token.' },
      {
        command: 'openclaw devices rotate 4f2a9cEXAMPLE --scopes operator.read',
        does: 'Let it look, and no more.',
      },
    ],
    load: async () => (await import('../commands/devices/devices.ts')).rotateDevice,
  },
  {
    name: 'devices revoke',
    section: 'People',
    summary: 'Take a role back from a device, whatever else it could show.',
    details: ['It stays listed; "devices rotate" gives the role back.'],
    arguments: [DEVICE_ARGUMENT],
    options: [ROLE_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw devices revoke 4f2a9cEXAMPLE', does: 'Shut it out for now.' }],
    load: async () => (await import('../commands/devices/devices.ts')).revokeDevice,
  },
  {
    name: 'devices clear',
    section: 'People',
    summary: 'Shut every browser and program out.',
    options: [
      { name: 'pending', type: 'flag', summary: 'Refuse those that ask, too.' },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw devices clear', does: 'Begin with nobody.' }],
    load: async () => (await import('../commands/devices/devices.ts')).clearDevices,
  },
  {
    name: 'qr',
    section: 'People',
    summary: 'Show a code that pairs one device, to be scanned or typed.',
    details: [
      'The code is good once, within ten minutes, and holds no secret of the gateway. The device may read, write, approve and answer questions, unless --full or --node says otherwise.',
    ],
    options: [
      {
        name: 'url',
        type: 'text',
        value: 'URL',
        summary: 'Where the device reaches the gateway: wss://gate.example',
      },
      { name: 'full', type: 'flag', summary: 'Give it every right of the owner.' },
      {
        name: 'node',
        type: 'flag',
        summary: 'Pair a node, which offers commands and holds no right.',
      },
      { name: 'setup-code-only', type: 'flag', summary: 'Print the code alone.' },
      { name: 'no-ascii', type: 'flag', summary: 'Draw nothing.' },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw qr', does: 'Pair a phone.' },
      { command: 'openclaw qr --node --url wss://gate.example', does: 'Pair a node from afar.' },
    ],
    load: async () => (await import('../commands/devices/qr.ts')).showQr,
  },
];

const conversationCommands: readonly CommandSpec[] = [
  {
    name: 'agent',
    section: 'Conversations',
    summary: 'Send the agent a message and print its answer as it comes.',
    options: [
      {
        name: 'message',
        short: 'm',
        type: 'text',
        value: 'TEXT',
        required: true,
        summary: 'What to say; - reads it from standard input.',
      },
      {
        name: 'session',
        type: 'text',
        value: 'KEY',
        summary: 'In which conversation (default main).',
      },
      {
        name: 'timeout',
        type: 'count',
        value: 'S',
        max: 3600,
        summary: 'Stop waiting after so many seconds (default 600).',
      },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw agent --message hello', does: 'Say hello.' }],
    load: async () => (await import('../commands/agent.ts')).askAgent,
  },
  {
    name: 'outbox list',
    section: 'Conversations',
    summary: 'Show messages on their way out, and those that may not have arrived.',
    options: [
      {
        name: 'state',
        type: 'text',
        value: 'STATE',
        choices: ['pending', 'sending', 'sent', 'unknown', 'failed'],
        summary: 'Only those in this state: pending, sending, sent, unknown or failed.',
      },
      limitOption(50, 1000),
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw outbox list --state unknown', does: 'See what is in doubt.' }],
    load: async () => (await import('../commands/outbox.ts')).listOutbox,
  },
  {
    name: 'outbox retry',
    section: 'Conversations',
    summary: 'Send a doubtful or failed message again. The receiver may see it twice.',
    arguments: [MESSAGE_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw outbox retry 01J0EXAMPLE', does: 'Send it again.' }],
    load: async () => (await import('../commands/outbox.ts')).retryMessage,
  },
  {
    name: 'outbox drop',
    section: 'Conversations',
    summary: 'Give a doubtful or failed message up.',
    arguments: [MESSAGE_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw outbox drop 01J0EXAMPLE', does: 'Let it be.' }],
    load: async () => (await import('../commands/outbox.ts')).dropMessage,
  },
];

/** Commands of the sections "People" and "Conversations". */
export const peopleCommands: readonly CommandSpec[] = [
  ...pairingCommands,
  ...deviceCommands,
  ...conversationCommands,
];
