import type { ModelEvent } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { cli, until } from '../pipeline/harness.ts';
import { calls, linesOf, tool } from '../pipeline/probe.ts';
import { ADMIN, HttpWorld, openHttp, SHARED, WRITER } from './world.ts';

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
});
