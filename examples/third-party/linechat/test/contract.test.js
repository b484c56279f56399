// @ts-check
import { Secret } from '@portcullis/core';
import { describeChannel } from '@portcullis/testkit';
import { expect, test } from 'vitest';

import { optionsSchema, serverElsewhere } from '../src/config.js';
import linechat from '../src/index.js';
import { createLinechatChannel } from '../src/channel.js';
import { fakeLinechat } from './fake-server.js';

const TOKEN = 'token-of-the-contract';
const direct = /** @type {const} */ ({ channel: 'linechat', accountId: 'default', kind: 'direct' });

describeChannel('linechat', async ({ log }) => {
  const server = await fakeLinechat(TOKEN);
  const account = {
    accountId: 'default',
    options: { host: '127.0.0.1', port: server.port },
    secret: () => new Secret(TOKEN, 'channels.linechat.token'),
    credentials: { get: async () => undefined, set: async () => undefined },
    route: () => undefined,
    log,
  };
  const channel = await createLinechatChannel(account, { pingMs: 200 });
  return {
    channel,
    secrets: [TOKEN],
    conversation: { ...direct, id: 'anna' },
    goneConversation: { ...direct, id: 'nobody' },
    receive: async (chat, text) => server.says(chat === 'first' ? 'anna' : 'ben', text),
    identity: (chat) => (chat === 'first' ? 'anna' : 'ben'),
    redeliver: async () => server.repeats(),
    unacknowledged: server.unacknowledged,
    sent: () => server.sent().map(({ text }) => text),
    failNextSend: async (fault) => {
      if (fault === 'unreachable') await server.down();
      else server.fail(fault);
    },
    heal: async () => {
      server.heal();
      await server.up();
    },
    dropConnections: async () => server.drop(),
    stall: async () => server.stall(),
    revoke: async () => server.revoke(),
    connections: server.listeners,
    close: async () => void (await server.close()),
  };
});

test('a wrong token ends the run for good', async () => {
  const server = await fakeLinechat(TOKEN);
  const channel = await createLinechatChannel({
    accountId: 'default',
    options: { host: '127.0.0.1', port: server.port },
    secret: () => new Secret('another', 'channels.linechat.token'),
    credentials: { get: async () => undefined, set: async () => undefined },
    route: () => undefined,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const inbox = { accept: async () => /** @type {const} */ ('accepted') };
  await expect(channel.run(inbox, new AbortController().signal)).rejects.toMatchObject({
    code: 'linechat.refused',
  });
  await server.close();
});

test.each([{}, { port: 0 }, { port: '7000' }, { port: 7000, host: 7 }])(
  'options that cannot work are refused: %j',
  async (options) => {
    const { issues } = await optionsSchema['~standard'].validate(options);
    expect(issues).toHaveLength(1);
  },
);

test('an audit tells of a server on another machine', () => {
  expect(linechat.id).toBe('linechat');
  expect(serverElsewhere.check({ channels: { linechat: { port: 1 } } }, {})).toEqual([]);
  expect(
    serverElsewhere.check({ channels: { linechat: { host: 'chat.example' } } }, {}),
  ).toMatchObject([{ severity: 'warn', path: 'channels.linechat.host' }]);
});
