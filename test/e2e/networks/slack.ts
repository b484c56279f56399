/** Slack, through Bolt: one workspace, an app for each account. */
import slack from '@portcullis/channels-slack';
import {
  type FakeSlack,
  type FakeSlackBot,
  type FakeSlackUser,
  type SlackPlace,
  fakeSlack,
} from '@portcullis/testkit';

import type { Account, Network, Person, Room } from './network.ts';

function createAccount(
  fake: FakeSlack,
  bot: FakeSlackBot,
  users: ReadonlyMap<string, FakeSlackUser>,
): Account {
  const rooms = new Set<string>();
  const userOf = ({ id }: Person): FakeSlackUser => {
    const user = users.get(id);
    if (user === undefined) throw new Error(`${id} is nobody`);
    return user;
  };
  const roomOf = (id: string): Room => {
    rooms.add(id);
    return { id, listed: { channels: { [id]: {} } } };
  };
  const channelOf = (from: Person, room: Room | undefined): { readonly id: string } =>
    room ?? fake.directMessages(userOf(from), bot);
  return {
    options: { apiUrl: fake.url, botToken: bot.token, appToken: bot.app.appToken },
    room: () => roomOf(fake.addChannel({ bot }).id),
    addedTo: (by) => {
      const channel = fake.addChannel({ bot, botIsMember: false });
      fake.userAddsBot(userOf(by), channel, bot);
      return roomOf(channel.id);
    },
    say: (from, text, { room, mention = false, file } = {}) => {
      const files =
        file === undefined
          ? {}
          : { files: [{ name: 'a.txt', bytes: new Uint8Array(file), mimeType: 'text/plain' }] };
      const place = fake.userSends({
        from: userOf(from),
        channel: channelOf(from, room),
        text: mention ? `<@${bot.userId}> ${text}` : text,
        ...files,
      });
      return { from, place };
    },
    edit: ({ place }, text) => {
      fake.userEdits(place as SlackPlace, text);
    },
    react: (from, { place }) => {
      fake.userReacts({ from: userOf(from), place: place as SlackPlace, emoji: 'thumbsup' });
    },
    command: (from, name) => {
      const channel = fake.directMessages(userOf(from), bot);
      fake.userCommands({ from: userOf(from), channel, command: `/${name}`, bot });
    },
    sentTo: (place) => {
      const channel = rooms.has(place.id) ? place : fake.directMessages(userOf(place), bot);
      return fake.sentTo(channel).map(({ shown }) => shown);
    },
    hasLeft: ({ id }) =>
      fake.calls.some(
        ({ method, parameters }) =>
          method === 'conversations.leave' && parameters['channel'] === id,
      ),
    trouble: {
      lost: () => fake.sockets.drop(),
      limited: () => fake.fail('chat.postMessage', 1, { retryAfter: 1 }),
      repeated: () => {
        const delivery = fake.deliveries.findLast(({ appId }) => appId === bot.app.id);
        if (delivery !== undefined) fake.redeliver(delivery.envelopeId);
      },
    },
    downloads: () =>
      fake.calls.filter(({ method, token }) => method === 'file' && token === bot.token).length,
  };
}

/** Opens Slack: one workspace with an app for each account. */
export async function openSlack(count: number): Promise<Network> {
  // Slack tries for minutes; here that is many times in a moment.
  const fake = await fakeSlack({ retries: 1000 });
  const users = new Map<string, FakeSlackUser>();
  const bots = Array.from({ length: count }, (_, index) =>
    index === 0 ? fake.bot : fake.install(fake.addApp(), fake.workspace),
  );
  return {
    channel: 'slack',
    plugin: slack,
    dropsRepeats: false,
    accounts: bots.map((bot) => createAccount(fake, bot, users)),
    anyRoom: { groupPolicy: 'open' },
    noRoom: { groupPolicy: 'disabled' },
    person: (realName) => {
      const user = fake.addUser({ realName });
      users.set(user.id, user);
      return { id: user.id };
    },
    connected: async () => {
      const { sockets } = fake;
      for (let waited = 0; sockets.open < count && waited < 1500; waited += 1) {
        await new Promise((resolve) => {
          setTimeout(resolve, 10);
        });
      }
      if (sockets.open < count) throw new Error('not every app has a socket');
    },
    close: () => fake.close(),
  };
}
