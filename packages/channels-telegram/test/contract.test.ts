import {
  type ChannelBench,
  type ChannelBenchTools,
  describeChannel,
  fakeTelegram,
  type SendFault,
  type TelegramFault,
} from '@portcullis/testkit';
import { createTelegramChannel } from '../src/index.ts';
import { FAST, testAccount } from './bench.ts';
import { serveRoutes } from './route-server.ts';

const WEBHOOK_SECRET = 'webhook-secret-of-the-contract';

const FAULTS: Readonly<Record<Exclude<SendFault, 'unreachable'>, TelegramFault>> = {
  'rate-limited': 429,
  'answer-lost': 'accept-then-reset',
  'server-fault': 500,
};

async function openBench({ log }: ChannelBenchTools, webhook: boolean): Promise<ChannelBench> {
  const telegram = await fakeTelegram();
  const server = await serveRoutes();
  const account = testAccount(telegram.url, {
    token: telegram.token,
    webhookSecret: WEBHOOK_SECRET,
    options: webhook ? { webhookUrl: `${server.url}/webhook` } : {},
  });
  const channel = await createTelegramChannel({ ...account, log }, FAST);
  server.serve(account.routes);
  const people = {
    first: telegram.addUser({ firstName: 'Anna', started: true }),
    second: telegram.addUser({ firstName: 'Ben' }),
  };
  const direct = { channel: 'telegram', accountId: 'default', kind: 'direct' } as const;
  return {
    channel,
    secrets: [telegram.token, telegram.token.split(':')[1] ?? '', WEBHOOK_SECRET],
    conversation: { ...direct, id: String(people.first.id) },
    goneConversation: { ...direct, id: '99' },
    receive: async (chat, text) => void telegram.userSends({ from: people[chat], text }),
    receiveOwn: async (text) => {
      const from = { id: telegram.bot.id, is_bot: true, first_name: 'Gate' };
      const chat = { id: people.first.id, type: 'private' as const };
      telegram.deliver({ message: { message_id: 900, date: 1, chat, from, text } });
    },
    // A polling channel has no route: there the forged request finds nobody.
    receiveForged: async (text) => {
      const chat = { id: people.first.id, type: 'private' };
      const message = { message_id: 901, date: 1, chat, from: people.first, text };
      await fetch(`${server.url}/webhook`, {
        method: 'POST',
        body: JSON.stringify({ update_id: 5, message }),
        headers: { 'x-telegram-bot-api-secret-token': 'guessed' },
      });
    },
    receiveFile: async (bytes) => {
      const document = { name: 'a.bin', bytes: new Uint8Array(bytes) };
      return { ref: telegram.userSends({ from: people.first, document }).fileId ?? '' };
    },
    unacknowledged: () => telegram.unacknowledged,
    sent: () => telegram.sent.map(({ text }) => text),
    failNextSend: async (fault) => {
      if (fault === 'unreachable') await telegram.down();
      else telegram.fail('sendMessage', 1, FAULTS[fault]);
    },
    heal: async () => {
      telegram.clearFaults();
      await telegram.up();
    },
    dropConnections: async () => telegram.dropConnections(),
    close: async () => {
      await telegram.close();
      await server.close();
    },
  };
}

describeChannel('telegram by polling', (tools) => openBench(tools, false));
describeChannel('telegram by webhook', (tools) => openBench(tools, true));
