import { type Model, type ModelEvent, PortcullisError } from '@portcullis/core';
import { type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type FailoverOptions, openaiCompletions, withFailover } from '../src/index.ts';
import { ask, collect, failureOf, modelOn, textOf } from './chat.ts';

let first: FakeModelServer;
let second: FakeModelServer;
let waits: number[];
let settings: FailoverOptions;
beforeEach(async () => {
  [first, second] = await Promise.all([fakeOpenAI(), fakeOpenAI()]);
  waits = [];
  settings = {
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
    },
  };
});
afterEach(() => Promise.all([first.close(), second.close()]));

const pair = (): readonly Model[] => [
  modelOn(openaiCompletions(), first.url, { provider: 'first' }),
  modelOn(openaiCompletions(), second.url, { provider: 'second' }),
];

describe('trying again', () => {
  test('waits twice as long each time and then answers', async () => {
    first.fail(500, 2);
    first.reply('at last');
    const events = await collect(withFailover(pair(), settings), ask('hi'));
    expect(textOf(events)).toBe('at last');
    expect(waits).toEqual([500, 1000]);
    expect([first.requests.length, second.requests.length]).toEqual([3, 0]);
  });

  test('jitter never takes more than half of a wait', async () => {
    first.fail(500, 2);
    await collect(withFailover(pair(), { ...settings, random: () => 0 }), ask('hi'));
    expect(waits).toEqual([250, 500]);
  });

  test('waits are capped', async () => {
    first.fail(500, 5);
    const options = { ...settings, attempts: 6, maxDelayMs: 1500 };
    await collect(withFailover(pair(), options), ask('hi'));
    expect(waits).toEqual([500, 1000, 1500, 1500, 1500]);
  });

  test('a server that says when to come back is given that time', async () => {
    first.fail(429, 1, { retryAfter: '20' });
    await collect(withFailover(pair(), settings), ask('hi'));
    expect(waits).toEqual([20_000]);
  });

  test('a server that asks for too long is left for the next', async () => {
    first.fail(429, 1, { retryAfter: '3600' });
    second.reply('here');
    expect(textOf(await collect(withFailover(pair(), settings), ask('hi')))).toBe('here');
    expect(waits).toEqual([]);
  });

  test('abort during a wait ends it', async () => {
    first.fail(500, 9);
    const stop = new AbortController();
    const model = withFailover(pair(), { baseDelayMs: 60_000, maxDelayMs: 60_000 });
    setTimeout(() => stop.abort(), 50);
    expect((await failureOf(model, ask('hi'), stop.signal)).code).toBe('model.aborted');
    expect(first.requests).toHaveLength(1);
  });
});

describe('going to the next model', () => {
  test('happens when all tries are used up', async () => {
    first.fail(503, 3);
    second.reply('from the second');
    const model = withFailover(pair(), settings);
    expect(model.id).toBe('first/fake-1');
    expect(textOf(await collect(model, ask('hi')))).toBe('from the second');
    expect(first.requests).toHaveLength(3);
  });

  test.each([401, 'quota', 'context-length'] as const)(
    'happens at once after %s, which no second try can mend',
    async (kind) => {
      first.fail(kind);
      second.reply('from the second');
      const events = await collect(withFailover(pair(), settings), ask('hi'));
      expect(textOf(events)).toBe('from the second');
      expect(events.at(-1)).toMatchObject({ type: 'finish', model: 'second/fake-1' });
      expect(first.requests).toHaveLength(1);
      expect(waits).toEqual([]);
    },
  );

  test('ends with the failure of the last model', async () => {
    first.fail(500, 3);
    second.fail(401);
    expect((await failureOf(withFailover(pair(), settings))).code).toBe('model.auth');
  });

  test('never happens once the answer has begun', async () => {
    first.fail('reset');
    const seen: ModelEvent[] = [];
    const outcome: unknown = await (async () => {
      const events = withFailover(pair(), settings).stream(ask('hi'), AbortSignal.timeout(5000));
      for await (const event of events) seen.push(event);
    })().catch((error: unknown) => error);
    expect(PortcullisError.is(outcome) && [outcome.code, outcome.retryable]).toEqual([
      'model.interrupted',
      false,
    ]);
    expect(PortcullisError.is(outcome) && outcome.details).toEqual({ code: 'model.unreachable' });
    expect(textOf(seen)).toBe('Half an ');
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  test('an abort is no reason to ask another model', async () => {
    first.fail('hang');
    const model = withFailover(pair(), settings);
    const failure = await failureOf(model, ask('hi'), AbortSignal.timeout(30));
    expect(failure.code).toBe('model.aborted');
    expect(second.requests).toHaveLength(0);
  });
});

test('without a model there is nothing to make', () => {
  expect(() => withFailover([])).toThrow('There is no model to ask.');
});
