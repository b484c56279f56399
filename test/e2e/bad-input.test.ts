/**
 * What reaches a gateway from outside and is not what it should be: it says so where it can, loses
 * nothing and stays up.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import type { Operator } from '../../packages/cli/src/compose/operator.ts';
import { type GatewayCommand, openclaw, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let gateway: GatewayCommand;
let operator: Operator;

beforeAll(async () => {
  world = await createWorld(
    (request) => `answer to ${lastUserText(request).slice(0, 20)}`,
    (config) => ({ ...config, channels: { telegram: openToAll(config) } }),
  );
  gateway = await runGateway(world.env);
  operator = await world.operator();
});

afterAll(async () => {
  await operator.close();
  gateway.child.kill('SIGKILL');
  await world.close();
});

/** The Telegram block, admitting everybody: these tests are not about who may write. */
function openToAll(config: object): object {
  const { channels } = config as { channels: { telegram: object } };
  return { ...channels.telegram, dmPolicy: 'open', allowFrom: ['*'] };
}

async function isUp(): Promise<boolean> {
  return (await openclaw(world.env, 'health')).code === 0;
}

async function chat(message: string): Promise<{ status: string }> {
  const idempotencyKey = `k${String(Math.random())}`;
  await operator.call('chat.send', { sessionKey: 'main', message, idempotencyKey });
  return await operator.call('agent.wait', { runId: idempotencyKey, timeoutMs: 20_000 });
}

describe('a socket', () => {
  test.each([
    ['a frame of 100 MB', () => Buffer.alloc(100_000_000, 'x')],
    ['invalid UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['text that is not JSON', () => 'hello gateway'],
    ['JSON that is no frame', () => '[1,2,3]'],
    ['a call before connect', () => '{"type":"req","id":"1","method":"health"}'],
  ])('that sends %s is closed, and the gateway stays up', async (_name, frame) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'));
    socket.on('error', () => undefined);
    const closed = new Promise<number>((resolve) => {
      socket.once('close', resolve);
    });
    await new Promise((resolve) => {
      socket.once('open', resolve);
    });
    socket.send(frame());
    expect(await closed).toBeGreaterThanOrEqual(1000);
    expect(await isUp()).toBe(true);
  });
});

describe('a message of a megabyte', () => {
  test('is kept whole and answered', async () => {
    const message = 'word '.repeat(200_000);
    expect(await chat(message)).toMatchObject({ status: 'ok' });
    const { messages } = await operator.call<{ messages: { content: { text: string }[] }[] }>(
      'chat.history',
      {
        sessionKey: 'main',
        limit: 2,
      },
    );
    expect(messages[0]?.content[0]?.text.length).toBe(message.length);
  });
});

describe('a model', () => {
  test.each(['garbage', 'half-stream', 'reset', 'html', 400, 401] as const)(
    'that answers with %s fails its turn with a sentence, and the next is answered',
    async (failure) => {
      world.model.fail(failure, 3);
      expect(await chat('one')).toMatchObject({ status: 'error' });
      await expect.poll(() => chat('two'), { timeout: 20_000 }).toMatchObject({ status: 'ok' });
    },
  );

  test('that never ends is stopped by the user', async () => {
    world.model.fail('never-ends', 1);
    await operator.call('chat.send', {
      sessionKey: 'main',
      message: 'tell me all',
      idempotencyKey: 'endless',
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    const { runIds } = await operator.call<{ runIds: string[] }>('chat.abort', {
      sessionKey: 'main',
    });
    expect(runIds).toEqual(['endless']);
    await until(() => world.model.aborted > 0, 'the end of the request to the model');
    expect(await chat('and now?')).toMatchObject({ status: 'ok' });
  });
});

describe('a Telegram server', () => {
  test.each([500, 429, 'half-body', 'non-json', 'reset'] as const)(
    'that answers polls with %s is asked again, and no message is lost',
    async (fault) => {
      const person = world.telegram.addUser({ firstName: 'Ada' });
      world.telegram.fail('getUpdates', 2, fault);
      world.telegram.dropConnections();
      world.telegram.userSends({ from: person, text: `after ${String(fault)}` });
      await until(() => world.telegram.sentTo(person).length === 1, 'an answer', 20_000);
      expect(world.telegram.sentTo(person)[0]?.text).toBe(`answer to after ${String(fault)}`);
    },
  );

  test('that takes a message and loses the answer is not sent it twice', async () => {
    const person = world.telegram.addUser({ firstName: 'Bea' });
    world.telegram.fail('sendMessage', 1, 'accept-then-reset');
    world.telegram.userSends({ from: person, text: 'perhaps' });
    interface Items {
      readonly items: readonly { readonly state: string; readonly conversationId: string }[];
    }
    const doubtful = async (): Promise<number> => {
      const { items } = await operator.call<Items>('outbox.list', { state: 'unknown' });
      return items.filter(({ conversationId }) => conversationId === String(person.id)).length;
    };
    await until(async () => (await doubtful()) === 1, 'a doubtful send');
    expect(world.telegram.sentTo(person)).toHaveLength(1);
    const listed = await openclaw(world.env, 'outbox', 'list', '--state', 'unknown');
    expect(listed.stdout).toContain('unknown');
  });
});
