/** What an approver allows for good, and where it ends. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ProcRequest } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { cli } from '../pipeline/harness.ts';
import { type ProcConfig, type ProcHarness, openProc } from './proc-harness.ts';

const ON_MISS = { security: 'allowlist', ask: 'on-miss' };
const FLOW_OFF = { mode: 'off' };

let proc: ProcHarness;
/** A folder for programs, out of the agent's reach. */
let programs: string;

beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'programs-'));
});

afterEach(async () => {
  await proc.harness.gateway.stop('test', 20);
  await proc.harness.close();
  rmSync(programs, { recursive: true, force: true });
});

async function open(config: ProcConfig = {}): Promise<void> {
  proc = await openProc({
    flow: FLOW_OFF,
    ...config,
    exec: { ...ON_MISS, pathPrepend: [programs], ...config.exec },
  });
}

function program(name: string, text: string): void {
  const path = join(programs, name);
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o755 });
}

/** Asks for a command, answers, and resolves with what came of it. */
async function answered(request: ProcRequest, how: 'allow-always' | 'allow-once' | 'deny') {
  const outcome = proc.run(request);
  const item = await proc.answer(how);
  return { item, outcome: await outcome };
}

function log(): string {
  const path = join(proc.workspace, 'log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe('allow-always', () => {
  test('runs the same words in the same directory without asking again', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    const first = await answered({ command: 'note one' }, 'allow-always');
    expect(first.item).toMatchObject({ state: 'allowed', answer: 'allow-always' });
    expect(first.outcome).toMatchObject({ exitCode: 0 });
    expect(await proc.run({ command: 'note one' })).toMatchObject({ exitCode: 0 });
    expect(log()).toBe('one\none\n');
    const [grant, ...others] = await proc.harness.gateway.services.approvals.grants();
    expect(others).toEqual([]);
    expect(grant).toMatchObject({ kind: 'exec', agentId: 'main', createdBy: 'cli', uses: 1 });
    const lines = await proc.harness.gateway.services.audit.log({ limit: 1000 });
    const runs = lines.filter(({ entry }) => entry['code'] === 'effect.run');
    expect(runs.map(({ entry }) => [entry['decision'], entry['grants']])).toEqual([
      ['exec.allowlist.match', undefined],
      ['exec.allowlist.match', grant?.id],
    ]);
  });

  test.each([
    ['other words', { command: 'note two' }],
    ['one word more', { command: 'note one two' }],
    ['another directory', { command: 'note one', cwd: 'sub' }],
    ['a variable', { command: 'note one', env: { COLORTERM: 'x' } }],
    ['standard input', { command: 'note one', input: 'x' }],
    ['the background, where input may follow', { command: 'note one', background: true }],
    ['another command behind it', { command: 'note one && note two' }],
  ] as const)('does not cover %s', async (_what, request) => {
    await open();
    mkdirSync(join(proc.workspace, 'sub'));
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-always');
    const { item, outcome } = await answered(request, 'deny');
    expect(item.state).toBe('denied');
    expect(outcome).toMatchObject({ refused: 'exec.approval.denied' });
    expect(log()).toBe('one\n');
  });

  test.each([
    ['a part of a chain alone', 'note one && note two', 'note two'],
    ['something else piped into a part', 'note one | note two', 'note three | note two'],
    ['the parts joined in another way', 'note one && note two', 'note one || note two'],
    ['the parts in another order', 'note one && note two', 'note two && note one'],
  ])('does not cover %s', async (_what, allowed, other) => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note three' }, 'allow-always');
    await answered({ command: allowed }, 'allow-always');
    const { outcome } = await answered({ command: other }, 'deny');
    expect(outcome).toMatchObject({ refused: 'exec.approval.denied' });
  });

  test('covers both programs of a chain, each by its own hash', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one && note two' }, 'allow-always');
    expect(await proc.run({ command: 'note one && note two' })).toMatchObject({ exitCode: 0 });
    expect(log()).toBe('one\ntwo\none\ntwo\n');
  });

  test('ends when the program is another file', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-always');
    program('note', '#!/bin/sh\necho evil >> log\n');
    const { outcome } = await answered({ command: 'note one' }, 'deny');
    expect(outcome).toMatchObject({ refused: 'exec.approval.denied' });
    expect(log()).toBe('one\n');
  });

  test('ends when it is revoked, at once', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-always');
    const { approvals } = proc.harness.gateway.services;
    const [grant] = await approvals.grants();
    expect(await approvals.revoke(cli, grant?.id ?? '')).toBe(true);
    expect(await approvals.revoke(cli, grant?.id ?? '')).toBe(false);
    expect(await approvals.grants()).toEqual([]);
    const { outcome } = await answered({ command: 'note one' }, 'deny');
    expect(outcome).toMatchObject({ refused: 'exec.approval.denied' });
    expect(await proc.codes()).toContain('approval.revoked');
  });

  test('ends when its time is over', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    const running = proc.run({ command: 'note one' });
    const { id } = await proc.question();
    const { approvals } = proc.harness.gateway.services;
    await approvals.resolve(cli, id, 'allow-always', { grantForMs: 60_000 });
    await running;
    proc.harness.clock.now += 60_000;
    expect(await proc.run({ command: 'note one' })).toMatchObject({ exitCode: 0 });
    proc.harness.clock.now += 1;
    expect(await approvals.grants()).toEqual([]);
    const { outcome } = await answered({ command: 'note one' }, 'deny');
    expect(outcome).toMatchObject({ refused: 'exec.approval.denied' });
  });

  test('may not be given by somebody without the right', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    const running = proc.run({ command: 'note one' });
    const { id } = await proc.question();
    const { approvals } = proc.harness.gateway.services;
    const writer = { ...cli, id: 'w', scopes: ['operator.write'] };
    for (const act of [
      approvals.resolve(writer, id, 'allow-always'),
      approvals.revoke(writer, 'any'),
    ]) {
      await expect(act).rejects.toMatchObject({ code: 'exec.approval.not_authorized' });
    }
    await proc.answer('deny');
    await running;
  });
});

