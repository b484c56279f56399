/**
 * `openclaw tui`: a conversation with the agent on a terminal, with the approvals it asks for.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import { LiveScreen } from '../../terminal/live/live-screen.ts';
import { PlainScreen } from '../../terminal/live/plain-screen.ts';
import type { Screen } from '../../terminal/live/screen.ts';
import { Chat } from './chat.ts';
import { Link } from '../../compose/link.ts';

const HISTORY = 50;

function screenFor({ context, input }: Invocation): Screen {
  const { stdin, stdout, env } = context;
  if (stdin.isTTY !== true || stdout.isTTY !== true) {
    throw new PortcullisError('usage.no_terminal', 'There is no terminal to talk at.', {
      hint: 'Run it on a terminal. A program asks with: openclaw agent --message <text> --json',
    });
  }
  if (env['TERM'] === 'dumb') return new PlainScreen({ stdin, stdout });
  const color = (env['NO_COLOR'] ?? '') === '' && !input.flag('no-color');
  return new LiveScreen({ stdin, stdout, color });
}

/** `openclaw tui`. */
export const talk: CommandHandler = async (invocation) => {
  const { context, doors, input } = invocation;
  const screen = screenFor(invocation);
  const left = new AbortController();
  const signal = AbortSignal.any([context.signal, left.signal]);
  const link = new Link({ open: () => doors.openOperator(context, { live: true }), signal });
  const chat = new Chat({
    screen,
    link,
    session: input.text('session') ?? 'main',
    historyLimit: input.count('history-limit') ?? HISTORY,
    message: input.text('message'),
    leave: () => left.abort(),
  });
  screen.open(chat);
  try {
    await link.run(chat);
  } finally {
    screen.close();
  }
};
