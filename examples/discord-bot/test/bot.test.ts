import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  type FakeDiscord,
  type FakeDiscordChannel,
  type FakeDiscordUser,
  fakeDiscord,
} from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EXAMPLE = join(import.meta.dirname, '..');
const PROGRAM = ['--conditions=@portcullis/source', join(EXAMPLE, 'src/main.ts')];
const OWNER = '100000000000000001';
const GUILD = '200000000000000001';
const ROOM = '300000000000000001';

let discord: FakeDiscord;
let folder: string;
let bot: ChildProcessByStdio<Writable, Readable, null>;
let printed: string[];
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
  };
  owner = discord.addUser({ id: OWNER, username: 'olga', globalName: 'Olga' });
  const guild = discord.addGuild({ id: GUILD });
  room = discord.addChannel(guild, { id: ROOM });
  other = discord.addChannel(guild, { name: 'not listed' });
  await cp(join(EXAMPLE, 'policy.json'), join(folder, 'policy.json'));
  await start();
});
afterAll(async () => {
  await stop();
  await discord.close();
  await rm(folder, { recursive: true });
});

/** Starts the program in the folder that holds its rules and its state. */
async function start(): Promise<void> {
  const before = discord.calls.filter(({ operation }) => operation === 'getGatewayBot').length;
  bot = spawn(process.execPath, PROGRAM, { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines: string[] = [];
  createInterface(bot.stdout).on('line', (line) => lines.push(line));
  printed = lines;
  await discord.waitForCall('getGatewayBot', before + 1, 15_000);
  await discord.waitForSession(15_000);
}

async function stop(): Promise<void> {
  bot.kill('SIGTERM');
  if (bot.exitCode === null && bot.signalCode === null) await once(bot, 'exit');
}

const inRoom = (channel: { readonly id: string }): readonly string[] =>
  discord.sentTo(channel).map(({ content }) => content);
const heard = (user: FakeDiscordUser): readonly string[] => inRoom(discord.directMessages(user));

/** Everything sent before is dealt with when the owner has an answer: events are taken in order. */
async function settled(): Promise<void> {
  pings += 1;
  discord.userSends({ from: owner, content: `ping ${pings}` });
  await expect.poll(() => heard(owner), { timeout: 5000 }).toContain(`You said: ping ${pings}`);
}

/** What the bot printed about codes typed in; the log of messages starts with an id. */
const remarks = (): readonly string[] => printed.filter((line) => !/^\d/u.test(line));

/** Types a code into the bot's own terminal; returns what the bot says about it. */
async function approve(code: string): Promise<string | undefined> {
  const before = remarks().length;
  bot.stdin.write(`${code}\n`);
  await expect.poll(remarks).toHaveLength(before + 1);
  return remarks().at(-1);
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

test('in a listed channel the bot remarks who is listed and mentions it', async () => {
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
      expect.stringMatching(/^\w{3} \w{3} \d\d \d{4} /u),
      'No tool has this name.',
    ]);
  await expect.poll(() => heard(owner)).toContain('Restarting.');
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

test('an approval outlives the program, in a file that only its owner may read', async () => {
  const carla = await friend();
  await stop();
  await start();
  discord.userSends({ from: carla, content: 'still there?' });
  await expect
    .poll(() => heard(carla).slice(1), { timeout: 5000 })
    .toEqual(['You said: still there?']);
  expect((await stat(join(folder, 'pairing.json'))).mode & 0o777).toBe(0o600);
});

test('a code that cannot be stored is not given out, and the bot goes on', async () => {
  const ghost = discord.addUser();
  await mkdir(join(folder, 'pairing.new'));
  discord.userSends({ from: ghost, content: 'hello' });
  await settled();
  expect(heard(ghost)).toEqual([]);
  await rmdir(join(folder, 'pairing.new'));
  discord.userSends({ from: ghost, content: 'hello?' });
  await expect.poll(() => heard(ghost)).toEqual([expect.stringContaining('Give this code')]);
});

test.each(['policy.json', 'pairing.json'])('a broken %s stops the bot', async (name) => {
  const cwd = join(folder, `broken-${name}`);
  await cp(join(EXAMPLE, 'policy.json'), join(cwd, 'policy.json'));
  await writeFile(join(cwd, name), '{ "channels": ');
  const child = spawn(process.execPath, PROGRAM, { cwd, env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(1);
});
