import { pause } from '@portcullis/channel-kit';
import type { Channel } from '@portcullis/core';
import {
  type ChannelBench,
  type ChannelBenchTools,
  describeChannel,
  type DiscordFault,
  type DiscordMessageReceipt,
  fakeDiscord,
  type RoomMessage,
  type SendFault,
} from '@portcullis/testkit';
import { createDiscordChannel } from '../src/index.ts';
import { FAST, positionOf, type TestAccount, testAccount, until } from './bench.ts';

const FAULTS: Readonly<Record<Exclude<SendFault, 'unreachable'>, DiscordFault>> = {
  'rate-limited': { retryAfter: 0.02 },
  'answer-lost': 'accept-then-reset',
  'server-fault': 500,
};

/** The pause of 20 ms and what the library adds to it. */
const LIMIT_OVER_MS = 100;

/** What a reader sees: without markup and escapes. */
function shown(content: string): string {
  return content
    .replaceAll(/(?<!\\)(?:\*\*|~~)/gu, '')
    .replaceAll(/\\(?<mark>[!-/:-@[-`{-~])/gu, '$<mark>');
}

/** Discord keeps nothing for a bot that never had a session: one that ran before resumes its own. */
async function runBefore(channel: Channel, account: TestAccount): Promise<void> {
  const stop = new AbortController();
  const running = channel.run({ accept: async () => 'accepted' }, stop.signal);
  await until(() => positionOf(account).session !== undefined, 'the first session');
  stop.abort();
  await running;
}

async function openBench({ log }: ChannelBenchTools): Promise<ChannelBench> {
  const discord = await fakeDiscord({ heartbeatIntervalMs: 150 });
  const account = testAccount(discord.url, { token: discord.token, log });
  const channel = await createDiscordChannel(account, FAST);
  const people = {
    first: discord.addUser({ username: 'anna' }),
    second: discord.addUser({ username: 'ben' }),
  };
  const helper = discord.addUser({ username: 'helper', bot: true });
  const guild = discord.addGuild();
  const text = discord.addChannel(guild);
  const thread = discord.addThread(text, { by: people.first });
  await runBefore(channel, account);
  const base = { channel: 'discord', accountId: 'default' } as const;
  const position = () => positionOf(account).session;
  let last: DiscordMessageReceipt | undefined;
  let limited = false;
  const write = (message: Parameters<typeof discord.userSends>[0]) => {
    last = discord.userSends(message);
    return last;
  };
  const sentIn = (messageId: string) =>
    discord.sent.find((sent) => sent.messageId === messageId)?.channelId ?? '';
  const mentionOf = (whom: RoomMessage['mention']) =>
    whom === undefined ? '' : `<@${whom === 'us' ? discord.bot.id : people.second.id}> `;
  return {
    channel,
    secrets: [discord.token, discord.token.split('.')[2] ?? ''],
    conversation: { ...base, kind: 'direct', id: people.first.id },
    goneConversation: { ...base, kind: 'channel', id: '99999999999999999', guildId: guild.id },
    receive: async (chat, content) => void write({ from: people[chat], content }),
    receiveOwn: async (content) => {
      discord.userSends({ from: discord.bot, channel: text, content });
    },
    receiveFile: async (size) => {
      const bytes = new Uint8Array(size);
      const { channelId, messageId } = discord.userSends({
        from: people.first,
        files: [{ name: 'a.bin', bytes }],
      });
      return { ref: `${channelId}/${messageId}/${discord.fileOf({ channelId, messageId })}` };
    },
    receiveEdit: async (before, after) => {
      const place = write({ from: people.first, content: before });
      discord.userEdits({ ...place, content: after });
    },
    receiveReaction: async (messageId, emoji) =>
      discord.userReacts({ from: people.first, channelId: sentIn(messageId), messageId, emoji }),
    receivePress: async (messageId, data) => {
      const press = { from: people.first, channelId: sentIn(messageId), messageId };
      discord.userPresses({ ...press, customId: data });
    },
    receiveCommand: async (name, args) => {
      const { id: channelId } = discord.directMessages(people.first);
      discord.userCommands({ from: people.first, channelId, name, args });
    },
    receiveForward: async (content) => {
      last = discord.userForwards({ from: people.first, content });
    },
    redeliver: async () => {
      if (last !== undefined) discord.gateway.redeliver(last);
    },
    downloads: () => discord.downloads,
    identity: (chat) => people[chat].id,
    rename: async (chat, name) => {
      const { id } = people[chat];
      people[chat] = discord.addUser({ id, username: name, globalName: name });
    },
    room: { ...base, kind: 'channel', id: text.id, guildId: guild.id },
    ourName: discord.bot.username,
    receiveInRoom: async ({ text: words, mention, replyTo, inThread, byBot }) => {
      write({
        from: byBot === true ? helper : people.first,
        channel: inThread === true ? thread : text,
        content: `${mentionOf(mention)}${words}`,
        ...(replyTo === undefined ? {} : { replyTo }),
      });
    },
    unacknowledged: () => {
      const session = position();
      return discord.gateway.messagesAfter(session?.id ?? '', session?.sequence ?? 0);
    },
    sent: () => discord.sent.map(({ content }) => shown(content)),
    lastSent: () => {
      const sent = discord.sent.at(-1);
      if (sent === undefined) return undefined;
      const [file] = sent.files;
      const { users, roles, everyone } = sent.pings;
      const isThread = sent.channelId === thread.id;
      return {
        id: sent.messageId,
        text: shown(sent.content),
        ...(file === undefined ? {} : { file }),
        preview: !sent.suppressesEmbeds,
        pings: [...users, ...roles, ...(everyone ? ['everyone'] : [])],
        ...(isThread ? { thread: thread.id } : {}),
      };
    },
    pings: ['@everyone', '@here', `<@${people.second.id}>`],
    typing: () =>
      discord.calls.filter(({ operation }) => operation === 'triggerTypingIndicator').length,
    failNextSend: async (fault) => {
      limited = fault === 'rate-limited';
      if (fault === 'unreachable') await discord.down();
      else discord.fail('createMessage', 1, FAULTS[fault]);
    },
    heal: async () => {
      discord.clearFaults();
      await discord.up();
      // A pause Discord asked for is kept, also by what is sent next.
      await pause(limited ? LIMIT_OVER_MS : 0, AbortSignal.timeout(1000));
      limited = false;
    },
    dropConnections: async () => discord.dropConnections(),
    stall: async () => discord.gateway.stall(),
    revoke: async () => discord.revoke(),
    connections: () => discord.gateway.connections,
    close: () => discord.close(),
  };
}

describeChannel('discord', openBench);
