/**
 * What is not followed, not understood or not there.
 */
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { Home, call } from '../../call.ts';
import { makeOpenClaw, snapshot } from './openclaw-home.ts';

let home: Home;
let old: string;

beforeEach(() => {
  home = new Home();
  old = join(home.path, 'old');
  makeOpenClaw(old);
});

async function looked(...words: readonly string[]) {
  const argv = ['doctor', '--import', old, '--dry-run', '--json', ...words];
  return JSON.parse((await call(argv, { home })).stdout);
}

/** Moves something out of the installation and leaves a link to it. */
function linkOut(path: string): void {
  const outside = join(home.path, 'outside');
  mkdirSync(outside, { recursive: true });
  const target = join(outside, path.replaceAll('/', '-'));
  renameSync(join(old, path), target);
  symlinkSync(target, join(old, path));
}

test('a config that is a link out of the folder is not read', async () => {
  linkOut('openclaw.json');
  const document = await looked();
  expect(document).toMatchObject({
    ok: false,
    config: { kind: 'unreadable', why: 'it is a link that leads out of the folder' },
    plan: { write: expect.any(Array) },
  });
  expect(document.plan.config).toBeUndefined();
});

test('variables that are a link out of the folder are not read', async () => {
  linkOut('.env');
  const { config, plan } = await looked();
  expect(config.unset).toEqual([{ path: 'models.providers.acme.apiKey', variable: 'ACME_KEY' }]);
  expect(JSON.stringify(plan.write)).not.toContain('.env');
});

test('an include that leads out of the folder is not read', async () => {
  linkOut('agents.json5');
  expect((await looked()).config.why).toContain('leads outside');
});

test('people and commands behind links out of the folder are not taken', async () => {
  linkOut('credentials/telegram-allowFrom.json');
  linkOut('exec-approvals.json');
  const { people, approvals, left } = await looked();
  expect(people[0]).toMatchObject({ senders: ['222'], from: ['database'] });
  expect(approvals).toMatchObject({ kind: 'refused' });
  expect(JSON.stringify(left)).toContain('it is a link that leads out of the folder');
});

test('a folder that is a link out of the installation is not entered', async () => {
  linkOut('credentials');
  linkOut('state');
  const { people, jobs } = await looked();
  expect({ people, jobs }).toEqual({ people: [], jobs: [] });
});

test('a workspace behind a link is named and not copied', async () => {
  linkOut('workspace');
  const { workspaces } = await looked('--copy-workspace');
  expect(workspaces).toMatchObject([
    { kind: 'linked', path: join(home.path, 'outside/workspace') },
  ]);
});

test('links that lead out of a workspace are left out of the copy, and said', async () => {
  const secret = join(home.path, 'secret');
  writeFileSync(secret, 'not part of the workspace');
  symlinkSync(secret, join(old, 'workspace/absolute'));
  symlinkSync('../../secret', join(old, 'workspace/relative'));
  const argv = ['doctor', '--import', old, '--yes', '--copy-workspace', '--json'];
  const { leftOut } = JSON.parse((await call(argv, { home })).stdout);
  expect(leftOut).toEqual(['absolute', 'relative']);
});

test('a database that is damaged is named, and the rest is taken', async () => {
  truncateSync(join(old, 'state/openclaw.sqlite'), 5000);
  rmSync(join(old, 'state/openclaw.sqlite-wal'));
  const { people, left } = await looked();
  expect(left[0]).toMatchObject({
    what: 'state/openclaw.sqlite',
    why: expect.stringMatching(/could not be read/),
  });
  expect(people).toMatchObject([{ senders: ['111', '222'], from: ['file'] }]);
});

test('an older installation without a database is read from its files', async () => {
  rmSync(join(old, 'state'), { recursive: true });
  mkdirSync(join(old, 'cron'));
  const job = {
    id: 'x',
    name: 'old',
    schedule: { kind: 'every', everyMs: 7_200_000 },
    payload: { kind: 'agentTurn', message: 'Look' },
    delivery: { mode: 'none' },
  };
  writeFileSync(join(old, 'cron/jobs.json'), JSON.stringify({ version: 1, jobs: [job] }));
  const { people, jobs } = await looked();
  expect(people).toMatchObject([{ account: 'default', senders: ['111', '222'] }]);
  expect(jobs).toMatchObject([
    { command: 'openclaw cron add --name old --every 120m --message Look --no-deliver' },
  ]);
});

test('lists that hold something else are not taken', async () => {
  writeFileSync(join(old, 'credentials/telegram-allowFrom.json'), '{"allowFrom":[{}]}');
  writeFileSync(join(old, 'exec-approvals.json'), '{"version":9}');
  const { people, approvals, left } = await looked();
  expect(people[0]).toMatchObject({ senders: ['222'] });
  expect(approvals).toEqual({ kind: 'refused', why: 'it is of no known form' });
  expect(JSON.stringify(left)).toContain('it lists something that is no id');
});

test('a config that does not parse is named; people are taken all the same', async () => {
  writeFileSync(join(old, 'openclaw.json'), '{ gateway: ');
  const { config, people } = await looked();
  expect(config.kind).toBe('unreadable');
  expect(people.length).toBe(2);
});

test('what is no installation is refused', async () => {
  const errors = async (...words: readonly string[]) =>
    (await call(['doctor', '--import', ...words], { home })).stderr;
  expect(await errors(join(home.path, 'nowhere'))).toContain('import.not_found');
  expect(await errors(home.path)).toContain('import.not_openclaw');
  expect(await errors()).toContain('import.not_found');
  home.write('{}');
  expect(await errors()).toContain('import.not_openclaw');
});

test('the usual folder is taken where OpenClaw was there', async () => {
  const usual = join(home.path, '.openclaw');
  renameSync(old, usual);
  const before = snapshot(usual);
  const argv = ['doctor', '--import', '--profile', 'new', '--yes', '--json'];
  const { imported, source } = JSON.parse((await call(argv, { home })).stdout);
  expect({ imported, folder: source.folder }).toEqual({ imported: true, folder: usual });
  expect(snapshot(usual)).toEqual(before);
});

test('a folder without --import is a mistake', async () => {
  const { code, stderr } = await call(['doctor', old], { home });
  expect({ code, told: stderr.includes('--import') }).toEqual({ code: 1, told: true });
});
