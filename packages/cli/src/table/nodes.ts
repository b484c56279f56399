/**
 * Commands about other machines that offer commands.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_LINES_OPTION, JSON_OPTION, YES_OPTION } from './option.ts';

const NODE_OPTION = {
  name: 'node',
  type: 'text',
  value: 'NODE',
  required: true,
  summary: 'The node, by its id or the beginning of it.',
} as const;

const REQUEST_ARGUMENT = {
  name: 'request',
  summary: 'The request, as "openclaw nodes pending" shows it.',
};

/** Commands on nodes. */
export const nodeCommands: readonly CommandSpec[] = [
  {
    name: 'node run',
    section: 'Run',
    summary: 'Let a gateway elsewhere run commands on this machine, as far as this machine says.',
    details: [
      'It runs until you press Ctrl-C. What may run here is up to nodeHost.exec in the config of this machine; without it nothing does.',
      'The gateway is gateway.remote.url, over wss or on this machine. A gateway that listens only on its own machine is reached through ssh: ssh -N -L 18789:127.0.0.1:18789 user@gateway',
      'The first time it proves itself with gateway.remote.token, OPENCLAW_GATEWAY_TOKEN, a setup code in OPENCLAW_SETUP_CODE, or what you type; afterwards with a token of its own.',
    ],
    options: [
      {
        name: 'url',
        type: 'text',
        value: 'URL',
        summary: 'The gateway, instead of gateway.remote.url.',
      },
      {
        name: 'display-name',
        type: 'text',
        value: 'NAME',
        summary: 'What it is called until an operator says otherwise (default the host name).',
      },
      JSON_LINES_OPTION,
    ],
    examples: [
      { command: 'openclaw node run', does: 'Serve the gateway of the config.' },
      { command: 'openclaw node run --url wss://gateway.example:18789', does: 'Serve this one.' },
    ],
    outlivesOutput: true,
    local: true,
    load: async () => (await import('../commands/nodes/run.ts')).runNode,
  },
  {
    name: 'nodes list',
    section: 'People',
    summary: 'Show nodes that are paired, and what waits for an approval.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw nodes list', does: 'See which machines there are.' }],
    load: async () => (await import('../commands/nodes/look.ts')).listNodes,
  },
  {
    name: 'nodes status',
    section: 'People',
    summary: 'Show which nodes are connected and what they may be asked for.',
    options: [
      { name: 'connected', type: 'flag', summary: 'Only those that are connected.' },
      JSON_OPTION,
    ],
    examples: [{ command: 'openclaw nodes status --connected', does: 'See who is there.' }],
    load: async () => (await import('../commands/nodes/look.ts')).showNodes,
  },
  {
    name: 'nodes describe',
    section: 'People',
    summary: 'Show one node: what it offers, what was approved, and when it was last seen.',
    options: [NODE_OPTION, JSON_OPTION],
    examples: [
      { command: 'openclaw nodes describe --node 4f2a9cde', does: 'See all about a machine.' },
    ],
    load: async () => (await import('../commands/nodes/look.ts')).describeNode,
  },
  {
    name: 'nodes pending',
    section: 'People',
    summary: 'Show what nodes offer and nobody has approved.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw nodes pending', does: 'See what waits for you.' }],
    load: async () => (await import('../commands/nodes/look.ts')).listPending,
  },
  {
    name: 'nodes approve',
    section: 'People',
    summary: 'Approve exactly what a node offers.',
    details: [
      'Its commands are shown and confirmed first. What it may be asked for is still up to gateway.nodes.commands and, for commands that run something, to tools.exec.',
    ],
    arguments: [REQUEST_ARGUMENT],
    options: [YES_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw nodes approve 01J0EXAMPLE', does: 'Approve an offer.' }],
    load: async () => (await import('../commands/nodes/change.ts')).approveNode,
  },
  {
    name: 'nodes reject',
    section: 'People',
    summary: 'Refuse what a node offers. What was approved before stays.',
    arguments: [REQUEST_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw nodes reject 01J0EXAMPLE', does: 'Refuse an offer.' }],
    load: async () => (await import('../commands/nodes/change.ts')).rejectNode,
  },
  {
    name: 'nodes remove',
    section: 'People',
    summary: 'Take a node back: its approval, its device and its connection.',
    options: [NODE_OPTION, JSON_OPTION],
    examples: [{ command: 'openclaw nodes remove --node 4f2a9cde', does: 'Shut a machine out.' }],
    load: async () => (await import('../commands/nodes/change.ts')).removeNode,
  },
  {
    name: 'nodes rename',
    section: 'People',
    summary: 'Give a node a name.',
    options: [
      NODE_OPTION,
      {
        name: 'name',
        type: 'text',
        value: 'NAME',
        required: true,
        summary: 'At most 64 characters.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw nodes rename --node 4f2a9cde --name attic', does: 'Call it attic.' },
    ],
    load: async () => (await import('../commands/nodes/change.ts')).renameNode,
  },
  {
    name: 'nodes invoke',
    section: 'People',
    summary: 'Ask a node for a command and print its answer.',
    details: [
      'For system.run the exec policy decides as for the agent, and a person is asked where it says so. The node decides for itself too.',
    ],
    options: [
      NODE_OPTION,
      {
        name: 'command',
        type: 'text',
        value: 'COMMAND',
        required: true,
        summary: 'The command, such as system.which.',
      },
      {
        name: 'params',
        type: 'text',
        value: 'JSON',
        summary: 'Its parameters as a JSON object; - reads them from standard input.',
      },
      {
        name: 'invoke-timeout',
        type: 'count',
        value: 'MS',
        max: 3_600_000,
        summary: 'How long the node may take, in milliseconds (default 30000).',
      },
      {
        name: 'idempotency-key',
        type: 'text',
        value: 'KEY',
        summary: 'A key that never runs the command twice. Default: a new one.',
      },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'openclaw nodes invoke --node 4f2a9cde --command system.which --params -',
        does: 'Ask where programs are; give {"bins":["git"]} on standard input.',
      },
    ],
    load: async () => (await import('../commands/nodes/change.ts')).invokeNode,
  },
];
