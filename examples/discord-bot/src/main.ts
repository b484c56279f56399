/** A plain discord.js bot. The policy decides who is heard and which tool runs; the bot obeys. */
import { ChannelType, Client, type Message, Partials } from 'discord.js';
import { pair, paired, policy } from './gate.ts';

const { DISCORD_BOT_TOKEN = '', DISCORD_API = 'https://discord.com/api' } = process.env;
const client = new Client({
  intents: ['Guilds', 'GuildMessages', 'DirectMessages', 'MessageContent'],
  partials: [Partials.Channel],
  allowedMentions: { parse: [] },
  rest: { api: DISCORD_API },
});
const tools = new Map<string, () => string>()
  .set('time', () => new Date().toISOString())
  .set('restart', () => 'Restarting (not really).');
const registered = [...tools.keys()].map((name) => ({ name, pluginId: 'example' }));

async function answer(message: Message<boolean>): Promise<void> {
  const { author, channel, content: text, mentions } = message;
  const { id, bot: isBot, username, displayName: name } = author;
  const { id: me } = message.client.user;
  const roles = [...(message.member?.roles.cache.keys() ?? [])];
  const event = {
    channel: 'discord',
    kind: channel.type === ChannelType.DM ? 'direct' : 'channel',
    peerId: channel.id,
    parentId: (channel.isThread() && channel.parentId) || '',
    guildId: message.guildId ?? '',
    sender: { id, isSelf: id === me, isBot, username, name, roles },
  } as const;
  const [nativeMention, replyToBot] = [mentions.users.has(me), mentions.repliedUser?.id === me];
  const facts = { nativeMention, replyToBot };
  const decision = policy.ingress({ ...event, text, facts, state: { paired: paired() } });
  console.log(id, decision.effect, decision.code, decision.path);
  if (decision.effect === 'pair') {
    const { value: code } = pair({ op: 'request', sender: id });
    if (code !== undefined) await message.reply(`Give this code to the owner: ${code}`);
  }
  if (decision.effect !== 'allow' || message.system) return;
  const tool = /\buse (\w+)/u.exec(text)?.[1];
  if (tool === undefined) return void (await message.reply(`You said: ${text.slice(0, 1900)}`));
  const requesterIsOwner = policy.isOwner('discord', id);
  const call = policy.tool({ ...event, agentId: 'main', tool, registered, requesterIsOwner });
  const run = call.effect === 'allow' ? tools.get(tool) : undefined;
  await message.reply(run?.() ?? call.reason);
}

client.on('messageCreate', (message) => void answer(message).catch(console.error));
client.on('error', console.error);
process.once('SIGTERM', () => void client.destroy());
await client.login(DISCORD_BOT_TOKEN);
