/**
 * A question of the agent on the real gateway: asked and answered on Telegram.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let gateway: GatewayCommand;

/** Runs the command a message names, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return 'done';
  return { toolCalls: [{ name: 'exec', input: { command: text.replace('run ', '') } }] };
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => {
    const { telegram } = (config as { channels: { telegram: object } }).channels;
    return {
      ...config,
      commands: { ownerAllowFrom: ['telegram:7'] },
      channels: { telegram: { ...telegram, dmPolicy: 'allowlist', allowFrom: ['7', '8'] } },
      tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
    };
  });
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

test('a command runs after the owner pressed the button, and after nobody else did', async () => {
  const { telegram } = world;
  const owner = telegram.addUser({ id: 7, firstName: 'Ada' });
  const guest = telegram.addUser({ id: 8, firstName: 'Bob' });
  const ran = join(world.folder, 'state', 'workspace', 'ran.txt');
  telegram.userSends({ from: owner, text: 'run touch ran.txt' });
  await until(() => telegram.sent.some(({ buttons }) => buttons.length > 0), 'a question');
  const question = telegram.sent.find(({ buttons }) => buttons.length > 0);
  if (question === undefined) throw new Error('no question');
  expect(question.chatId).toBe(7);
  expect(question.text).toContain('touch ran.txt');
  const [allow, deny] = question.buttons[0] ?? [];
  expect([allow?.text, deny?.text]).toEqual(['Allow once', 'Deny']);
  const data = allow?.data ?? '';
  // The guest presses a button of his own that says the same.
  const forged = telegram.userPresses({ from: guest, messageId: question.messageId, data });
  telegram.userSends({ from: guest, text: '/whoami' });
  await until(() => telegram.sent.some(({ chatId }) => chatId === 8), 'the guest’s turn');
  expect(telegram.callbackAnswer(forged)).toBeUndefined();
  const { approvals } = await openclawJson<{ approvals: readonly unknown[] }>(
    world.env,
    'approvals',
    'list',
  );
  expect(approvals).toHaveLength(1);
  expect(existsSync(ran)).toBe(false);
  const pressed = telegram.userPresses({ from: owner, messageId: question.messageId, data });
  await until(() => telegram.callbackAnswer(pressed) !== undefined, 'an answer to the button');
  expect(telegram.callbackAnswer(pressed)).toBe('Allowed once by telegram:7.');
  await until(() => telegram.sent.some(({ text }) => text === 'done'), 'the answer');
  expect(existsSync(ran)).toBe(true);
});
