/**
 * Two Telegram accounts in one gateway, one that polls and one that Telegram calls through the
 * gateway's own port.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type FakeTelegram, fakeTelegram } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let second: FakeTelegram;
let gateway: GatewayCommand;
let port: number;

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return free;
}

beforeAll(async () => {
  second = await fakeTelegram({ username: 'second_bot' });
  port = await freePort();
  world = await createWorld(
    (request) => `answer to ${lastUserText(request)}`,
    (config) => {
      const { telegram } = (config as { channels: { telegram: Record<string, unknown> } }).channels;
      const { apiRoot, botToken, ...common } = telegram;
      const accounts = {
        first: { apiRoot, botToken },
        second: {
          apiRoot: second.url,
          botToken: second.token,
          webhookUrl: `http://127.0.0.1:${String(port)}/channels/telegram/second/webhook`,
          webhookSecret: 'a-webhook-secret-for-this-test',
        },
      };
      return {
        ...config,
        session: { dmScope: 'per-account-channel-peer' },
        channels: { telegram: { ...common, accounts } },
      };
    },
  );
  gateway = await runGateway(world.env, port);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await Promise.all([world.close(), second.close()]);
});

interface Pairing {
  readonly requests: readonly { readonly accountId: string; readonly requestId: string }[];
}

async function approveOn(account: string): Promise<void> {
  const { requests } = await openclawJson<Pairing>(world.env, 'pairing', 'list', 'telegram');
  const code = requests.find(({ accountId }) => accountId === account)?.requestId ?? '';
  expect(await openclaw(world.env, 'pairing', 'approve', 'telegram', code)).toMatchObject({
    code: 0,
  });
}

describe('two accounts', () => {
  test('let people in separately, and keep their conversations apart', async () => {
    const ada = { id: 4242, firstName: 'Ada' };
    const onFirst = world.telegram.addUser(ada);
    const onSecond = second.addUser(ada);
    world.telegram.userSends({ from: onFirst, text: 'hello' });
    second.userSends({ from: onSecond, text: 'hello' });
    await until(() => world.telegram.sent.length === 1 && second.sent.length === 1, 'two codes');
    await approveOn('first');
    second.userSends({ from: onSecond, text: 'am I in?' });
    world.telegram.userSends({ from: onFirst, text: 'my colour is teal' });
    await until(() => world.telegram.sent.length === 3, 'an answer on the first');
    expect(second.sent).toHaveLength(1);
    await approveOn('second');
    second.userSends({ from: onSecond, text: 'which colour?' });
    await until(() => second.sent.length === 3, 'an answer on the second');
    expect(second.sent.at(-1)?.text).toBe('answer to which colour?');
    expect(JSON.stringify(world.model.requests.at(-1)?.body)).not.toContain('teal');
    expect(second.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
  });

  test('a call to the webhook without its secret never reaches the gate', async () => {
    const url = `http://127.0.0.1:${String(port)}/channels/telegram/second/webhook`;
    const body = JSON.stringify({ update_id: 1, message: { message_id: 1, text: 'forged' } });
    const headers = { 'content-type': 'application/json' };
    const bare = await fetch(url, { method: 'POST', headers, body });
    const wrong = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'x-telegram-bot-api-secret-token': 'guess' },
      body,
    });
    expect([bare.status, wrong.status]).toEqual([401, 401]);
    const other = await fetch(url.replace('second', 'third'), { method: 'POST', headers, body });
    expect(other.status).toBe(404);
  });
});
