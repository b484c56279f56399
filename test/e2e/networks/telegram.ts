/** Telegram, through grammY. */
import telegram from '@portcullis/channels-telegram';
import {
  type FakeTelegram,
  type FakeTelegramChat,
  type FakeTelegramUser,
  fakeTelegram,
} from '@portcullis/testkit';

import type { Account, Network, Person, Room } from './network.ts';

const ROOM = { title: 'Family' };

function roomOf(id: number): Room {
  return { id: String(id), listed: { groups: { allowlist: [String(id)] } } };
}

function chatOf(room: Room | undefined): { readonly chat?: FakeTelegramChat } {
  return room === undefined ? {} : { chat: { id: Number(room.id), type: 'supergroup', ...ROOM } };
}

function createAccount(fake: FakeTelegram, users: ReadonlyMap<string, FakeTelegramUser>): Account {
  const userOf = ({ id }: Person): FakeTelegramUser => {
    const user = users.get(id);
    if (user === undefined) throw new Error(`${id} is nobody`);
    return user;
  };
  return {
    options: { apiRoot: fake.url, botToken: fake.token },
    room: () => roomOf(fake.addGroup(ROOM).id),
    addedTo: (by) => {
      const chat = fake.addGroup({ ...ROOM, botIsMember: false });
      fake.userAddsBot(userOf(by), chat);
      return roomOf(chat.id);
    },
    say: (from, text, { room, mention = false, file } = {}) => {
      const document =
        file === undefined
          ? {}
          : { document: { name: 'a.txt', bytes: new Uint8Array(file), mimeType: 'text/plain' } };
      const place = fake.userSends({
        from: userOf(from),
        ...chatOf(room),
        text: mention ? `@${fake.bot.username} ${text}` : text,
        ...document,
      });
      return { from, place: { ...chatOf(room), messageId: place.messageId } };
    },
    edit: ({ from, place }, text) => {
      fake.userEdits({ ...(place as { messageId: number }), from: userOf(from), text });
    },
    react: (from, { place }) => {
      const { messageId, ...chat } = place as { messageId: number };
      fake.userReacts({ from: userOf(from), ...chat, messageId, emoji: ['👍'] });
    },
    press: (from, room) => {
      const messageId = fake.sentTo({ id: Number(room.id) }).at(-1)?.messageId ?? 0;
      fake.userPresses({ from: userOf(from), ...chatOf(room), messageId, data: 'allow' });
    },
    command: (from, name) => {
      fake.userSends({ from: userOf(from), text: `/${name}` });
    },
    sentTo: ({ id }) => fake.sentTo({ id: Number(id) }).map(({ text }) => text),
    hasLeft: ({ id }) =>
      fake.calls.some(
        ({ method, parameters }) => method === 'leaveChat' && String(parameters['chat_id']) === id,
      ),
    downloads: () => fake.calls.filter(({ method }) => method === 'getFile').length,
    trouble: {
      lost: () => fake.dropConnections(),
      limited: () => fake.fail('sendMessage', 1, 429),
      repeated: () => fake.redeliver(),
    },
  };
}

/** Opens Telegram: a bot of its own for each account. */
export async function openTelegram(count: number): Promise<Network> {
  const fakes = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      fakeTelegram({ username: `gate${String(index)}_bot` }),
    ),
  );
  const users = new Map<string, FakeTelegramUser>();
  return {
    channel: 'telegram',
    plugin: telegram,
    dropsRepeats: false,
    accounts: fakes.map((fake) => createAccount(fake, users)),
    anyRoom: { groups: { '*': { requireMention: true } } },
    noRoom: { groupPolicy: 'disabled' },
    person: (firstName) => {
      const id = 4000 + users.size;
      for (const fake of fakes) users.set(String(id), fake.addUser({ id, firstName }));
      return { id: String(id) };
    },
    connected: async () => {
      await Promise.all(fakes.map((fake) => fake.waitForCall('getUpdates', 1, 15_000)));
    },
    close: async () => {
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}
