import {
  type ChannelBench,
  type ChannelBenchTools,
  describeChannel,
  type FakeTelegram,
  type FakeTelegramChat,
  type FakeTelegramUser,
  fakeTelegram,
  type RoomMessage,
  type SendFault,
  type SentMessage,
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

interface Cast {
  readonly people: Record<'first' | 'second', FakeTelegramUser>;
  readonly machine: FakeTelegramUser;
  readonly room: FakeTelegramChat;
  readonly topic: number;
}

function castOf(telegram: FakeTelegram): Cast {
  const first = telegram.addUser({ firstName: 'Anna', username: 'anna_b', started: true });
  const room = telegram.addGroup({ isForum: true });
  return {
    people: { first, second: telegram.addUser({ firstName: 'Ben' }) },
    machine: telegram.addUser({ firstName: 'Machine', username: 'other_bot', isBot: true }),
    room,
    topic: telegram.addTopic(room, first),
  };
}

type PeopleMembers =
  | 'receive'
  | 'receiveOwn'
  | 'receiveFile'
  | 'receiveEdit'
  | 'receiveReaction'
  | 'receivePress'
  | 'receiveCommand'
  | 'receiveForward'
  | 'receiveInRoom'
  | 'identity'
  | 'rename';

function speech({ text, mention, replyTo, inThread }: RoomMessage, { topic }: Cast) {
  const name = mention === undefined ? '' : mention === 'us' ? '@Gate_Bot, ' : '@anna_b, ';
  return {
    text: `${name}${text}`,
    ...(replyTo === undefined ? {} : { replyTo: Number(replyTo) }),
    ...(inThread === true ? { topicId: topic } : {}),
  };
}

function people(telegram: FakeTelegram, cast: Cast): Required<Pick<ChannelBench, PeopleMembers>> {
  const from = () => cast.people.first;
  return {
    receive: async (chat, text) => void telegram.userSends({ from: cast.people[chat], text }),
    receiveOwn: async (text) => {
      const chat = { id: from().id, type: 'private' as const };
      telegram.deliver({ message: { message_id: 900, date: 1, chat, from: telegram.bot, text } });
    },
    receiveFile: async (bytes) => {
      const document = { name: 'a.bin', bytes: new Uint8Array(bytes) };
      return { ref: telegram.userSends({ from: from(), document }).fileId ?? '' };
    },
    receiveEdit: async (before, after) => {
      const { messageId } = telegram.userSends({ from: from(), text: before });
      telegram.userEdits({ from: from(), messageId, text: after });
    },
    receiveReaction: async (messageId) =>
      telegram.userReacts({ from: from(), messageId: Number(messageId), emoji: ['👍'] }),
    receivePress: async (messageId, data) =>
      void telegram.userPresses({ from: from(), messageId: Number(messageId), data }),
    receiveCommand: async (name, args) =>
      void telegram.userSends({ from: from(), text: `/${name} ${args}` }),
    receiveForward: async (text) =>
      void telegram.userSends({ from: from(), text, forwardedFrom: cast.people.second }),
    receiveInRoom: async (message) => {
      const author = message.byBot === true ? cast.machine : from();
      telegram.userSends({ from: author, chat: cast.room, ...speech(message, cast) });
    },
    identity: (chat) => String(cast.people[chat].id),
    rename: async (chat, name) => {
      cast.people[chat] = { ...cast.people[chat], first_name: name, username: name };
    },
  };
}

function lastSent(telegram: FakeTelegram): SentMessage | undefined {
  const sent = telegram.sent.at(-1);
  if (sent === undefined) return undefined;
  const { messageId, text, file, linkPreview, pings, topicId } = sent;
  return {
    id: String(messageId),
    text,
    preview: linkPreview,
    pings,
    ...(file === undefined ? {} : { file }),
    ...(topicId === undefined ? {} : { thread: String(topicId) }),
  };
}

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
  const cast = castOf(telegram);
  const place = { channel: 'telegram', accountId: 'default' } as const;
  const called = (name: string) => telegram.calls.filter(({ method }) => method === name).length;
  return {
    channel,
    secrets: [telegram.token, telegram.token.split(':')[1] ?? '', WEBHOOK_SECRET],
    conversation: { ...place, kind: 'direct', id: String(cast.people.first.id) },
    goneConversation: { ...place, kind: 'direct', id: '99' },
    room: { ...place, kind: 'group', id: String(cast.room.id) },
    threads: true,
    ourName: 'Gate',
    pings: ['@anna_b', '[Anna](tg://user?id=1002)', '@Gate_Bot'],
    ...people(telegram, cast),
    // A polling channel has no route: there the forged request finds nobody.
    receiveForged: async (text) => {
      const chat = { id: cast.people.first.id, type: 'private' };
      const message = { message_id: 901, date: 1, chat, from: cast.people.first, text };
      await fetch(`${server.url}/webhook`, {
        method: 'POST',
        body: JSON.stringify({ update_id: 5, message }),
        headers: { 'x-telegram-bot-api-secret-token': 'guessed' },
      });
    },
    redeliver: async () => telegram.redeliver(),
    downloads: () => telegram.downloads,
    unacknowledged: () => telegram.unacknowledged,
    sent: () => telegram.sent.map(({ text }) => text),
    lastSent: () => lastSent(telegram),
    typing: () => called('sendChatAction'),
    failNextSend: async (fault) => {
      if (fault === 'unreachable') await telegram.down();
      else telegram.fail('sendMessage', 1, FAULTS[fault]);
    },
    heal: async () => {
      telegram.clearFaults();
      await telegram.up();
    },
    dropConnections: async () => telegram.dropConnections(),
    ...(webhook ? {} : { stall: async () => telegram.stall(), connections: () => telegram.polls }),
    revoke: async () => telegram.revokeToken(),
    close: async () => {
      await telegram.close();
      await server.close();
    },
  };
}

describeChannel('telegram by polling', (tools) => openBench(tools, false));
describeChannel('telegram by webhook', (tools) => openBench(tools, true));
