import type { Event } from '@portcullis/core';
import type { FakeDiscordChannel, FakeDiscordGuild } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench, until } from './bench.ts';

let bench: Bench;
let guild: FakeDiscordGuild;
let channel: FakeDiscordChannel;

beforeEach(async () => {
  bench = await createBench();
  guild = bench.discord.addGuild();
  channel = bench.discord.addChannel(guild);
  await bench.connect();
  await bench.waitForEvents(1);
});
afterEach(() => bench.close());

/** The event an act brings. */
async function after(act: () => unknown): Promise<Event> {
  const before = bench.events.length;
  act();
  await bench.waitForEvents(before + 1);
  const event = bench.events[before];
  if (event === undefined) throw new Error('no event');
  return event;
}

/** The event a message in the channel brings. */
const said = (content: string, more: object = {}) =>
  after(() => bench.discord.userSends({ from: bench.anna, channel, content, ...more }));

const ownMessage = async (): Promise<string> => {
  const own = bench.discord.userSends({ from: bench.discord.bot, channel, content: 'ours' });
  await until(() => bench.events.some(({ messageId }) => messageId === own.messageId), 'the echo');
  return own.messageId;
};

describe('who and where', () => {
  test('a direct message is from an id, in the conversation of that id', async () => {
    const { discord, anna } = bench;
    const event = await after(() => discord.userSends({ from: anna, content: 'hello' }));
    expect(event).toMatchObject({
      kind: 'message',
      conversation: { channel: 'discord', accountId: 'default', kind: 'direct', id: anna.id },
      sender: { id: anna.id, username: 'anna' },
      text: 'hello',
    });
    expect(event.eventId).toBe(`message:${anna.id}:${event.messageId}`);
    expect(event.sender).not.toHaveProperty('isBot');
  });

  test('P14.01: a name is never an identity: another name is the same person, an equal name is not', async () => {
    const { discord, anna } = bench;
    const renamed = { ...anna, username: 'boss', global_name: 'The Owner' };
    const twin = discord.addUser({ username: 'anna' });
    const first = await after(() => discord.userSends({ from: renamed, content: 'a' }));
    const second = await after(() => discord.userSends({ from: twin, content: 'b' }));
    expect(first.sender).toMatchObject({ id: anna.id, name: 'The Owner' });
    expect(second.sender.id).toBe(twin.id);
  });

  test('a channel of a server names the server, a member brings roles', async () => {
    const { discord, anna } = bench;
    const role = discord.addRole(guild);
    discord.addMember(guild, anna, { nick: 'Queen', roles: [role] });
    const event = await said('hello');
    expect(event.conversation).toEqual({
      channel: 'discord',
      accountId: 'default',
      kind: 'channel',
      id: channel.id,
      guildId: guild.id,
    });
    expect(event.sender).toMatchObject({ roles: [role.id], name: 'Queen' });
  });

  test.each([
    ['a thread', 0],
    ['a post of a forum', 15],
    ['a thread of announcements', 5],
  ] as const)('%s has its own id and names its channel', async (_name, type) => {
    const { discord, anna } = bench;
    const parent = discord.addChannel(guild, { type });
    const thread = discord.addThread(parent, { by: anna });
    const event = await said('hello', { channel: thread });
    expect(event.conversation).toMatchObject({
      kind: 'channel',
      id: thread.id,
      threadId: thread.id,
      parentId: parent.id,
      guildId: guild.id,
    });
  });

  test('after a start that resumed, a thread is asked for where it belongs', async () => {
    const { discord, anna } = bench;
    const thread = discord.addThread(channel, { by: anna });
    await said('before', { channel: thread });
    await bench.stop();
    await bench.renew();
    await bench.connect();
    discord.fail('getChannel', 12, 502);
    const event = await said('after', { channel: thread });
    expect(event.conversation.parentId).toBe(channel.id);
  });

  test('a place Discord never answers for holds the others up for a while only', async () => {
    const impatient = await createBench({}, { lookupMs: 100 });
    try {
      const { discord, anna } = impatient;
      const here = discord.addChannel(discord.addGuild());
      const thread = discord.addThread(here, { by: anna });
      await impatient.connect();
      await impatient.stop();
      await impatient.renew();
      await impatient.connect();
      discord.fail('getChannel', 1000, 500);
      discord.userSends({ from: anna, channel: thread, content: 'nowhere' });
      discord.userSends({ from: anna, content: 'heard' });
      await until(() => impatient.events.some(({ text }) => text === 'heard'), 'the other');
      expect(impatient.events.some(({ text }) => text === 'nowhere')).toBe(false);
    } finally {
      await impatient.close();
    }
  });

  test('a thread whose channel Discord does not show is not heard', async () => {
    const { discord, anna } = bench;
    const thread = { id: '88888888888888888', type: 11 };
    discord.gateway.deliver('MESSAGE_CREATE', {
      id: '88888888888888889',
      channel_id: thread.id,
      channel_type: 11,
      guild_id: guild.id,
      author: { id: anna.id, username: 'anna' },
      content: 'out of nowhere',
      type: 0,
      timestamp: new Date().toISOString(),
    });
    await said('heard');
    expect(bench.events.some(({ text }) => text === 'out of nowhere')).toBe(false);
  });

  test('a group of people is a group conversation', async () => {
    const { discord, anna } = bench;
    const event = await after(() =>
      discord.gateway.deliver('MESSAGE_CREATE', {
        id: '77777777777777778',
        channel_id: '77777777777777777',
        channel_type: 3,
        author: { id: anna.id, username: 'anna' },
        content: 'hello all',
        type: 0,
        timestamp: '2026-01-02T03:04:05.000000+00:00',
      }),
    );
    expect(event.conversation).toMatchObject({ kind: 'groupdm', id: '77777777777777777' });
    expect(event.at).toBe(Date.parse('2026-01-02T03:04:05Z'));
  });

  test('webhooks and other bots are bots, whatever they call themselves', async () => {
    const { discord } = bench;
    const webhook = discord.addWebhook(channel, 'anna');
    const first = await said('I am anna', { from: webhook });
    expect(first.sender).toMatchObject({ id: webhook.id, isBot: true });
    expect(first.sender).not.toHaveProperty('roles');
    const other = await said('so am I', { from: discord.addUser({ bot: true }) });
    expect(other.sender).toMatchObject({ isBot: true });
    const own = await said('and I', { from: discord.bot });
    expect(own.sender).toMatchObject({ isSelf: true, isBot: true });
  });
});

