/**
 * From a state to an archive and back.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { beforeEach, describe, expect, test } from 'vitest';

import { type CallOptions, Home, call } from '../call.ts';
import { CONFIG, audit, fill, pathsOf, put } from './state.ts';

let home: Home;
let archive: string;

beforeEach(async () => {
  home = new Home();
  archive = join(home.path, 'backup.tar.gz');
  await fill(pathsOf(home));
});

async function run(argv: string, options: CallOptions = {}) {
  const called = await call(argv.split(' '), { home, ...options });
  expect(called.stderr, argv).not.toContain('    at ');
  return called;
}

async function json<T>(argv: string, options: CallOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await run(`${argv} --json`, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

interface Verdict {
  readonly ok: boolean;
  readonly entryCount: number;
  readonly audit?: { readonly lines: number; readonly head: string };
}

/** Every file below a folder with its content, by relative path. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(
    files
      .filter((path) => !path.includes('.sqlite') && !path.endsWith('lock.json'))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

describe('backup create', () => {
  test('writes one private file that says it holds secrets', async () => {
    const { code, stderr, stdout } = await run(`backup create --output ${archive}`);
    expect(code).toBe(0);
    expect(stdout).toContain(archive);
    expect(stderr).toContain('secrets in the clear');
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    expect(readdirSync(home.path).filter((name) => name.startsWith('.openclaw-'))).toEqual([]);
  });

  test('lists what it holds and what not under the names OpenClaw has for it', async () => {
    const report = await json<Record<string, unknown>>(
      `backup create --output ${home.path} --verify`,
    );
    expect(report).toMatchObject({
      ok: true,
      dryRun: false,
      includeWorkspace: true,
      onlyConfig: false,
      verified: true,
      sealed: false,
      assets: [{ kind: 'state', archivePath: 'payload/state', displayPath: '~/.openclaw' }],
      skipped: [{ kind: 'state', displayPath: '~/.openclaw/logs', reason: 'logs' }],
      audit: { lines: 3 },
    });
    expect(report['archivePath']).toMatch(
      /T\d\d-\d\d-\d\d\.\d{3}[+-]\d\d-\d\d-openclaw-backup\.tar\.gz$/,
    );
  });

  test('a rehearsal writes nothing', async () => {
    const before = readdirSync(home.path);
    expect(await json(`backup create --output ${archive} --dry-run`)).toMatchObject({
      dryRun: true,
    });
    expect(readdirSync(home.path)).toEqual(before);
  });

  test('copies the database of a store that is open and goes on being written', async () => {
    const paths = pathsOf(home);
    const { store } = await openState(paths, openSqliteStore, silentLogger);
    const writer = new AbortController();
    const writing = (async () => {
      for (let n = 0; !writer.signal.aborted; n += 1) {
        await store.transact((tx) => tx.append('audit', { kind: 'operator', at: n, code: 'busy' }));
      }
      return (await store.readLog('audit', { limit: 1_000_000 })).length;
    })();
    await json(`backup create --output ${archive}`);
    writer.abort();
    const written = await writing;
    await store.close();
    const { audit: held } = await json<Verdict>(`backup verify ${archive}`);
    expect(held?.lines).toBeGreaterThanOrEqual(3);
    expect(held?.lines).toBeLessThanOrEqual(written);
  });

  test('never follows a symbolic link out of a workspace, and says that it left it out', async () => {
    const secret = put(home.path, 'outside/secret.txt', 'not for agents');
    symlinkSync(secret, join(pathsOf(home).workspaceDir, 'link.txt'));
    symlinkSync(dirname(secret), join(pathsOf(home).workspaceDir, 'folder'));
    const { skipped } = await json<{ skipped: { sourcePath: string; reason: string }[] }>(
      `backup create --output ${archive}`,
    );
    expect(skipped.filter(({ reason }) => reason === 'symbolic link')).toHaveLength(2);
    const target = join(home.path, 'out');
    await json(`backup restore ${archive} --target ${target}`);
    expect(JSON.stringify(contents(target))).not.toContain('not for agents');
  });

  test('refuses to replace a file, to lie in what it holds, and to hold nothing', async () => {
    writeFileSync(archive, 'mine');
    expect(await run(`backup create --output ${archive}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[backup.exists]'),
    });
    expect(readFileSync(archive, 'utf8')).toBe('mine');
    const inside = join(pathsOf(home).workspaceDir, 'b.tar.gz');
    expect((await run(`backup create --output ${inside}`)).stderr).toContain('[backup.output]');
    expect((await run(`backup create --output ${home.path}/no/b`)).stderr).toContain(
      '[backup.output]',
    );
    const empty = await run('backup create', { home: new Home() });
    expect(empty.stderr).toContain('[backup.nothing]');
  });

  test('leaves a file alone that took its name while it was made', async () => {
    const folder = join(home.path, 'out');
    mkdirSync(folder);
    // Making a key of the passphrase takes a while.
    const stdin = 'correct horse battery staple';
    const argv = `backup create --output ${join(folder, 'b.gz')} --passphrase-stdin`;
    const work = run(argv, { stdin });
    // The folder for the pieces is there once the name was seen to be free.
    await expect.poll(() => readdirSync(folder).length, { interval: 1 }).toBeGreaterThan(0);
    writeFileSync(join(folder, 'b.gz'), 'mine', { flag: 'wx' });
    const { code, stderr } = await work;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('[backup.exists]'),
    });
    expect(readdirSync(folder)).toEqual(['b.gz']);
    expect(readFileSync(join(folder, 'b.gz'), 'utf8')).toBe('mine');
  });

  test('names a file it cannot read instead of leaving it out', async () => {
    const path = put(pathsOf(home).stateDir, 'closed.json', '{}');
    chmodSync(path, 0o000);
    const root = process.getuid?.() === 0;
    const { code, stderr } = await run(`backup create --output ${archive}`);
    if (root) expect(code).toBe(0);
    else expect(stderr).toContain('[backup.unreadable]');
    expect(existsSync(archive)).toBe(root);
  });
});

describe('backup verify', () => {
  test('finds an audit log that was changed before it was backed up, and restores none of it', async () => {
    const paths = pathsOf(home);
    const database = new DatabaseSync(join(paths.stateDbDir, 'portcullis.sqlite'));
    database.exec(`UPDATE log SET entry = replace(entry, 'two', 'owt') WHERE seq = 2`);
    database.close();
    await json(`backup create --output ${archive}`);
    for (const argv of [`backup verify ${archive}`, `backup restore ${archive} --yes`]) {
      const { code, stderr } = await run(argv);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('[backup.damaged]'),
      });
      expect(stderr).toContain('audit log does not hold');
    }
  });

  test('finds an audit log under another key', async () => {
    writeFileSync(join(pathsOf(home).stateDir, 'audit.key'), Buffer.alloc(32));
    await json(`backup create --output ${archive}`);
    expect((await run(`backup verify ${archive}`)).stderr).toContain('another key');
  });
});

describe('a sealed archive', () => {
  const PASSPHRASE = 'correct horse battery staple';

  test('opens with its passphrase only, and shows nothing of what is in it', async () => {
    const file = put(home.path, 'passphrase', `${PASSPHRASE}\n`);
    await json(`backup create --output ${archive} --passphrase-file ${file} --verify`);
    expect(readFileSync(archive).includes(Buffer.from('openclaw.json'))).toBe(false);
    expect(readFileSync(archive).subarray(0, 8).toString()).toBe('PCULBAK1');
    const stdin = { stdin: PASSPHRASE };
    expect(await json(`backup verify ${archive} --passphrase-stdin`, stdin)).toMatchObject({
      ok: true,
      audit: { lines: 3 },
    });
    const wrong = await run(`backup verify ${archive} --passphrase-stdin`, {
      stdin: 'another one!',
    });
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[backup.passphrase]'),
    });
    const nobody = await run(`backup verify ${archive}`);
    expect(nobody).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[usage.confirmation]'),
    });
  });

  test('while it is made nothing in the clear lies where the archive goes', async () => {
    const folder = join(home.path, 'usb');
    mkdirSync(folder);
    const work = run(`backup create --output ${folder} --passphrase-stdin`, { stdin: PASSPHRASE });
    const seen = new Set<string>();
    const state = { done: false };
    void work.finally(() => (state.done = true));
    while (!state.done) {
      for (const name of readdirSync(folder, { recursive: true })) seen.add(String(name));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await work).code).toBe(0);
    const [sealed = ''] = readdirSync(folder);
    expect(sealed).toMatch(/\.tar\.gz\.sealed$/u);
    expect(readdirSync(folder)).toHaveLength(1);
    // The folder of the sealed pieces is seen, so that the copies would be too.
    expect([...seen]).toContainEqual(expect.stringMatching(/^\.openclaw-backup-\w+$/u));
    expect([...seen].filter((name) => /payload|manifest/u.test(name))).toEqual([]);
    expect(readdirSync(pathsOf(home).stateDir).filter((name) => name.startsWith('.open'))).toEqual(
      [],
    );
    const { files } = await json<{ files: number }>(`backup create --output ${archive}`);
    const stdin = { stdin: PASSPHRASE };
    const check = `backup verify ${join(folder, sealed)} --passphrase-stdin`;
    expect(await json(check, stdin)).toMatchObject({ entryCount: files + 1 });
  });

  test('a passphrase that is short, or typed differently the second time, seals nothing', async () => {
    const short = await run(`backup create --output ${archive} --passphrase-stdin`, {
      stdin: 'short',
    });
    expect(short.stderr).toContain('[backup.passphrase]');
    const answers = [PASSPHRASE, `${PASSPHRASE}!`];
    const doors = { readSecret: async () => answers.shift() ?? '' };
    const typed = await run(`backup create --output ${archive} --encrypt`, { doors });
    expect(typed.stderr).toContain('differ');
    expect(existsSync(archive)).toBe(false);
  });

  test('every change of it is noticed: a bit, a piece moved, a tail cut off', async () => {
    put(
      pathsOf(home).workspaceDir,
      'large.bin',
      Array.from({ length: 60_000 }, Math.random).join(),
    );
    await json(`backup create --output ${archive} --passphrase-stdin`, { stdin: PASSPHRASE });
    const whole = readFileSync(archive);
    const [header, piece] = [31, 65_536 + 16];
    expect(whole.length).toBeGreaterThan(header + 3 * piece);
    const part = (from: number, to: number) =>
      whole.subarray(header + from * piece, header + to * piece);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(header + 2 * piece) ^ 1, header + 2 * piece);
    const changes = {
      flipped,
      swapped: Buffer.concat([
        whole.subarray(0, header),
        part(0, 1),
        part(2, 3),
        part(1, 2),
        whole.subarray(header + 3 * piece),
      ]),
      cut: whole.subarray(0, header + 2 * piece),
      cutInside: whole.subarray(0, header + 2 * piece + 100),
    };
    for (const [name, bytes] of Object.entries(changes)) {
      const changed = join(home.path, name);
      writeFileSync(changed, bytes);
      const { code, stderr } = await run(`backup verify ${changed} --passphrase-stdin`, {
        stdin: PASSPHRASE,
      });
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toContain('[backup.damaged]');
    }
  });
});

/** Names for the config and the logins outside of the state directory. */
const layout = (at: Home) => ({
  OPENCLAW_CONFIG_PATH: join(at.path, 'etc/gateway.json'),
  OPENCLAW_OAUTH_DIR: join(at.path, 'logins'),
});

