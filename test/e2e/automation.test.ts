/**
 * What the agent does by itself on the real gateway: a job made on the command line and a webhook
 * that GitHub signs, both answered on Telegram.
 */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';

import type { FakeTelegramUser } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

const SECRET = 'what github signs with, in this test';

let world: World;
let gateway: GatewayCommand;
let owner: FakeTelegramUser;

beforeAll(async () => {
  world = await createWorld(
    (asked) => `answer to ${lastUserText(asked).split('\n').at(-2) ?? lastUserText(asked)}`,
    (config) => {
      const { telegram } = (config as { channels: { telegram: object } }).channels;
      const mapping = {
        match: { path: 'github' },
        messageTemplate: '{{action}} by {{sender.login}}',
        deliver: true,
        channel: 'telegram',
        to: '7',
        signature: { preset: 'github', secret: SECRET },
      };
      return {
        ...config,
        commands: { ownerAllowFrom: ['telegram:7'] },
        channels: { telegram: { ...telegram, dmPolicy: 'allowlist', allowFrom: ['7'] } },
        hooks: { enabled: true, token: 'hook-token-of-32-characters-0001', mappings: [mapping] },
      };
    },
  );
  owner = world.telegram.addUser({ id: 7, firstName: 'Ada', started: true });
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

/** Calls the webhook as GitHub does. */
async function deliver(body: string, secret: string): Promise<{ status: number; text: string }> {
  const code = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${code}` };
  return await new Promise((resolve, reject) => {
    const url = new URL('/hooks/github', gateway.url);
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('a job made on the command line runs at its time and answers on Telegram', async () => {
  const { telegram, env } = world;
  type Made = { job: { id: string; createdBy: string } };
  const { job } = await openclawJson<Made>(
    env,
    'cron',
    'add',
    '--name=tea',
    '--at=1s',
    '--message=Is the tea ready?',
    '--channel=telegram',
    '--to=7',
    '--keep-after-run',
  );
  await until(() => telegram.sent.some(({ chatId }) => chatId === 7), 'the answer', 20_000);
  expect(telegram.sent[0]?.text).toBe('answer to (scheduled job "tea") Is the tea ready?');
  type Runs = { runs: { jobId: string; status: string }[] };
  await until(async () => {
    const { runs } = await openclawJson<Runs>(env, 'cron', 'runs', '--id', job.id);
    return runs.length === 1 && runs[0]?.status === 'ok';
  }, 'the run to be over');
  const listed = await openclaw(env, 'cron', 'list', '--all');
  expect(listed.stdout).toContain('tea');
  expect((await openclaw(env, 'cron', 'rm', job.id)).stdout).toBe('Removed.\n');
  expect((await openclaw(env, 'cron', 'list', '--all')).stdout).toBe('There is no job.\n');
});

test('a signed webhook is answered on Telegram once the owner lets it, and a forged one never', async () => {
  const { telegram } = world;
  const body = JSON.stringify({ action: 'opened', sender: { login: 'ada' } });
  const before = telegram.sent.length;
  expect((await deliver(body, 'a forged secret')).status).toBe(401);
  const first = await deliver(body, SECRET);
  expect([first.status, JSON.parse(first.text)]).toMatchObject([200, { ok: true }]);
  expect(await deliver(body, SECRET)).toEqual(first);
  await until(() => telegram.sent.some(({ buttons }) => buttons.length > 0), 'a question');
  const question = telegram.sent.find(({ buttons }) => buttons.length > 0);
  const data = question?.buttons[0]?.[0]?.data ?? '';
  telegram.userPresses({ from: owner, messageId: question?.messageId ?? 0, data });
  const answer = 'answer to opened by ada';
  await until(() => telegram.sent.some(({ text }) => text === answer), 'the answer', 20_000);
  expect(telegram.sent.filter(({ text }) => text === answer)).toHaveLength(1);
  expect(telegram.sent.length - before).toBe(2);
});
