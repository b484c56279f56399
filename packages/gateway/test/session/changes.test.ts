import { afterEach, describe, expect, test } from 'vitest';

import type { Caller } from '../../src/index.ts';
import { type Harness, openHarness } from '../pipeline/harness.ts';

const admin: Caller = { id: 'conn-1', kind: 'operator', local: false, scopes: ['operator.admin'] };

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function say(sessionKey: string, message: string): Promise<void> {
  const { chat } = harness.gateway.services;
  await chat.send(admin, { sessionKey, message, idempotencyKey: message });
  expect(await chat.wait(message, 5000)).toBe('ok');
}

describe('a session', () => {
  test('made by an operator is empty, has seen nothing, and is there for the next message', async () => {
    harness = await openHarness({ config: { gateway: { mode: 'local' } } });
    const { sessions, audit } = harness.gateway.services;
    const key = 'agent:main:trip';
    const made = await sessions.create(admin, { key, agentId: 'main', label: 'Trip' });
    expect(made).toMatchObject({ key, label: 'Trip', messageCount: 0, status: 'idle' });
    expect(await sessions.create(admin, { key, agentId: 'main', label: 'Other' })).toEqual(made);
    await say(key, 'hello');
    expect(await sessions.get(key)).toMatchObject({ sessionId: made.sessionId, messageCount: 2 });
    const codes = (await audit.log({ limit: 100 })).map(({ entry }) => entry['code']);
    expect(codes.filter((code) => code === 'session.create')).toHaveLength(1);
  });

  test('put away comes back with the next message, and stays pinned over a reset', async () => {
    harness = await openHarness({ config: { gateway: { mode: 'local' } } });
    const { sessions } = harness.gateway.services;
    const key = 'agent:main:trip';
    await say(key, 'one');
    await sessions.patch(admin, key, { archived: true, pinned: true });
    expect((await sessions.list({ archived: true })).sessions).toMatchObject([{ key }]);
    expect((await sessions.list({ archived: false })).total).toBe(0);
    await say(key, 'two');
    expect((await sessions.list({ archived: true })).total).toBe(0);
    const fresh = await sessions.reset(admin, key);
    expect(fresh.pinnedAt).toBeTypeOf('number');
    expect(fresh.messageCount).toBe(0);
  });

  test('that is the main one is neither put away nor deleted', async () => {
    harness = await openHarness({ config: { gateway: { mode: 'local' } } });
    const { sessions } = harness.gateway.services;
    await say('main', 'one');
    const away = sessions.patch(admin, 'agent:main:main', { archived: true });
    await expect(away).rejects.toMatchObject({ code: 'session.main_kept' });
  });

  test('has its messages by their ids, and those of no other life', async () => {
    harness = await openHarness({ config: { gateway: { mode: 'local' } } });
    const { chat, sessions } = harness.gateway.services;
    await say('main', 'one');
    const [first] = (await chat.history('main', { limit: 10 })).messages;
    const id = first?.id ?? '';
    expect(await chat.message('main', id)).toEqual(first);
    expect(await chat.message('agent:main:other', id)).toBeUndefined();
    await sessions.reset(admin, 'agent:main:main');
    expect(await chat.message('main', id)).toBeUndefined();
  });
});

describe('use', () => {
  test('is counted from the answers, by day and agent, and priced where a price is known', async () => {
    harness = await openHarness({
      config: {
        gateway: { mode: 'local' },
        agents: { entries: { main: { default: true }, work: {} } },
      },
      tariffs: [{ id: 'test/scripted', cost: { input: 1_000_000, output: 2_000_000 } }],
    });
    const { usage } = harness.gateway.services;
    await say('main', 'one');
    await say('agent:work:main', 'two');
    const span = { from: 0, until: Number.MAX_SAFE_INTEGER };
    const date = '2023-11-14';
    expect(await usage.days(span)).toEqual([
      { date, input: 6, output: 4, inputCost: 6, outputCost: 8, unpriced: 0 },
    ]);
    expect(await usage.days({ ...span, agentId: 'work' })).toMatchObject([{ input: 3 }]);
    expect(await usage.days({ ...span, agentId: 'nobody' })).toEqual([]);
    expect(await usage.days({ from: 0, until: 1000 })).toEqual([]);
  });
});
