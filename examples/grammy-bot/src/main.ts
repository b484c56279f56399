/** A plain grammY bot. The policy decides who is heard and which tool runs; the bot only obeys. */
import { Bot } from 'grammy';
import { pair, paired, policy } from './gate.ts';

const { TELEGRAM_BOT_TOKEN = '', TELEGRAM_API = 'https://api.telegram.org' } = process.env;
const bot = new Bot(TELEGRAM_BOT_TOKEN, { client: { apiRoot: TELEGRAM_API } });
const tools = new Map<string, () => string>()
  .set('time', () => new Date().toISOString())
  .set('restart', () => 'Restarting (not really).');
const registered = [...tools.keys()].map((name) => ({ name, pluginId: 'example' }));

bot.on('message:text', async (context) => {
  const { chat, from, text, reply_to_message: replied } = context.message;
  const { id: me, username } = context.me;
  const event = {
    channel: 'telegram',
    kind: chat.type === 'private' ? 'direct' : 'group',
    peerId: String(chat.id),
    sender: {
      id: from.id,
      isBot: from.is_bot,
      username: from.username ?? '',
      name: from.first_name,
    },
  } as const;
  const mentions = context.entities('mention').map((mention) => mention.text.toLowerCase());
  const nativeMention = mentions.includes(`@${username.toLowerCase()}`);
  const facts = { nativeMention, replyToBot: replied?.from?.id === me };
  const decision = policy.ingress({ ...event, text, facts, state: { paired: paired() } });
  console.log(from.id, decision.effect, decision.code, decision.path);
  if (decision.effect === 'pair') {
    const { value: code } = pair({ op: 'request', sender: String(from.id) });
    if (code !== undefined) await context.reply(`Give this code to the owner: ${code}`);
  }
  if (decision.effect !== 'allow') return;
  const tool = /\buse (\w+)/u.exec(text)?.[1];
  if (tool === undefined) return void (await context.reply(`You said: ${text.slice(0, 4000)}`));
  const requesterIsOwner = policy.isOwner('telegram', from.id);
  const call = policy.tool({ ...event, agentId: 'main', tool, registered, requesterIsOwner });
  const run = call.effect === 'allow' ? tools.get(tool) : undefined;
  await context.reply(run?.() ?? call.reason);
});

bot.catch(({ message }) => console.error(message));
process.once('SIGTERM', () => void bot.stop());
await bot.start();
