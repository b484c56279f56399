/**
 * Commands that run the gateway or look after the one that runs.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import {
  JSON_LINES_OPTION,
  JSON_OPTION,
  limitOption,
  timeoutOption,
  YES_OPTION,
} from './option.ts';

/** Commands of the section "Run". */
export const runCommands: readonly CommandSpec[] = [
  {
    name: 'gateway',
    aliases: ['gateway run'],
    section: 'Run',
    summary: 'Run the gateway until it is stopped.',
    details: [
      'The first start writes a config that admits nobody from outside: bound to this machine, with a fresh token, strangers only by pairing code.',
      'With --json the document is printed once it is ready.',
      'Ctrl-C or SIGTERM stops it after the work in hand; a second one stops it at once.',
    ],
    options: [
      {
        name: 'port',
        type: 'count',
        value: 'N',
        min: 0,
        max: 65_535,
        summary:
          'Listen on this port; 0 takes a free one (default: OPENCLAW_GATEWAY_PORT, then gateway.port, then 18789).',
      },
      {
        name: 'verbose',
        short: 'v',
        type: 'flag',
        summary: 'Print every step a message takes.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw gateway', does: 'Run the gateway.' },
      { command: 'openclaw gateway run --port 19000 --verbose', does: 'Watch it work.' },
    ],
    outlivesOutput: true,
    local: true,
    load: async () => (await import('../commands/gateway.ts')).runGatewayCommand,
  },
  {
    name: 'status',
    section: 'Run',
    summary: 'Show what runs, what is connected and what needs attention.',
    details: [
      'With --all it is a report to show to somebody who helps: this installation, its service, the gateway’s answer, what the doctor and the audit find, and the last warnings of the log. Secrets, people’s names and numbers, addresses and your home directory are left out of it; read it before you send it all the same.',
      'Exit code 1 with --deep when a network does not take our login, and with --all when a gateway that should answer does not.',
    ],
    options: [
      {
        name: 'all',
        type: 'flag',
        summary: 'Print a report to show to others, also while no gateway runs.',
      },
      {
        name: 'deep',
        type: 'flag',
        summary: 'Ask each network whether it takes our login, and the gateway for its health.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw status', does: 'See how things are.' },
      { command: 'openclaw status --deep', does: 'Also ask the networks.' },
      { command: 'openclaw status --all', does: 'Make a report for somebody who helps.' },
    ],
    load: async () => (await import('../commands/status.ts')).showStatus,
  },
  {
    name: 'health',
    aliases: ['gateway health'],
    section: 'Run',
    summary: 'Ask the running gateway whether it is well. Exit code 1 when none answers.',
    options: [timeoutOption(10_000), JSON_OPTION],
    examples: [
      { command: 'openclaw health --json', does: 'Check from a script.' },
      { command: 'openclaw gateway health --timeout 2000', does: 'Wait two seconds at most.' },
    ],
    load: async () => (await import('../commands/status.ts')).checkHealth,
  },
  {
    name: 'gateway hash-password',
    section: 'Set up',
    summary: 'Turn a password into what may stand in the config in its place.',
    details: [
      'The password is asked for without being shown, or read from standard input; never from the arguments, which every user of the machine can read.',
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw gateway hash-password', does: 'Type a password, get its stored form.' },
    ],
    local: true,
    load: async () => (await import('../commands/hash-password.ts')).hashPassword,
  },
  {
    name: 'dashboard',
    section: 'Run',
    summary: 'Sign your browser in to the chat page, or print where it is.',
    details: [
      'While the gateway runs, the browser opens an address that is good once, within two minutes, and pairs it as the owner’s. Otherwise the address of the page is printed, and where the secret to log in with is.',
      'The gateway’s own secret is never part of an address.',
    ],
    options: [
      {
        name: 'no-open',
        type: 'flag',
        summary:
          'Print the address instead of opening it. Asks for --yes when the output is not a terminal.',
      },
      {
        name: 'url',
        type: 'text',
        value: 'URL',
        summary: 'Where the page is reached, when not on this machine: https://gate.example/',
      },
      {
        name: 'token',
        type: 'flag',
        summary: 'Print the token instead. Asks for --yes when the output is not a terminal.',
      },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw dashboard', does: 'Open the page, signed in.' },
      { command: 'openclaw dashboard --no-open', does: 'Print an address that signs in once.' },
      { command: 'openclaw dashboard --token', does: 'Show the token to log in with.' },
    ],
    local: true,
    load: async () => (await import('../commands/dashboard.ts')).showDashboard,
  },
  {
    name: 'logs',
    section: 'Watch',
    summary: "Show the gateway's log.",
    options: [
      {
        name: 'follow',
        short: 'f',
        type: 'flag',
        summary: 'Keep showing what is added, also after a restart of the gateway.',
      },
      limitOption(100, 5000),
      JSON_LINES_OPTION,
    ],
    examples: [{ command: 'openclaw logs --follow', does: 'Watch the log.' }],
    load: async () => (await import('../commands/logs.ts')).showLogs,
  },
  {
    name: 'audit log',
    section: 'Watch',
    summary: 'Show decisions and effects: who asked for what, and why it was allowed or not.',
    options: [
      limitOption(50, 1000),
      {
        name: 'after',
        type: 'count',
        value: 'SEQ',
        min: 0,
        summary: 'Show the lines after this number instead of the newest.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw audit log --limit 20', does: 'Show the last twenty decisions.' },
    ],
    load: async () => (await import('../commands/audit.ts')).showAuditLog,
  },
  {
    name: 'audit verify',
    section: 'Watch',
    summary: 'Recompute the chain of the audit log. Exit code 1 when it does not hold.',
    details: [
      'Keep the head it prints somewhere else: given back with --expect-head, it proves that nothing before it was changed or cut off.',
    ],
    options: [
      {
        name: 'expect-head',
        type: 'text',
        value: 'HEAD',
        summary: 'A head printed earlier, which must be part of the chain.',
      },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw audit verify', does: 'Check that nobody changed the log.' }],
    load: async () => (await import('../commands/audit.ts')).verifyAuditLog,
  },
  {
    name: 'workspace list',
    section: 'Watch',
    summary:
      'Show what lies in the workspaces of the agents, and how much of it nobody vouches for.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw workspace list', does: 'See what the agents may read.' }],
    load: async () => (await import('../commands/workspace.ts')).listWorkspaces,
  },
  {
    name: 'workspace adopt',
    section: 'Watch',
    summary: 'Vouch, as the owner, for the files of a workspace that have no label.',
    details: [
      'A file the gateway did not write counts as text from anybody until you adopt it. What has a label keeps it.',
    ],
    options: [
      {
        name: 'agent',
        type: 'text',
        value: 'ID',
        summary: 'Whose workspace. Default: main.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw workspace adopt', does: 'Vouch for the files of the main agent.' },
    ],
    load: async () => (await import('../commands/workspace.ts')).adoptWorkspace,
  },
  {
    name: 'budgets',
    section: 'Watch',
    summary: 'Show the limits on spending, what was spent under each, and when it frees up.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw budgets', does: 'See who used up what.' }],
    load: async () => (await import('../commands/budgets.ts')).listBudgets,
  },
];
