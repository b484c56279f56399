import { statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ConfigChanges } from '../../src/changes/changes.ts';
import { configHistoryTable, entryKey } from '../../src/changes/row.ts';
import { REDACTED, loadConfig } from '../../src/config/index.ts';
import type { ConfigChange } from '../../src/services.ts';
import { AT_MACHINE, FIRST, OPERATOR, TOKEN, type World, openWorld } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const edit = (path: string, value: unknown): ConfigChange => ({
  kind: 'edits',
  edits: [{ path, value: value as never }],
});
const coded = (code: string) => expect.objectContaining({ code });

/** Makes a change, saying yes to whatever it opens. */
async function force(change: ConfigChange, caller = OPERATOR) {
  const { confirm } = await world.changes.propose(caller, change);
  return await world.changes.commit(caller, change, { confirm });
}

describe('a change', () => {
  test('that opens nothing is written, in force and on record, with who and why', async () => {
    const done = await world.changes.commit(OPERATOR, edit('gateway.port', 19_000), {
      why: 'the port is taken',
    });
    expect(done).toMatchObject({ entry: '2', changes: true, restartNeeded: ['gateway.port'] });
    expect(world.text()).toContain('// Kept as it is.');
    expect(world.inForce().value).toMatchObject({ gateway: { port: 19_000 } });
    expect(statSync(world.paths.configPath).mode & 0o777).toBe(0o600);
    const [entry, first] = await world.changes.history();
    expect(entry).toMatchObject({
      id: '2',
      state: 'applied',
      who: 'device:phone',
      how: 'edit',
      why: 'the port is taken',
      changed: ['gateway.port'],
      before: first?.after,
      after: done.hash,
    });
    expect(first).toMatchObject({ id: '1', who: 'file', how: 'file', state: 'applied' });
  });

  test('that opens something changes nothing until exactly that is confirmed', async () => {
    const open = edit('gateway.bind', 'lan');
    const before = world.text();
    await expect(world.changes.commit(OPERATOR, open)).rejects.toMatchObject({
      code: 'config.unconfirmed',
      details: {
        code: 'CONFIG_CONFIRMATION_REQUIRED',
        opens: [
          { key: 'gateway.bind', what: 'loopback -> lan: other machines can reach the gateway' },
        ],
        confirm: expect.stringMatching(/^[0-9a-f]{32}$/u),
      },
    });
    const other = await world.changes.propose(OPERATOR, edit('tools.profile', 'coding'));
    const wrong = { confirm: other.confirm };
    await expect(world.changes.commit(OPERATOR, open, wrong)).rejects.toEqual(
      coded('config.unconfirmed'),
    );
    expect(world.text()).toBe(before);
    expect(await world.changes.history()).toHaveLength(1);
    await force(open);
    expect(world.inForce().value).toMatchObject({ gateway: { bind: 'lan' } });
  });

  test('is confirmed for the config it was made from and no other', async () => {
    const { confirm } = await world.changes.propose(OPERATOR, edit('gateway.bind', 'lan'));
    await world.changes.commit(OPERATOR, edit('gateway.port', 19_000));
    const late = world.changes.commit(OPERATOR, edit('gateway.bind', 'lan'), { confirm });
    await expect(late).rejects.toEqual(coded('config.unconfirmed'));
  });

  test('made from another document than the one there is refused', async () => {
    const { hash } = world.changes.state();
    await world.changes.commit(OPERATOR, edit('gateway.port', 19_000), { baseHash: hash });
    const late = world.changes.commit(OPERATOR, edit('gateway.port', 19_001), { baseHash: hash });
    await expect(late).rejects.toEqual(coded('config.stale'));
    expect(world.inForce().value).toMatchObject({ gateway: { port: 19_000 } });
  });

  test('of two at one moment from one document, one is made', async () => {
    const { hash: baseHash } = world.changes.state();
    const results = await Promise.allSettled(
      [19_001, 19_002].map((port) =>
        world.changes.commit(OPERATOR, edit('gateway.port', port), { baseHash }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(world.inForce().value).toMatchObject({ gateway: { port: 19_001 } });
    expect(await world.changes.history()).toHaveLength(2);
  });

  test('that is not valid is refused before anything is on record', async () => {
    const bad = world.changes.commit(OPERATOR, edit('gateway.bind', 'everywhere'));
    await expect(bad).rejects.toEqual(coded('config.invalid'));
    expect(await world.changes.history()).toHaveLength(1);
    expect(world.text()).toBe(FIRST);
  });

  test.each([
    [
      'an open bind without pages that may connect',
      'gateway.controlUi',
      'allowed_origins_required',
    ],
    ['an open bind without a token', 'gateway.auth.token', 'token_missing'],
  ])('that no gateway would start with is refused: %s', async (_what, missing, code) => {
    await force(edit('gateway.bind', 'lan'));
    const before = world.text();
    const entries = (await world.changes.history()).length;
    const refused = {
      code: 'gateway.start_refused',
      hint: expect.stringContaining(code),
      details: { code: expect.stringContaining(code) },
    };
    const bad = edit(missing, undefined);
    await expect(world.changes.propose(OPERATOR, bad)).rejects.toMatchObject(refused);
    await expect(world.changes.commit(OPERATOR, bad)).rejects.toMatchObject(refused);
    expect(world.text()).toBe(before);
    expect(await world.changes.history()).toHaveLength(entries);
  });

  test('mends a config that no gateway starts with, one key at a time', async () => {
    world.write('{ gateway: { mode: "local", bind: "lan" } }');
    const changes = world.restarted();
    const change = edit('gateway.auth.token', TOKEN);
    const { confirm } = await changes.propose(AT_MACHINE, change);
    await changes.commit(AT_MACHINE, change, { confirm });
    expect(world.text()).toContain(TOKEN);
  });

  test('keeps a secret whose marker is spelled with escapes', async () => {
    const raw = FIRST.replace(TOKEN, REDACTED.replace('_R', String.raw`\u005fR`));
    await world.changes.commit(OPERATOR, { kind: 'document', raw });
    expect(world.inForce().value).toMatchObject({ gateway: { auth: { token: TOKEN } } });
  });

  test('that changes nothing is no change', async () => {
    const done = await world.changes.commit(OPERATOR, { kind: 'document', raw: FIRST });
    expect(done).toMatchObject({ changes: false, applied: [] });
    expect(done.entry).toBeUndefined();
    expect(world.committed).toEqual([]);
  });

  test('larger than a gateway reads is refused', async () => {
    const raw = `// ${'x'.repeat(2_100_000)}\n${FIRST}`;
    await expect(world.changes.commit(OPERATOR, { kind: 'document', raw })).rejects.toEqual(
      coded('config.too_large'),
    );
  });

  test('leaves a line in the audit log, with hashes and counts and no text', async () => {
    await force(edit('gateway.bind', 'lan'));
    const lines = await world.audit();
    expect(lines.map((line) => (line as { code: string }).code)).toEqual([
      'config.applied',
      'config.writing',
      'config.applied',
    ]);
    expect(lines[1]).toMatchObject({ principal: 'device:phone', entry: '2', opens: 1, changed: 1 });
    expect(JSON.stringify(lines)).not.toContain('lan');
  });
});

describe('the history', () => {
  test('keeps as many entries as configured, the newest, with rising numbers', async () => {
    await force(edit('gateway.configHistory.keep', 3));
    for (const port of [19_001, 19_002, 19_003, 19_004]) await force(edit('gateway.port', port));
    const entries = await world.changes.history();
    expect(entries.map(({ id }) => id)).toEqual(['6', '5', '4']);
    await expect(world.changes.entry('1')).rejects.toEqual(coded('config.entry_not_found'));
    const older = await world.changes.history({ before: '6', limit: 1 });
    expect(older.map(({ id }) => id)).toEqual(['5']);
  });

  test('never lets go of an edit that waits', async () => {
    await force(edit('gateway.configHistory.keep', 1));
    world.write(world.text().replace('"loopback"', '"lan"'));
    const found = loadConfig({ env: world.env, paths: world.paths });
    const { id } = await world.changes.recordEdit(found, 'waiting');
    expect((await world.changes.history()).map((entry) => entry.id)).toEqual([id]);
  });

  test('goes back over a socket only where no program is named by it', async () => {
    await force(edit('mcp.servers.files', { command: 'node' }), AT_MACHINE);
    await force(edit('mcp', undefined));
    const back: ConfigChange = { kind: 'rollback', to: '2' };
    await expect(world.changes.propose(OPERATOR, back)).rejects.toEqual(coded('config.local_only'));
    expect((await force(back, AT_MACHINE)).opens.length).toBeGreaterThan(0);
    expect(world.text()).toContain('"node"');
  });

  test('leaves out a secret that is gone, and says so', async () => {
    await force(edit('channels.telegram', { botToken: 'an-old-token', dmPolicy: 'pairing' }));
    await force(edit('channels.telegram', undefined));
    const { lost } = await force({ kind: 'rollback', to: '2' });
    expect(lost).toEqual(['channels.telegram.botToken']);
    expect(world.text()).toContain('dmPolicy');
    expect(world.text()).not.toContain('an-old-token');
  });
});

describe('keys that name programs or code', () => {
  const program = edit('mcp.servers.files', { command: 'node', args: ['server.js'] });

  test('are refused to whoever came over a socket, confirmed or not, and nothing changes', async () => {
    const refusal = {
      code: 'config.local_only',
      hint: 'On that machine: openclaw config set mcp.servers.files.command <value>',
    };
    await expect(world.changes.propose(OPERATOR, program)).rejects.toMatchObject(refusal);
    await expect(world.changes.commit(OPERATOR, program, { confirm: 'x' })).rejects.toMatchObject(
      refusal,
    );
    expect(world.text()).toBe(FIRST);
    expect(await world.changes.history()).toHaveLength(1);
  });

  test('are set by somebody at the machine, and can be taken away from anywhere', async () => {
    await force(program, AT_MACHINE);
    expect(world.inForce().value).toMatchObject({
      mcp: { servers: { files: { command: 'node' } } },
    });
    await force(edit('mcp.servers.files', undefined));
    expect(world.text()).not.toContain('server.js');
  });

  test('cannot come in force by the way of another change while an edit of the file waits', async () => {
    world.write(FIRST.replace('tools:', 'mcp: { servers: { x: { command: "node" } } }, tools:'));
    const by = world.changes.commit(OPERATOR, edit('gateway.port', 19_000));
    await expect(by).rejects.toEqual(coded('config.local_only'));
    expect(world.committed).toEqual([]);
  });
});

describe('a change that a running gateway cannot take up', () => {
  const refusal = new PortcullisError('config.not_in_force', 'It waits for a restart.', {
    details: { restartNeeded: ['gateway.port'] },
  });

  test('waits, says why, and counts from the next start on', async () => {
    const changes = new ConfigChanges({
      ...world.ground,
      onCommitted: () => Promise.reject(refusal),
    });
    const done = await changes.commit(OPERATOR, edit('gateway.port', 19_000));
    expect(done).toMatchObject({ applied: [], restartNeeded: ['gateway.port'], entry: '2' });
    const [entry] = await changes.history();
    expect(entry).toMatchObject({ state: 'waiting', cause: 'config.not_in_force' });
    const next = world.restarted();
    await next.start();
    const [started] = await next.history();
    expect(started).toMatchObject({ id: '2', state: 'applied', settledBy: 'gateway' });
    expect(started).not.toHaveProperty('cause');
    const codes = (await world.audit()).map((line) => (line as { code: string }).code);
    expect(codes).toEqual(['config.applied', 'config.writing', 'config.waiting', 'config.applied']);
  });

  test('waits too where it failed for another reason, which is told', async () => {
    const changes = new ConfigChanges({
      ...world.ground,
      onCommitted: () => Promise.reject(new Error('EIO')),
    });
    await expect(changes.commit(OPERATOR, edit('gateway.port', 19_000))).rejects.toThrow('EIO');
    const [entry] = await changes.history();
    expect(entry).toMatchObject({ state: 'waiting', cause: 'unknown' });
  });

  test('is replaced by the edit that comes after it', async () => {
    world.write(FIRST.replace('"messaging"', '"minimal"'));
    const found = loadConfig({ env: world.env, paths: world.paths });
    await world.changes.recordEdit(found, 'applied');
    await world.changes.deferEdit(found, AT_MACHINE, 'config.not_in_force');
    world.write(FIRST.replace('"messaging"', '"coding"'));
    const other = loadConfig({ env: world.env, paths: world.paths });
    await world.changes.recordEdit(other, 'applied');
    const states = (await world.changes.history()).map(({ id, state }) => [id, state]);
    expect(states).toEqual([
      ['3', 'applied'],
      ['2', 'dropped'],
      ['1', 'applied'],
    ]);
  });
});

describe('an edit of the file', () => {
  const edited = FIRST.replace('"loopback"', '"lan"');

  test('is recorded once, waits, and is in force once it is accepted', async () => {
    world.write(edited);
    const found = loadConfig({ env: world.env, paths: world.paths });
    expect(world.changes.compare(found).opens).toHaveLength(1);
    const waiting = await world.changes.recordEdit(found, 'waiting');
    expect(await world.changes.recordEdit(found, 'waiting')).toEqual(waiting);
    expect(waiting).toMatchObject({ who: 'file', state: 'waiting', changed: ['gateway.bind'] });
    const { hash, appliedHash } = world.changes.state();
    expect(hash).not.toBe(appliedHash);
    const accepted = await world.changes.acceptEdit(found, AT_MACHINE);
    expect(accepted).toMatchObject({ id: waiting.id, state: 'applied', settledBy: 'cli' });
    expect(world.changes.state().appliedHash).toBe(hash);
    expect(world.changes.compare(found).changed).toEqual([]);
  });

  test('that waits is a part of what the next change opens', async () => {
    world.write(edited);
    const proposal = await world.changes.propose(OPERATOR, edit('gateway.port', 19_000));
    expect(proposal.changed).toEqual(['gateway.bind', 'gateway.port']);
    expect(proposal.opens.map(({ key }) => key)).toEqual(['gateway.bind']);
  });

  test('that waits goes on waiting when pairing adds an owner', async () => {
    world.write(edited);
    const found = loadConfig({ env: world.env, paths: world.paths });
    await world.changes.recordEdit(found, 'waiting');
    const owner = { path: 'commands.ownerAllowFrom', value: ['telegram:42'] };
    await world.changes.decide('pairing', owner, 'approved');
    expect(world.text()).toContain('telegram:42');
    const [latest] = await world.changes.history();
    expect(latest).toMatchObject({ who: 'pairing', state: 'waiting' });
    const now = loadConfig({ env: world.env, paths: world.paths });
    expect(world.changes.compare(now).changed).toEqual(['gateway.bind']);
  });

  test('that waits in an included file goes on waiting when pairing adds an owner', async () => {
    const part = join(dirname(world.paths.configPath), 'tools.json');
    writeFileSync(part, '{ "profile": "messaging" }');
    world.write(FIRST.replace('{ profile: "messaging" }', '{ $include: "./tools.json" }'));
    const changes = world.restarted();
    await changes.start();
    writeFileSync(part, '{ "profile": "full" }');
    await changes.recordEdit(
      loadConfig({ env: world.env, paths: world.paths, invalid: 'report' }),
      'waiting',
    );
    const owner = { path: 'commands.ownerAllowFrom', value: ['telegram:42'] };
    await changes.decide('pairing', owner, 'approved');
    const [latest] = await changes.history();
    expect(latest).toMatchObject({ who: 'pairing', state: 'waiting' });
    const now = loadConfig({ env: world.env, paths: world.paths });
    expect(changes.compare(now).changed).toEqual(['tools.profile']);
    expect(changes.compare(now).opens).not.toEqual([]);
  });

  test('that is no config can be replaced by one, with the secrets that are in force', async () => {
    world.write('{ gateway: ');
    expect(world.changes.state().file.issues).toHaveLength(1);
    const raw = FIRST.replace(TOKEN, REDACTED).replace('{ profile', '{ deny: ["exec"], profile');
    await world.changes.commit(OPERATOR, { kind: 'document', raw });
    expect(world.text()).toContain(TOKEN);
    expect(world.inForce().value).toMatchObject({ tools: { deny: ['exec'] } });
  });

  test('made while no gateway ran is on record after the next start', async () => {
    await world.changes.start();
    world.write(edited);
    const next = world.restarted();
    await next.start();
    const [entry] = await next.history();
    expect(entry).toMatchObject({ who: 'file', state: 'applied', changed: ['gateway.bind'] });
    await world.restarted().start();
    expect(await next.history()).toHaveLength(2);
  });
});

const part = (): string => join(dirname(world.paths.configPath), 'tools.json');

async function including(): Promise<ConfigChanges> {
  writeFileSync(part(), '{ "profile": "messaging" }');
  world.write(FIRST.replace('{ profile: "messaging" }', '{ $include: "./tools.json" }'));
  const changes = world.restarted();
  await changes.start();
  return changes;
}

describe('what a document includes', () => {
  test('and was edited while no gateway ran is told at the next start, once', async () => {
    await including();
    writeFileSync(part(), '{ "profile": "full" }');
    const next = world.restarted();
    const told = await next.start();
    expect(told).toMatchObject({ who: 'file', state: 'applied', changed: ['tools.profile'] });
    expect(new Set(told?.opens.map(({ key }) => key))).toEqual(new Set(['tools.profile']));
    expect(told).not.toHaveProperty('means');
    expect(told).not.toHaveProperty('settings');
    expect(await world.restarted().start()).toBeUndefined();
    const [latest, before] = await next.history();
    expect([latest?.id, latest?.before]).toEqual([told?.id, before?.after]);
    expect(latest).not.toHaveProperty('means');
  });

  test('and was left as it was is not told', async () => {
    const changes = await including();
    const before = await changes.history();
    expect(await world.restarted().start()).toBeUndefined();
    expect(await changes.history()).toEqual(before);
  });

  test('is kept without its secrets', async () => {
    await including();
    const rows = await world.store.transact((tx) => tx.find(configHistoryTable, { limit: 100 }));
    expect(rows.some(({ value }) => value.settings !== undefined)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
  });
});

test('a variable beside the document that was changed while no gateway ran is told', async () => {
  const env = join(dirname(world.paths.configPath), '.env');
  writeFileSync(env, 'TOOL_PROFILE=messaging\n');
  world.write(FIRST.replace('"messaging"', '"${TOOL_PROFILE}"'));
  await world.restarted().start();
  writeFileSync(env, 'TOOL_PROFILE=full\n');
  expect(await world.restarted().start()).toMatchObject({ changed: ['tools.profile'] });
});

/** A restart after a crash between the entry and its outcome. */
async function cutOff(written: boolean) {
  await world.changes.commit(OPERATOR, edit('gateway.port', 19_000));
  await world.store.transact(async (tx) => {
    const row = await tx.get(configHistoryTable, entryKey('2'));
    if (row === undefined) throw new Error('there is no entry');
    tx.put(configHistoryTable, entryKey('2'), { ...row, state: 'writing' });
  });
  if (!written) world.write(FIRST);
  const next = world.restarted();
  await next.start();
  return next;
}

describe('a crash', () => {
  test('after the file was written leaves an entry that says so', async () => {
    const next = await cutOff(true);
    expect((await next.history()).map(({ state }) => state)).toEqual(['applied', 'applied']);
  });

  test('before the file was written leaves an entry that says so, and the old config', async () => {
    const next = await cutOff(false);
    const [entry] = await next.history();
    expect(entry).toMatchObject({ id: '2', state: 'failed', cause: 'gateway.stopped' });
    expect(next.state().file.value).not.toMatchObject({ gateway: { port: 19_000 } });
    expect(await next.history()).toHaveLength(2);
  });

  test('of the writer itself is an entry that failed, and nothing is in force', async () => {
    await world.changes.recover();
    const changes = new ConfigChanges({ ...world.ground, env: world.env });
    await changes.recover();
    const { confirm } = await changes.propose(OPERATOR, edit('gateway.port', 19_000));
    world.ground.log.info({}, 'locking');
    const { closeSync, openSync } = await import('node:fs');
    closeSync(openSync(`${world.paths.configPath}.lock`, 'wx'));
    await expect(
      changes.commit(OPERATOR, edit('gateway.port', 19_000), { confirm }),
    ).rejects.toEqual(coded('config.conflict'));
    const [entry] = await changes.history();
    expect(entry).toMatchObject({ state: 'failed', cause: 'config.conflict' });
    expect(world.committed).toEqual([]);
    expect(world.text()).toBe(FIRST);
  });
});
