/**
 * Commands about what the agent may only do once somebody allows it.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

const ID_ARGUMENT = {
  name: 'id',
  summary: 'The question, as "openclaw approvals list" shows it.',
};
const EXAMPLE_ID = '5f2b8c0de1a94736b0d2c4e6f8a91b3d';

/** Commands about questions to approvers. */
export const approvalCommands: readonly CommandSpec[] = [
  {
    name: 'approvals list',
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
    summary: 'Let what is asked happen, once.',
    details: [
      'Prints exactly what is allowed. It happens within five minutes or not at all, and nothing else is allowed by it.',
    ],
    arguments: [ID_ARGUMENT],
    options: [JSON_OPTION],
    examples: [{ command: `openclaw approvals allow ${EXAMPLE_ID}`, does: 'Say yes, once.' }],
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
];
