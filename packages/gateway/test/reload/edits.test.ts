import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Logger, PortcullisError, silentLogger } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { loadConfig } from '../../src/config/index.ts';
import { FileEdits } from '../../src/reload/file-edits.ts';
import type { ConfigReport } from '../../src/services.ts';
import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';

const GUEST = '43';
const TOKEN = 'gateway-token-of-32-characters-1';
const BASE = {
  gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN } },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: [GUEST] } },
};
const CLOSED = { ...BASE, tools: { profile: 'full', deny: ['exec'] } };
const OPENED = {
  ...BASE,
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: [GUEST, '44'] } },
};

let harness: Harness;
let logged: string[];
const log: Logger = {
  ...silentLogger,
  info: (_, message) => logged.push(message),
  warn: (_, message) => logged.push(message),
  error: (_, message) => logged.push(message),
};

async function open(config: object = BASE): Promise<void> {
  harness = await openHarness({ config, log });
}

beforeEach(() => {
  logged = [];
});
afterEach(() => harness.close());

const path = (): string => join(harness.folder, 'openclaw.json');
/** As editors save: another file takes the place of the old one. */
function save(config: object | string): void {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  writeFileSync(`${path()}.swp`, text);
  renameSync(`${path()}.swp`, path());
}
const services = (): Harness['gateway']['services'] => harness.gateway.services;
const report = (): ConfigReport => services().edits.report();
const inForce = (): object => services().config().value;

async function waiting(): Promise<Extract<ConfigReport['edit'], { state: 'waiting' }>> {
  await until(() => report().edit?.state === 'waiting', 'an edit that waits');
  const { edit } = report();
  if (edit?.state !== 'waiting') throw new Error('nothing waits');
  return edit;
}

/** Stops the gateway and starts another on the same state, whose file says something else. */
async function reopen(config: object): Promise<void> {
  const { folder, gateway, store } = harness;
  await gateway.stop('restart');
  await store.close();
  harness = await openHarness({ config, folder, log });
}

async function entries(): Promise<readonly (readonly [string, string])[]> {
  const all = await services().configControl.history();
  return all.map(({ how, state }) => [how, state] as const);
}

describe('an edit of the file', () => {
  test('that opens nothing counts at once, and is on record', async () => {
    await open();
    save(CLOSED);
    await until(() => 'deny' in (inForce() as typeof CLOSED).tools, 'the edit to count');
    expect(report().edit).toBeUndefined();
    expect((await entries())[0]).toEqual(['file', 'applied']);
    const [entry] = await services().configControl.history();
    expect(entry).toMatchObject({ who: 'file', changed: ['tools.deny'], opens: [] });
  });

  test('that is no config does not count: the last good one stays, and it is said why', async () => {
    await open();
    save({ ...BASE, gateway: { ...BASE.gateway, bnid: 'lan' } });
    await until(() => report().edit?.state === 'invalid', 'the fault to be told');
    expect(report().edit).toMatchObject({ issues: [{ path: 'gateway.bnid' }] });
    expect(inForce()).toEqual(BASE);
    await harness.network.deliver(direct(GUEST, 'hello'));
    await until(() => harness.network.texts(GUEST).length === 1, 'an answer');

    save('{ half a file');
    await until(() => {
      const { edit } = report();
      return edit?.state === 'invalid' && edit.issues[0]?.path === '';
    }, 'the other fault');
    rmSync(path());
    await until(() => {
      const { edit } = report();
      return edit?.state === 'invalid' && edit.issues[0]?.message === 'The file is gone.';
    }, 'the loss of the file to be told');
    expect(inForce()).toEqual(BASE);

    save(CLOSED);
    await until(() => 'deny' in (inForce() as typeof CLOSED).tools, 'the good edit to count');
    expect(report().edit).toBeUndefined();
    const faults = logged.filter((line) => line.startsWith('config: the file is not valid'));
    expect(faults).toHaveLength(3);
  });

  test('that opens anything waits, and says what it opens', async () => {
    await open();
    save(OPENED);
    const edit = await waiting();
    expect(edit.opens.map(({ key }) => key)).toContain('channels.telegram.allowFrom');
    expect(inForce()).toEqual(BASE);
    await harness.network.deliver(direct('44', 'let me in'));
    await harness.network.deliver(direct(GUEST, 'hello'));
    await until(() => harness.network.texts(GUEST).length === 1, 'an answer');
    expect(harness.network.texts('44')).toEqual([]);
    expect((await entries())[0]).toEqual(['file', 'waiting']);
  });

  test('in an included file is an edit, too', async () => {
    await open();
    const included = join(harness.folder, 'people.json');
    writeFileSync(included, JSON.stringify(BASE.channels));
    save({ ...BASE, channels: { $include: './people.json' } });
    await until(() => services().config().includes.length === 1, 'the include to count');

    writeFileSync(included, JSON.stringify(OPENED.channels));
    const edit = await waiting();
    await expect(services().edits.reject(cli, edit.hash)).rejects.toMatchObject({
      code: 'config.edit_included',
    });
    await services().edits.accept(cli, edit.hash);
    expect(inForce()).toEqual(OPENED);

    writeFileSync(included, JSON.stringify(BASE.channels));
    await until(() => JSON.stringify(inForce()) === JSON.stringify(BASE), 'the closing edit');
    writeFileSync(included, JSON.stringify(OPENED.channels));
    expect((await waiting()).opens).not.toEqual([]);
    expect(inForce()).toEqual(BASE);
  });

  test('in the variables beside it is an edit, too', async () => {
    const named = { ...BASE, commands: { ownerAllowFrom: ['telegram:${OWNER_ID}'] } };
    await open(named);
    writeFileSync(join(harness.folder, '.env'), 'OWNER_ID=42\n');
    const edit = await waiting();
    await services().edits.accept(cli, edit.hash);
    expect(inForce()).toMatchObject({ commands: { ownerAllowFrom: ['telegram:42'] } });
  });

  test('that changes nothing but its words counts, so that no change is made from the old ones', async () => {
    await open();
    const text = `// A note.\n${JSON.stringify(BASE, undefined, 2)}\n`;
    save(text);
    await until(() => services().config().raw === text, 'the words');
    expect(report().edit).toBeUndefined();
  });
});