const us = () => `<@${bench.discord.bot.id}>`;

describe('whom it addresses', () => {
  test('a mention of us is one, in front it is left out of the words, elsewhere it is our name', async () => {
    expect(await said(`${us()} hello`)).toMatchObject({
      text: 'hello',
      facts: { nativeMention: true },
    });
    expect(await said(`ask ${us()} now`)).toMatchObject({ text: 'ask @gate_bot now' });
  });

  test('everyone is not us, and our name in words is no mention', async () => {
    for (const content of ['@everyone hello', '@here', '@gate_bot hello']) {
      expect(await said(content)).not.toHaveProperty('facts');
    }
  });

  test('the role Discord made for the bot is us, another role is somebody else', async () => {
    const { discord } = bench;
    const ours = discord.addRole(guild, { ofBot: true });
    const other = discord.addRole(guild);
    discord.addMember(guild, discord.bot, { roles: [ours, other] });
    expect(await said(`<@&${ours.id}> hi`)).toMatchObject({ facts: { nativeMention: true } });
    expect((await said(`<@&${other.id}> hi`)).facts).toEqual({ mentionsOthers: true });
    // Also where the roles of the server have to be asked for.
    await bench.stop();
    await bench.renew();
    await bench.connect();
    expect((await said(`<@&${ours.id}> hi`)).facts).toEqual({ nativeMention: true });
  });

  test('an answer to us is told as such, with and without a notification', async () => {
    const replyTo = await ownMessage();
    for (const replyPings of [true, false]) {
      const event = await said('thanks', { replyTo, replyPings });
      expect(event.facts).toEqual({ replyToBot: true });
      expect(event.replyTo).toBe(replyTo);
      expect(event.context).toMatchObject([
        { kind: 'quote', sender: { isSelf: true }, text: 'ours' },
      ]);
    }
    expect((await said(`${us()} thanks`, { replyTo })).facts).toEqual({
      nativeMention: true,
      replyToBot: true,
    });
  });

  test('an answer to somebody else mentions nobody, unless it says so', async () => {
    const { discord } = bench;
    const ben = discord.addUser();
    const { messageId: replyTo } = discord.userSends({ from: ben, channel, content: 'first' });
    await until(() => bench.events.some(({ text }) => text === 'first'), 'the first');
    expect(await said('yes', { replyTo })).not.toHaveProperty('facts');
    expect((await said(`<@${ben.id}> yes`, { replyTo })).facts).toEqual({ mentionsOthers: true });
  });

  test('others are shown by their ids, which are theirs for good', async () => {
    const { id } = bench.discord.addUser();
    const event = await said(
      `<@${id}> <@!${id}> <#${channel.id}> <:wave:123456789> </stop:123456>`,
    );
    expect(event.text).toBe(`@${id} @${id} #${channel.id} :wave: /stop`);
    expect(event.kind).toBe('message');
  });

  test('whether we wrote in a thread', async () => {
    const { discord, anna } = bench;
    const thread = discord.addThread(channel, { by: anna });
    expect(await said('hello', { channel: thread })).not.toHaveProperty('facts');
    await said('ours', { channel: thread, from: discord.bot });
    expect((await said('and?', { channel: thread })).facts).toEqual({ botInThread: true });
  });
});

