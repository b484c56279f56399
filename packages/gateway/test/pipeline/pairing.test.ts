import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, describe, expect, test } from 'vitest';

import type { Caller } from '../../src/index.ts';
import { type Harness, cli, direct, openHarness, until } from './harness.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  channels: { telegram: { dmPolicy: 'pairing' } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

const fileOf = (): string => join(harness.folder, 'credentials', 'telegram-allowFrom.json');

async function request(sender: string): Promise<string> {
  await harness.network.deliver(direct(sender, 'hello'));
  const { pairing } = harness.gateway.services;
  const code = async (): Promise<string | undefined> =>
    (await pairing.list()).pending.find(({ senderId }) => senderId === sender)?.code;
  await until(async () => (await code()) !== undefined);
  return (await code()) ?? '';
}

async function approve(
  sender: string,
  caller: Caller = cli,
  bootstrapOwner = false,
): Promise<string> {
  const code = await request(sender);
  const { pairing } = harness.gateway.services;
  return (await pairing.approve(caller, { channel: 'telegram', code, bootstrapOwner })).code;
}

/** Whether a message is answered; silence counts after a while that no answer takes. */
async function isAnswered(sender: string, text: string): Promise<boolean> {
  await harness.network.deliver(direct(sender, text));
  const answered = (): boolean => harness.network.texts(sender).includes(`echo: ${text}`);
  for (let waited = 0; waited < 500 && !answered(); waited += 10) await sleep(10);
  return answered();
}

describe('the allow list file', () => {
  test('is written after an approval: private, whole, and named after channel and account', async () => {
    harness = await openHarness({ config: CONFIG });
    expect(await approve('42')).toBe('pairing.approved');
    expect(JSON.parse(readFileSync(fileOf(), 'utf8'))).toEqual({
      version: 1,
      channel: 'telegram',
      accountId: 'default',
      allowFrom: ['42'],
    });
    expect(statSync(fileOf()).mode & 0o777).toBe(0o600);
    expect(statSync(join(harness.folder, 'credentials')).mode & 0o777).toBe(0o700);
  });

  test('counts when a person edits it while the gateway runs', async () => {
    harness = await openHarness({ config: CONFIG });
    await approve('42');
    writeFileSync(fileOf(), JSON.stringify({ version: 1, allowFrom: ['43', '*', 'not an id'] }));
    expect(await isAnswered('43', 'edited in')).toBe(true);
    expect(await isAnswered('42', 'edited out')).toBe(false);
    expect(await isAnswered('44', 'never in')).toBe(false);
  });

  test('admits nobody while it is malformed, and is left as it is', async () => {
    harness = await openHarness({ config: CONFIG });
    await approve('42');
    writeFileSync(fileOf(), '{ "allowFrom": ["42"');
    expect(await isAnswered('42', 'broken')).toBe(false);
    expect((await harness.gateway.services.pairing.list()).broken).toEqual([fileOf()]);
    expect(readFileSync(fileOf(), 'utf8')).toBe('{ "allowFrom": ["42"');
    writeFileSync(fileOf(), JSON.stringify({ version: 1, allowFrom: ['42'] }));
    expect(await isAnswered('42', 'repaired')).toBe(true);
  });

  test('of another channel is not believed', async () => {
    harness = await openHarness({ config: CONFIG });
    mkdirSync(join(harness.folder, 'credentials'), { recursive: true });
    writeFileSync(fileOf(), JSON.stringify({ version: 1, channel: 'discord', allowFrom: ['42'] }));
    expect(await isAnswered('42', 'wrong file')).toBe(false);
  });

  test('that was there before the first message is listed and lets people in', async () => {
    harness = await openHarness({ config: CONFIG });
    mkdirSync(join(harness.folder, 'credentials'), { recursive: true });
    writeFileSync(fileOf(), JSON.stringify({ version: 1, allowFrom: ['42'] }));
    const { allowed } = await harness.gateway.services.pairing.list();
    expect(allowed).toEqual([{ channel: 'telegram', accountId: 'default', senderId: '42' }]);
    expect(await isAnswered('42', 'moved here')).toBe(true);
    expect(await isAnswered('43', 'never in')).toBe(false);
  });

  test('that is missing is written again from the store', async () => {
    harness = await openHarness({ config: CONFIG });
    await approve('42');
    rmSync(fileOf());
    expect(await isAnswered('42', 'still here')).toBe(true);
    expect(existsSync(fileOf())).toBe(true);
  });
});

describe('an owner', () => {
  test('is made by the first approval that says so, once, and is in force at once', async () => {
    harness = await openHarness({ config: CONFIG });
    expect(await approve('42')).toBe('pairing.approved');
    expect(await approve('43', cli, true)).toBe('pairing.approved.owner_bootstrapped');
    const config = harness.gateway.services.config().value;
    expect(config).toMatchObject({ commands: { ownerAllowFrom: ['telegram:43'] } });
    expect(await approve('44', cli, true)).toBe('pairing.approved');
  });

  test('is never made by a client without the scope', async () => {
    harness = await openHarness({ config: CONFIG });
    const reader: Caller = {
      id: 'conn',
      kind: 'operator',
      local: false,
      scopes: ['operator.read'],
    };
    expect(await approve('42', reader, true)).toBe('pairing.actor.unauthorized');
    const pairer: Caller = { ...reader, scopes: ['operator.pairing'] };
    const { pairing } = harness.gateway.services;
    const code = (await pairing.list()).pending[0]?.code ?? '';
    const decision = await pairing.approve(pairer, {
      channel: 'telegram',
      code,
      bootstrapOwner: true,
    });
    expect(decision.code).toBe('pairing.approved');
  });
});

describe('codes', () => {
  test('P12.04, P13.05: are used once, and three people may wait', async () => {
    harness = await openHarness({ config: CONFIG });
    const { pairing } = harness.gateway.services;
    const code = await request('1');
    await request('2');
    await request('3');
    await harness.network.deliver(direct('4', 'me too'));
    await until(() => harness.network.sent.length === 3);
    expect((await pairing.list()).pending).toHaveLength(3);
    await pairing.approve(cli, { channel: 'telegram', code });
    const again = await pairing.approve(cli, { channel: 'telegram', code });
    expect(again.code).toBe('pairing.code.not_found');
    expect(harness.network.texts('4')).toEqual([]);
  });

  test('P23.04: expire after an hour', async () => {
    harness = await openHarness({ config: CONFIG });
    const { pairing } = harness.gateway.services;
    const code = await request('1');
    harness.clock.now += 3_600_001;
    const late = await pairing.approve(cli, { channel: 'telegram', code });
    expect(late.code).toBe('pairing.code.not_found');
  });
});