describe('an edit that waits', () => {
  test('counts once it is accepted by its hash, and it is on record who did', async () => {
    await open();
    save(OPENED);
    const { hash } = await waiting();
    const outcome = await services().edits.accept(cli, hash);
    expect(outcome).toEqual({
      applied: ['channels.telegram.allowFrom'],
      restartNeeded: [],
      failed: [],
    });
    expect(inForce()).toEqual(OPENED);
    expect(report().edit).toBeUndefined();
    const [entry] = await services().configControl.history();
    expect(entry).toMatchObject({ how: 'file', state: 'applied', settledBy: 'cli' });
    await expect(services().edits.accept(cli, hash)).rejects.toMatchObject({
      code: 'config.no_edit',
    });
  });

  test('cannot be accepted in the words of another one, however late the file changed', async () => {
    await open();
    save(OPENED);
    const { hash } = await waiting();
    // Not noticed yet when the answer comes: the file is read again for it.
    save({ ...OPENED, commands: { ownerAllowFrom: ['telegram:66'] } });
    await expect(services().edits.accept(cli, hash)).rejects.toMatchObject({
      code: 'config.edit_changed',
    });
    expect(inForce()).toEqual(BASE);
    expect((await waiting()).hash).not.toBe(hash);
    expect((await entries()).slice(0, 2)).toEqual([
      ['file', 'waiting'],
      ['file', 'dropped'],
    ]);
  });

  test('is gone when the file says again what counts', async () => {
    await open();
    save(OPENED);
    await waiting();
    save(BASE);
    await until(() => report().edit === undefined, 'the edit to be undone');
    await until(async () => (await entries())[0]?.[1] === 'dropped', 'its entry to say so');
    expect(inForce()).toEqual(BASE);
  });

  test('is undone in the file when it is rejected', async () => {
    await open();
    save(OPENED);
    const { hash } = await waiting();
    await services().edits.reject(cli, hash);
    expect(report().edit).toBeUndefined();
    expect(services().configControl.state().file.value).toEqual(BASE);
    expect(services().config().raw).toBe(JSON.stringify(BASE));
    expect((await entries()).map(([, state]) => state)).toContain('dropped');
  });

  test('keeps waiting while an owner is approved, who stays one when it is rejected', async () => {
    const paired = { ...BASE, channels: { telegram: { dmPolicy: 'pairing', allowFrom: [GUEST] } } };
    await open(paired);
    save({ ...paired, tools: { profile: 'full', elevated: { enabled: true } } });
    // The words of before: when the file is noticed again is not for this test to say.
    const { hash } = await waiting();
    await harness.network.deliver(direct('8', 'hello'));
    await until(async () => (await services().pairing.list()).pending.length === 1, 'a code');
    const code = (await services().pairing.list()).pending[0]?.code ?? '';
    await services().pairing.approve(cli, { channel: 'telegram', code, bootstrapOwner: true });
    const owner = { ownerAllowFrom: ['telegram:8'] };
    expect(inForce()).toEqual({ ...paired, commands: owner });
    await expect(services().edits.accept(cli, hash)).rejects.toMatchObject({
      code: 'config.edit_changed',
    });
    await services().edits.reject(cli, (await waiting()).hash);
    expect(inForce()).toEqual({ ...paired, commands: owner });
    expect(services().configControl.state().file.value).toEqual({ ...paired, commands: owner });
  });

  test('is accepted by the next start, which says so', async () => {
    await open();
    save(OPENED);
    await waiting();
    await reopen(OPENED);
    expect(inForce()).toEqual(OPENED);
    expect(harness.start.edited).toMatchObject({ state: 'applied', settledBy: 'gateway' });
    expect(harness.start.edited?.opens).not.toEqual([]);
    expect(logged).toContain('config: the file was edited meanwhile; this start accepts it');
    await reopen(OPENED);
    expect(harness.start.edited).toBeUndefined();
  });
});

