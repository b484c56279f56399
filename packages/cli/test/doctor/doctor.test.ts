/**
 * `openclaw doctor` as people and programs call it.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { resolvePaths } from '@portcullis/gateway/config';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { expect, onTestFinished, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { CHECKS } from '../../src/doctor/examine.ts';
import { Home, call } from '../call.ts';
import { FROM_SOURCE, start } from '../processes.ts';

const GOOD = '{ gateway: { mode: "local", auth: { token: "a-token-of-thirty-two-characters" } } }';

/** A home with a store that was closed and the address of a gateway that is gone. */
async function withLeftovers(): Promise<{ home: Home; address: string }> {
  const home = new Home().write(GOOD);
  chmodSync(home.config, 0o600);
  chmodSync(join(home.path, '.openclaw'), 0o700);
  const paths = resolvePaths({ HOME: home.path });
  const { store } = await openState(paths, openSqliteStore, silentLogger);
  await store.close();
  const address = join(paths.stateDbDir, 'address.json');
  writeFileSync(address, '{}', { mode: 0o600 });
  return { home, address };
}

/** Codes and paths of the audit log. */
function auditLines(home: Home): readonly unknown[] {
  const database = new DatabaseSync(join(home.path, '.openclaw/state/portcullis.sqlite'), {
    readOnly: true,
  });
  const rows = database.prepare("SELECT entry FROM log WHERE log = 'audit' ORDER BY seq").all();
  database.close();
  return rows.map(({ entry }) => JSON.parse(String(entry)));
}

test('a report names every check it made, and what mends what is wrong', async () => {
  const home = new Home().write('{ gatway: {} }');
  const { code, stdout, stderr } = await call(['doctor'], { home });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain('fail  gatway: unknown key, did you mean "gateway"?  config.valid');
  expect(stdout).toContain('Fix: openclaw config unset gatway, and set gateway');
  expect(stdout).toMatch(/Summary: \d+ fail · \d+ warn · \d+ ok · \d+ skipped/);
  for (const id of ['env.node', 'sandbox.available', 'store.integrity', 'gateway.port']) {
    expect(stdout).toContain(`  ${id}\n`);
  }
});

test('without a config there is nothing that fails, and nothing is made', async () => {
  const home = new Home();
  const port = { OPENCLAW_GATEWAY_PORT: '38789' };
  const { code, stdout } = await call(['doctor'], { home, env: port });
  expect(code).toBe(0);
  expect(stdout).toContain('There is no config');
  expect(existsSync(join(home.path, '.openclaw'))).toBe(false);
});

test('a config that is no JSON5 leaves the other checks standing', async () => {
  const home = new Home().write('{ gateway: ');
  const { code, stdout } = await call(['doctor', '--json'], { home });
  const { ok, checks } = JSON.parse(stdout);
  expect({ code, ok }).toEqual({ code: 1, ok: false });
  const byId = new Map(
    checks.map((each: { id: string; status: string }) => [each.id, each.status]),
  );
  expect(byId.get('config.readable')).toBe('fail');
  expect(byId.get('env.node')).toBe('pass');
  expect(byId.get('store.integrity')).toBe('pass');
  expect(byId.has('security.permissions')).toBe(true);
});

test('the document is that of OpenClaw, with every check beside', async () => {
  const home = new Home().write('{ gatway: {} }');
  const document = JSON.parse((await call(['doctor', '--json'], { home })).stdout);
  expect(document).toMatchObject({ schemaVersion: 1, ok: false });
  expect(document.checksRun + document.checksSkipped).toBe(CHECKS.length);
  expect(document.findings).toContainEqual({
    checkId: 'config.valid',
    severity: 'error',
    message: 'gatway: unknown key, did you mean "gateway"?',
    path: 'gatway',
    fixHint: 'openclaw config unset gatway, and set gateway',
  });
  expect(document.checks).toContainEqual(
    expect.objectContaining({ id: 'env.node', group: 'environment', status: 'pass' }),
  );
});

test('no secret is told, whatever is wrong with it', async () => {
  const secret = 'sk-live-0123456789abcdefgh';
  const home = new Home().write(
    `{ gateway: { mode: "local", auth: { token: "${secret}" } },
       channels: { telegram: { botToken: "${secret}", tokn: "${secret}" } } }`,
  );
  for (const argv of [['doctor'], ['doctor', '--json']]) {
    const { stdout, stderr } = await call(argv, { home });
    expect(stdout + stderr).not.toContain(secret);
  }
});

test('--fix --dry-run shows what would be mended and does nothing', async () => {
  const { home, address } = await withLeftovers();
  const { stdout } = await call(['doctor', '--fix', '--dry-run'], { home });
  expect(stdout).toContain(`remove ${address}`);
  expect(existsSync(address)).toBe(true);
});

test('--fix asks, and a no leaves everything', async () => {
  const { home, address } = await withLeftovers();
  const questions: string[] = [];
  const confirm = async (question: string): Promise<boolean> => {
    questions.push(question);
    return false;
  };
  await call(['doctor', '--fix'], { home, doors: { confirm } });
  expect(questions).toEqual(['Do this?']);
  expect(existsSync(address)).toBe(true);
});

