/** A plain discord.js bot: the policy decides, it obeys. Type a pairing code in to approve it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { compilePolicy } from '@portcullis/policy';
import { type PairingAction, emptyPairing, pairingTransition } from '@portcullis/policy/pairing';
import { compileToolPolicy } from '@portcullis/policy/tools';
import { ChannelType, Client, Partials } from 'discord.js';

const { DISCORD_BOT_TOKEN = '', DISCORD_API: api = 'https://discord.com/api' } = process.env;
const rules: unknown = JSON.parse(readFileSync('policy.json', 'utf8'));
const policy = compilePolicy(rules);
const toolPolicy = compileToolPolicy(rules);
let pairing = emptyPairing('discord');
if (existsSync('pairing.json')) pairing = JSON.parse(readFileSync('pairing.json', 'utf8'));

/** Reads, runs and writes in one synchronous step of one process: nothing can come in between. */
function pair(action: PairingAction) {
  const draw = [1, 2, 3].map(() => crypto.getRandomValues(new Uint8Array(8)));
  const next = pairingTransition(pairing, action, { ...policy.pairing, now: Date.now(), draw });
  writeFileSync('pairing.new', JSON.stringify(next.state), { mode: 0o600, flush: true });
  renameSync('pairing.new', 'pairing.json');
  pairing = next.state;
  return next.decision;
}

const intents = ['Guilds', 'GuildMessages', 'DirectMessages', 'MessageContent'] as const;
const options = { partials: [Partials.Channel], allowedMentions: { parse: [] }, rest: { api } };
const client = new Client({ intents, ...options });
const tools = new Map(Object.entries<() => string>({ time: Date, restart: () => 'Restarting.' }));
const registered = [...tools.keys()].map((name) => ({ name, pluginId: 'example' }));

client.on('messageCreate', async (message) => {
  const { author, channel, channelId: peerId, content: text, mentions } = message;
  const [guildId, me] = [message.guildId ?? '', message.client.user.id];
  const kind = channel.type === ChannelType.DM ? 'direct' : 'channel';
  const parentId = (channel.isThread() && channel.parentId) || '';
  const roles = [...(message.member?.roles.cache.keys() ?? [])];
  const sender = { id: author.id, isSelf: author.id === me, isBot: author.bot, roles };
  const event = { channel: 'discord', kind, peerId, parentId, guildId, sender } as const;
  const nativeMention = mentions.users.has(me);
  const facts = { nativeMention, replyToBot: mentions.repliedUser?.id === me };
  const paired = pairing.accounts['default']?.allow ?? [];
  const decision = policy.ingress({ ...event, text, facts, state: { paired } });
  console.log(author.id, decision.effect, decision.code, decision.path);
  const code = decision.effect === 'pair' && pair({ op: 'request', sender: author.id }).value;
  if (code) await message.reply(`Give this code to the owner: ${code}`);
  if (decision.effect !== 'allow' || message.system) return;
  const tool = /\buse (\w+)/u.exec(text)?.[1];
  if (tool === undefined) return void (await message.reply(`You said: ${text.slice(0, 1900)}`));
  const call = toolPolicy.tool({ ...event, agentId: 'main', tool, registered });
  const run = call.effect === 'allow' ? tools.get(tool) : undefined;
  await message.reply(run?.() ?? call.reason);
});

const actor = { id: 'terminal', kind: 'cli', scopes: ['operator.pairing'] } as const;
const terminal = createInterface(process.stdin);
terminal.on('line', (code) => console.log(pair({ op: 'approve', code, actor }).reason));
client.on('error', console.error); // also what the handler above rejects with
await client.login(DISCORD_BOT_TOKEN);
