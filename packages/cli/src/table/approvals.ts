/**
 * Commands about what the agent may only do once somebody allows it.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

const ID_ARGUMENT = {
  name: 'id',
  summary: 'The question, as "openclaw approvals list" shows it.',
};
const PATTERN_ARGUMENT = {
  name: 'pattern',
  summary: 'Path of the program, or its bare name. * stands for part of a name, ** for folders.',
};
const LIST_OPTIONS: readonly OptionSpec[] = [
  { name: 'agent', type: 'text', value: 'ID', summary: 'Only for this agent.' },
  {
    name: 'args',
    type: 'text',
    value: 'PATTERN',
    summary: 'What its arguments, joined by blanks, must match.',
  },
  JSON_OPTION,
];
const EXAMPLE_ID = '5f2b8c0de1a94736b0d2c4e6f8a91b3d';

/** Commands about questions to approvers. */
export const approvalCommands: readonly CommandSpec[] = [
  {
    name: 'approvals list',
    aliases: ['approvals pending'],
    section: 'People',
    summary: 'Show what waits for an answer.',
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw approvals list', does: 'See what the agent asks.' }],
    load: async () => (await import('../commands/approvals.ts')).listApprovals,
  },
  {
    name: 'approvals show',
    section: 'People',
    summary: 'Show exactly what would happen, who asks for it and why you are asked.',
    arguments: [ID_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw approvals show ${EXAMPLE_ID}`, does: 'Read it first.' }],
    load: async () => (await import('../commands/approvals.ts')).showApproval,
  },
  {
    name: 'approvals allow',
    section: 'People',
    summary: 'Let what is asked happen, once or always.',
    details: [
      'Prints exactly what is allowed. It happens within five minutes or not at all, and nothing else is allowed by it.',
      'With --always, where that is offered, the same is not asked about again: for a command the exact words in the same directory, as long as program and script stay as they are; for a message or a request the same receiver or address, from the same session.',
    ],
    arguments: [ID_ARGUMENT],
    options: [
      {
        name: 'always',
        type: 'flag',
        summary: 'Allow it for good, where that is offered.',
      },
      {
        name: 'days',
        type: 'count',
        value: 'N',
        max: 3650,
        summary: 'End what --always allows after N days.',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: `openclaw approvals allow ${EXAMPLE_ID}`, does: 'Say yes, once.' },
      {
        command: `openclaw approvals allow ${EXAMPLE_ID} --always --days 30`,
        does: 'Do not ask for the same for a month.',
      },
    ],
    load: async () => (await import('../commands/approvals.ts')).allowApproval,
  },
  {
    name: 'approvals deny',
    section: 'People',
    summary: 'Refuse what is asked.',
    arguments: [ID_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw approvals deny ${EXAMPLE_ID}`, does: 'Say no.' }],
    load: async () => (await import('../commands/approvals.ts')).denyApproval,
  },
  {
    name: 'approvals grants list',
    section: 'People',
    summary: 'Show what is allowed for good.',
    options: [JSON_OPTION],
    examples: [
      { command: 'openclaw approvals grants list', does: 'See what is not asked about any more.' },
    ],
    load: async () => (await import('../commands/approval-grants.ts')).listGrants,
  },
  {
    name: 'approvals grants revoke',
    section: 'People',
    summary: 'Take back something that is allowed for good.',
    arguments: [
      { name: 'id', summary: 'The grant, as "openclaw approvals grants list" shows it.' },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: `openclaw approvals grants revoke ${EXAMPLE_ID}`, does: 'Be asked again.' },
    ],
    load: async () => (await import('../commands/approval-grants.ts')).revokeGrant,
  },
  {
    name: 'approvals get',
    section: 'People',
    summary: 'Show the rules and allow lists for commands on this machine.',
    details: [
      'They are in exec-approvals.json in the state directory. They tighten what the config allows, and a file that cannot be trusted lets nothing run.',
    ],
    options: [JSON_OPTION],
    examples: [{ command: 'openclaw approvals get', does: 'See what is listed.' }],
    load: async () => (await import('../commands/host-document.ts')).getDocument,
  },
  {
    name: 'approvals set',
    section: 'People',
    summary: 'Replace the rules and allow lists for commands on this machine.',
    details: ['Reads the whole document as JSON, from --file or from standard input.'],
    options: [{ name: 'file', type: 'text', value: 'PATH', summary: 'The document.' }, JSON_OPTION],
    examples: [
      {
        command: 'openclaw approvals set --file approvals.json',
        does: 'Put another one in force.',
      },
    ],
    load: async () => (await import('../commands/host-document.ts')).setDocument,
  },
  {
    name: 'approvals allowlist add',
    section: 'People',
    summary: 'List a program, so that the agent runs it without asking.',
    arguments: [PATTERN_ARGUMENT],
    options: LIST_OPTIONS,
    examples: [
      {
        command: 'openclaw approvals allowlist add /usr/bin/git --args ^status',
        does: 'Let every agent see the state of repositories.',
      },
    ],
    load: async () => (await import('../commands/host-document.ts')).addToAllowlist,
  },
  {
    name: 'approvals allowlist remove',
    section: 'People',
    summary: 'Take a program off the list.',
    arguments: [PATTERN_ARGUMENT],
    options: LIST_OPTIONS,
    examples: [
      {
        command: 'openclaw approvals allowlist remove /usr/bin/git --agent main',
        does: 'Ask about it again.',
      },
    ],
    load: async () => (await import('../commands/host-document.ts')).removeFromAllowlist,
  },
];
