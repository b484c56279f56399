import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { Sandbox } from '../../src/brokers/proc/sandbox.ts';
import { type ProcHarness, openProc } from './proc-harness.ts';

const { available } = await new Sandbox().probe();

describe('a session that belongs in the sandbox', () => {
  let proc: ProcHarness;

  afterEach(async () => {
    await proc.harness.close();
  });

  const EXEC = { security: 'full', ask: 'off' };

  test.skipIf(!available)('runs there, and nowhere else (P05.04)', async () => {
    proc = await openProc({ exec: EXEC, sandbox: { mode: 'all', workspaceAccess: 'rw' } });
    const outcome = await proc.run({ command: 'echo in > made && cd sub || pwd && id -u' });
    expect(outcome).toMatchObject({ output: expect.stringMatching(/\n1000\n$/u) });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(true);
    expect(await proc.run({ command: 'id', host: 'gateway' })).toMatchObject({
      refused: 'exec.host.gateway_forbidden',
    });
    expect(await proc.run({ command: 'id', host: 'node' })).toMatchObject({
      refused: 'exec.host.node_forbidden',
    });
  });

  test.skipIf(!available)('shares nothing by default, and brings nothing in', async () => {
    proc = await openProc({ exec: EXEC, sandbox: { mode: 'all' } });
    proc.file('private', 'canary');
    for (let times = 0; times < 2; times += 1) {
      expect(await proc.run({ command: 'cat private' })).toMatchObject({ exitCode: 1 });
    }
  });

  test('P05.02: is refused with another backend, which is not there', async () => {
    proc = await openProc({ exec: EXEC, sandbox: { mode: 'all', backend: 'docker' } });
    const outcome = await proc.run({ command: 'touch made' });
    expect(outcome).toMatchObject({ refused: 'sandbox.unavailable' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('is refused where the machine has no sandbox, and told why', async () => {
    const { platform } = process;
    // Before the start: that is when the gateway looks for it.
    Object.defineProperty(process, 'platform', { value: 'sunos' });
    const outcome = await openProc({ exec: EXEC, sandbox: { mode: 'all' } })
      .then(async (opened) => {
        proc = opened;
        return await opened.run({ command: 'touch made' });
      })
      .finally(() => Object.defineProperty(process, 'platform', { value: platform }));
    expect(outcome).toEqual({
      refused: 'sandbox.unavailable',
      message:
        'There is no sandbox on this machine: it needs Linux. Install bubblewrap and allow user namespaces, or set agents.defaults.sandbox.mode to off.',
    });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
    expect(await proc.codes()).toContain('sandbox.unavailable');
  });

  test('without a sandbox never falls back to the machine', async () => {
    proc = await openProc({ exec: { ...EXEC, host: 'sandbox' } });
    expect(await proc.run({ command: 'touch made' })).toMatchObject({
      refused: 'exec.host.sandbox_unavailable',
    });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('is every session but the main one under non-main, and any under enabled', async () => {
    proc = await openProc({ exec: EXEC, sandbox: { mode: 'non-main', backend: 'docker' } });
    expect(await proc.run({ command: 'true' })).toMatchObject({ refused: 'sandbox.unavailable' });
  });
});
