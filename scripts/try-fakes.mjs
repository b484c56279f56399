/**
 * `pnpm run try:fakes`: the fake networks of the testkit against clients that nobody here wrote:
 * Debian's `python3-python-telegram-bot` and `python3-discord`, which must be installed. No part of
 * the tests, because most machines do not have them. Build first.
 *
 * `--only telegram|discord` tries one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { fakeDiscord, fakeTelegram } from '@portcullis/testkit';

const PYTHON = '/usr/bin/python3';
const PATIENCE_MS = 20_000;

const { values } = parseArgs({ options: { only: { type: 'string' } } });

let failed = 0;
let passed = 0;

function report(name, seen, wanted) {
  const ok = JSON.stringify(seen) === JSON.stringify(wanted);
  console.log(`${ok ? '  ok ' : 'FAIL '} ${name}`);
  if (ok) passed += 1;
  else {
    failed += 1;
    console.log(
      `       | wanted ${JSON.stringify(wanted)}\n       | saw    ${JSON.stringify(seen)}`,
    );
  }
}

/** Starts a bot and waits until it says that it is there. */
async function startBot(name, { url, token }) {
  const program = fileURLToPath(new URL(`fakes/${name}_bot.py`, import.meta.url));
  const child = spawn(PYTHON, ['-W', 'ignore', program, url], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  });
  child.stdin.end(`${token}\n`);
  let said = '';
  child.stderr.on('data', (data) => {
    said += String(data);
  });
  const ready = once(createInterface(child.stdout), 'line');
  const late = new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`the bot did not log in\n${said}`)), PATIENCE_MS).unref();
    child.once('exit', () => reject(new Error(`the bot ended\n${said}`)));
  });
  await Promise.race([ready, late]);
  late.catch(() => undefined);
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function tryTelegram() {
  const telegram = await fakeTelegram();
  const anna = telegram.addUser({ firstName: 'Anna', username: 'anna' });
  const room = telegram.addGroup({ title: 'Family' });
  const bot = await startBot('telegram', telegram);
  const next = async (count) => (await telegram.waitForSent(count, PATIENCE_MS))[count - 1];
  try {
    const asked = telegram.userSends({ from: anna, text: 'hello' });
    report(
      'telegram: a direct message is heard and answered',
      (await next(1)).text,
      'heard private: hello',
    );
    telegram.userSends({ from: anna, chat: room, text: '@gate_bot hello' });
    report(
      'telegram: a mention in a group',
      (await next(2)).text,
      'heard supergroup @gate_bot: @gate_bot hello',
    );
    telegram.userEdits({ from: anna, messageId: asked.messageId, text: 'hello again' });
    report('telegram: an edit', (await next(3)).text, 'edited private: hello again');
    telegram.userSends({ from: anna, document: { name: 'a.bin', bytes: new Uint8Array(1234) } });
    report('telegram: a file is fetched', (await next(4)).text, 'file 1234');
    const { messageId } = telegram.sent[0];
    const press = telegram.userPresses({ from: anna, messageId, data: 'yes' });
    await telegram.waitForCall('editMessageText', 1, PATIENCE_MS);
    report('telegram: a button is answered', telegram.callbackAnswer(press), 'noted');
    await telegram.waitForAcknowledged(PATIENCE_MS);
    report('telegram: everything is acknowledged', telegram.unacknowledged, 0);
  } finally {
    await bot.stop();
    await telegram.close();
  }
}

async function tryDiscord() {
  const discord = await fakeDiscord();
  const anna = discord.addUser({ username: 'anna', globalName: 'Anna' });
  const guild = discord.addGuild({ name: 'Team' });
  discord.addMember(guild, anna);
  const channel = discord.addChannel(guild, { name: 'general' });
  const bot = await startBot('discord', discord);
  const next = async (count) => (await discord.waitForSent(count, PATIENCE_MS))[count - 1];
  try {
    const asked = discord.userSends({ from: anna, content: 'hello' });
    report(
      'discord: a direct message is heard and answered',
      (await next(1)).content,
      'direct: hello',
    );
    discord.userSends({ from: anna, channel, content: `<@${discord.bot.id}> hello` });
    const mentioned = 'guild mentioned: @gate_bot hello';
    report('discord: a mention in a server', (await next(2)).content, mentioned);
    discord.userEdits({ ...asked, content: 'hello again' });
    report('discord: an edit', (await next(3)).content, 'edited: hello again');
    discord.gateway.drop();
    discord.userSends({ from: anna, content: 'are you there?' });
    report(
      'discord: what came while the connection was lost',
      (await next(4)).content,
      'direct: are you there?',
    );
    report('discord: the session was taken up again', discord.gateway.resumes > 0, true);
  } finally {
    await bot.stop();
    await discord.close();
  }
}

const PARTS = { telegram: tryTelegram, discord: tryDiscord };
const wanted = values.only === undefined ? Object.keys(PARTS) : [values.only];
const unknown = wanted.find((part) => !Object.hasOwn(PARTS, part));
if (unknown !== undefined) {
  console.error(`--only takes ${Object.keys(PARTS).join(', ')}; "${unknown}" is none of them.`);
  process.exit(2);
}
for (const part of wanted) {
  try {
    await PARTS[part]();
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${part}: ${error.message}`);
  }
}
console.log(`\n${passed} passed, ${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;