describe('what it is', () => {
  test('a typed command, after a mention or by itself', async () => {
    const command = { name: 'stop', args: 'now please' };
    expect(await said('/stop now please')).toMatchObject({ kind: 'command', command });
    const mentioned = await said(`<@${bench.discord.bot.id}> /STOP now please`);
    expect(mentioned).toMatchObject({ kind: 'command', command, text: '/STOP now please' });
    expect((await said('please /stop')).kind).toBe('message');
    expect((await said('/')).kind).toBe('message');
  });

  test('an edit has an id of its own, and never commands', async () => {
    const { discord } = bench;
    const event = await said('hello');
    const place = { channelId: channel.id, messageId: event.messageId ?? '' };
    const edit = await after(() => discord.userEdits({ ...place, content: '/stop' }));
    expect(edit).toMatchObject({ kind: 'edit', text: '/stop', messageId: event.messageId });
    expect(edit.eventId).toMatch(/^edit:/u);
    expect(edit).not.toHaveProperty('command');
  });

  test('forwarded words are context of nobody, never text, and neither mention nor command', async () => {
    const { discord, anna } = bench;
    const content = `<@${discord.bot.id}> /stop`;
    const event = await after(() => discord.userForwards({ from: anna, channel, content }));
    expect(event).toMatchObject({ kind: 'message', text: '' });
    expect(event.context).toEqual([{ kind: 'forwarded', sender: {}, text: '/stop' }]);
    expect(event).not.toHaveProperty('facts');
    expect(event).not.toHaveProperty('command');
  });

  test('a reaction, taken back and given again, is three events', async () => {
    const { discord, anna } = bench;
    const messageId = await ownMessage();
    const react = (removed: boolean) =>
      after(() =>
        discord.userReacts({ from: anna, channelId: channel.id, messageId, emoji: '👍', removed }),
      );
    const events = [await react(false), await react(true), await react(false)];
    expect(events.map(({ kind, text }) => [kind, text])).toEqual([
      ['reaction', '👍'],
      ['reaction', ''],
      ['reaction', '👍'],
    ]);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
    expect(events[0]).toMatchObject({ sender: { id: anna.id }, messageId });
  });

  test('a replayed reaction keeps its id', async () => {
    const { discord, anna } = bench;
    const messageId = await ownMessage();
    let refusals = 1;
    bench.onAccept(async ({ kind }) => {
      if (kind !== 'reaction') return;
      refusals -= 1;
      if (refusals < 0) return;
      discord.gateway.drop();
      throw new Error('the disk is full');
    });
    const event = await after(() =>
      discord.userReacts({ from: anna, channelId: channel.id, messageId, emoji: '🎉' }),
    );
    expect(bench.offered.filter(({ eventId }) => eventId === event.eventId)).toHaveLength(2);
  });

  test.each([
    [
      6,
      { message_reference: { message_id: '66666666666666666' } },
      { kind: 'pin', messageId: '66666666666666666' },
    ],
    [7, {}, { kind: 'member', text: expect.stringMatching(/^joined: \d+$/u) }],
  ])('a message of type %s of Discord itself', async (type, more, wanted) => {
    const { discord, anna } = bench;
    const event = await after(() =>
      discord.gateway.deliver('MESSAGE_CREATE', {
        id: discord.addUser().id,
        channel_id: channel.id,
        channel_type: 0,
        guild_id: guild.id,
        author: { id: anna.id, username: 'anna' },
        content: '',
        type,
        timestamp: new Date().toISOString(),
        ...more,
      }),
    );
    expect(event).toMatchObject(wanted);
  });

  test('a sticker and a poll are described', async () => {
    const { discord, anna } = bench;
    const event = await after(() =>
      discord.gateway.deliver('MESSAGE_CREATE', {
        id: discord.addUser().id,
        channel_id: channel.id,
        channel_type: 0,
        guild_id: guild.id,
        author: { id: anna.id, username: 'anna' },
        content: '',
        type: 0,
        sticker_items: [{ name: 'Wave' }],
        poll: { question: { text: 'Now?' }, answers: [{ poll_media: { text: 'Yes' } }] },
        timestamp: new Date().toISOString(),
      }),
    );
    expect(event.text).toBe('[sticker] Wave\n[poll] Now? / Yes');
  });

  test('what cannot be read is passed by, without its words in the log', async () => {
    const { discord } = bench;
    for (const data of [{}, { id: 1, author: 'words' }, { channel_id: 'words', type: 0 }]) {
      discord.gateway.deliver('MESSAGE_CREATE', data);
      discord.gateway.deliver('MESSAGE_REACTION_ADD', data);
      discord.gateway.deliver('INTERACTION_CREATE', data);
      discord.gateway.deliver('GUILD_CREATE', { ...data, unavailable: true });
    }
    discord.gateway.deliver('HOLOGRAM', { words: 'secret words' });
    await said('after');
    expect(bench.account.lines.join('\n')).not.toContain('words');
  });
});
