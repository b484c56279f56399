/** Where commands run, what the owner chooses for a session, and what holds when nobody answers. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ProcRequest } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { cli, direct } from '../pipeline/harness.ts';
import { type ProcConfig, type ProcHarness, openProc } from './proc-harness.ts';

let proc: ProcHarness;

async function open(config: ProcConfig): Promise<void> {
  proc = await openProc({ flow: { mode: 'off' }, ...config });
}

afterEach(async () => {
  await proc.harness.gateway.stop('test', 20);
  await proc.harness.close();
});

const ALWAYS = { security: 'full', ask: 'always' };
const HALF_AN_HOUR = 30 * 60_000;

function made(): boolean {
  return existsSync(join(proc.workspace, 'made'));
}

describe('without anybody who could answer', () => {
  test.each([
    [{}, { refused: 'exec.ask_fallback.deny' }],
    [{ askFallback: 'full' }, { exitCode: 0 }],
    [{ askFallback: 'allowlist' }, { refused: 'exec.ask_fallback.miss' }],
  ])('with %j a command is answered at once', async (more, outcome) => {
    await open({ exec: { ...ALWAYS, ...more }, commands: { ownerAllowFrom: ['*'] } });
    expect(await proc.run({ command: 'touch made' })).toMatchObject(outcome);
    expect(made()).toBe('exitCode' in outcome);
    expect((await proc.codes()).filter((code) => String(code).startsWith('approval.'))).toEqual([]);
  });

  test('P01.08: no fallback lets inline code, a carrier or text for a shell run', async () => {
    const exec = { ...ALWAYS, askFallback: 'full' };
    await open({ exec, commands: { ownerAllowFrom: ['*'] } });
    for (const command of [
      "python3 -c \"open('made', 'w')\"",
      'env -S "touch made"',
      'A=1 touch made',
      'touch made > out',
    ]) {
      expect(await proc.run({ command })).toMatchObject({ refused: 'exec.ask_fallback.miss' });
    }
    expect(made()).toBe(false);
  });

  test('the document of the machine takes a fallback away', async () => {
    const exec = { ...ALWAYS, askFallback: 'full' };
    const document = { version: 1, defaults: { askFallback: 'deny' } };
    await open({ exec, document, commands: { ownerAllowFrom: ['*'] } });
    const outcome = await proc.run({ command: 'touch made' });
    expect(outcome).toMatchObject({ refused: 'exec.ask_fallback.deny' });
    expect(made()).toBe(false);
  });
});

describe('when nobody answers in time', () => {
  test.each([
    ['deny', 'touch made', { refused: 'exec.ask_fallback.deny' }],
    ['full', 'touch made', { exitCode: 0 }],
    ['full', 'sh -c "touch made" x', { refused: 'exec.ask_fallback.miss' }],
  ])('P01.08: the fallback %s answers for %s', async (askFallback, command, outcome) => {
    await open({ exec: { ...ALWAYS, askFallback } });
    const running = proc.run({ command });
    await proc.question();
    proc.harness.clock.now += HALF_AN_HOUR + 1;
    expect(await running).toMatchObject(outcome);
    expect(made()).toBe('exitCode' in outcome);
    expect(await proc.codes()).toContain('approval.expired');
  });

  test('the fallback lets run what was asked about, and nothing that changed', async () => {
    await open({ exec: { ...ALWAYS, askFallback: 'full' } });
    proc.file('tool', '#!/bin/sh\ntouch harmless\n', 0o755);
    const running = proc.run({ command: './tool' });
    await proc.question();
    proc.file('tool', '#!/bin/sh\ntouch made\n', 0o755);
    proc.harness.clock.now += HALF_AN_HOUR + 1;
    expect(await running).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(made()).toBe(false);
  });
});

describe('a host that a call names', () => {
  test.each([
    ['auto', 'node', 'exec.node.not_paired'],
    ['auto', 'sandbox', 'exec.host.sandbox_unavailable'],
    ['sandbox', undefined, 'exec.host.sandbox_unavailable'],
    ['gateway', 'node', 'exec.host.mismatch'],
    ['node', undefined, 'exec.node.not_paired'],
  ] as const)('configured %s, asked for %s: %s', async (host, asked, refused) => {
    await open({ exec: { security: 'full', ask: 'off', host } });
    const request = { command: 'touch made', ...(asked === undefined ? {} : { host: asked }) };
    expect(await proc.run(request)).toMatchObject({ refused });
    expect(made()).toBe(false);
  });
});

const SANDBOX = { mode: 'all', workspaceAccess: 'rw' };
const FULL = { security: 'full', ask: 'off' };
const ELEVATED = { elevated: { enabled: true, allowFrom: { telegram: ['42'] } } };

/** Where the last command ran. */
async function lastHost(): Promise<unknown> {
  const lines = await proc.harness.gateway.services.audit.log({ limit: 1000 });
  return lines.findLast(({ entry }) => entry['code'] === 'effect.run')?.entry['host'];
}

