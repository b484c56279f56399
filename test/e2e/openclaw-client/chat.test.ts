/** Chatting by the public client: streams, repeats, stops, and the transcript. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from '../openclaw.ts';
import { type World, createWorld, lastUserText, until } from '../world.ts';
import { connect, type Connected, type Seen } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;
let client: Connected;

beforeAll(async () => {
  // The second piece waits until the first was heard, so that no machine is too slow to tell them apart.
  world = await createWorld((request) => {
    const before = client.events.length;
    const isHeard = (): boolean =>
      client.events
        .slice(before)
        .some(({ event, payload }) => event === 'chat' && payload?.['state'] === 'delta');
    return {
      chunks: ['You said: ', lastUserText(request)],
      beforeChunk: (index) => (index === 0 ? Promise.resolve() : until(isHeard, 'the first piece')),
    };
  });
  gateway = await runGateway(world.env);
  client = await connect(gateway.url);
});

afterAll(async () => {
  client.client.stop();
  gateway.child.kill('SIGKILL');
  await world.close();
});

function told(runId: string, event = 'chat'): readonly Seen[] {
  return client.events.filter((each) => each.event === event && each.payload?.['runId'] === runId);
}

function states(runId: string): readonly unknown[] {
  return told(runId).map(({ payload }) => payload?.['state']);
}

async function say(message: string, sessionKey = 'main'): Promise<string> {
  const runId = randomUUID();
  const send = { sessionKey, message, idempotencyKey: runId };
  expect(await client.call('chat.send', send)).toEqual({ runId, status: 'started' });
  return runId;
}

describe('a run', () => {
  test('is heard as it streams, ends once, and a repeat of it is not answered again', async () => {
    const runId = await say('hello there');
    const send = { sessionKey: 'main', message: 'hello there', idempotencyKey: runId };
    expect(await client.call('chat.send', send)).toEqual({ runId, status: 'in_flight' });
    await client.heard('chat', (each) => each['runId'] === runId && each['state'] === 'final');
    expect(states(runId).filter((state) => state === 'delta').length).toBeGreaterThanOrEqual(2);
    expect(states(runId).filter((state) => state !== 'delta')).toEqual(['final']);
    const deltas = told(runId).map(({ payload }) => payload?.['deltaText'] ?? '');
    expect(deltas.join('')).toBe('You said: hello there');
    expect(await client.call('chat.send', send)).toEqual({ runId, status: 'ok' });
    expect(world.model.requests).toHaveLength(1);
    await client.heard(
      'agent',
      ({ runId: id, data }) => id === runId && (data as { phase?: string }).phase === 'end',
    );
    const numbers = told(runId, 'agent').map(({ payload }) => payload?.['seq']);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('is stopped, with its request to the model', async () => {
    world.model.fail('never-ends', 1);
    const runId = await say('go on', 'agent:main:side');
    await client.heard('chat', (each) => each['runId'] === runId && each['state'] === 'delta');
    const target = { sessionKey: 'agent:main:side', runId };
    expect(await client.call('chat.abort', target)).toEqual({
      ok: true,
      aborted: true,
      runIds: [runId],
    });
    const end = await client.heard(
      'chat',
      (each) => each['runId'] === runId && each['state'] === 'aborted',
    );
    expect(end.payload).toMatchObject({ stopReason: 'rpc' });
    expect(await client.call('chat.abort', target)).toMatchObject({ aborted: false, runIds: [] });
  });

  test('of agent is answered twice on one id, and waited for', async () => {
    const runId = randomUUID();
    const params = { message: 'once', idempotencyKey: runId, sessionKey: 'agent:main:agent' };
    const accepted: unknown[] = [];
    const result = await client.client.request('agent', params, {
      expectFinal: true,
      onAccepted: (payload: unknown) => accepted.push(payload),
    });
    expect(result).toMatchObject({
      runId,
      status: 'ok',
      result: { payloads: [{ text: 'You said: once', mediaUrl: null }] },
    });
    expect(await client.call('agent.wait', { runId })).toEqual({ runId, status: 'ok' });
  });
});

describe('a transcript', () => {
  test('is read in pages, from a cursor on, and one message at a time', async () => {
    const sessionKey = 'agent:main:pages';
    const first = await say('one', sessionKey);
    await client.call('agent.wait', { runId: first });
    const page = await client.call('chat.startup', { sessionKey });
    expect(page['messages']).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
    const cursor = page['deltaCursor'];
    const second = await say('two', sessionKey);
    await client.call('agent.wait', { runId: second });
    const delta = await client.call('chat.history', { sessionKey, cursor });
    expect(delta).toMatchObject({
      kind: 'delta',
      messages: [
        { role: 'user', content: [{ text: 'two' }] },
        { role: 'assistant', content: [{ text: 'You said: two' }] },
      ],
    });
    const [{ __openclaw: place }] = delta['messages'] as [{ __openclaw: { id: string } }];
    const one = { sessionKey, messageId: place.id };
    expect(await client.call('chat.message.get', one)).toMatchObject({
      ok: true,
      message: { content: [{ text: 'two' }] },
    });
    await client.call('sessions.reset', { key: sessionKey });
    expect(await client.call('chat.history', { sessionKey, cursor })).toEqual({ kind: 'reset' });
  });

  test('is told message by message to who follows it', async () => {
    const key = 'agent:main:followed';
    expect(await client.call('sessions.messages.subscribe', { key })).toEqual({
      subscribed: true,
      key,
    });
    const runId = await say('listen', key);
    await client.call('agent.wait', { runId });
    const roles = (): readonly unknown[] =>
      client.events
        .filter(
          ({ event, payload }) => event === 'session.message' && payload?.['sessionKey'] === key,
        )
        .map(({ payload }) => (payload?.['message'] as { role: string } | undefined)?.role);
    await until(() => roles().length === 2, 'both messages');
    expect(roles()).toEqual(['user', 'assistant']);
  });
});

test('nothing that came was out of shape or out of order', () => {
  expect(client.faults).toEqual([]);
  expect(client.gaps).toEqual([]);
  const numbers = client.events.flatMap(({ seq }) => seq ?? []);
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});
