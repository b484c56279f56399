/**
 * What the doctor says of a service, against a manager of the test.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { Home, call } from '../call.ts';
import { type FakeManager, fakeManager, withManager } from '../service/programs.ts';

let home: Home;
let manager: FakeManager;

beforeEach(() => {
  home = new Home().write('{ gateway: { mode: "local" } }');
  manager = fakeManager(home, 'linux');
});

async function run(argv: string) {
  return await call(argv.split(' '), withManager(home, manager));
}

/** What the check of the service says. */
async function said(): Promise<readonly { readonly status: string; readonly message: string }[]> {
  const { checks } = JSON.parse((await run('doctor --json')).stdout);
  return checks.filter(({ id }: { readonly id: string }) => id === 'gateway.service');
}

test('nobody is asked where none was installed', async () => {
  expect(await said()).toEqual([]);
  expect(manager.env()).toEqual({});
});

test('one that was installed and runs is well', async () => {
  await run('gateway install');
  expect(await said()).toMatchObject([
    { status: 'pass', message: expect.stringMatching(/active\/running/) },
  ]);
});

test('one that was stopped, or changed by hand, is not', async () => {
  await run('gateway install');
  await run('gateway stop');
  expect(await said()).toMatchObject([
    { status: 'warn', remedy: expect.stringMatching(/openclaw gateway start/) },
  ]);
  await run('gateway start');
  appendFileSync(join(home.path, '.config/systemd/user/openclaw-gateway.service'), '# mine\n');
  expect(await said()).toMatchObject([
    { status: 'pass' },
    { status: 'warn', remedy: 'openclaw gateway install' },
  ]);
});

test('a manager that does not answer is no failure of the installation', async () => {
  await run('gateway install');
  manager.fail('Failed to connect to bus');
  expect(await said()).toMatchObject([{ status: 'skip' }]);
});