/** Whether a command ran in the sandbox, or not at all because the machine has none. */
async function ranInside(request: ProcRequest, sender?: string): Promise<boolean> {
  const outcome = await proc.run(request, sender);
  return 'refused' in outcome
    ? outcome.refused === 'sandbox.unavailable'
    : (await lastHost()) === 'sandbox';
}

describe('leaving the sandbox', () => {
  test.each([
    ['is off without a word', {}, 'exec.elevated.disabled'],
    [
      'is off for nobody listed',
      { elevated: { enabled: true } },
      'exec.elevated.sender_not_allowed',
    ],
    [
      'is for the listed alone',
      { elevated: { enabled: true, allowFrom: { telegram: ['43'] } } },
      'exec.elevated.sender_not_allowed',
    ],
  ])('%s', async (_what, tools, refused) => {
    await open({ exec: FULL, sandbox: SANDBOX, tools });
    const request = { command: 'touch made', elevated: true };
    expect(await proc.run(request)).toMatchObject({ refused });
    expect(made()).toBe(false);
    expect(await proc.command('elevated', 'on')).toContain(refused);
  });

  test('lets the listed run on the machine, and asks all the same', async () => {
    await open({ exec: ALWAYS, sandbox: SANDBOX, tools: ELEVATED });
    const running = proc.run({ command: 'touch made', elevated: true });
    expect(JSON.parse((await proc.question()).subject)).toMatchObject({
      host: 'gateway',
      elevated: true,
    });
    await proc.answer();
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(await lastHost()).toBe('gateway');
  });

  test('/elevated holds for the session until it is switched off', async () => {
    await open({ exec: FULL, sandbox: SANDBOX, tools: ELEVATED });
    expect(await proc.command('elevated', 'on')).toContain('elevated=on');
    await proc.run({ command: 'true' });
    expect(await lastHost()).toBe('gateway');
    expect(await ranInside({ command: 'true', elevated: false })).toBe(true);
    await proc.command('elevated', 'off');
    expect(await ranInside({ command: 'true' })).toBe(true);
  });

  test('/elevated takes nobody but the owner out of a session that others write in', async () => {
    const tools = { elevated: { enabled: true, allowFrom: { telegram: ['42', '43'] } } };
    const session = { dmScope: 'main' };
    await open({ exec: FULL, sandbox: SANDBOX, tools, session });
    await proc.command('elevated', 'on');
    expect(await ranInside({ command: 'true' }, '43')).toBe(true);
    await proc.run({ command: 'true' });
    expect(await lastHost()).toBe('gateway');
  });

  test('never lifts a deny', async () => {
    await open({ exec: { security: 'deny' }, sandbox: SANDBOX, tools: ELEVATED });
    const outcome = await proc.run({ command: 'touch made', elevated: true });
    expect(outcome).toMatchObject({ refused: 'exec.security.deny' });
  });
});

describe('/exec', () => {
  test('of the owner loosens for himself, until the session starts anew', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' } });
    expect(await proc.run({ command: 'touch made' })).toMatchObject({
      refused: 'exec.allowlist.miss',
    });
    expect(await proc.command('exec', 'security=full')).toContain('security=full');
    expect(await proc.run({ command: 'touch made' })).toMatchObject({ exitCode: 0 });
    await proc.command('new', '');
    expect(await proc.run({ command: 'touch again' })).toMatchObject({
      refused: 'exec.allowlist.miss',
    });
    expect(await proc.codes()).toContain('session.exec_override');
  });

  test.each([
    ['a deny of the config', { exec: { security: 'deny' } }],
    [
      'the document of the machine',
      { exec: FULL, document: { version: 1, defaults: { security: 'deny' } } },
    ],
  ])('never lifts %s', async (_what, config) => {
    await open(config);
    await proc.command('exec', 'security=full ask=off');
    const outcome = await proc.run({ command: 'touch made' });
    expect(outcome).toMatchObject({ refused: 'exec.security.deny' });
  });

  test.each(['security=everything', 'full', 'ask=off ask=always', 'constructor=x', 'host=moon'])(
    'does not take %s',
    async (words) => {
      await open({ exec: FULL });
      expect(await proc.command('exec', words)).toContain('Say `/exec host=');
      expect(await proc.command('exec', '')).toBe('Commands of this session run as configured.');
    },
  );

  test('P20.01: of anybody else is refused in silence', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' } });
    const { network } = proc.harness;
    for (const name of ['exec', 'elevated']) {
      const command = { name, args: 'security=full' };
      await network.deliver(direct('43', `/${name} security=full`, { command }));
    }
    expect(await proc.command('whoami', '', '43')).toBe('You are telegram:43.');
    expect(network.texts('43')).toHaveLength(1);
    expect(await proc.codes()).toContain('command.owner_only');
  });
});

