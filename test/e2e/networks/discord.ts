/** Discord, through discord.js. */
import discord from '@portcullis/channels-discord';
import {
  type DiscordMessageReceipt,
  type FakeDiscord,
  type FakeDiscordGuild,
  type FakeDiscordUser,
  fakeDiscord,
} from '@portcullis/testkit';

import type { Account, Network, Person, Room } from './network.ts';

function createAccount(fake: FakeDiscord, users: ReadonlyMap<string, FakeDiscordUser>): Account {
  const guilds = new Map<string, FakeDiscordGuild>();
  let last: DiscordMessageReceipt | undefined;
  const userOf = ({ id }: Person): FakeDiscordUser => {
    const user = users.get(id);
    if (user === undefined) throw new Error(`${id} is nobody`);
    return user;
  };
  const addRoom = (): Room => {
    const guild = fake.addGuild({ name: 'Family' });
    const { id } = fake.addChannel(guild);
    guilds.set(id, guild);
    return { id, listed: { guilds: { [guild.id]: { channels: { [id]: {} } } } } };
  };
  const channelOf = (room: Room | undefined) => {
    const guild = room === undefined ? undefined : guilds.get(room.id);
    return room === undefined || guild === undefined
      ? {}
      : { channel: { id: room.id, type: 0 as const, guild_id: guild.id } };
  };
  const placeOf = (place: Person | Room): { readonly id: string } =>
    guilds.has(place.id) ? place : fake.directMessages(userOf(place));
  return {
    options: { apiUrl: fake.url, token: fake.token },
    room: addRoom,
    // Whoever adds a bot to a server is not told to it.
    addedTo: () => addRoom(),
    say: (from, text, { room, mention = false, file } = {}) => {
      const files =
        file === undefined
          ? {}
          : { files: [{ name: 'a.txt', bytes: new Uint8Array(file), contentType: 'text/plain' }] };
      const place = fake.userSends({
        from: userOf(from),
        ...channelOf(room),
        content: mention ? `<@${fake.bot.id}> ${text}` : text,
        ...files,
      });
      last = place;
      return { from, place };
    },
    edit: ({ place }, content) => {
      fake.userEdits({ ...(place as DiscordMessageReceipt), content });
    },
    react: (from, { place }) => {
      fake.userReacts({ from: userOf(from), ...(place as DiscordMessageReceipt), emoji: '👍' });
    },
    press: (from, room) => {
      const messageId = fake.sentTo(room).at(-1)?.messageId ?? '';
      fake.userPresses({ from: userOf(from), channelId: room.id, messageId, customId: 'allow' });
    },
    sentTo: (place) => fake.sentTo(placeOf(place)).map(({ content }) => content),
    hasLeft: ({ id }) => {
      const guild = guilds.get(id)?.id ?? '';
      return fake.calls.some(
        ({ method, path }) => method === 'DELETE' && path === `/users/@me/guilds/${guild}`,
      );
    },
    downloads: () => fake.downloads,
    trouble: {
      lost: () => fake.gateway.drop(),
      limited: () => fake.fail('createMessage', 1, { retryAfter: 0.05 }),
      repeated: () => {
        if (last !== undefined) fake.gateway.redeliver(last);
      },
    },
  };
}

/** Opens Discord: a bot of its own for each account. */
export async function openDiscord(count: number): Promise<Network> {
  const fakes = await Promise.all(Array.from({ length: count }, () => fakeDiscord()));
  const users = new Map<string, FakeDiscordUser>();
  return {
    channel: 'discord',
    plugin: discord,
    dropsRepeats: true,
    accounts: fakes.map((fake) => createAccount(fake, users)),
    anyRoom: { groupPolicy: 'open' },
    noRoom: { groupPolicy: 'disabled' },
    person: (globalName) => {
      const id = String(1_000_000_000_000_000_000n + BigInt(users.size));
      for (const fake of fakes) users.set(id, fake.addUser({ id, globalName }));
      return { id };
    },
    connected: async () => {
      await Promise.all(fakes.map((fake) => fake.waitForSession(15_000)));
    },
    close: async () => {
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}
