/**
 * What only a terminal gets: questions, and a sign that something is going on.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

function operator(): FakeOperator {
  return new FakeOperator({
    'sessions.describe': { session: { key: 'agent:main:main' } },
    'sessions.reset': { key: 'agent:main:main', entry: { sessionId: 'new' } },
  });
}

describe('a question', () => {
  test.each([
    ['y\n', 0],
    ['yes\n', 0],
    ['Y \n', 0],
    ['n\n', 1],
    ['\n', 1],
    ['yep\n', 1],
    ['', 1],
  ])('answered with %j ends with %i', async (stdin, expected) => {
    const fake = operator();
    const { code, stderr } = await call(['sessions', 'reset', 'main'], {
      doors: fake.doors,
      tty: true,
      stdin,
    });
    expect(code).toBe(expected);
    expect(stderr).toContain('Delete the history of "main"? [y/N] ');
    expect(fake.asked.map(([method]) => method)).toEqual(
      expected === 0 ? ['sessions.describe', 'sessions.reset'] : ['sessions.describe'],
    );
  });

  test('cannot be made to look like another by what it names', async () => {
    const { stderr } = await call(['sessions', 'reset', 'x"?\r\u001B[2K'], {
      doors: operator().doors,
      tty: true,
      stdin: 'n\n',
    });
    expect(stderr).toContain('Delete the history of "x"?\\x0d\\x1b[2K"? [y/N] ');
  });
});

describe('a wait', () => {
  const eraseLine = '\r\u001B[2K';
  const slow = new FakeOperator({
    'outbox.list': async () => {
      await sleep(1500);
      return { items: [] };
    },
  });

  test('of more than a second shows on a terminal, and leaves no trace', async () => {
    const { code, stdout, stderr } = await call(['outbox', 'list'], {
      doors: slow.doors,
      tty: true,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The outbox is empty.\n' });
    expect(stderr).toContain('Waiting for the gateway 1 s');
    expect(stderr.endsWith(eraseLine)).toBe(true);
  });

  test('shows nothing to a program', async () => {
    expect(await call(['outbox', 'list'], slow)).toEqual({
      code: 0,
      stdout: 'The outbox is empty.\n',
      stderr: '',
    });
  });

  test('in the middle of a line is not drawn over it', async () => {
    const fake: FakeOperator = new FakeOperator({
      'chat.send': ({ idempotencyKey: runId }: { idempotencyKey: string }) => {
        const message = { content: [{ type: 'text', text: 'Hm' }] };
        fake.emit('chat', { runId, state: 'delta', deltaText: 'Hm', message });
        return { runId, status: 'started' };
      },
      'agent.wait': async ({ runId }: { runId: string }) => {
        await sleep(1500);
        const message = { content: [{ type: 'text', text: 'Hm.' }] };
        fake.emit('chat', { runId, state: 'final', message });
        return { runId, status: 'ok' };
      },
    });
    const { stdout, stderr } = await call(['agent', '-m', 'x'], { doors: fake.doors, tty: true });
    expect({ stdout, stderr }).toEqual({ stdout: 'Hm.\n', stderr: '' });
  });
});
