/** A plain grammY bot: the policy decides, it obeys. Type a pairing code in to approve it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { compilePolicy } from '@portcullis/policy';
import { type PairingAction, emptyPairing, pairingTransition } from '@portcullis/policy/pairing';
import { compileToolPolicy } from '@portcullis/policy/tools';
import { Bot } from 'grammy';

const { TELEGRAM_BOT_TOKEN = '', TELEGRAM_API = 'https://api.telegram.org' } = process.env;
const rules: unknown = JSON.parse(readFileSync('policy.json', 'utf8'));
const policy = compilePolicy(rules);
const toolPolicy = compileToolPolicy(rules);
let pairing = emptyPairing('telegram');
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

const bot = new Bot(TELEGRAM_BOT_TOKEN, { client: { apiRoot: TELEGRAM_API } });
const tools = new Map(Object.entries<() => string>({ time: Date, restart: () => 'Restarting.' }));
const registered = [...tools.keys()].map((name) => ({ name, pluginId: 'example' }));

bot.on('message:text', async (context) => {
  const { chat, from, text, reply_to_message: replied } = context.message;
  const kind = chat.type === 'private' ? 'direct' : 'group';
  const sender = { id: from.id, isBot: from.is_bot };
  const event = { channel: 'telegram', kind, peerId: String(chat.id), sender } as const;
  const mentions = context.entities('mention').map((mention) => mention.text.toLowerCase());
  const nativeMention = mentions.includes(`@${context.me.username.toLowerCase()}`);
  const facts = { nativeMention, replyToBot: replied?.from?.id === context.me.id };
  const paired = pairing.accounts['default']?.allow ?? [];
  const decision = policy.ingress({ ...event, text, facts, state: { paired } });
  console.log(from.id, decision.effect, decision.code, decision.path);
  const code = decision.effect === 'pair' && pair({ op: 'request', sender: String(from.id) }).value;
  if (code) await context.reply(`Give this code to the owner: ${code}`);
  if (decision.effect !== 'allow') return;
  const tool = /\buse (\w+)/u.exec(text)?.[1];
  if (tool === undefined) return void (await context.reply(`You said: ${text.slice(0, 4000)}`));
  const call = toolPolicy.tool({ ...event, agentId: 'main', tool, registered });
  const run = call.effect === 'allow' ? tools.get(tool) : undefined;
  await context.reply(run?.() ?? call.reason);
});

const actor = { id: 'terminal', kind: 'cli', scopes: ['operator.pairing'] } as const;
const terminal = createInterface(process.stdin);
terminal.on('line', (code) => console.log(pair({ op: 'approve', code, actor }).reason));
bot.catch(({ message }) => console.error(message));
process.once('SIGTERM', () => void bot.stop());
await bot.start();
terminal.close();
