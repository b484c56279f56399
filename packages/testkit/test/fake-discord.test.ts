import { Client, Events, GatewayIntentBits, type Message, Partials } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeDiscord, type FakeDiscordUser, fakeDiscord } from '../src/index.ts';

let discord: FakeDiscord;
let client: Client;
let anna: FakeDiscordUser;
let heard: Message[];
const said = (): readonly string[] => heard.map(({ content }) => content);

const ALL_INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.DirectMessageReactions,
  GatewayIntentBits.MessageContent,
];

function connect(intents: readonly GatewayIntentBits[] = ALL_INTENTS): Client {
  const fresh = new Client({
    intents,
    partials: [Partials.Channel, Partials.Message, Partials.Reaction],
    rest: { api: discord.url, retries: 0 },
    allowedMentions: { parse: [], repliedUser: false },
  });
  fresh.on('error', () => undefined);
  fresh.on(Events.MessageCreate, (message) => heard.push(message));
  return fresh;
}

async function eventually(done: () => boolean): Promise<void> {
  await expect.poll(done, { timeout: 8000, interval: 10 }).toBe(true);
}

async function ready(which: Client): Promise<void> {
  const isReady = new Promise<void>((resolve) => {
    which.once(Events.ClientReady, () => resolve());
  });
  await which.login(discord.token);
  await isReady;
}

