/**
 * Commands that send messages.
 *
 * @module
 */
import type { CommandSpec } from '../command.ts';
import { ACCOUNT_OPTION, JSON_OPTION } from './option.ts';

/** Commands about single messages. */
export const messageCommands: readonly CommandSpec[] = [
  {
    name: 'message send',
    section: 'Conversations',
    summary: 'Send a message to a person or a room yourself, without the agent.',
    details: [
      'It takes the way a message of the agent takes: what may leave is decided, budgets count it, secrets of the gateway are held back, and the outbox sends it. Exit code 1 when the network did not take it for sure.',
      'A network only lets a bot write to people who wrote to it first.',
    ],
    options: [
      {
        name: 'target',
        short: 't',
        type: 'text',
        value: 'WHO',
        required: true,
        summary: 'An id of the network, group:<id>, channel:<id>, or all of it: telegram:42.',
      },
      { name: 'message', short: 'm', type: 'text', value: 'TEXT', summary: 'The message.' },
      { name: 'stdin', type: 'flag', summary: 'Read the message from standard input.' },
      {
        name: 'channel',
        type: 'text',
        value: 'CHANNEL',
        summary: 'The network, unless the target names it.',
      },
      ACCOUNT_OPTION,
      { name: 'thread-id', type: 'text', value: 'ID', summary: 'A topic of the room.' },
      { name: 'reply-to', type: 'text', value: 'ID', summary: 'The message it answers.' },
      {
        name: 'file',
        type: 'text',
        value: 'PATH',
        summary: 'A file of this machine that goes with it, at most 10 MB.',
      },
      {
        name: 'idempotency-key',
        type: 'text',
        value: 'KEY',
        summary: 'Of two messages with the same key the first is sent; for scripts that try again.',
      },
      { name: 'dry-run', type: 'flag', summary: 'Decide, and send nothing.' },
      JSON_OPTION,
    ],
    refuses: {
      media: 'Files cannot be sent from here. Put a link into the text.',
    },
    examples: [
      {
        command: 'openclaw message send --channel telegram --target 42 --message Ready',
        does: 'Write to somebody.',
      },
      {
        command: 'openclaw message send -t telegram:group:-1001234567890 --stdin',
        does: 'Write to a group what comes in on standard input.',
      },
    ],
    load: async () => (await import('../commands/messages/send.ts')).sendMessage,
  },
];