test('where nobody can answer --fix needs --yes', async () => {
  const { home, address } = await withLeftovers();
  for (const argv of [
    ['doctor', '--fix'],
    ['doctor', '--fix', '--json'],
  ]) {
    const { code, stdout, stderr } = await call(argv, { home });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('usage.confirmation');
  }
  expect(existsSync(address)).toBe(true);
});

test('--fix --yes mends, writes it into the audit log, and reports how it is afterwards', async () => {
  const { home, address } = await withLeftovers();
  const { stdout } = await call(['doctor', '--fix', '--yes', '--json'], { home });
  const { fix, checks } = JSON.parse(stdout);
  expect(fix).toEqual({
    dryRun: false,
    planned: [`remove ${address}`],
    made: [{ kind: 'remove', path: address, ok: true }],
    recorded: true,
  });
  expect(existsSync(address)).toBe(false);
  expect(auditLines(home)).toMatchObject([{ code: 'doctor.remove', path: address }]);
  expect(checks).toContainEqual(expect.objectContaining({ id: 'store.leftovers', status: 'pass' }));
  const verified = JSON.parse((await call(['doctor', '--json'], { home })).stdout);
  expect(verified.checks).toContainEqual(
    expect.objectContaining({ id: 'store.audit_chain', status: 'pass' }),
  );
});

test('--fix leaves a lock that somebody took while the question stood there', async () => {
  const home = new Home().write(GOOD);
  const lock = `${home.config}.lock`;
  writeFileSync(lock, '', { mode: 0o600 });
  utimesSync(lock, new Date(0), new Date(0));
  const confirm = async (): Promise<boolean> => {
    rmSync(lock);
    writeFileSync(lock, '', { mode: 0o600 });
    return true;
  };
  const { stderr } = await call(['doctor', '--fix'], { home, doors: { confirm } });
  expect(stderr).toContain('Somebody wrote it anew meanwhile.');
  expect(existsSync(lock)).toBe(true);
});

test('--fix makes missing folders, private ones', async () => {
  const home = new Home();
  const folder = join(home.path, '.openclaw');
  const { stdout } = await call(['doctor', '--fix', '--yes'], { home });
  expect(stdout).toContain(`make the folder ${folder} (0700)`);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('--fix closes what others may read, by the code of the audit, and there is a way back', async () => {
  const home = new Home().write(GOOD);
  chmodSync(home.config, 0o644);
  chmodSync(join(home.path, '.openclaw'), 0o700);
  const doors = { openOperator };
  const argv = ['doctor', '--fix', '--yes', '--json'];
  const { fix, checks } = JSON.parse((await call(argv, { home, doors })).stdout);
  expect(fix).toMatchObject({
    planned: [`chmod 600 ${home.config}`],
    made: [{ kind: 'chmod', path: home.config, ok: true }],
    undo: expect.any(String),
  });
  expect(statSync(home.config).mode & 0o777).toBe(0o600);
  expect(checks).toContainEqual(
    expect.objectContaining({ id: 'security.permissions', status: 'pass' }),
  );
  const undone = await call(['security', 'undo', fix.undo, '--yes', '--json'], { home, doors });
  expect(undone.code).toBe(0);
  expect(statSync(home.config).mode & 0o777).toBe(0o644);
});

test('modes stay as they are while the config cannot be understood', async () => {
  const home = new Home().write('{ gatway: {} }');
  chmodSync(home.config, 0o644);
  const { stdout } = await call(['doctor', '--fix', '--yes', '--json'], { home });
  expect(JSON.parse(stdout).fix.planned).toEqual([]);
  expect(statSync(home.config).mode & 0o777).toBe(0o644);
});

test('what cannot be mended is said, and is no success', async () => {
  const home = new Home();
  writeFileSync(join(home.path, 'file'), '');
  const env = { OPENCLAW_STATE_DIR: join(home.path, 'file', 'state') };
  const { code, stdout } = await call(['doctor', '--fix', '--yes', '--json'], { home, env });
  expect(code).toBe(1);
  expect(JSON.parse(stdout).fix.made).toMatchObject([
    { ok: false, error: 'The system refused (ENOTDIR).' },
  ]);
});

test('a running gateway keeps its store and its address', async () => {
  const { home, address } = await withLeftovers();
  const { store } = await openState(
    resolvePaths({ HOME: home.path }),
    openSqliteStore,
    silentLogger,
  );
  onTestFinished(() => store.close());
  const { stdout } = await call(['doctor', '--fix', '--yes', '--json'], { home });
  const { fix, checks } = JSON.parse(stdout);
  expect(fix.planned).toEqual([]);
  expect(readFileSync(address, 'utf8')).toBe('{}');
  expect(checks).toContainEqual(expect.objectContaining({ id: 'store.integrity', status: 'skip' }));
});

test('as a process without a terminal it ends by itself', async () => {
  const home = new Home();
  mkdirSync(join(home.path, '.openclaw'), { mode: 0o700 });
  const { code, stdout } = await start(process.execPath, [...FROM_SOURCE, 'doctor'], {
    HOME: home.path,
    OPENCLAW_GATEWAY_PORT: '38790',
  }).ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain('\u001B');
  expect(stdout).toContain('Summary: 0 fail');
});
