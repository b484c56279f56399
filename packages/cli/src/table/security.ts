/**
 * Commands that look for what is wrong.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { JSON_OPTION, YES_OPTION } from './option.ts';

/** `security`. */
export const securityCommands: readonly CommandSpec[] = [
  {
    name: 'security audit',
    section: 'Policy',
    summary: 'Say what the config and this machine mean for who can do what.',
    details: [
      'Without --deep, --fix and --baseline save it reads and does nothing else: no process is started, nothing is asked over the network, nothing is written.',
      'With --deep it also tries: what the running gateway refuses, whether the sandbox works, what the code of plugins looks like. Nobody is locked out by it.',
      'Each finding says what somebody could do, the key or file it is about, and the command that mends it.',
      '--fix closes what can be closed without asking what was meant: open room policies become allowlist, and files and folders of the state become private. It shows its plan first, never widens anything, follows no links, leaves files of other users alone, and records everything before it changes it: openclaw security undo is the way back. On a terminal it asks before it changes anything.',
      'With --baseline compare, --fail-on counts only what is new, or worse than in the baseline. Exit code 1 also says that a fix could not be made whole.',
    ],
    options: [
      { name: 'fix', type: 'flag', summary: 'Close what can be closed, then audit.' },
      {
        name: 'dry-run',
        type: 'flag',
        summary: 'With --fix: show what it would change, and change nothing.',
      },
      YES_OPTION,
      {
        name: 'baseline',
        type: 'text',
        value: 'WHAT',
        summary: 'Keep what is found (save), or show what came to be since (compare).',
        choices: ['save', 'compare'],
      },
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
      { command: 'openclaw security audit --fix --dry-run', does: 'See what a fix would change.' },
      {
        command: 'openclaw security audit --baseline compare --fail-on warn',
        does: 'Fail where something is wrong that was not when the baseline was saved.',
      },
    ],
    local: true,
    load: async () => (await import('../commands/security/audit.ts')).auditSecurity,
  },
  {
    name: 'security undo',
    section: 'Policy',
    summary: 'Put back what a fix of the audit changed.',
    details: [
      'Modes and lines of the config come back as they were. It is refused, and nothing is put back, when any of it was changed since. It shows what opens, and asks first.',
    ],
    arguments: [
      {
        name: 'id',
        summary: 'Of the fix. Default: the newest that is not undone.',
        optional: true,
      },
    ],
    options: [
      {
        name: 'list',
        type: 'flag',
        summary: 'Show what was fixed and undone, and change nothing.',
      },
      {
        name: 'dry-run',
        type: 'flag',
        summary: 'Show what would be put back, and change nothing.',
      },
      YES_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'openclaw security undo --list', does: 'See what was fixed.' },
      { command: 'openclaw security undo 3', does: 'Put back what fix 3 changed.' },
    ],
    local: true,
    load: async () => (await import('../commands/security/undo.ts')).undoFix,
  },
];
