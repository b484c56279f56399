import { afterEach, describe, expect, test } from 'vitest';

import type { Caller, GatewayNotice } from '../../src/index.ts';
import { type Harness, ScriptedModel, openHarness, until } from './harness.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  agents: { entries: { main: { default: true }, work: {} } },
};
const admin: Caller = { id: 'conn-1', kind: 'operator', local: false, scopes: ['operator.admin'] };
const reader: Caller = { id: 'conn-2', kind: 'operator', local: false, scopes: ['operator.read'] };

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

describe('chat.send', () => {
  test('is answered in the session asked for, and told in order', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat, listen } = harness.gateway.services;
    const notices: GatewayNotice[] = [];
    listen((notice) => notices.push(notice));
    const sent = await chat.send(admin, {
      sessionKey: 'main',
      message: 'hello',
      idempotencyKey: 'k1',
    });
    expect(sent).toEqual({ runId: 'k1', sessionKey: 'agent:main:main', status: 'started' });
    expect(await chat.wait('k1', 5000)).toBe('ok');
    const states = notices.flatMap((notice) => (notice.type === 'chat' ? [notice.state] : []));
    expect(states).toEqual(['delta', 'final']);
    const { messages } = await chat.history('main', { limit: 10 });
    expect(messages.map(({ role, content }) => [role, content[0]])).toEqual([
      ['user', { type: 'text', text: 'hello' }],
      ['assistant', { type: 'text', text: 'echo: hello' }],
    ]);
  });

  test('with the same key is processed once, from whichever connection it comes', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat } = harness.gateway.services;
    const request = { sessionKey: 'main', message: 'once', idempotencyKey: 'k1' };
    await chat.send(admin, request);
    await chat.wait('k1', 5000);
    const again = await chat.send({ ...admin, id: 'conn-9' }, request);
    expect(again.status).toBe('ok');
    expect(harness.model.requests).toHaveLength(1);
  });

  test('without the scope to write never reaches the model', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat, audit } = harness.gateway.services;
    await chat.send(reader, { sessionKey: 'main', message: 'hi', idempotencyKey: 'k1' });
    await until(async () => {
      const lines = await audit.log({ limit: 100 });
      return lines.some(({ entry }) => entry['code'] === 'event.scope.missing');
    });
    expect(harness.model.requests).toHaveLength(0);
  });

  test('to an agent that does not exist is an error', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat } = harness.gateway.services;
    for (const sessionKey of ['agent:nobody:main', 'agent:main', 'agent:main:a b', '../etc']) {
      const request = { sessionKey, message: 'hi', idempotencyKey: sessionKey };
      await expect(chat.send(admin, request)).rejects.toMatchObject({
        code: 'chat.session_invalid',
      });
    }
    const work = await chat.send(admin, {
      sessionKey: 'agent:work:side',
      message: 'hi',
      idempotencyKey: 'w',
    });
    expect(work.sessionKey).toBe('agent:work:side');
    await chat.wait('w', 5000);
  });

  test('can be stopped, keeping what was said', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat } = harness.gateway.services;
    harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'Once upon a time' };
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    await chat.send(admin, { sessionKey: 'main', message: 'a story', idempotencyKey: 'k1' });
    await until(() => harness.model.requests.length === 1);
    expect(await chat.abort(admin, { sessionKey: 'main' })).toEqual(['k1']);
    expect(await chat.wait('k1', 5000)).toBe('aborted');
    expect(await chat.abort(admin, { sessionKey: 'main' })).toEqual([]);
    const { messages } = await chat.history('main', { limit: 10 });
    expect(messages.at(-1)).toMatchObject({
      stopReason: 'aborted',
      content: [{ text: 'Once upon a time' }],
    });
  });
});

describe('sessions', () => {
  test('can be reset and deleted, the main one only reset', async () => {
    harness = await openHarness({ config: CONFIG });
    const { chat, sessions } = harness.gateway.services;
    for (const sessionKey of ['main', 'agent:main:side']) {
      await chat.send(admin, { sessionKey, message: 'hi', idempotencyKey: sessionKey });
      await chat.wait(sessionKey, 5000);
    }
    const before = await sessions.get('agent:main:main');
    const after = await sessions.reset(admin, 'agent:main:main');
    expect(after.sessionId).not.toBe(before?.sessionId);
    expect((await chat.history('main', { limit: 10 })).messages).toEqual([]);
    await expect(sessions.delete(admin, 'agent:main:main')).rejects.toMatchObject({
      code: 'session.main_kept',
    });
    expect(await sessions.delete(admin, 'agent:main:side')).toBe(true);
    expect(await sessions.delete(admin, 'agent:main:side')).toBe(false);
    await expect(sessions.reset(admin, 'agent:main:side')).rejects.toMatchObject({
      code: 'session.not_found',
    });
    const labelled = await sessions.patch(admin, 'agent:main:main', { label: 'Home' });
    expect(labelled.label).toBe('Home');
    expect((await sessions.list({ search: 'home' })).total).toBe(1);
  });
});

