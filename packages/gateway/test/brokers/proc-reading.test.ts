// What a command in the sandbox brings into its session: the labels of all it could have read.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { CENSUS_MOST } from '../../src/brokers/files/census.ts';
import { readSession } from '../../src/session/sessions.ts';
import { type ProcHarness, openProc } from './proc-harness.ts';

const available = (() => {
  try {
    execFileSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const CONFIG = {
  exec: { security: 'full', ask: 'off' },
  sandbox: { mode: 'all', workspaceAccess: 'rw' },
};
const OWNER = '42';
const GUEST = '43';

let proc: ProcHarness;
afterEach(() => proc.harness.close());

/** What the session with a person has seen. */
async function label(sender = OWNER): Promise<unknown> {
  const key = `agent:main:telegram:direct:${sender}`;
  const session = await proc.harness.store.transact((tx) => readSession(tx, key));
  return session?.flow;
}

const KNOWN = { u: 0, P: ['workspace'] };
const TOP = { u: 3, P: ['memory', 'secret', 'workspace'] };

describe.skipIf(!available)('a workspace in the sandbox', () => {
  test('that the owner filled through the agent is his own, command after command', async () => {
    proc = await openProc(CONFIG);
    for (const command of ['mkdir -p notes', 'cp /usr/bin/true notes/a', 'ls notes/a']) {
      expect(await proc.run({ command })).toMatchObject({ exitCode: 0 });
      expect(await label()).toEqual(KNOWN);
    }
  });

  test('with memory in it is memory, too', async () => {
    proc = await openProc(CONFIG);
    await proc.run({ command: 'cp /usr/bin/true MEMORY.md' });
    await proc.run({ command: 'true' });
    expect(await label()).toEqual({ u: 0, P: ['memory', 'workspace'] });
  });

  test('with a file that nobody vouches for may bring anything, and the next command asks', async () => {
    proc = await openProc(CONFIG);
    proc.file('found', 'from somewhere');
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(TOP);
    const asked = proc.run({ command: 'true' });
    expect((await proc.question()).code).toBe('flow.exec.untrusted');
    await proc.answer('deny');
    expect(await asked).toMatchObject({ refused: 'exec.approval.denied' });
  });

  test('with a folder that nobody vouches for may bring anything', async () => {
    proc = await openProc(CONFIG);
    mkdirSync(join(proc.workspace, 'found'));
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(TOP);
  });

  test('does not vouch for a file that a command only wrote over', async () => {
    proc = await openProc(CONFIG);
    proc.file('found', 'from somewhere');
    await proc.run({ command: 'cp /usr/bin/true found' }, GUEST);
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(TOP);
  });

  test('hands the taint of one session on to the other', async () => {
    proc = await openProc(CONFIG);
    await proc.run({ command: 'cp /usr/bin/true made' }, GUEST);
    expect(await label(GUEST)).toEqual({ u: 1, P: ['workspace'] });
    await proc.run({ command: 'true' });
    expect(await label()).toEqual({ u: 1, P: ['workspace'] });
  });

  test('changed behind the back of the gateway may bring anything', async () => {
    proc = await openProc(CONFIG);
    await proc.run({ command: 'cp /usr/bin/true made' });
    proc.file('made', 'something else');
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(TOP);
  });

  test('in which another command writes may bring anything', async () => {
    proc = await openProc(CONFIG);
    const { id = '' } = await proc.use((broker) =>
      broker.run({ command: 'sleep 30', background: true }),
    );
    expect(id).not.toBe('');
    await proc.run({ command: 'true' }, GUEST);
    expect(await label(GUEST)).toEqual(TOP);
  });

  test('with more than is looked at may bring anything', async () => {
    proc = await openProc(CONFIG);
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(KNOWN);
    for (let index = 0; index <= CENSUS_MOST; index += 1) {
      writeFileSync(join(proc.workspace, String(index)), '');
    }
    await proc.run({ command: 'true' });
    expect(await label()).toEqual(TOP);
  });
});
