import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type FakeTelegram, type FakeTelegramUser, fakeTelegram } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EXAMPLE = join(import.meta.dirname, '..');
const PROGRAM = ['--conditions=@portcullis/source', join(EXAMPLE, 'src/main.ts')];
const OWNER = 1001;
const ROOM = -1_001_234_567_890;

let telegram: FakeTelegram;
let folder: string;
let bot: ChildProcessByStdio<Writable, Readable, null>;
let printed: string[];
let env: NodeJS.ProcessEnv;
let owner: FakeTelegramUser;
let pings = 0;

beforeAll(async () => {
  telegram = await fakeTelegram();
  folder = await mkdtemp(join(tmpdir(), 'grammy-bot-'));
  env = {
    ...process.env,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API: telegram.url,
  };
  owner = telegram.addUser({ id: OWNER, firstName: 'Olga', username: 'olga' });
  telegram.addGroup({ id: ROOM });
  await cp(join(EXAMPLE, 'policy.json'), join(folder, 'policy.json'));
  await start();
});
afterAll(async () => {
  await stop();
  await telegram.close();
  await rm(folder, { recursive: true });
});

/** Starts the program in the folder that holds its rules and its state. */
async function start(): Promise<void> {
  const before = telegram.calls.filter(({ method }) => method === 'getUpdates').length;
  bot = spawn(process.execPath, PROGRAM, { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines: string[] = [];
  createInterface(bot.stdout).on('line', (line) => lines.push(line));
  printed = lines;
  await telegram.waitForCall('getUpdates', before + 1, 15_000);
}

async function stop(): Promise<void> {
  bot.kill('SIGTERM');
  if (bot.exitCode === null && bot.signalCode === null) await once(bot, 'exit');
}

const heard = (id: number): readonly string[] => telegram.sentTo({ id }).map(({ text }) => text);

/** Everything sent before is dealt with when the owner has an answer: updates are taken in order. */
async function settled(): Promise<void> {
  pings += 1;
  telegram.userSends({ from: owner, text: `ping ${pings}` });
  await expect.poll(() => heard(OWNER), { timeout: 5000 }).toContain(`You said: ping ${pings}`);
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

/** A person the owner has let in. */
async function friend(): Promise<FakeTelegramUser> {
  const user = telegram.addUser();
  telegram.userSends({ from: user, text: 'hello' });
  await settled();
  await approve(heard(user.id)[0]?.slice(-8) ?? '');
  return user;
}

test('a stranger gets one code, and an answer once it is approved', async () => {
  const anna = telegram.addUser({ firstName: 'Anna' });
  telegram.userSends({ from: anna, text: 'hello' });
  telegram.userSends({ from: anna, text: 'hello?' });
  await settled();
  expect(heard(anna.id)).toEqual([
    expect.stringMatching(/^Give this code to the owner: [A-Z2-9]{8}$/u),
  ]);
  expect(await approve('AAAAAAAA')).toBe('No waiting pairing request has this code.');
  expect(await approve(heard(anna.id)[0]?.slice(-8) ?? '')).toBe(
    'The sender is approved for direct messages.',
  );
  telegram.userSends({ from: anna, text: 'hello!' });
  await settled();
  expect(heard(anna.id).slice(1)).toEqual(['You said: hello!']);
});

test('in a listed group the bot remarks who is listed and mentions it', async () => {
  const chat = { id: ROOM, type: 'supergroup' } as const;
  telegram.userSends({ from: owner, chat, text: 'nobody asked' });
  telegram.userSends({ from: owner, chat, text: '@gate_bot hello' });
  telegram.userSends({ from: await friend(), chat, text: '@gate_bot let me in' });
  const other = telegram.addGroup();
  telegram.userSends({ from: owner, chat: other, text: '@gate_bot hello' });
  await settled();
  expect(heard(ROOM)).toEqual(['You said: @gate_bot hello']);
  expect(heard(other.id)).toEqual([]);
});

test('a tool runs for whom the policy gives it', async () => {
  const ben = await friend();
  for (const text of ['use restart', 'use time', 'use rocket']) {
    telegram.userSends({ from: ben, text });
  }
  telegram.userSends({ from: owner, text: 'use restart' });
  await settled();
  expect(heard(ben.id).slice(1)).toEqual([
    'The tool is on the deny list for this sender.',
    expect.stringMatching(/^\w{3} \w{3} \d\d \d{4} /u),
    'No tool has this name.',
  ]);
  expect(heard(OWNER)).toContain('Restarting.');
});

test("the owner's names open nothing", async () => {
  const double = telegram.addUser({ firstName: 'Olga', username: 'o1ga' });
  const chat = { id: ROOM, type: 'supergroup' } as const;
  const before = heard(ROOM).length;
  telegram.userSends({ from: double, chat, text: '@gate_bot use restart' });
  await settled();
  expect(heard(ROOM)).toHaveLength(before);
  expect(heard(double.id)).toEqual([]);
});

test('an approval outlives the program, in a file that only its owner may read', async () => {
  const carla = await friend();
  await stop();
  await start();
  telegram.userSends({ from: carla, text: 'still there?' });
  await expect
    .poll(() => heard(carla.id).slice(1), { timeout: 5000 })
    .toEqual(['You said: still there?']);
  expect((await stat(join(folder, 'pairing.json'))).mode & 0o777).toBe(0o600);
});

test('a code that cannot be stored is not given out, and the bot goes on', async () => {
  const ghost = telegram.addUser();
  await mkdir(join(folder, 'pairing.new'));
  telegram.userSends({ from: ghost, text: 'hello' });
  await settled();
  expect(heard(ghost.id)).toEqual([]);
  await rmdir(join(folder, 'pairing.new'));
  telegram.userSends({ from: ghost, text: 'hello?' });
  await expect.poll(() => heard(ghost.id)).toEqual([expect.stringContaining('Give this code')]);
});

test.each(['policy.json', 'pairing.json'])('a broken %s stops the bot', async (name) => {
  const cwd = join(folder, `broken-${name}`);
  await cp(join(EXAMPLE, 'policy.json'), join(cwd, 'policy.json'));
  await writeFile(join(cwd, name), '{ "channels": ');
  const child = spawn(process.execPath, PROGRAM, { cwd, env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(1);
});
