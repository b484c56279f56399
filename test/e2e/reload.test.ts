/**
 * A gateway in a process of its own whose config file is edited as editors do it, and what people,
 * operators and servers notice of that.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GatewayClient } from '@openclaw/gateway-client';
import { type FakeTelegram, fakeTelegram } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

interface Status {
  readonly status: {
    readonly config: {
      /** When a config was last put in force. */
      readonly at: number;
      readonly restartNeeded: readonly string[];
      readonly edit?: { readonly state: string; readonly hash?: string };
    };
  };
}
interface Config {
  readonly gateway: Record<string, unknown>;
  readonly tools: Record<string, unknown>;
  readonly models: { readonly providers: { readonly local: Record<string, unknown> } };
  readonly channels: {
    readonly telegram: Record<string, unknown> & {
      readonly accounts: { readonly first: object; readonly second: object };
    };
  };
}

const TOKENS = ['e2e-token-of-sufficient-length-0001', 'e2e-token-of-sufficient-length-0002'];
const [ADA, BEN] = [100, 200];

let world: World;
let gateway: GatewayCommand;
let second: FakeTelegram;
let third: FakeTelegram;
let config: Config;
/** A turn that waits for the test. */
const held = Promise.withResolvers<void>();

beforeAll(async () => {
  [second, third] = await Promise.all([fakeTelegram(), fakeTelegram()]);
  world = await createWorld(
    async (request) => {
      const text = lastUserText(request);
      if (text === 'wait') await held.promise;
      return `heard: ${text}`;
    },
    (base) => {
      const { models, channels, ...rest } = base as Config;
      const { apiRoot, botToken, groups } = channels.telegram;
      const accounts = {
        first: { apiRoot, botToken },
        second: { apiRoot: second.url, botToken: second.token },
      };
      config = {
        ...rest,
        models: {
          providers: { local: { ...models.providers.local, apiKey: 'model-key-number-0001' } },
        },
        channels: { telegram: { groups, dmPolicy: 'allowlist', allowFrom: [ADA], accounts } },
      };
      return config;
    },
  );
  gateway = await runGateway(world.env);
  for (const fake of [world.telegram, second, third]) {
    for (const id of [ADA, BEN]) fake.addUser({ id, firstName: String(id), started: true });
  }
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await Promise.all([second.close(), third.close()]);
  await world.close();
});

const file = (): string => join(world.folder, 'state', 'openclaw.json');
/** As editors save: the new file takes the place of the old one. */
function save(next: Config | string): void {
  writeFileSync(`${file()}~`, typeof next === 'string' ? next : JSON.stringify(next, null, 2), {
    mode: 0o600,
  });
  renameSync(`${file()}~`, file());
}
/** Saves and says yes where that is asked for; resolves once the config is in force. */
async function takeUp(next: Config): Promise<void> {
  const { at } = await status();
  save(next);
  config = next;
  await until(async () => {
    const now = await status();
    const hash = now.edit?.hash;
    if (hash !== undefined) await openclaw(world.env, 'config', 'accept', '--hash', hash);
    return now.at > at;
  }, 'the edit to count');
}

const status = async (): Promise<Status['status']['config']> =>
  (await openclawJson<Status>(world.env, 'status')).status.config;

function say(text: string, from = ADA, fake = world.telegram): void {
  fake.userSends({ from: { id: from, is_bot: false, first_name: String(from) }, text });
}
const answersTo = (id: number, fake = world.telegram): readonly string[] =>
  fake.sentTo({ id }).map(({ text }) => text);

async function answered(text: string, from = ADA, fake = world.telegram): Promise<void> {
  say(text, from, fake);
  await until(() => answersTo(from, fake).includes(`heard: ${text}`), `an answer to "${text}"`);
}

test('an edit that closes counts without a restart, while a turn goes on', async () => {
  await answered('hello');
  say('wait');
  await until(() => world.model.requests.some((each) => lastUserText(each) === 'wait'), 'a turn');
  await takeUp({ ...config, tools: { ...config.tools, deny: ['exec'] } });
  held.resolve();
  await until(() => answersTo(ADA).includes('heard: wait'), 'the end of the turn');
});

test('an edit that is no config is told of, and the last good one stays', async () => {
  save('{ "gateway": { "bnid": "lan" } }');
  await until(async () => (await status()).edit?.state === 'invalid', 'the fault to be told');
  const { stdout } = await openclaw(world.env, 'status');
  expect(stdout).toContain('the file is not valid and does not count');
  await answered('still there?');
  save(config);
  await until(async () => (await status()).edit === undefined, 'the good file to count');
});