beforeEach(async () => {
  discord = await fakeDiscord();
  heard = [];
  client = connect();
  anna = discord.addUser({ username: 'anna', globalName: 'Anna' });
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

describe('an unmodified client library', () => {
  test('logs in, hears a direct message and answers it', async () => {
    await ready(client);
    expect(client.user?.tag).toBe('gate_bot#1234');
    const asked = discord.userSends({ from: anna, content: 'hello' });
    await eventually(() => heard.length === 1);
    expect(heard[0]?.channel.isDMBased()).toBe(true);
    expect(heard[0]?.author.displayName).toBe('Anna');
    await heard[0]?.reply('hi');
    expect(discord.sent).toEqual([
      {
        channelId: asked.channelId,
        messageId: expect.stringMatching(/^\d{17,19}$/u),
        content: 'hi',
        replyTo: asked.messageId,
        pings: { users: [], roles: [], everyone: false },
        files: [],
        suppressesEmbeds: false,
        buttons: [],
        ephemeral: false,
        edits: [],
        deleted: false,
      },
    ]);
    // A bot hears itself, too.
    await eventually(() => heard.length === 2);
    expect(heard[1]?.author.id).toBe(discord.bot.id);
  });

  test('sees servers, threads, roles and who is mentioned', async () => {
    const guild = discord.addGuild({ name: 'Den' });
    const channel = discord.addChannel(guild, { name: 'talk' });
    const own = discord.addRole(guild, { name: 'gate', ofBot: true });
    await ready(client);
    expect(client.guilds.cache.get(guild.id)?.name).toBe('Den');
    const mods = discord.addRole(guild, { name: 'mods' });
    discord.addMember(guild, anna, { nick: 'Boss', roles: [mods] });
    const thread = discord.addThread(channel, { by: anna, name: 'side' });
    const content = `<@${discord.bot.id}> <@&${own.id}> @everyone`;
    const { messageId } = discord.userSends({ from: anna, channel: thread, content });
    await eventually(() => heard.length === 1);
    const [message] = heard;
    const side = message?.channel;
    expect(side?.isThread() === true ? side.parentId : undefined).toBe(channel.id);
    expect(message?.member?.displayName).toBe('Boss');
    expect([...(message?.member?.roles.cache.keys() ?? [])]).toContain(mods.id);
    expect(message?.mentions.users.has(discord.bot.id)).toBe(true);
    expect(message?.mentions.roles.first()?.tags?.botId).toBe(discord.bot.id);
    expect(message?.mentions.everyone).toBe(true);
    expect(messageId).toBe(message?.id);
  });

  test('joins and leaves servers, and learns of new channels', async () => {
    await ready(client);
    const log: string[] = [];
    client.on('guildCreate', ({ name }) => log.push(`joined ${name}`));
    client.on('guildDelete', ({ name }) => log.push(`left ${name}`));
    client.on('channelCreate', ({ name }) => log.push(`channel ${name}`));
    client.on('threadCreate', ({ name }) => log.push(`thread ${name}`));
    const guild = discord.addGuild({ name: 'Den' });
    const forum = discord.addChannel(guild, { name: 'ideas', type: 15 });
    discord.addThread(forum, { by: anna, name: 'post' });
    discord.removesBot(guild);
    await eventually(() => log.length === 4);
    expect(log).toEqual(['joined Den', 'channel ideas', 'thread post', 'left Den']);
  });

  test('an answer names its author only when it notifies him', async () => {
    await ready(client);
    discord.userSends({ from: anna, content: 'one' });
    await eventually(() => heard.length === 1);
    const mine = await heard[0]?.reply('two');
    const replyTo = mine?.id ?? '';
    discord.userSends({ from: anna, content: 'loud', replyTo });
    discord.userSends({ from: anna, content: 'quiet', replyTo, replyPings: false });
    await eventually(() => heard.length === 4);
    const answers = heard.slice(2);
    expect(answers.map(({ mentions }) => mentions.users.has(discord.bot.id))).toEqual([
      true,
      false,
    ]);
    expect(answers.map(({ mentions }) => mentions.repliedUser?.id)).toEqual([
      discord.bot.id,
      discord.bot.id,
    ]);
  });

  test('other bots and webhooks say what they are', async () => {
    const guild = discord.addGuild();
    const channel = discord.addChannel(guild);
    await ready(client);
    discord.userSends({ from: discord.addUser({ bot: true }), channel, content: 'beep' });
    discord.userSends({ from: discord.addWebhook(channel, 'Anna'), channel, content: 'hook' });
    await eventually(() => heard.length === 2);
    expect(heard.map(({ author, webhookId }) => [author.bot, webhookId !== null])).toEqual([
      [true, false],
      [true, true],
    ]);
    expect(heard[1]?.member).toBeNull();
  });

  test('uploads, downloads, edits, deletes, reacts and types', async () => {
    await ready(client);
    const bytes = new TextEncoder().encode('report');
    discord.userSends({ from: anna, content: 'see', files: [{ name: 'a.txt', bytes }] });
    await eventually(() => heard.length === 1);
    const response = await fetch(heard[0]?.attachments.first()?.url ?? '');
    expect(await response.text()).toBe('report');
    const channel = heard[0]?.channel;
    if (channel?.isSendable() !== true) throw new Error('not sendable');
    await channel.sendTyping();
    await heard[0]?.react('👀');
    const sent = await channel.send({
      content: 'x',
      files: [{ attachment: Buffer.from('y'), name: 'b' }],
    });
    await sent.edit('z');
    await sent.delete();
    expect(discord.sent).toMatchObject([
      { content: 'z', edits: ['z'], deleted: true, files: [{ name: 'b' }] },
    ]);
    expect(new TextDecoder().decode(discord.sent[0]?.files[0]?.bytes)).toBe('y');
    const place = { channelId: channel.id, messageId: heard[0]?.id ?? '' };
    expect(discord.reactionsOn(place)).toEqual(['👀']);
    await heard[0]?.reactions.cache.get('👀')?.users.remove(client.user?.id);
    expect(discord.reactionsOn(place)).toEqual([]);
  });

  test('reports edits, previews, deletions and reactions', async () => {
    await ready(client);
    const log: string[] = [];
    client.on('messageUpdate', (_, { content, editedTimestamp, embeds }) =>
      log.push(`${content} ${editedTimestamp === null ? 'unedited' : 'edited'} ${embeds.length}`),
    );
    client.on('messageDelete', ({ id }) => log.push(`gone ${id}`));
    client.on('messageReactionAdd', ({ emoji }, user) => log.push(`${emoji.name} by ${user.id}`));
    client.on('messageReactionRemove', ({ emoji }) => log.push(`no ${emoji.name}`));
    const place = discord.userSends({ from: anna, content: 'a' });
    discord.previewAppears(place);
    discord.userEdits({ ...place, content: 'b' });
    discord.userReacts({ ...place, from: anna, emoji: '👍' });
    discord.userReacts({ ...place, from: anna, emoji: '👍', removed: true });
    discord.userDeletes(place);
    await eventually(() => log.length === 5);
    expect(log).toEqual([
      'a unedited 1',
      'b edited 1',
      `👍 by ${anna.id}`,
      'no 👍',
      `gone ${place.messageId}`,
    ]);
  });

  test('a pressed button is answered once', async () => {
    await ready(client);
    const components = [
      { type: 1, components: [{ type: 2, style: 1, label: 'Yes', custom_id: 'yes:1' }] },
    ];
    const refusals: unknown[] = [];
    client.on('interactionCreate', async (interaction) => {
      if (!interaction.isButton()) return;
      await interaction.update({
        content: `${interaction.user.username} said yes`,
        components: [],
      });
      const again = interaction.client.rest.post(
        `/interactions/${interaction.id}/${interaction.token}/callback`,
        { body: { type: 6 }, auth: false },
      );
      refusals.push(await again.catch((error: unknown) => Reflect.get(Object(error), 'code')));
    });
    const user = await client.users.fetch(anna.id);
    const asked = await user.send({ content: 'Sure?', components });
    expect(discord.sent[0]?.buttons).toEqual([[{ label: 'Yes', customId: 'yes:1' }]]);
    const place = { channelId: asked.channelId, messageId: asked.id };
    const id = discord.userPresses({ ...place, from: anna, customId: 'yes:1' });
    await eventually(() => refusals.length === 1);
    expect(discord.interactionAnswer(id)).toEqual({
      type: 7,
      content: 'anna said yes',
      ephemeral: false,
    });
    expect(discord.sent[0]).toMatchObject({ content: 'anna said yes', buttons: [] });
    expect(refusals).toEqual([40060]);
  });
});

describe('intents', () => {
  test('without the content intent a room message is empty unless it mentions the bot', async () => {
    const channel = discord.addChannel(discord.addGuild());
    const { Guilds, GuildMessages } = GatewayIntentBits;
    client = connect([Guilds, GuildMessages]);
    await ready(client);
    discord.userSends({ from: anna, content: 'direct' });
    discord.userSends({ from: anna, channel, content: 'secret' });
    discord.userSends({ from: anna, channel, content: `<@${discord.bot.id}> open` });
    await eventually(() => heard.length === 2);
    expect(said()).toEqual(['', `<@${discord.bot.id}> open`]);
  });

  test('privileged ones can be refused', async () => {
    await discord.close();
    discord = await fakeDiscord({ privilegedIntents: false });
    client = connect();
    await expect(client.login(discord.token)).rejects.toThrow('Used disallowed intents');
  });
});
