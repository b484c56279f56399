/**
 * Commands that ask a gateway something by hand.
 *
 * @module
 */
import type { CommandSpec } from '../../command.ts';
import { JSON_OPTION, timeoutOption } from '../option.ts';

/** Further words of `gateway`. */
export const gatewayCommands: readonly CommandSpec[] = [
  {
    name: 'gateway probe',
    section: 'Run',
    summary: 'See whether the gateway can be reached, and what it would let you do.',
    details: [
      'Says how long it took to be let in, which version and protocol it speaks, what it asks for, and what the credential at hand is good for. Nothing is changed on it.',
      'Exit code 1 when it cannot be reached. One that refuses was reached: its reason is told, with exit code 0.',
    ],
    options: [timeoutOption(3000), JSON_OPTION],
    examples: [
      { command: 'openclaw gateway probe', does: 'Try the gateway of the config.' },
      {
        command: 'openclaw gateway probe --timeout 1000 --json',
        does: 'Try it from a script, for a second.',
      },
    ],
    load: async () => (await import('../../commands/gateway/probe.ts')).probeGateway,
  },
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
      timeoutOption(10_000),
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