test('an edit that opens waits for a yes from the command line', async () => {
  const opened: Config = {
    ...config,
    channels: { telegram: { ...config.channels.telegram, allowFrom: [ADA, BEN] } },
  };
  save(opened);
  await until(async () => (await status()).edit?.state === 'waiting', 'the edit to wait');
  say('let me in', BEN);
  await answered('me, too');
  expect(answersTo(BEN)).toEqual([]);

  const rejected = (await status()).edit?.hash ?? '';
  expect((await openclaw(world.env, 'config', 'reject', '--hash', rejected)).code).toBe(0);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(config);

  save(opened);
  await until(async () => (await status()).edit?.state === 'waiting', 'the edit to wait again');
  const hash = (await status()).edit?.hash ?? '';
  expect((await openclaw(world.env, 'config', 'accept', '--hash', 'another')).code).toBe(1);
  const accepted = await openclaw(world.env, 'config', 'accept', '--hash', hash);
  expect(accepted.stdout).toContain('In force: channels.telegram.allowFrom');
  await answered('now?', BEN);
  config = opened;
});

test('P23.01: another gateway token closes what the old one let in, in less than a second', async () => {
  const [old = '', fresh = ''] = TOKENS;
  const closed = Promise.withResolvers<readonly [number, number]>();
  const closes: number[] = [];
  const hello = Promise.withResolvers<unknown>();
  const client = new GatewayClient({
    url: gateway.url.replace('http', 'ws'),
    token: old,
    onHelloOk: (payload) => hello.resolve(payload),
    onConnectError: (error) => hello.reject(error),
    onClose: (code) => {
      closes.push(code);
      closed.resolve([code, performance.now()]);
    },
  });
  client.start();
  await hello.promise;
  config = { ...config, gateway: { ...config.gateway, auth: { mode: 'token', token: fresh } } };
  save(config);
  await until(async () => (await status()).edit?.state === 'waiting', 'the edit to wait');
  expect(closes).toEqual([]);
  const { hash = '' } = (await status()).edit ?? {};
  expect((await openclaw(world.env, 'config', 'accept', '--hash', hash)).code).toBe(0);
  const accepted = performance.now();
  const [code, at] = await closed.promise;
  client.stop();
  expect(code).toBe(4001);
  expect(at - accepted).toBeLessThan(1000);

  const refused = Promise.withResolvers<Error>();
  const late = new GatewayClient({
    url: gateway.url.replace('http', 'ws'),
    token: old,
    onHelloOk: () => refused.reject(new Error('the old token was let in')),
    onConnectError: (error) => refused.resolve(error),
  });
  late.start();
  await refused.promise;
  late.stop();
  // Commands of this machine are let in by a key of their own.
  expect((await status()).edit).toBeUndefined();
});

/** How often an account was connected. */
const polls = (fake: FakeTelegram): number =>
  fake.calls.filter(({ method }) => method === 'getMe').length;

test('another bot token connects that account anew, and leaves the other alone', async () => {
  const before = polls(world.telegram);
  const { telegram } = config.channels;
  const accounts = { ...telegram.accounts, second: { apiRoot: third.url, botToken: third.token } };
  await takeUp({ ...config, channels: { telegram: { ...telegram, accounts } } });
  await answered('over the new one', ADA, third);
  expect(polls(world.telegram)).toBe(before);
  const sent = second.sent.length;
  say('anybody?', ADA, second);
  await answered('over the first');
  expect(second.sent).toHaveLength(sent);
});

test('another model key is used by the next request', async () => {
  const { local } = config.models.providers;
  const fresh = { ...local, apiKey: 'model-key-number-0002' };
  await takeUp({ ...config, models: { providers: { local: fresh } } });
  await answered('with which key?');
  const request = world.model.requests.find((each) => lastUserText(each) === 'with which key?');
  expect(request?.headers['authorization']).toBe('Bearer model-key-number-0002');
});

test('no secret of any of it is in the log', () => {
  const log = readFileSync(join(world.folder, 'state', 'logs', 'gateway.log'), 'utf8');
  const keys = ['model-key-number-0001', 'model-key-number-0002'];
  for (const secret of [...TOKENS, ...keys, second.token, third.token]) {
    expect(log).not.toContain(secret);
  }
  expect(log).toContain('another one is in force');
});

test('what only a start can change is named, and counts from the next one', async () => {
  await takeUp({ ...config, gateway: { ...config.gateway, port: 19_999 } });
  expect((await status()).restartNeeded).toEqual(['gateway.port']);
  expect((await openclaw(world.env, 'status')).stdout).toContain(
    'Restart   needed for gateway.port',
  );
});
