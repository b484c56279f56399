/**
 * The public client of OpenClaw, unmodified, against the real gateway.
 */
import { randomUUID } from 'node:crypto';

import { GatewayClient } from '@openclaw/gateway-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

interface Seen {
  readonly event: string;
  readonly seq?: number;
  readonly payload?: {
    readonly runId?: string;
    readonly state?: string;
    readonly deltaText?: string;
  };
}

let world: World;
let gateway: GatewayCommand;
let client: GatewayClient;
const events: Seen[] = [];
const gaps: unknown[] = [];

beforeAll(async () => {
  world = await createWorld((request) => ({
    chunks: ['You said: ', lastUserText(request)],
    delayMs: 40,
  }));
  gateway = await runGateway(world.env);
  const hello = Promise.withResolvers<unknown>();
  client = new GatewayClient({
    url: gateway.url.replace('http', 'ws'),
    token: 'e2e-token-of-sufficient-length-0001',
    onHelloOk: (payload) => hello.resolve(payload),
    onConnectError: (error) => hello.reject(error),
    onEvent: (event) => events.push(event as Seen),
    onGap: (gap) => gaps.push(gap),
  });
  client.start();
  expect(await hello.promise).toMatchObject({ type: 'hello-ok', protocol: 4 });
});

afterAll(async () => {
  client.stop();
  gateway.child.kill('SIGKILL');
  await world.close();
});

function chatEvents(runId: string): readonly Seen[] {
  return events.filter(({ event, payload }) => event === 'chat' && payload?.runId === runId);
}

describe('the public client', () => {
  test('chats, and hears the answer as it streams', async () => {
    const runId = randomUUID();
    const send = { sessionKey: 'main', message: 'hello there', idempotencyKey: runId };
    expect(await client.request('chat.send', send)).toMatchObject({ runId, status: 'started' });
    await until(
      () => chatEvents(runId).some(({ payload }) => payload?.state === 'final'),
      'a final',
    );
    const states = chatEvents(runId).map(({ payload }) => payload?.state);
    expect(states.filter((state) => state === 'delta').length).toBeGreaterThanOrEqual(2);
    expect(states.at(-1)).toBe('final');
    expect(
      chatEvents(runId)
        .map(({ payload }) => payload?.deltaText ?? '')
        .join(''),
    ).toBe('You said: hello there');
    expect(await client.request('chat.send', send)).toMatchObject({ runId, status: 'ok' });
    expect(await client.request('chat.history', { sessionKey: 'main' })).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant' }],
    });
  });

  test('stops a run, lists, resets and deletes sessions', async () => {
    world.model.fail('never-ends', 1);
    const runId = randomUUID();
    const sessionKey = 'agent:main:side';
    await client.request('chat.send', { sessionKey, message: 'go on', idempotencyKey: runId });
    await until(() => chatEvents(runId).length > 0, 'a delta');
    const abort = await client.request('chat.abort', { sessionKey, runId });
    expect(abort).toEqual({ ok: true, aborted: true, runIds: [runId] });
    await until(
      () => chatEvents(runId).some(({ payload }) => payload?.state === 'aborted'),
      'an end',
    );
    expect(await client.request('chat.abort', { sessionKey })).toMatchObject({ aborted: false });
    const { sessions } = (await client.request('sessions.list', {})) as {
      sessions: { key: string }[];
    };
    expect(sessions.map(({ key }) => key).toSorted()).toEqual(['agent:main:main', sessionKey]);
    expect(await client.request('sessions.get', { key: 'main', limit: 10 })).toHaveProperty(
      'messages',
    );
    expect(await client.request('sessions.reset', { key: 'main' })).toMatchObject({ ok: true });
    expect(await client.request('chat.history', { sessionKey: 'main' })).toMatchObject({
      messages: [],
    });
    expect(await client.request('sessions.delete', { key: sessionKey })).toMatchObject({
      deleted: true,
    });
  });

  test('asks for health and status, and is told of methods that do not exist', async () => {
    expect(await client.request('health')).toMatchObject({ ok: true });
    expect(await client.request('status')).toHaveProperty('runtimeVersion');
    await expect(client.request('no.such.method')).rejects.toThrow(
      'unknown method: no.such.method',
    );
    expect(gaps).toEqual([]);
  });
});
