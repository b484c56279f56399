/**
 * The command that talks.
 *
 * @module
 */
import type { CommandSpec } from '../../command.ts';

/** `tui`. */
export const tuiCommands: readonly CommandSpec[] = [
  {
    name: 'tui',
    section: 'Conversations',
    summary: 'Talk to the agent on the terminal, and answer what it asks approval for.',
    details: [
      'Answers are shown as they are written. What waits for approval is shown with everything that is bound to the answer, and answered by the word yes, no or always. /help lists what else there is.',
      'When the connection breaks it is opened again by itself. Leaving changes nothing on the gateway.',
    ],
    options: [
      {
        name: 'session',
        type: 'text',
        value: 'KEY',
        summary: 'Which conversation (default main).',
      },
      { name: 'message', type: 'text', value: 'TEXT', summary: 'Say this first.' },
      {
        name: 'history-limit',
        type: 'count',
        value: 'N',
        max: 1000,
        summary: 'Show the last N messages, 1 to 1000 (default 50).',
      },
    ],
    examples: [
      { command: 'openclaw tui', does: 'Talk to the agent.' },
      {
        command: 'openclaw tui --session agent:main:main --history-limit 10',
        does: 'Go on with a conversation.',
      },
    ],
    interactive: true,
    load: async () => (await import('../../commands/tui/tui.ts')).talk,
  },
];
