import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { PortcullisError, type Store } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ConfigChanges } from '../../src/changes/changes.ts';
import { AT_MACHINE, OPERATOR } from '../changes/world.ts';
import { type FixWorld, OPEN, modeOf, openFixWorld } from './world.ts';

let world: FixWorld;
beforeEach(async () => {
  world = await openFixWorld();
  chmodSync(world.paths.stateDir, 0o755);
  chmodSync(world.paths.configPath, 0o644);
});
afterEach(() => world.close());

const coded = (code: string) => expect.objectContaining({ code });
const fix = () => world.fixes.fix(AT_MACHINE, world.plan());

async function undo(id?: string) {
  const plan = await world.fixes.planUndo(AT_MACHINE, id);
  return await world.fixes.undo(AT_MACHINE, plan.id, plan.confirm);
}

describe('a fix', () => {
  test('closes rooms and makes files private, and nothing else', async () => {
    const { stateDir, configPath } = world.paths;
    const credential = world.file('credentials/telegram-allowFrom.json', 0o666);
    const done = await fix();
    expect(done).toMatchObject({
      id: '1',
      entry: '2',
      configWritten: true,
      changes: ['channels.telegram.groupPolicy=open -> allowlist'],
      errors: [],
    });
    expect(done.actions.filter(({ ok }) => ok)).toEqual([
      { kind: 'chmod', path: stateDir, mode: 0o700, ok: true },
      { kind: 'chmod', path: configPath, mode: 0o600, ok: true },
      { kind: 'chmod', path: credential, mode: 0o600, ok: true },
    ]);
    expect(world.text()).toBe(OPEN.replace('"open"', '"allowlist"'));
    expect([stateDir, configPath, credential].map(modeOf)).toEqual(['700', '600', '600']);
    expect(world.inForce().value).toMatchObject({
      channels: { telegram: { groupPolicy: 'allowlist' } },
    });
  });

  test('is on record with everything as it was before the first thing is changed', async () => {
    const { store } = world;
    const seen: unknown[] = [];
    const looking: Store = {
      ...store,
      transact: async (work, options) => {
        const result = await store.transact(work, options);
        seen.push([modeOf(world.paths.stateDir), world.text() === OPEN, await codes()]);
        return result;
      },
      readLog: (log, range) => store.readLog(log, range),
    };
    const codes = async () =>
      (await world.audit()).map((entry) => (entry as { code?: unknown }).code);
    const fixes = world.next();
    Object.assign(world.ground, { store: looking });
    const plan = world.plan();
    await world.next().fix(AT_MACHINE, plan);
    Object.assign(world.ground, { store });
    const began = seen.findIndex((each) => JSON.stringify(each).includes('security.fix.making'));
    expect(seen[began]).toEqual(['755', true, ['security.fix.making']]);
    expect(await fixes.list()).toMatchObject([
      {
        id: '1',
        kind: 'fix',
        who: 'cli',
        state: 'made',
        keys: [{ path: 'channels.telegram.groupPolicy', from: 'open', to: 'allowlist' }],
        modes: [
          { path: world.paths.stateDir, from: 0o755, to: 0o700 },
          { path: world.paths.configPath, from: 0o644, to: 0o600 },
        ],
      },
    ]);
    expect((await codes()).at(-1)).toBe('security.fix.made');
  });

  test('does nothing that was not shown', async () => {
    const { changes, modes } = world.plan();
    await world.fixes.fix(AT_MACHINE, { changes: [], modes: modes.slice(0, 1) });
    expect(world.text()).toBe(OPEN);
    expect([world.paths.stateDir, world.paths.configPath].map(modeOf)).toEqual(['700', '644']);
    const invented = { path: '/etc/hosts', mode: 0o600 };
    const hosts = modeOf('/etc/hosts');
    await world.fixes.fix(AT_MACHINE, { changes, modes: [invented] });
    expect(modeOf('/etc/hosts')).toBe(hosts);
  });

  test('where there is nothing to do leaves nothing behind', async () => {
    await fix();
    const lines = (await world.audit()).length;
    expect(await fix()).toMatchObject({ configWritten: false, changes: [], errors: [] });
    expect(await world.fixes.list()).toHaveLength(1);
    expect(await world.audit()).toHaveLength(lines);
  });

  test('leaves what is stricter than it asks for', async () => {
    const strict = world.file('credentials/strict.json', 0o400);
    await fix();
    expect(modeOf(strict)).toBe('400');
  });

  test('follows no link: not the path itself, nor one on its way', async () => {
    const outside = join(world.paths.stateDir, '..', `outside-${String(process.pid)}`);
    mkdirSync(outside, { recursive: true });
    const target = join(outside, 'target.json');
    writeFileSync(target, 'x');
    chmodSync(outside, 0o755);
    chmodSync(target, 0o644);
    try {
      symlinkSync(outside, world.paths.credentialsDir);
      mkdirSync(join(world.paths.stateDir, 'agents/main'), { recursive: true });
      symlinkSync(outside, join(world.paths.stateDir, 'agents/main/sessions'));
      const { actions, errors } = await fix();
      expect([outside, target].map(modeOf)).toEqual(['755', '644']);
      expect(actions).toContainEqual(
        expect.objectContaining({ path: world.paths.credentialsDir, skipped: 'symlink' }),
      );
      expect(actions).toContainEqual(
        expect.objectContaining({
          path: join(world.paths.credentialsDir, 'target.json'),
          skipped: 'symlink',
        }),
      );
      expect(errors).toEqual([]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test('leaves what belongs to somebody else, and says so', async () => {
    const theirs = world.file('credentials/theirs.json', 0o644);
    const { ino } = statSync(theirs);
    const done = await world.next({ ours: (stats) => stats.ino !== ino }).fix(AT_MACHINE, {
      ...world.plan(),
    });
    expect(modeOf(theirs)).toBe('644');
    expect(done.actions).toContainEqual(
      expect.objectContaining({ path: theirs, ok: false, skipped: 'not-ours' }),
    );
    expect(done.errors).toEqual([`${theirs} belongs to another user, and is left as it is.`]);
    expect(modeOf(world.paths.stateDir)).toBe('700');
  });

  test('whose config cannot be changed makes the rest, and says what failed', async () => {
    const refuse = new PortcullisError('config.conflict', 'The config is being written.');
    class Refusing extends ConfigChanges {
      override commit = () => Promise.reject(refuse);
    }
    const done = await world
      .next({ changes: new Refusing(world.ground) })
      .fix(AT_MACHINE, world.plan());
    expect(done).toMatchObject({
      configWritten: false,
      changes: [],
      errors: ['The config was not changed: The config is being written.'],
    });
    expect(world.text()).toBe(OPEN);
    expect(modeOf(world.paths.configPath)).toBe('600');
    expect(await world.fixes.list()).toMatchObject([
      { state: 'failed', errors: [expect.any(String)] },
    ]);
  });

  test('says yes to no edit of the file that waits', async () => {
    world.write(
      OPEN.replace(
        '} },\n}',
        '}, discord: { groupPolicy: "open", dmPolicy: "open", allowFrom: ["*"] } },\n}',
      ),
    );
    const before = world.text();
    const done = await fix();
    expect(done.errors).toEqual([expect.stringContaining('opens something')]);
    expect(world.text()).toBe(before);
  });

  test('of a config that is not valid changes nothing', async () => {
    const plan = world.plan();
    world.write('{ gateway: { bindd: "lan" } }');
    await expect(world.fixes.fix(AT_MACHINE, plan)).rejects.toEqual(coded('config.invalid'));
    expect(modeOf(world.paths.stateDir)).toBe('755');
  });
});

describe('rooms of WhatsApp that named nobody', () => {
  const WHATSAPP = '{ channels: { whatsapp: { groupPolicy: "open" } } }\n';
  const LIST = 'channels.whatsapp.groupAllowFrom=pairing-store';

  test.each([
    { yes: true, list: ['+491701234567'] },
    { yes: false, list: undefined },
  ])('go on for those who were paired, if somebody said yes: $yes', async ({ yes, list }) => {
    await world.close();
    world = await openFixWorld(WHATSAPP);
    const paired = world.file('credentials/whatsapp-allowFrom.json', 0o600);
    writeFileSync(paired, '{"version":1,"allowFrom":["+491701234567","*"]}');
    const { changes, modes } = world.plan();
    expect(changes).toEqual([LIST, 'channels.whatsapp.groupPolicy=open -> allowlist']);
    const shown = yes ? changes : changes.filter((line) => line !== LIST);
    const done = await world.fixes.fix(OPERATOR, { changes: shown, modes });
    expect(done.errors).toEqual([]);
    const { whatsapp } = world.inForce().value['channels'] as { whatsapp: object };
    expect(whatsapp).toEqual({
      groupPolicy: 'allowlist',
      ...(list !== undefined && { groupAllowFrom: list }),
    });
    await undo();
    expect(world.text()).toBe(WHATSAPP);
  });
});

describe('undoing a fix', () => {
  test('puts everything back, and is on record', async () => {
    await fix();
    expect(await world.fixes.planUndo(AT_MACHINE)).toMatchObject({
      id: '1',
      opens: [expect.objectContaining({ key: 'channels.telegram.groupPolicy' }), expect.anything()],
      keys: [{ path: 'channels.telegram.groupPolicy', from: 'allowlist', to: 'open' }],
    });
    expect(await undo()).toMatchObject({ id: '2', errors: [] });
    expect(world.text()).toBe(OPEN);
    expect([world.paths.stateDir, world.paths.configPath].map(modeOf)).toEqual(['755', '644']);
    expect(await world.fixes.list()).toMatchObject([
      { id: '2', kind: 'undo', of: '1', state: 'made', entry: '3' },
      { id: '1', kind: 'fix', state: 'undone', undoneBy: '2' },
    ]);
    await expect(undo()).rejects.toEqual(coded('security.fix_not_found'));
    await expect(undo('1')).rejects.toEqual(coded('security.fix_not_found'));
    await expect(undo('7')).rejects.toEqual(coded('security.fix_not_found'));
  });

  test('needs the confirmation of exactly what it puts back', async () => {
    await fix();
    const { confirm } = await world.fixes.planUndo(AT_MACHINE);
    chmodSync(world.paths.stateDir, 0o755);
    await expect(world.fixes.undo(AT_MACHINE, '1', confirm)).rejects.toEqual(
      coded('security.unconfirmed'),
    );
    await expect(world.fixes.undo(AT_MACHINE, '1', '')).rejects.toEqual(
      coded('security.unconfirmed'),
    );
    expect(modeOf(world.paths.configPath)).toBe('600');
    expect(world.text()).not.toBe(OPEN);
  });

  test.each<[string, () => void]>([
    ['a mode', () => chmodSync(world.paths.stateDir, 0o750)],
    ['a key', () => world.write(world.text().replace('"allowlist"', '"disabled"'))],
    [
      'a file that is a link now',
      () => {
        const { configPath } = world.paths;
        renameSync(configPath, `${configPath}.moved`);
        symlinkSync(`${configPath}.moved`, configPath);
      },
    ],
  ])('is refused whole where %s was changed since', async (_what, change) => {
    await fix();
    change();
    const { mode } = lstatSync(world.paths.stateDir);
    const text = world.text();
    await expect(undo()).rejects.toEqual(coded('security.changed_since'));
    expect(lstatSync(world.paths.stateDir).mode).toBe(mode);
    expect(world.text()).toBe(text);
    expect(await world.fixes.list()).toHaveLength(1);
  });

  test('passes over what is gone, and what is as it was', async () => {
    const gone = world.file('credentials/gone.json', 0o644);
    await fix();
    rmSync(gone);
    chmodSync(world.paths.stateDir, 0o755);
    const plan = await world.fixes.planUndo(AT_MACHINE);
    expect(plan.gone).toEqual([gone]);
    expect(plan.modes.map(({ path }) => path)).toEqual([world.paths.configPath]);
    const done = await undo();
    expect(done.errors).toEqual([]);
    expect(done.actions).toContainEqual(
      expect.objectContaining({ path: gone, skipped: 'missing' }),
    );
  });

  test('keeps what was written into the config meanwhile', async () => {
    await fix();
    const edit = { path: 'gateway.port', value: 19_001 };
    await world.changes.commit(AT_MACHINE, { kind: 'edits', edits: [edit] });
    await undo();
    expect(world.inForce().value).toMatchObject({
      gateway: { port: 19_001 },
      channels: { telegram: { groupPolicy: 'open' } },
    });
  });

  test('works for a fix that a crash cut off in the middle', async () => {
    const plan = world.plan();
    class Dying extends ConfigChanges {
      override commit = () => Promise.reject(new Error('power off'));
    }
    const dying = world.next({ changes: new Dying(world.ground) });
    await expect(dying.fix(AT_MACHINE, plan)).rejects.toThrow('power off');
    chmodSync(world.paths.stateDir, 0o700);
    const after = world.next();
    expect(await after.list()).toMatchObject([{ id: '1', state: 'interrupted' }]);
    const { confirm, modes, keys } = await after.planUndo(AT_MACHINE);
    expect({ keys, paths: modes.map(({ path }) => path) }).toEqual({
      keys: [],
      paths: [world.paths.stateDir],
    });
    await after.undo(AT_MACHINE, '1', confirm);
    expect([world.paths.stateDir, world.paths.configPath].map(modeOf)).toEqual(['755', '644']);
  });
});

test('a mode is not changed where the path became something else between looking and changing', async () => {
  const { changeMode } = await import('../../src/posture/fixes/modes.ts');
  const path = world.file('credentials/swapped.json', 0o644);
  const outside = world.file('plugins/kept.json', 0o644);
  rmSync(path);
  symlinkSync(outside, path);
  const target = { path, kind: 'file' } as const;
  expect(() => changeMode(target, { from: 0o644, to: 0o600 })).toThrow(
    coded('security.changed_since'),
  );
  expect(modeOf(outside)).toBe('644');
  const other = { path: outside, kind: 'file' } as const;
  expect(() => changeMode(other, { from: 0o640, to: 0o600 })).toThrow(
    coded('security.changed_since'),
  );
  expect(() => changeMode({ ...other, kind: 'directory' }, { from: 0o644, to: 0o700 })).toThrow(
    coded('security.mode_refused'),
  );
  expect(modeOf(outside)).toBe('644');
});
