/**
 * Commands that set a gateway up.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION, KEEP_OPTION, YES_OPTION, secretOptions, secretRefusal } from './option.ts';
import { refusedOptions } from './refused.ts';

const DRY_RUN: OptionSpec = {
  name: 'dry-run',
  type: 'flag',
  summary: 'Show what would change and what it opens, and change nothing.',
};

const ACCEPT: OptionSpec = {
  name: 'accept-risk',
  type: 'flag',
  summary: 'Where nobody is asked: say yes to what the answers open.',
};

const ALONE: readonly OptionSpec[] = [
  {
    name: 'non-interactive',
    type: 'flag',
    summary: 'Ask nothing: take the answers from the options, and keep what they do not speak of.',
  },
  ACCEPT,
  { ...YES_OPTION, summary: 'Do not ask before writing.' },
  DRY_RUN,
  JSON_OPTION,
  KEEP_OPTION,
];

const WORKSPACE: OptionSpec = {
  name: 'workspace',
  type: 'text',
  value: 'DIR',
  summary: 'The folder in which the agent may read and write.',
};

const MODEL: readonly OptionSpec[] = [
  {
    name: 'model',
    type: 'text',
    value: 'MODEL',
    summary: 'The model, written <provider>/<model>.',
  },
  {
    name: 'auth-choice',
    type: 'text',
    value: 'CHOICE',
    choices: [
      'anthropic-api-key',
      'apiKey',
      'openai-api-key',
      'openrouter-api-key',
      'ollama',
      'lmstudio',
      'llamacpp',
      'custom-api-key',
      'skip',
    ],
    summary: 'The provider of the model, where --model does not name it.',
  },
  ...secretOptions('model-key', 'the key of the provider'),
  {
    name: 'test-model',
    type: 'flag',
    summary: 'Ask the model one fixed sentence once everything is written.',
  },
  {
    name: 'custom-base-url',
    type: 'text',
    value: 'URL',
    summary: 'Address of a model server of your own.',
  },
  { name: 'custom-model-id', type: 'text', value: 'ID', summary: 'Its model.' },
  { name: 'custom-provider-id', type: 'text', value: 'ID', summary: 'Its name (default: custom).' },
  {
    name: 'custom-compatibility',
    type: 'text',
    value: 'WORD',
    choices: ['openai', 'openai-responses', 'anthropic'],
    summary: 'Whose interface it has (default: openai).',
  },
];

function directOption(channel: string): OptionSpec {
  return {
    name: `${channel}-dm-policy`,
    type: 'text',
    value: 'WORD',
    choices: ['pairing', 'allowlist', 'disabled', 'open'],
    summary: `Who may write in private on ${channel} (default: pairing).`,
  };
}

const PEOPLE: readonly OptionSpec[] = [
  {
    name: 'channel',
    type: 'text',
    value: 'LIST',
    summary: 'The chat networks that reach it, such as telegram; others are switched off.',
  },
  { name: 'skip-channels', type: 'flag', summary: 'Set no chat network up.' },
  ...secretOptions('telegram-token', 'the token of the Telegram bot'),
  ...secretOptions('discord-token', 'the token of the Discord bot'),
  ...secretOptions('slack-token', 'the bot token of the Slack app'),
  ...secretOptions('slack-app-token', 'the app-level token of the Slack app'),
  ...['telegram', 'discord', 'slack', 'whatsapp'].map(directOption),
  {
    name: 'owner',
    type: 'text',
    value: 'ID',
    summary: 'Your account, such as telegram:123456789: it is let in, and is the owner.',
  },
];

const REACH: readonly OptionSpec[] = [
  {
    name: 'baseline',
    type: 'text',
    value: 'WORD',
    choices: ['keep', 'apply'],
    summary: 'What to do where the config is wider than the hardened baseline (default: keep).',
  },
  WORKSPACE,
  {
    name: 'tools',
    type: 'text',
    value: 'WORD',
    choices: ['keep', 'talk', 'files', 'commands'],
    summary: 'What the agent may do (a first config: talk).',
  },
  {
    name: 'sandbox',
    type: 'text',
    value: 'WORD',
    choices: ['all', 'non-main', 'off'],
    summary: 'Which sessions work in the sandbox (a first config: off).',
  },
];

const GATEWAY: readonly OptionSpec[] = [
  { name: 'gateway-port', type: 'text', value: 'N', summary: 'Its port (default: 18789).' },
  {
    name: 'gateway-bind',
    type: 'text',
    value: 'WORD',
    choices: ['loopback', 'tailnet', 'lan', 'custom', 'auto'],
    summary: 'Who can connect (default: loopback).',
  },
  {
    name: 'gateway-custom-host',
    type: 'text',
    value: 'IP',
    summary: 'With --gateway-bind custom: the address to listen on.',
  },
  {
    name: 'allowed-origins',
    type: 'text',
    value: 'LIST',
    summary: 'Addresses its page is opened under; empty serves no page.',
  },
  {
    name: 'tailscale',
    type: 'text',
    value: 'WORD',
    choices: ['off', 'serve', 'funnel'],
    summary: 'How Tailscale publishes it (default: off).',
  },
  {
    name: 'gateway-auth',
    type: 'text',
    value: 'WORD',
    choices: ['token', 'password'],
    summary: 'What proves that somebody may connect (default: token).',
  },
  ...secretOptions('gateway-token', 'the token'),
  {
    name: 'gateway-token-ref-env',
    type: 'text',
    value: 'NAME',
    summary: 'The same as --gateway-token-env.',
  },
  { name: 'new-gateway-token', type: 'flag', summary: 'Make a new token of 256 random bits.' },
  ...secretOptions('gateway-password', 'the password'),
];

/** Steps of OpenClaw's setup that this one does not take in any case. */
const LEFT_OUT: readonly OptionSpec[] = [
  'skip-bootstrap',
  'skip-daemon',
  'skip-health',
  'skip-hooks',
  'skip-search',
  'skip-skills',
  'skip-ui',
  'no-install-daemon',
  'suppress-gateway-token-output',
].map((name) => ({ name, type: 'flag', summary: 'Taken from OpenClaw; it is never done here.' }));

