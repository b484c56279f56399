/**
 * Commands that look for what is wrong.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION } from './option.ts';

/** `security`. */
export const securityCommands: readonly CommandSpec[] = [
  {
    name: 'security audit',
    section: 'Policy',
    summary: 'Say what the config and this machine mean for who can do what.',
    details: [
      'It reads and does nothing else: no process is started, nothing is asked over the network, nothing is written.',
      'With --deep it also tries: what the running gateway refuses, whether the sandbox works, what the code of plugins looks like. Nobody is locked out by it.',
      'Each finding says what somebody could do, the key or file it is about, and the command that mends it.',
    ],
    options: [
      {
        name: 'deep',
        type: 'flag',
        summary: 'Also try the running gateway and the sandbox, and read the code of plugins.',
      },
      {
        name: 'timeout',
        type: 'count',
        value: 'MS',
        min: 100,
        max: 600_000,
        summary: 'How long all that --deep tries may take, in milliseconds (default 15000).',
      },
      {
        name: 'fail-on',
        type: 'text',
        value: 'SEVERITY',
        summary: 'Exit with 1 where something is at least this bad. Default: never.',
        choices: ['critical', 'warn'],
      },
      { name: 'sarif', type: 'flag', summary: 'Print SARIF 2.1.0 for dashboards.' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw security audit', does: 'See what is open.' },
      {
        command: 'openclaw security audit --deep',
        does: 'See whether the running gateway enforces what the config says.',
      },
      {
        command: 'openclaw security audit --json --fail-on critical',
        does: 'Hold a pipeline where something is critical.',
      },
    ],
    load: async () => (await import('../commands/security/audit.ts')).auditSecurity,
  },
];
