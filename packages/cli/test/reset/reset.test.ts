/**
 * Beginning anew: what goes, what stays, and what is never touched.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { beforeEach, describe, expect, test } from 'vitest';

import { fill, pathsOf, put } from '../backup/state.ts';
import { type CallOptions, Home, call } from '../call.ts';

let home: Home;

beforeEach(async () => {
  home = new Home();
  await fill(pathsOf(home));
});

async function reset(argv: string, options: CallOptions = {}) {
  return await call(['reset', ...argv.split(' ')], { home, ...options });
}

function names(): readonly string[] {
  return readdirSync(pathsOf(home).stateDir).toSorted();
}

/** The dated folder beside the state directory, and what is in it. */
function trash(): { readonly path: string; readonly names: readonly string[] } {
  const name = readdirSync(home.path).find((each) => each.startsWith('.openclaw.trash-')) ?? 'none';
  const path = join(home.path, name);
  return { path, names: existsSync(path) ? readdirSync(path).toSorted() : [] };
}

describe('each scope takes what it says', () => {
  test('config: the config alone', async () => {
    const before = names();
    expect(await reset('--scope config --yes')).toMatchObject({ code: 0 });
    expect(names()).toEqual(before.filter((name) => name !== 'openclaw.json'));
    expect(trash().names).toEqual(['openclaw.json']);
  });

  test('config+creds+sessions: all but workspaces, logs and packages', async () => {
    expect(await reset('--scope config+creds+sessions --yes')).toMatchObject({ code: 0 });
    expect(names()).toEqual(['logs', 'plugins', 'workspace']);
    expect(trash().names).toEqual([
      '.env',
      'audit.key',
      'credentials',
      'more.json5',
      'openclaw.json',
      'state',
    ]);
  });

  test('full: everything, also a workspace elsewhere', async () => {
    const config = '{ agents: { defaults: { workspace: "~/work" } } }';
    put(home.path, '.openclaw/openclaw.json', config);
    put(home.path, 'work/plan.md', 'the plan');
    expect(await reset('--scope full --yes')).toMatchObject({ code: 0 });
    expect(names()).toEqual([]);
    expect(trash().names).toContain('workspace');
    expect(existsSync(join(home.path, 'work'))).toBe(false);
    const work = readdirSync(home.path).find((name) => name.startsWith('work.trash-')) ?? '';
    expect(readFileSync(join(home.path, work, 'plan.md'), 'utf8')).toBe('the plan');
  });

  test('a gateway begins anew afterwards, and what was put away can be put back', async () => {
    await reset('--scope config+creds+sessions --yes');
    const { store } = await openState(pathsOf(home), openSqliteStore, silentLogger);
    expect(await store.readLog('audit')).toEqual([]);
    await store.close();
    const old = { OPENCLAW_STATE_DIR: trash().path };
    const again = await openState(pathsOf(home, old), openSqliteStore, silentLogger);
    expect(await again.store.readLog('audit')).toHaveLength(3);
    await again.store.close();
  });

  test('--delete keeps nothing, and follows no link', async () => {
    const outside = put(home.path, 'outside/precious', 'precious');
    symlinkSync(join(home.path, 'outside'), join(pathsOf(home).stateDir, 'link'));
    expect(await reset('--scope full --delete --yes')).toMatchObject({ code: 0 });
    expect(names()).toEqual([]);
    expect(readFileSync(outside, 'utf8')).toBe('precious');
    expect(readdirSync(home.path).toSorted()).toEqual(['.openclaw', 'outside']);
  });
});

/** Fails where anything below the home directory comes or goes. */
async function unchanged(act: () => Promise<void>): Promise<void> {
  const before = readdirSync(home.path, { recursive: true }).toSorted();
  await act();
  expect(readdirSync(home.path, { recursive: true }).toSorted()).toEqual(before);
}

describe('nothing goes', () => {
  test('in a rehearsal, which names all that would', async () => {
    await unchanged(async () => {
      const { code, stdout } = await reset('--scope full --dry-run');
      expect(code).toBe(0);
      for (const name of names()) expect(stdout).toContain(`~/.openclaw/${name}`);
      expect(stdout).toContain('conversations, devices, approvals, the audit log');
    });
    const { stdout } = await reset('--scope config --dry-run --json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      dryRun: true,
      scope: 'config',
      items: [{ path: home.config, what: 'the configuration' }],
    });
  });

  test('without a yes, and the question names what would go', async () => {
    await unchanged(async () => {
      const asked: string[] = [];
      const confirm = async (question: string) => asked.push(question) < 0;
      const { code, stderr } = await reset('--scope full --delete', { doors: { confirm } });
      expect(code).toBe(1);
      expect(stderr).toContain('[usage.declined]');
      expect(asked).toEqual([expect.stringMatching(/^Delete for good .*~\/\.openclaw\/state/u)]);
    });
  });

  test.each(['--scope full', '--scope full --json', '--scope full --non-interactive'])(
    'where nobody can be asked: %s',
    async (argv) => {
      await unchanged(async () => {
        const { code, stdout, stderr } = await reset(argv);
        expect(code).toBe(1);
        expect(stdout + stderr).toContain('usage.confirmation');
      });
    },
  );

  test('without a scope', async () => {
    await unchanged(async () => {
      expect((await call(['reset', '--yes'], { home })).stderr).toContain('[usage.missing]');
      expect((await reset('--scope everything --yes')).stderr).toContain('[usage.invalid_value]');
    });
  });

  test('while somebody has the state open', async () => {
    const { store } = await openState(pathsOf(home), openSqliteStore, silentLogger);
    const { code, stderr } = await reset('--scope full --yes');
    await store.close();
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`process ${String(process.pid)}`),
    });
    expect(existsSync(home.config)).toBe(true);
  });
});

describe('what is no state directory is refused', () => {
  test.each([
    ['the home directory', (at: string) => at],
    ['a folder above it', (at: string) => join(at, '..')],
  ])('%s', async (_what, folder) => {
    const env = { OPENCLAW_STATE_DIR: folder(home.path) };
    const { code, stderr } = await reset('--scope full --yes', { env });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[reset.unsafe]'),
    });
    expect(existsSync(home.config)).toBe(true);
  });

  test('a folder of something else', async () => {
    const precious = put(home.path, 'photos/one.jpg', 'photo');
    const env = { OPENCLAW_STATE_DIR: join(home.path, 'photos') };
    const { stderr } = await reset('--scope full --yes', { env });
    expect(stderr).toContain('[reset.unsafe]');
    expect(existsSync(precious)).toBe(true);
  });

  test('a workspace that is the home directory', async () => {
    put(home.path, '.openclaw/openclaw.json', '{ agents: { defaults: { workspace: "~" } } }');
    const { stderr } = await reset('--scope full --yes');
    expect(stderr).toContain('[reset.unsafe]');
    expect(existsSync(home.config)).toBe(true);
  });
});

test('where nothing is, nothing is reset', async () => {
  const empty = new Home();
  expect(await reset('--scope full', { home: empty })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to reset'),
  });
  mkdirSync(join(empty.path, '.openclaw'));
  expect(await reset('--scope full', { home: empty })).toMatchObject({ code: 0 });
});

test('a config that cannot be read is put away like any other', async () => {
  put(home.path, '.openclaw/openclaw.json', '{ torn');
  expect(await reset('--scope config --yes')).toMatchObject({ code: 0 });
  expect(existsSync(home.config)).toBe(false);
});
