// The owner vouches for what lies in a workspace, once, and only for what has no label.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { CENSUS_MOST } from '../../../src/brokers/files/census.ts';
import { readSession } from '../../../src/session/sessions.ts';
import { cli } from '../../pipeline/harness.ts';
import { type FilesBench, openFilesBench, utf8 } from './bench.ts';

let bench: FilesBench;
const GUEST = '43';

beforeEach(async () => {
  bench = await openFilesBench();
  mkdirSync(join(bench.workspace, 'notes'), { recursive: true });
  writeFileSync(join(bench.workspace, 'notes', 'old.txt'), 'from before');
});

afterEach(() => bench.close());

const workspaces = () => bench.harness.gateway.services.workspaces;

/** What the session with the owner has seen. */
async function label(): Promise<unknown> {
  const session = await bench.harness.store.transact((tx) =>
    readSession(tx, 'agent:main:telegram:direct:42'),
  );
  return session?.flow;
}

const TOP = { u: 3, P: ['memory', 'secret', 'workspace'] };
const OWN = { u: 0, P: ['workspace'] };

test('what lay there before counts as anything from anybody', async () => {
  expect(await workspaces().list()).toMatchObject([{ agentId: 'main', entries: 2, unknown: 2 }]);
  await bench.call((files) => files.read('notes/old.txt'));
  expect(await label()).toEqual(TOP);
});

test('what the owner adopted is his own, and it is recorded that he did', async () => {
  expect(await workspaces().adopt(cli, 'main')).toMatchObject({ adopted: 2, unknown: 0 });
  await bench.call((files) => files.list('notes'));
  await bench.call((files) => files.read('notes/old.txt'));
  expect(await label()).toEqual(OWN);
  const lines = await bench.harness.gateway.services.audit.log({ limit: 100 });
  expect(lines.map(({ entry }) => entry)).toContainEqual(
    expect.objectContaining({ code: 'workspace.adopted', principal: 'cli', entries: 2 }),
  );
});

test('what somebody changes afterwards is unknown again', async () => {
  await workspaces().adopt(cli, 'main');
  writeFileSync(join(bench.workspace, 'notes', 'old.txt'), 'something else');
  expect(await workspaces().list()).toMatchObject([{ unknown: 1 }]);
  await bench.call((files) => files.read('notes/old.txt'));
  expect(await label()).toEqual(TOP);
});

test('what has a label keeps it', async () => {
  await bench.call((files) => files.write('guest.txt', utf8('from a guest')), GUEST);
  await workspaces().adopt(cli, 'main');
  await bench.call((files) => files.read('guest.txt'));
  expect(await label()).toEqual({ u: 1, P: ['workspace'] });
});

test('what a link leads to is not adopted with it', async () => {
  writeFileSync(join(bench.outside, 'secret.txt'), 'elsewhere');
  symlinkSync(bench.outside, join(bench.workspace, 'link'));
  expect(await workspaces().adopt(cli, 'main')).toMatchObject({ adopted: 3 });
  await expect(bench.call((files) => files.read('link/secret.txt'))).rejects.toMatchObject({
    code: 'fs.symlink_escape',
  });
});

test('an agent that is not there has nothing to adopt', async () => {
  await expect(workspaces().adopt(cli, 'nobody')).rejects.toMatchObject({
    code: 'workspace.no_agent',
  });
});

test('nobody vouches for more than can be looked through', async () => {
  for (let index = 0; index <= CENSUS_MOST; index += 1) {
    writeFileSync(join(bench.workspace, String(index)), '');
  }
  await expect(workspaces().adopt(cli, 'main')).rejects.toMatchObject({
    code: 'workspace.too_large',
  });
  expect(await workspaces().list()).toMatchObject([{ tooMany: true }]);
});