describe('with trust in a command, ', () => {
  test.each([
    ['asks nobody runs it', 'ask=off', { exitCode: 0 }, 'exec.allowlist.miss'],
    [
      'runs nothing does not',
      'security=deny',
      { refused: 'exec.security.deny' },
      'exec.security.deny',
    ],
  ])('a session that %s', async (_name, choice, outcome, other) => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-always');
    await proc.command('exec', choice);
    expect(await proc.run({ command: 'note one' })).toMatchObject(outcome);
    expect(await proc.run({ command: 'note two' })).toMatchObject({ refused: other });
  });

  test('a session that always asks still asks', async () => {
    await open();
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-always');
    const running = proc.run({ command: 'note one', ask: 'always' });
    expect(await proc.question()).toMatchObject({
      code: 'exec.ask.always',
      offered: ['allow-once', 'deny'],
    });
    await proc.answer('deny');
    expect(await running).toMatchObject({ refused: 'exec.approval.denied' });
  });
});

describe('allow-always is not offered', () => {
  const cases: [string, ProcRequest, { ask?: string }?][] = [
    ['where it is always asked', { command: 'note one' }, { ask: 'always' }],
    ['for text that only a shell reads', { command: 'note $HOME' }],
    ['for program text', { command: 'python3 -c 1' }],
    ['for a carrier', { command: 'env -S note' }],
    ['for a prelude', { command: 'A=1 note' }],
    ['behind a wrapper, which nothing satisfies', { command: 'timeout 5 note one' }],
    ['with a variable', { command: 'note one', env: { COLORTERM: 'x' } }],
    ['with standard input', { command: 'note one', input: 'x' }],
    ['in the background', { command: 'note one', background: true }],
    ['for a program in the workspace', { command: './tool' }],
    ['for a script in the workspace', { command: 'sh job.sh' }],
    ['for a name that is no program', { command: 'nothing-of-that-name' }],
    ['behind a change of directory', { command: 'cd sub && note one' }],
  ];
  test.each(cases)('%s', async (...[, request, exec = {}]) => {
    await open({ exec });
    mkdirSync(join(proc.workspace, 'sub'));
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    proc.file('tool', '#!/bin/sh\necho >> log\n', 0o755);
    proc.file('job.sh', 'echo >> log\n');
    const running = proc.run(request);
    const { id, offered } = await proc.question();
    expect(offered).toEqual(['allow-once', 'deny']);
    const { approvals } = proc.harness.gateway.services;
    await expect(approvals.resolve(cli, id, 'allow-always')).rejects.toMatchObject({
      code: 'exec.approval.decision_not_offered',
    });
    expect((await approvals.get(id))?.state).toBe('pending');
    await proc.answer('deny');
    await running;
    expect(await approvals.grants()).toEqual([]);
  });

  test('where the information flow asks as well', async () => {
    await open({ flow: { mode: 'enforce' } });
    program('note', '#!/bin/sh\necho "$1" >> log\n');
    await answered({ command: 'note one' }, 'allow-once');
    // What the first one printed may come from anybody.
    const running = proc.run({ command: 'note two' });
    const item = await proc.question();
    expect(item).toMatchObject({
      code: 'exec.ask.on_miss flow.exec.untrusted',
      offered: ['allow-once', 'deny'],
    });
    expect(item.story).toContain('what a command printed');
    expect(item.story).toContain('It now wants to run a command.');
    await proc.answer('deny');
    await running;
  });
});