describe('backup restore', () => {
  test('brings back what was wiped: config, logins, files, modes, audit log', async () => {
    const paths = pathsOf(home);
    await json(`backup create --output ${archive}`);
    const before = contents(paths.stateDir);
    rmSync(paths.stateDir, { recursive: true });
    const report = await json<Verdict & { opens: unknown[] }>(`backup restore ${archive} --yes`);
    expect(report.audit?.lines).toBe(3);
    const after = contents(paths.stateDir);
    for (const name of Object.keys(before)) {
      if (name.startsWith('logs/') || name.startsWith('plugins/node_modules/')) delete before[name];
    }
    expect(after).toEqual(before);
    expect(after['openclaw.json']).toBe(CONFIG);
    const modeOf = (name: string) => statSync(join(paths.stateDir, name)).mode & 0o777;
    expect(['', 'openclaw.json', 'audit.key', 'workspace/run.sh'].map(modeOf)).toEqual([
      0o700, 0o600, 0o600, 0o700,
    ]);
    await audit(paths, 'four');
    expect(readdirSync(home.path).toSorted()).toEqual(['.openclaw', 'backup.tar.gz']);
  });

  test('keeps what was there under a dated name, and what belongs to the machine in its place', async () => {
    const paths = pathsOf(home);
    await json(`backup create --output ${archive}`);
    writeFileSync(join(paths.workspaceDir, 'later.md'), 'later');
    await json(`backup restore ${archive} --yes`);
    const kept = readdirSync(home.path).find((name) => name.startsWith('.openclaw.before-')) ?? '';
    expect(readFileSync(join(home.path, kept, 'workspace/later.md'), 'utf8')).toBe('later');
    expect(existsSync(join(paths.workspaceDir, 'later.md'))).toBe(false);
    expect(readFileSync(join(paths.logsDir, 'gateway.log'), 'utf8')).toBe('noise\n');
    expect(existsSync(join(paths.pluginsDir, 'node_modules/x/index.js'))).toBe(true);
  });

  test('leaves workspaces alone that the archive does not have', async () => {
    const paths = pathsOf(home);
    await json(`backup create --output ${archive} --no-include-workspace`);
    writeFileSync(join(paths.workspaceDir, 'later.md'), 'later');
    await json(`backup restore ${archive} --yes`);
    expect(readFileSync(join(paths.workspaceDir, 'later.md'), 'utf8')).toBe('later');
    expect(readFileSync(join(paths.workspaceDir, 'notes/today.md'), 'utf8')).toBe('# Today\n');
  });

  test('shows what the restored config opens, and asks before it does', async () => {
    const paths = pathsOf(home);
    put(
      paths.stateDir,
      'openclaw.json',
      CONFIG.replace('gateway:', 'tools: { profile: "full" }, gateway:'),
    );
    await json(`backup create --output ${archive}`);
    put(paths.stateDir, 'openclaw.json', CONFIG);
    const rehearsed = await json<{ opens: { key: string }[]; dryRun: boolean }>(
      `backup restore ${archive} --dry-run`,
    );
    expect(rehearsed.dryRun).toBe(true);
    expect(new Set(rehearsed.opens.map(({ key }) => key))).toEqual(new Set(['tools']));
    expect(home.read()).toBe(CONFIG);
    const asked: string[] = [];
    const confirm = async (question: string) => asked.push(question) < 0;
    const declined = await run(`backup restore ${archive}`, { doors: { confirm } });
    expect(declined).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[usage.declined]'),
    });
    expect(asked).toEqual([expect.stringMatching(/^Replace .*\.openclaw and open tools\?$/u)]);
    expect(declined.stdout).toContain('deny -> allow');
    const silent = await run(`backup restore ${archive} --json`);
    expect(JSON.parse(silent.stdout)).toMatchObject({
      error: { code: 'usage.confirmation', opens: rehearsed.opens },
    });
    expect(home.read()).toBe(CONFIG);
    expect(readdirSync(home.path).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  test('a config this version cannot read counts as one that opens', async () => {
    const paths = pathsOf(home);
    put(paths.stateDir, 'openclaw.json', '{ gateway: { porrt: 1 } }');
    await json(`backup create --output ${archive}`);
    put(paths.stateDir, 'openclaw.json', CONFIG);
    const { opens } = await json<{ opens: { what: string }[] }>(
      `backup restore ${archive} --dry-run`,
    );
    expect(opens).toEqual([{ key: 'openclaw.json', what: expect.stringContaining('not known') }]);
  });

  test('refuses while somebody has the state open, and names the process', async () => {
    await json(`backup create --output ${archive}`);
    const { store } = await openState(pathsOf(home), openSqliteStore, silentLogger);
    const { code, stderr } = await run(`backup restore ${archive} --yes`);
    await store.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${String(process.pid)}`);
    expect(stderr).toContain('[store.locked]');
  });

  test('only the config: the rest stays as it is', async () => {
    const paths = pathsOf(home);
    await json(`backup create --output ${archive} --only-config`);
    put(paths.stateDir, 'openclaw.json', '{}');
    put(paths.stateDir, 'more.json5', '{}');
    await audit(paths, 'four');
    await json(`backup restore ${archive} --yes`);
    expect(home.read()).toBe(CONFIG);
    expect(readFileSync(join(paths.stateDir, 'more.json5'), 'utf8')).toContain('dmScope');
    const { store } = await openState(paths, openSqliteStore, silentLogger);
    expect(await store.readLog('audit')).toHaveLength(4);
    await store.close();
  });

  test('unpacks into a folder that is new or empty, and into no other', async () => {
    await json(`backup create --output ${archive}`);
    const target = join(home.path, 'out');
    const { archiveRoot } = await json<{ archiveRoot: string }>(
      `backup restore ${archive} --target ${target}`,
    );
    expect(readFileSync(join(target, archiveRoot, 'payload/state/openclaw.json'), 'utf8')).toBe(
      CONFIG,
    );
    const again = await run(`backup restore ${archive} --target ${target}`);
    expect(again.stderr).toContain('[backup.target_taken]');
  });

  test('parts outside of the state directory go where they are on this machine', async () => {
    const other = new Home();
    const config = '{ agents: { defaults: { workspace: "~/work" } } }';
    put(home.path, 'etc/gateway.json', config);
    put(home.path, 'logins/x.json', '{"login":1}');
    put(home.path, 'work/plan.md', 'the plan', 0o644);
    await json(`backup create --output ${archive}`, { env: layout(home) });
    mkdirSync(join(other.path, 'etc'));
    const options = { home: other, env: layout(other) };
    const { opens } = await json<{ opens: { what: string }[] }>(
      `backup restore ${archive} --dry-run`,
      options,
    );
    expect(opens.map(({ what }) => what)).toContain(`puts files into ${other.path}/work`);
    await json(`backup restore ${archive} --yes`, options);
    expect(readFileSync(join(other.path, 'etc/gateway.json'), 'utf8')).toBe(config);
    expect(readFileSync(join(other.path, 'logins/x.json'), 'utf8')).toBe('{"login":1}');
    expect(readFileSync(join(other.path, 'work/plan.md'), 'utf8')).toBe('the plan');
    expect(statSync(join(other.path, 'work/plan.md')).mode & 0o777).toBe(0o644);
  });

  test('a folder that no agent works in is never replaced by a workspace', async () => {
    put(home.path, '.openclaw/openclaw.json', '{ agents: { defaults: { workspace: "~/work" } } }');
    put(home.path, 'work/plan.md', 'the plan');
    await json(`backup create --output ${archive}`);
    const other = new Home();
    const precious = put(other.path, 'work/precious.md', 'precious');
    const { code, stderr } = await run(`backup restore ${archive} --yes`, { home: other });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[backup.target_taken]'),
    });
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(readdirSync(other.path)).toEqual(['work']);
  });
});
