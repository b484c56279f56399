import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FakeTelegram, type FakeTelegramUser, fakeTelegram } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EXAMPLE = join(import.meta.dirname, '..');
const SOURCES = '--conditions=@portcullis/source';
const OWNER = 1001;
const ROOM = -1_001_234_567_890;

let telegram: FakeTelegram;
let folder: string;
let bot: ChildProcess;
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
    STATE: join(folder, 'pairing.db'),
  };
  owner = telegram.addUser({ id: OWNER, firstName: 'Olga', username: 'olga' });
  telegram.addGroup({ id: ROOM });
  bot = spawn(process.execPath, [SOURCES, 'src/main.ts'], { cwd: EXAMPLE, env, stdio: 'ignore' });
  await telegram.waitForCall('getUpdates', 1, 15_000);
});
afterAll(async () => {
  bot.kill('SIGTERM');
  if (bot.exitCode === null) await once(bot, 'exit');
  await telegram.close();
  await rm(folder, { recursive: true });
});

const heard = (id: number): readonly string[] => telegram.sentTo({ id }).map(({ text }) => text);

/** Everything sent before is dealt with when the owner has an answer: updates are taken in order. */
async function settled(): Promise<void> {
  pings += 1;
  telegram.userSends({ from: owner, text: `ping ${pings}` });
  await expect.poll(() => heard(OWNER), { timeout: 5000 }).toContain(`You said: ping ${pings}`);
}

async function approve(code: string): Promise<string> {
  const command = [SOURCES, 'src/gate.ts', code];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: EXAMPLE, env });
  return stdout.trim();
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

test('in a listed group the bot answers who is listed and mentions it', async () => {
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
    expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
    'No tool has this name.',
  ]);
  expect(heard(OWNER)).toContain('Restarting (not really).');
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
