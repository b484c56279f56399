import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type FakeDiscord,
  type FakeDiscordChannel,
  type FakeDiscordUser,
  fakeDiscord,
} from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EXAMPLE = join(import.meta.dirname, '..');
const SOURCES = '--conditions=@portcullis/source';
const OWNER = '100000000000000001';
const GUILD = '200000000000000001';
const ROOM = '300000000000000001';

let discord: FakeDiscord;
let folder: string;
let bot: ChildProcess;
let env: NodeJS.ProcessEnv;
let owner: FakeDiscordUser;
let room: FakeDiscordChannel;
let other: FakeDiscordChannel;
let pings = 0;

beforeAll(async () => {
  discord = await fakeDiscord();
  folder = await mkdtemp(join(tmpdir(), 'discord-bot-'));
  env = {
    ...process.env,
    DISCORD_BOT_TOKEN: discord.token,
    DISCORD_API: discord.url,
    STATE: join(folder, 'pairing.db'),
  };
  owner = discord.addUser({ id: OWNER, username: 'olga', globalName: 'Olga' });
  const guild = discord.addGuild({ id: GUILD });
  room = discord.addChannel(guild, { id: ROOM });
  other = discord.addChannel(guild, { name: 'not listed' });
  bot = spawn(process.execPath, [SOURCES, 'src/main.ts'], { cwd: EXAMPLE, env, stdio: 'ignore' });
  await discord.waitForSession(15_000);
});
afterAll(async () => {
  bot.kill('SIGTERM');
  if (bot.exitCode === null) await once(bot, 'exit');
  await discord.close();
  await rm(folder, { recursive: true });
});

const inRoom = (channel: { readonly id: string }): readonly string[] =>
  discord.sentTo(channel).map(({ content }) => content);
const heard = (user: FakeDiscordUser): readonly string[] => inRoom(discord.directMessages(user));

/** Everything sent before is dealt with when the owner has an answer: events are taken in order. */
async function settled(): Promise<void> {
  pings += 1;
  discord.userSends({ from: owner, content: `ping ${pings}` });
  await expect.poll(() => heard(owner), { timeout: 5000 }).toContain(`You said: ping ${pings}`);
}

async function approve(code: string): Promise<string> {
  const command = [SOURCES, 'src/gate.ts', code];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: EXAMPLE, env });
  return stdout.trim();
}

const codeIn = (answers: readonly string[]): string => answers[0]?.slice(-8) ?? '';

/** A person the owner has let in. */
async function friend(): Promise<FakeDiscordUser> {
  const user = discord.addUser();
  discord.userSends({ from: user, content: 'hello' });
  await expect.poll(() => heard(user)).toHaveLength(1);
  await approve(codeIn(heard(user)));
  return user;
}

test('a stranger gets one code, and an answer once it is approved', async () => {
  const anna = discord.addUser({ globalName: 'Anna' });
  discord.userSends({ from: anna, content: 'hello' });
  discord.userSends({ from: anna, content: 'hello?' });
  await settled();
  expect(heard(anna)).toEqual([
    expect.stringMatching(/^Give this code to the owner: [A-Z2-9]{8}$/u),
  ]);
  expect(await approve('AAAAAAAA')).toBe('No waiting pairing request has this code.');
  expect(await approve(codeIn(heard(anna)))).toBe('The sender is approved for direct messages.');
  discord.userSends({ from: anna, content: 'hello!' });
  await expect.poll(() => heard(anna).slice(1)).toEqual(['You said: hello!']);
});

test('in a listed channel the bot answers who is listed and mentions it', async () => {
  const mention = `<@${discord.bot.id}>`;
  discord.userSends({ from: owner, channel: room, content: 'nobody asked' });
  discord.userSends({ from: owner, channel: room, content: `${mention} hello` });
  discord.userSends({ from: await friend(), channel: room, content: `${mention} let me in` });
  discord.userSends({ from: owner, channel: other, content: `${mention} hello` });
  await settled();
  expect(inRoom(room)).toEqual([`You said: ${mention} hello`]);
  expect(inRoom(other)).toEqual([]);
});

test('a thread is as welcome as its channel, and an answer is a mention', async () => {
  const mention = `<@${discord.bot.id}>`;
  const thread = discord.addThread(room, { by: owner });
  discord.userSends({ from: owner, channel: thread, content: `${mention} side` });
  await expect.poll(() => inRoom(thread)).toEqual([`You said: ${mention} side`]);
  discord.userSends({ from: owner, channel: room, content: `${mention} you` });
  await expect.poll(() => inRoom(room)).toContain(`You said: ${mention} you`);
  const replyTo = discord.sentTo(room).at(-1)?.messageId ?? '';
  discord.userSends({ from: owner, channel: room, content: 'thanks', replyTo });
  await expect.poll(() => inRoom(room)).toContain('You said: thanks');
});

test('a tool runs for whom the policy gives it', async () => {
  const ben = await friend();
  for (const content of ['use restart', 'use time', 'use rocket']) {
    discord.userSends({ from: ben, content });
  }
  discord.userSends({ from: owner, content: 'use restart' });
  await expect
    .poll(() => heard(ben).slice(1))
    .toEqual([
      'The tool is on the deny list for this sender.',
      expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      'No tool has this name.',
    ]);
  await expect.poll(() => heard(owner)).toContain('Restarting (not really).');
});

test("the owner's names open nothing, whoever wears them", async () => {
  const before = inRoom(room).length;
  const doubles = [
    discord.addUser({ username: 'olga', globalName: 'Olga' }),
    discord.addUser({ username: 'olga', globalName: 'Olga', bot: true }),
    discord.addWebhook(room, 'Olga'),
  ];
  for (const from of doubles) {
    const content = `<@${discord.bot.id}> use restart`;
    discord.userSends({ from, channel: room, content });
  }
  await settled();
  expect(inRoom(room)).toHaveLength(before);
});

test('a policy that cannot be read stops the bot before it connects', async () => {
  const broken = join(folder, 'broken.json');
  await writeFile(broken, '{ "channels": ');
  const child = spawn(process.execPath, [SOURCES, 'src/main.ts'], {
    cwd: EXAMPLE,
    env: { ...env, POLICY: broken },
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(1);
});