const ANSWERS: readonly OptionSpec[] = [...MODEL, ...PEOPLE, ...REACH, ...GATEWAY];

const REFUSED = {
  ...refusedOptions,
  ...secretRefusal('model-key'),
  ...secretRefusal('telegram-token'),
  ...secretRefusal('discord-token'),
  ...secretRefusal('slack-token'),
  ...secretRefusal('slack-app-token'),
  ...secretRefusal('gateway-token'),
  ...secretRefusal('gateway-password'),
};

const MODE: readonly OptionSpec[] = [
  {
    name: 'mode',
    type: 'text',
    value: 'WORD',
    choices: ['local'],
    summary:
      'A gateway on this machine. For one elsewhere: openclaw config set gateway.mode remote.',
  },
  {
    name: 'secret-input-mode',
    type: 'text',
    value: 'WORD',
    choices: ['ref'],
    summary: 'Secrets are kept apart and named in the config. There is no other way here.',
  },
];

/** `onboard`, `setup`, `configure`. */
export const onboardCommands: readonly CommandSpec[] = [
  {
    name: 'onboard',
    section: 'Set up',
    summary: 'Set a gateway up, step by step, from the hardened baseline on.',
    details: [
      'Asks for the model, chat networks, the owner, the sandbox and who can connect; shows what the answers open; and writes once you say yes. Escape or Ctrl-C leaves everything untouched.',
      'Secrets are never shown, and are kept in the keychain of the machine, or in a file only you can read. The config names where they are. None goes into an argument.',
      'Run it again whenever you like: it starts from what is set, changes what you answer otherwise, and never widens or narrows anything unsaid.',
    ],
    options: [
      ...ALONE,
      {
        name: 'flow',
        type: 'text',
        value: 'WORD',
        choices: ['quickstart', 'advanced', 'manual'],
        summary: 'quickstart leaves out the sandbox and the gateway (default: advanced).',
      },
      ...MODE,
      ...ANSWERS,
      ...LEFT_OUT,
    ],
    refuses: REFUSED,
    examples: [
      { command: 'openclaw onboard', does: 'Be guided.' },
      {
        command:
          'openclaw onboard --non-interactive --accept-risk --model anthropic/claude-sonnet-4-5 --model-key-file ./key',
        does: 'Set up from a script.',
      },
      {
        command: 'openclaw onboard --non-interactive --dry-run --json',
        does: 'See what it would do.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/onboard/onboard.ts')).onboard,
  },
  {
    name: 'setup',
    section: 'Set up',
    summary: 'Make the config of the hardened baseline and the workspace, and ask nothing.',
    details: [
      'What is there already stays as it is; folders and files of the state that others could come to are closed.',
    ],
    options: [
      WORKSPACE,
      KEEP_OPTION,
      ACCEPT,
      DRY_RUN,
      JSON_OPTION,
      {
        name: 'non-interactive',
        type: 'flag',
        summary: 'Taken from OpenClaw; nothing is asked in any case.',
      },
      { name: 'baseline', type: 'flag', summary: 'Taken from OpenClaw; it is what setup does.' },
    ],
    refuses: {
      wizard: 'Questions are asked by: openclaw onboard',
      classic: 'Questions are asked by: openclaw onboard',
    },
    examples: [{ command: 'openclaw setup', does: 'Begin, closed to everybody.' }],
    local: true,
    load: async () => (await import('../commands/onboard/onboard.ts')).setUp,
  },
  {
    name: 'configure',
    section: 'Set up',
    summary: 'Answer some of the questions of onboard anew, and a few more.',
    details: [
      'Sections: workspace, model, channels, owner, tools, sandbox, gateway. Without one, it asks which.',
    ],
    arguments: [
      {
        name: 'section',
        summary: 'What to change, such as model.',
        optional: true,
        repeated: true,
      },
    ],
    options: [
      { name: 'section', type: 'text', value: 'LIST', summary: 'The same, with commas between.' },
      ...ALONE,
      ...ANSWERS,
    ],
    refuses: REFUSED,
    examples: [
      { command: 'openclaw configure model', does: 'Choose another model.' },
      { command: 'openclaw configure --section channels,owner', does: 'Change who reaches it.' },
      {
        command: 'openclaw configure --non-interactive --accept-risk --tools files',
        does: 'Let the agent work on files.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/onboard/onboard.ts')).configure,
  },
];
