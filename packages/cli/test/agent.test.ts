/**
 * `openclaw agent`: the answer as it comes, and every way it can end.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

type Emit = (payload: Readonly<Record<string, unknown>>) => void;

/** A gateway that answers a message by playing events. */
function answering(
  play: (emit: Emit) => Promise<string> | string,
  more: Readonly<Record<string, unknown>> = {},
): FakeOperator {
  let runId = '';
  const fake: FakeOperator = new FakeOperator({
    'chat.send': (params: { idempotencyKey: string }) => {
      runId = params.idempotencyKey;
      return { runId, status: 'started' };
    },
    'agent.wait': async () => ({
      runId,
      status: await play((payload) =>
        fake.emit('chat', { runId, sessionKey: 'agent:main:main', seq: 1, ...payload }),
      ),
    }),
    'chat.abort': { ok: true, aborted: true, runIds: [] },
    ...more,
  });
  return fake;
}

const said = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }] });
const ASK = ['agent', '--message', 'hello'];

describe('an answer', () => {
  test('is printed piece by piece, and its last line is ended', async () => {
    const pieces: string[] = [];
    const fake = answering((emit) => {
      emit({ state: 'delta', deltaText: 'Hel', message: said('Hel') });
      emit({ state: 'delta', deltaText: 'lo\nyou', message: said('Hello\nyou') });
      emit({ state: 'final', message: said('Hello\nyou'), stopReason: 'stop' });
      return 'ok';
    });
    const result = await call(ASK, { doors: fake.doors, onWrite: (text) => pieces.push(text) });
    expect(result).toEqual({ code: 0, stdout: 'Hello\nyou\n', stderr: '' });
    expect(pieces).toEqual(['Hel', 'lo\nyou', '\n']);
    expect(fake.asked[0]).toEqual([
      'chat.send',
      { sessionKey: 'main', message: 'hello', idempotencyKey: expect.any(String) },
    ]);
    expect(fake.asked[1]?.[1]).toMatchObject({ timeoutMs: 600_000 });
    expect(fake.closed).toBe(true);
  });

  test('is one document with --json', async () => {
    const fake = answering((emit) => {
      emit({ state: 'delta', deltaText: 'Hi', message: said('Hi') });
      emit({ state: 'final', message: said('Hi'), stopReason: 'stop', usage: { input: 1 } });
      return 'ok';
    });
    const { stdout } = await call([...ASK, '--json', '--session', 'work'], fake);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      runId: expect.any(String),
      sessionKey: 'agent:main:main',
      text: 'Hi',
      stopReason: 'stop',
      usage: { input: 1 },
    });
    expect(fake.asked[0]?.[1]).toMatchObject({ sessionKey: 'work' });
  });

  test('cannot command the terminal, not even in two pieces', async () => {
    const fake = answering((emit) => {
      emit({ state: 'delta', deltaText: 'a\u001B', message: said('a\u001B') });
      emit({ state: 'delta', deltaText: ']0;t\u0007\r', message: said('a\u001B]0;t\u0007\r') });
      emit({ state: 'final', message: said('a\u001B]0;t\u0007\r') });
      return 'ok';
    });
    expect((await call(ASK, fake)).stdout).toBe('a\\x1b]0;t\\x07\\x0d\n');
  });

  test('that was corrected is printed anew', async () => {
    const fake = answering((emit) => {
      emit({ state: 'delta', deltaText: 'Draft', message: said('Draft') });
      emit({ state: 'delta', deltaText: 'Final', replace: true, message: said('Final') });
      emit({ state: 'final', message: said('Final') });
      return 'ok';
    });
    expect((await call(ASK, fake)).stdout).toBe('Draft\nFinal\n');
  });

  test('of another run is not printed', async () => {
    const fake = answering((emit) => {
      emit({ runId: 'other', state: 'delta', deltaText: 'No', message: said('No') });
      emit({ state: 'final', message: said('Yes') });
      return 'ok';
    });
    expect((await call(ASK, fake)).stdout).toBe('Yes\n');
  });

  test('whose events were missed is read from the conversation', async () => {
    let runId = '';
    const fake = new FakeOperator({
      'chat.send': (params: { idempotencyKey: string }) => {
        runId = params.idempotencyKey;
        return { runId, status: 'started' };
      },
      'agent.wait': () => ({ runId, status: 'ok' }),
      'sessions.get': () => ({
        messages: [
          { ...said('Stored'), __openclaw: { runId } },
          { ...said('Other'), __openclaw: { runId: 'other' } },
        ],
      }),
    });
    expect((await call(ASK, fake)).stdout).toBe('Stored\n');
  });
});

describe('no answer', () => {
  test.each([
    {
      name: 'the model fails',
      play: (emit: Emit) => {
        emit({ state: 'delta', deltaText: 'Hm', message: said('Hm') });
        emit({ state: 'error', errorMessage: 'The model refused the key.' });
        return 'error';
      },
      stdout: 'Hm\n',
      says: 'Error: The model refused the key. [agent.failed]',
    },
    {
      name: 'somebody stops it',
      play: (emit: Emit) => {
        emit({ state: 'aborted', stopReason: 'rpc' });
        return 'error';
      },
      stdout: '',
      says: 'Error: Somebody stopped the answer. [agent.aborted]',
    },
    {
      name: 'it takes too long',
      play: () => 'timeout',
      stdout: '',
      says: 'Error: There was no answer within 5 seconds. [agent.timeout]',
    },
  ])('because $name', async ({ play, stdout, says }) => {
    const result = await call([...ASK, '--timeout', '5'], answering(play));
    expect(result.code).toBe(1);
    expect(result.stdout).toBe(stdout);
    expect(result.stderr).toContain(says);
  });

  test('because the user interrupts: the run is stopped, the exit code says so', async () => {
    const controller = new AbortController();
    const fake = answering((emit) => {
      emit({ state: 'delta', deltaText: 'Hel', message: said('Hel') });
      controller.abort('SIGINT');
      return new Promise<string>(() => undefined);
    });
    const result = await call(ASK, { doors: fake.doors, signal: controller.signal });
    expect(result).toEqual({ code: 130, stdout: 'Hel\n', stderr: '' });
    expect(fake.asked.at(-1)).toEqual([
      'chat.abort',
      { sessionKey: 'main', runId: expect.any(String) },
    ]);
    expect(fake.closed).toBe(true);
  });

  test.each([
    ['', ''],
    ['-', '  \n'],
  ])('because nothing was said: %j', async (message, stdin) => {
    const fake = answering(() => 'ok');
    const { code, stderr } = await call(['agent', `--message=${message}`], {
      doors: fake.doors,
      stdin,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('The message is empty. [usage.missing]');
    expect(fake.asked).toEqual([]);
  });
});

test('--message - takes the message from standard input', async () => {
  const fake = answering((emit) => {
    emit({ state: 'final', message: said('ok') });
    return 'ok';
  });
  await call(['agent', '--message', '-'], { doors: fake.doors, stdin: 'one\ntwo\n' });
  expect(fake.asked[0]?.[1]).toMatchObject({ message: 'one\ntwo' });
});
