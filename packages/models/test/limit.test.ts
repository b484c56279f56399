import { PortcullisError } from '@portcullis/core';
import { type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { openaiCompletions } from '../src/index.ts';
import { ask, collect, failureOf, modelOn, textOf } from './chat.ts';

let server: FakeModelServer;
beforeEach(async () => {
  server = await fakeOpenAI();
});
afterEach(() => server.close());

describe('clocks', () => {
  test('a server that never answers runs into the time to the first byte', async () => {
    server.fail('hang');
    const definition = openaiCompletions({ timeouts: { firstByteMs: 50 } });
    const failure = await failureOf(modelOn(definition, server.url));
    expect(failure.code).toBe('model.timeout');
    expect(failure.message).toBe('local/fake-1 did not begin to answer within 50 ms.');
    expect(failure.retryable).toBe(true);
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('a server that goes silent runs into the time between pieces', async () => {
    server.fail('stall');
    const definition = openaiCompletions({ timeouts: { idleMs: 50 } });
    const failure = await failureOf(modelOn(definition, server.url));
    expect(failure.code).toBe('model.timeout');
    expect(failure.message).toBe('local/fake-1 went silent within 50 ms.');
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('a server that trickles runs into the time over all', async () => {
    server.reply({ chunks: Array.from({ length: 100 }, () => 'x '), delayMs: 20 });
    const definition = openaiCompletions({ timeouts: { totalMs: 150 } });
    const failure = await failureOf(modelOn(definition, server.url));
    expect(failure.message).toBe('local/fake-1 did not finish its answer within 150 ms.');
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('a slow reader is not the fault of the server', async () => {
    server.reply('one two three');
    const model = modelOn(openaiCompletions({ timeouts: { idleMs: 40 } }), server.url);
    let text = '';
    for await (const event of model.stream(ask('go'), new AbortController().signal)) {
      if (event.type === 'text') text += event.delta;
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
    }
    expect(text).toBe('one two three');
  });

  test('a slow but living server is waited for', async () => {
    server.fail('slow');
    const definition = openaiCompletions({ timeouts: { idleMs: 1000 } });
    expect(textOf(await collect(modelOn(definition, server.url), ask('go')))).toBe(
      'Slow but sure.',
    );
  });
});

describe('size', () => {
  test('an answer that never ends is cut and finishes with length', async () => {
    server.fail('never-ends');
    const codes: unknown[] = [];
    const model = modelOn(openaiCompletions({ maxOutputLength: 10_000 }), server.url, {
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: (fields) => codes.push(fields['code']),
        error: () => undefined,
      },
    });
    const events = await collect(model, ask('go'));
    expect(textOf(events)).toHaveLength(10_000);
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'length', usage: {} });
    expect(codes).toEqual(['model.too_long']);
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('the input of a tool call counts, and a call that was cut is never handed over', async () => {
    server.reply({ toolCalls: [{ name: 'write', input: { content: 'x'.repeat(5000) } }] });
    const definition = openaiCompletions({ maxOutputLength: 1000 });
    expect(await collect(modelOn(definition, server.url), ask('go'))).toEqual([
      { type: 'finish', reason: 'length', usage: {} },
    ]);
  });

  test('a line without an end is refused before it fills the memory', async () => {
    server.reply({ chunks: ['x'.repeat(5_000_000)] });
    const failure = await failureOf(modelOn(openaiCompletions(), server.url));
    expect(failure.code).toBe('model.bad_response');
  });
});

describe('stopping', () => {
  test('abort ends the answer with model.aborted and closes the connection', async () => {
    server.fail('never-ends');
    const stop = new AbortController();
    const model = modelOn(openaiCompletions(), server.url);
    let pieces = 0;
    const outcome: unknown = await (async () => {
      for await (const event of model.stream(ask('go'), stop.signal)) {
        if (event.type === 'text') pieces += 1;
        if (pieces === 2) stop.abort();
      }
    })().catch((error: unknown) => error);
    expect(PortcullisError.is(outcome) && outcome.code).toBe('model.aborted');
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('abort while the server is silent does not wait for it', async () => {
    server.fail('hang');
    const stop = AbortSignal.timeout(30);
    const failure = await failureOf(modelOn(openaiCompletions(), server.url), ask('go'), stop);
    expect(failure.code).toBe('model.aborted');
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });

  test('a signal that is already aborted sends nothing', async () => {
    const model = modelOn(openaiCompletions(), server.url);
    expect((await failureOf(model, ask('go'), AbortSignal.abort())).code).toBe('model.aborted');
    expect(server.requests).toHaveLength(0);
  });

  test('a reader that leaves closes the connection', async () => {
    server.fail('never-ends');
    const model = modelOn(openaiCompletions(), server.url);
    for await (const event of model.stream(ask('go'), new AbortController().signal)) {
      expect(event.type).toBe('text');
      break;
    }
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });
});