test('an edit made while no gateway ran is accepted by the start, which says so if it opens', async () => {
  await open();
  expect(harness.start.edited).toBeUndefined();
  await reopen(CLOSED);
  expect(harness.start.edited).toBeUndefined();
  await reopen(OPENED);
  expect(harness.start.edited?.opens).not.toEqual([]);
});

test('a change that the gateway makes itself is no edit', async () => {
  await open();
  const { configControl } = services();
  const change = { kind: 'patch', raw: JSON.stringify(OPENED) } as const;
  const options = { baseHash: configControl.state().hash };
  const { confirm } = await configControl.propose(cli, change, options);
  await configControl.commit(cli, change, { ...options, confirm });
  expect(inForce()).toEqual(OPENED);
  // The next edit is noticed after it: until then everything before it was looked at.
  save({ ...OPENED, tools: CLOSED.tools });
  await until(() => 'deny' in (inForce() as typeof CLOSED).tools, 'the edit');
  expect((await entries()).slice(0, 2)).toEqual([
    ['file', 'applied'],
    ['patch', 'applied'],
  ]);
  expect(logged.filter((line) => line.includes('waits'))).toEqual([]);
});

test('gateway.reload.mode off: an edit is told of, and nothing of it counts', async () => {
  const off = { ...BASE, gateway: { ...BASE.gateway, reload: { mode: 'off' } } };
  await open(off);
  save({ ...off, tools: CLOSED.tools });
  await until(() => report().restartNeeded.length > 0, 'the edit to be told of');
  expect(report()).toMatchObject({ mode: 'off', restartNeeded: ['tools.deny'] });
  expect(report().edit).toBeUndefined();
  expect(inForce()).toEqual(off);
  expect((await entries())[0]).toEqual(['file', 'waiting']);
});

test('what only a start can change is named, and waits for it', async () => {
  await open({ ...BASE, gateway: { ...BASE.gateway, bind: 'lan' } });
  save(BASE);
  await until(() => report().restartNeeded.length > 0, 'the need of a restart');
  expect(report().restartNeeded).toEqual(['gateway.bind']);
  expect(inForce()).toMatchObject({ gateway: { bind: 'lan' } });
});

test('a file that cannot be read leaves everything as it is', async () => {
  await open();
  const edits = new FileEdits({
    load: () => {
      throw new Error('EIO');
    },
    current: () => services().config(),
    reloader: harness.gateway.reloader,
    record: services().configControl,
    print: (text) => text,
    log,
    now: () => 0,
    changed: () => undefined,
  });
  await edits.look();
  expect(inForce()).toEqual(BASE);
  expect(logged).toContain('config: an edit of the file could not be taken up');
});

function reloader(): Harness['gateway']['reloader'] {
  const { gateway } = harness;
  return {
    apply: (next) => gateway.reloader.apply(next),
    refresh: () => gateway.reloader.refresh(),
    state: () => gateway.reloader.state(),
    asked: () => gateway.reloader.asked(),
  };
}

async function latest(): Promise<unknown> {
  const [entry] = await services().configControl.history();
  return entry;
}

describe('an edit that a running gateway cannot take up', () => {
  const refusal = new PortcullisError('config.not_in_force', 'It waits for a restart.');

  /** Reads another file than the gateway follows, so that nobody else takes it up. */
  const edits = (config: object): FileEdits => {
    const configPath = join(harness.folder, 'edited.json');
    writeFileSync(configPath, JSON.stringify(config));
    return new FileEdits({
      load: () => loadConfig({ env: {}, paths: { ...services().paths, configPath } }),
      current: () => services().config(),
      reloader: { ...reloader(), apply: () => Promise.reject(refusal) },
      record: services().configControl,
      print: (text) => text,
      log,
      now: () => 0,
      changed: () => undefined,
    });
  };

  test('is on record as one that waits, and why', async () => {
    await open();
    await edits(CLOSED).look();
    expect(await latest()).toMatchObject({
      how: 'file',
      state: 'waiting',
      cause: 'config.not_in_force',
    });
  });

  test('is so after somebody said yes to it, too', async () => {
    await open();
    const refused = edits(OPENED);
    await refused.look();
    const { edit } = refused.report();
    if (edit?.state !== 'waiting') throw new Error('nothing waits');
    await expect(refused.accept(cli, edit.hash)).rejects.toBe(refusal);
    expect(await latest()).toMatchObject({
      state: 'waiting',
      cause: 'config.not_in_force',
      settledBy: 'cli',
    });
  });
});