describe('what waits for its turn', () => {
  test('is known by its session, in its order, until its turn comes', async () => {
    const gate = Promise.withResolvers<void>();
    const model = new ScriptedModel();
    model.stream = async function* (this: ScriptedModel, request) {
      this.requests.push(request);
      await gate.promise;
      yield { type: 'text', delta: 'done' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    };
    harness = await openHarness({ config: CONFIG, model });
    const { chat } = harness.gateway.services;
    const send = (runId: string, sessionKey = 'main') =>
      chat.send(admin, { sessionKey, message: `say ${runId}`, idempotencyKey: runId });
    await send('first');
    await until(() => model.requests.length === 1, 'the first turn');
    for (let count = 1; count <= 22; count += 1) await send(`k${String(count)}`);
    await send('elsewhere', 'agent:work:main');
    await expect.poll(async () => (await chat.queued('main')).total).toBe(22);
    const last = await chat.queued('main');
    expect(last.items.map(({ runId }) => runId)).toEqual(
      Array.from({ length: 20 }, (_, index) => `k${String(index + 3)}`),
    );
    expect(last.items[0]?.text).toBe('say k3');
    expect(last.nextBefore).toBe(3);
    const before = await chat.queued('agent:main:main', { before: last.nextBefore ?? 0 });
    expect(before.items.map(({ runId }) => runId)).toEqual(['k1', 'k2']);
    expect(before).not.toHaveProperty('nextBefore');
    const asked = await chat.queued('main', { runIds: ['k1', 'k22', 'first', 'elsewhere'] });
    expect(asked.items.map(({ runId }) => runId)).toEqual(['k1', 'k22']);
    gate.resolve();
    expect(await chat.wait('k22', 20_000)).toBe('ok');
    expect(await chat.queued('main')).toEqual({ items: [], total: 0 });
  });
});

async function crowded(): Promise<{ model: ScriptedModel; gate: PromiseWithResolvers<void> }> {
  const gate = Promise.withResolvers<void>();
  const model = new ScriptedModel();
  model.stream = async function* (this: ScriptedModel, request) {
    this.requests.push(request);
    await gate.promise;
    yield { type: 'text', delta: 'done' };
    yield { type: 'finish', reason: 'stop', usage: {} };
  };
  harness = await openHarness({ config: CONFIG, model });
  const { chat } = harness.gateway.services;
  for (const runId of ['first', 'second', 'third']) {
    await chat.send(admin, { sessionKey: 'main', message: runId, idempotencyKey: runId });
  }
  await expect.poll(async () => (await chat.queued('main')).total).toBe(2);
  await until(() => model.requests.length === 1, 'the first turn');
  return { model, gate };
}

describe('a message that waits for its turn', () => {
  test('is stopped by its name, and no other', async () => {
    const { model, gate } = await crowded();
    const { chat } = harness.gateway.services;
    expect(await chat.abort(admin, { sessionKey: 'main', runId: 'second' })).toEqual(['second']);
    gate.resolve();
    expect(await chat.wait('second', 10_000)).toBe('aborted');
    expect(await chat.wait('third', 10_000)).toBe('ok');
    expect(model.requests).toHaveLength(2);
  });

  test('is stopped with the one before it where that is asked for, and goes on where not', async () => {
    const { model, gate } = await crowded();
    const { chat } = harness.gateway.services;
    const stopped = await chat.abort(admin, { sessionKey: 'main', queued: true });
    expect(stopped.toSorted()).toEqual(['first', 'second', 'third']);
    gate.resolve();
    expect(await chat.wait('third', 10_000)).toBe('aborted');
    expect(model.requests).toHaveLength(1);
    await chat.send(admin, { sessionKey: 'main', message: 'again', idempotencyKey: 'fourth' });
    expect(await chat.wait('fourth', 10_000)).toBe('ok');
  });
});
