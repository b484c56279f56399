import type { ModelEvent } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { cli, until } from '../pipeline/harness.ts';
import { calls, linesOf, tool, untilAborted } from '../pipeline/probe.ts';
import { ADMIN, httpConfig, HttpWorld, openHttp, SHARED, WRITER } from './world.ts';

let world: HttpWorld;

afterEach(() => world.close());

/** Brings something of the owner's workspace into the session. */
const look = tool('read', async (_input, { brokers }) => {
  const names = await brokers.files?.list('.');
  return { text: `${String(names?.entries.length ?? 0)} files` };
});

async function* secret(): AsyncIterable<ModelEvent> {
  for (const delta of ['the door ', 'code is ', '4711']) yield { type: 'text', delta };
  yield { type: 'finish', reason: 'stop', usage: {} };
}

const ask = (token: string, stream = true) =>
  world.post(
    '/v1/chat/completions',
    { model: 'openclaw', messages: [{ role: 'user', content: 'look' }], stream },
    token,
  );

describe('an answer of a session that knows something private', () => {
  test.each([true, false])(
    'reaches nobody who may not know it, in pieces (%s) or whole',
    async (stream) => {
      world = await openHttp({ tools: [look] });
      world.harness.model.script.push(calls({ name: 'read' }), secret);
      const { approvals } = world.harness.gateway.services;
      const asked = ask(WRITER, stream);
      await until(async () => (await approvals.pending()).length === 1, 'the question');
      const [item] = await approvals.pending();
      await approvals.resolve(cli, item?.id ?? '', 'deny');
      const { text } = await asked;
      expect(text).not.toMatch(/door|4711/u);
      expect(text).toContain('I may not send it here');
      expect(await linesOf(world.harness, 'effect.reply_withheld')).toHaveLength(1);
    },
  );

  test('comes in one piece once an approver allowed it', async () => {
    world = await openHttp({ tools: [look] });
    world.harness.model.script.push(calls({ name: 'read' }), secret);
    const { approvals } = world.harness.gateway.services;
    const asked = ask(WRITER);
    await until(async () => (await approvals.pending()).length === 1, 'the question');
    const [item] = await approvals.pending();
    await approvals.resolve(cli, item?.id ?? '', 'allow-once');
    const deltas = [...(await asked).text.matchAll(/"delta":\{"content":"(.*?)"\}/gu)];
    expect(deltas.map(([, content]) => content)).toEqual(['the door code is 4711']);
  });

  test('is the owner’s to have', async () => {
    world = await openHttp({ tools: [look] });
    world.harness.model.script.push(calls({ name: 'read' }), secret);
    expect((await ask(ADMIN, false)).text).toContain('4711');
  });
});

describe('P23.01: a credential that is taken back', () => {
  test('ends the answers it is waiting for', async () => {
    world = await openHttp();
    const stopped = Promise.withResolvers<void>();
    world.harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'begun' };
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
      stopped.resolve();
      throw signal.reason;
    });
    const asked = ask(WRITER);
    await world.asked(1);
    world.secrets.taken.add('gateway.http.tokens.writer.token');
    await stopped.promise;
    expect((await asked).text).toContain('invalid_api_key');
    expect((await ask(WRITER)).status).toBe(401);
    expect((await ask(SHARED)).status).toBe(200);
  });

  test('ends what it named so as to come back for it', async () => {
    world = await openHttp();
    const stopped = Promise.withResolvers<void>();
    world.harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'begun' };
      await untilAborted(signal).finally(() => stopped.resolve());
    });
    const headers = { 'Idempotency-Key': 'mine' };
    const body = { model: 'openclaw', input: 'x' };
    const asked = world.post('/v1/responses', body, WRITER, headers);
    await world.asked(1);
    world.secrets.taken.add('gateway.http.tokens.writer.token');
    await stopped.promise;
    expect((await asked).status).toBe(401);
  });

  test.each([
    ['', {}],
    [', though it named the call', { idempotencyKey: 'mine' }],
  ])('hears nothing of the tool it called%s, which stops', async (_how, more) => {
    const stopped = Promise.withResolvers<void>();
    const slow = tool('read', async (_input, { signal }) => {
      world.secrets.taken.add('gateway.http.tokens.writer.token');
      return await untilAborted(signal).finally(() => stopped.resolve());
    });
    world = await openHttp({ tools: [slow] });
    const body = { name: 'read', ...more };
    const { status, text } = await world.post('/tools/invoke', body, WRITER);
    expect(status).toBe(401);
    expect(text).toContain('not valid any more');
    await stopped.promise;
  });

  test('has nothing admitted that it asked for before, whatever rights it had then', async () => {
    world = await openHttp();
    const { harness } = world;
    const begun = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      await begun.promise;
      yield { type: 'text', delta: 'one' };
      yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } };
    });
    const headers = { 'Idempotency-Key': 'first', 'x-openclaw-session-key': 'room' };
    const first = world.post('/v1/responses', { model: 'openclaw', input: 'x' }, ADMIN, headers);
    await world.asked(1);
    const second = world.post('/v1/responses', { model: 'openclaw', input: 'y' }, ADMIN, {
      ...headers,
      'Idempotency-Key': 'second',
    });
    const waiting = async (): Promise<number> => {
      const lines = await world.audit('event.api');
      return lines.length;
    };
    await until(async () => (await waiting()) === 2, 'both are admitted');
    const tokens = { writer: { token: WRITER, scopes: ['operator.write'] } };
    const http = { endpoints: { responses: { enabled: true } }, tokens };
    await harness.reload(httpConfig({ http }));
    begun.resolve();
    await Promise.all([first, second]);
    await until(async () => (await world.audit('turn.revoked')).length === 1, 'the refusal');
    expect(harness.model.requests).toHaveLength(1);
  });
});