describe('the document of the machine', () => {
  test('of two who read the same one, only the first replaces it', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' } });
    const { hostDocument } = proc.harness.gateway.services;
    const { hash } = await hostDocument.set(cli, { version: 1 });
    const ended = await Promise.allSettled(
      ['deny', 'allowlist'].map((security) =>
        hostDocument.set(cli, { version: 1, defaults: { security } }, hash),
      ),
    );
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await hostDocument.get()).file).toMatchObject({ defaults: { security: 'deny' } });
  });

  test('is written whole and private, with the hash of what it replaces', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' } });
    const { hostDocument } = proc.harness.gateway.services;
    expect(await hostDocument.get()).toMatchObject({ exists: false, file: { version: 1 } });
    const list = [{ pattern: '/usr/bin/touch' }];
    const file = { version: 1, agents: { main: { allowlist: list } } };
    const { hash, path } = await hostDocument.set(cli, file);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await proc.run({ command: 'touch made' })).toMatchObject({ exitCode: 0 });
    await expect(hostDocument.set(cli, file)).rejects.toMatchObject({
      code: 'approvals.file_changed',
    });
    await expect(hostDocument.set(cli, file, 'other')).rejects.toMatchObject({
      code: 'approvals.file_changed',
    });
    await hostDocument.set(cli, { version: 1 }, hash);
    expect(await proc.run({ command: 'touch more' })).toMatchObject({
      refused: 'exec.allowlist.miss',
    });
    expect(await proc.codes()).toContain('approvals.file_written');
  });

  test('keeps what it does not show', async () => {
    const document = { version: 1, socket: { token: 'a secret of somebody' } };
    await open({ exec: FULL, document });
    const { hostDocument } = proc.harness.gateway.services;
    const { file, hash, path } = await hostDocument.get();
    expect(file).toEqual({ version: 1 });
    await hostDocument.set(cli, { version: 1, defaults: { ask: 'always' } }, hash);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      socket: { token: 'a secret of somebody' },
      version: 1,
      defaults: { ask: 'always' },
    });
  });

  test.each([
    ['a security nobody knows', { defaults: { security: 'some' } }],
    ['an ask nobody knows', { agents: { main: { ask: 'never' } } }],
    ['agents in a list', { agents: [] }],
    ['a list that is none', { agents: { main: { allowlist: {} } } }],
    ['an entry without a pattern', { agents: { main: { allowlist: [{ argPattern: 'x' }] } } }],
    ['another version', { version: 2 }],
  ])('with %s closes everything, and is not written', async (_what, document) => {
    await open({ exec: FULL, document });
    const outcome = await proc.run({ command: 'touch made' });
    expect(outcome).toMatchObject({ refused: 'exec.security.deny' });
    const { hostDocument } = proc.harness.gateway.services;
    const view = await hostDocument.get();
    expect(view).toMatchObject({ exists: true, valid: false });
    expect(await hostDocument.inForce()).toMatchObject({ security: 'deny' });
    await expect(hostDocument.set(cli, document, view.hash)).rejects.toMatchObject({
      code: 'approvals.file_invalid',
    });
    expect(made()).toBe(false);
  });

  test('that others may write is replaced, not trusted', async () => {
    await open({ exec: FULL, document: { version: 1 } });
    const { hostDocument } = proc.harness.gateway.services;
    const { path } = await hostDocument.get();
    writeFileSync(path, '{"version":1}');
    chmodSync(path, 0o666);
    const { valid, hash } = await hostDocument.get();
    expect(valid).toBe(false);
    expect(await hostDocument.set(cli, { version: 1 }, hash)).toMatchObject({ valid: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
