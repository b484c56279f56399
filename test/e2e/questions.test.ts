/** A question of the agent on Telegram: a button of the one who is asked answers it. */
import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayProcess, type World, createWorld, lastUserText, until } from './world.ts';

const ADA = { id: 100, firstName: 'Ada' };
const BEN = { id: 200, firstName: 'Ben' };

let world: World;
let gateway: GatewayProcess | undefined;

function respond(request: FakeModelRequest): string | FakeAnswer {
  if (request.lastText !== lastUserText(request)) return `so: ${request.lastText}`;
  const input = { question: 'Which *colour*?', options: ['red', 'blue'] };
  return { toolCalls: [{ name: 'ask_user', input }] };
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => {
    const { telegram } = (config as { channels: { telegram: object } }).channels;
    const people = { dmPolicy: 'allowlist', allowFrom: [ADA.id, BEN.id] };
    return { ...config, channels: { telegram: { ...telegram, ...people } } };
  });
  gateway = await world.start();
});

afterAll(() => world.close());

test('it is plain text with buttons, and counts once, also over a crash of the gateway', async () => {
  const { telegram } = world;
  const ada = telegram.addUser(ADA);
  telegram.addUser(BEN);
  telegram.userSends({ from: ada, text: 'choose' });
  const [asked] = await telegram.waitForSent(1, 10_000);
  if (asked === undefined) throw new Error('no question');
  expect(asked.text).toContain('Question: Which *colour*?\n\n1. red\n2. blue');
  expect(asked.buttons.flat().map(({ text }) => text)).toEqual(['red', 'blue']);
  const { messageId } = asked;
  // A button counts once the network's receipt is written down.
  const operator = await world.operator();
  await until(async () => {
    const { items } = await operator.call<{ items: readonly unknown[] }>('outbox.list', {
      state: 'sent',
    });
    return items.length === 1;
  }, 'the receipt');
  await operator.close();
  gateway?.child.kill('SIGKILL');
  await gateway?.ended;
  gateway = await world.start();
  const data = asked.buttons.flat()[1]?.data ?? '';
  const pressed = telegram.userPresses({ from: ada, messageId, data });
  await until(() => telegram.sent.length === 2, 'the answer');
  expect(telegram.sent[1]?.text).toBe('so: The person answered: blue');
  await until(() => telegram.callbackAnswer(pressed) !== undefined, 'the button to be answered');
  expect(telegram.callbackAnswer(pressed)).toBe('Answered: blue');
});
