/**
 * Commands that ask a gateway something by hand.
 *
 * @module
 */
import type { CommandSpec } from '../../command.ts';
import { JSON_OPTION } from '../option.ts';

/** Further words of `gateway`. */
export const gatewayCommands: readonly CommandSpec[] = [
  {
    name: 'gateway call',
    section: 'Run',
    summary: 'Call a method of the gateway, and print what it answers.',
    details: [
      'Whatever an operator may do, as the protocol has it: what would ask for confirmation in another command does not ask here.',
    ],
    arguments: [{ name: 'method', summary: 'Such as health, status or sessions.list.' }],
    options: [
      {
        name: 'params',
        type: 'text',
        value: 'JSON',
        summary: 'Its parameters as a JSON object; - reads them from standard input.',
      },
      {
        name: 'timeout',
        type: 'count',
        value: 'MS',
        max: 3_600_000,
        summary: 'Stop waiting after so many milliseconds (default 10000).',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw gateway call health', does: 'See all that health says.' },
      {
        command: 'openclaw gateway call sessions.list --params {"limit":5}',
        does: 'See the last five conversations.',
      },
    ],
    load: async () => (await import('../../commands/gateway/call.ts')).callGateway,
  },
];
