import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { lockHolder } from '../src/index.ts';
import { makeFolder, openStore } from './folder.ts';
import { notes } from './program-setup.ts';

const PROGRAM = fileURLToPath(new URL('committing-process.ts', import.meta.url));

/** Starts the committing program and waits until it has acknowledged `count` records. */
async function startCommitting(directory: string, count: number): Promise<ChildProcess> {
  const file = acknowledgedFile(directory);
  writeFileSync(file, '');
  const child = spawn(
    process.execPath,
    ['--conditions=@portcullis/source', PROGRAM, directory, file],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  while (acknowledgedBy(directory).length < count && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return child;
}

const acknowledgedFile = (directory: string): string => `${directory}.acknowledged`;

/** Whole lines only: the program may be in the middle of one. */
function acknowledgedBy(directory: string): string[] {
  return readFileSync(acknowledgedFile(directory), 'utf8').split('\n').slice(0, -1);
}

test.each([1, 2, 3])(
  'after kill -9, everything acknowledged is there (round %i)',
  async (round) => {
    const directory = makeFolder();
    const child = await startCommitting(directory, round * 400);
    child.kill('SIGKILL');
    await once(child, 'close');

    const acknowledged = acknowledgedBy(directory);
    const store = await openStore(directory);
    const found = await store.transact((tx) => tx.find(notes, { limit: 1_000_000 }));
    const kept = new Set(found.map(({ key }) => key));
    expect(acknowledged.length).toBeGreaterThanOrEqual(round * 400);
    expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
    // Each record was committed together with its line, and nothing is half there.
    const lines = await store.readLog('audit', { limit: 1_000_000 });
    expect(lines.map(({ entry }) => entry)).toEqual(found.map(({ key }) => ({ key })));
    // The lease of the dead process is free at once, with a higher fence.
    expect((await store.lease('lane')).fence).toBe(2);
  },
);

test('a second process is refused, and told who the first one is', async () => {
  const directory = makeFolder();
  const child = await startCommitting(directory, 1);
  await expect(openStore(directory)).rejects.toMatchObject({
    code: 'store.locked',
    message: `The state folder is in use by process ${child.pid}.`,
    details: { pid: child.pid },
  });
  expect(lockHolder(directory)?.pid).toBe(child.pid);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(lockHolder(directory)).toBeUndefined();
  const store = await openStore(directory);
  expect(await store.transact((tx) => tx.count(notes))).toBeGreaterThan(0);
});
