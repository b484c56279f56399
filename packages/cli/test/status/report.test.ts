/**
 * `openclaw status --all` and `--deep`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import type { StatusReport } from '../../src/commands/report/report.ts';
import { type Veiled, ANSWERS, withNetwork } from './answers.ts';
import { call, FakeOperator, Home } from '../call.ts';

const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';

const CONFIG = JSON.stringify({
  gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN } },
});

function reportOf(stdout: string): StatusReport {
  return JSON.parse(stdout) as StatusReport;
}

function line(level: number, msg: string): string {
  const time = '2026-01-02T03:04:05.678Z';
  return JSON.stringify({ level, time, name: 'gateway', peer: 'Ada', msg });
}

/** A home with a log in which one line is told and one is not. */
function homeWithLog(message: string): Home {
  const home = new Home().write(CONFIG);
  const folder = join(home.path, '.openclaw', 'logs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'gateway.log'), `${line(30, 'all is well')}\n${line(50, message)}\n`);
  return home;
}

describe('a report without a gateway', () => {
  test('says how the installation is, and starts nothing', async () => {
    const { code, stdout } = await call(['status', '--all', '--json'], {
      home: homeWithLog('the disk is full'),
    });
    const report = reportOf(stdout);
    expect(code, stdout).toBe(0);
    expect(report).toMatchObject({
      ok: true,
      program: { version: '9.9.9', node: process.versions.node },
      config: { path: '~/.openclaw/openclaw.json', exists: true, valid: true, issues: [] },
      state: { path: '~/.openclaw', inUse: false },
      service: { installed: false },
      gateway: { running: false, elsewhere: false },
      agents: [{ id: 'main' }],
      exposure: { mode: 'local', host: '127.0.0.1', port: 18_789, auth: 'token', tls: false },
      log: {
        path: '~/.openclaw/logs/gateway.log',
        lines: [{ time: '2026-01-02T03:04:05.678Z', level: 'ERROR', message: 'the disk is full' }],
      },
    });
    expect(report.sandbox.length).toBeGreaterThan(0);
    expect(report.audit?.critical).toBeGreaterThan(0);
    expect(report.doctor.failing.map(({ id }) => id)).toContain('security.permissions');
  });

  test('is lines of text for people', async () => {
    const { code, stdout } = await call(['status', '--all'], {
      home: homeWithLog('the disk is full'),
    });
    expect(code).toBe(0);
    for (const row of [
      /^Program +openclaw 9\.9\.9, Node /m,
      /^Config +~\/\.openclaw\/openclaw\.json, valid$/m,
      /^Gateway +none runs here$/m,
      /^Exposure +127\.0\.0\.1 port 18789; auth token, TLS off, Tailscale off$/m,
      /^Audit +[1-9]\d* critical, /m,
      /^ {2}fail {2}.* security\.permissions$/m,
      /^ {2}2026-01-02T03:04:05\.678Z ERROR the disk is full$/m,
    ])
      expect(stdout).toMatch(row);
  });

  test('names what is wrong with the config, torn or mistaken', async () => {
    const torn = await call(['status', '--all', '--json'], { home: new Home().write('{ a: ') });
    expect(torn.code).toBe(0);
    expect(reportOf(torn.stdout).config).toMatchObject({ exists: true, valid: false });
    const wrong = await call(['status', '--all', '--json'], {
      home: new Home().write('{ gatewy: {} }'),
    });
    expect(reportOf(wrong.stdout)).toMatchObject({
      config: { issues: [{ path: 'gatewy' }] },
      agents: [],
    });
  });

  test('a gateway that should answer and does not is told, with exit code 1', async () => {
    const { code, stdout } = await call(['status', '--all', '--json'], {
      doors: {
        openOperator: () =>
          Promise.reject(
            new PortcullisError('gateway.unreachable', 'It is not there.', { hint: 'Look.' }),
          ),
      },
    });
    expect(code).toBe(1);
    expect(reportOf(stdout)).toMatchObject({
      ok: false,
      gateway: { running: false, error: { code: 'gateway.unreachable' } },
    });
  });
});

describe('a report with a gateway', () => {
  test('says what the gateway answers, and asks networks only with --deep', async () => {
    const fake = new FakeOperator(ANSWERS);
    const { code, stdout } = await call(['status', '--all', '--json'], { doors: fake.doors });
    expect(code, stdout).toBe(0);
    expect(reportOf(stdout).gateway).toMatchObject({
      running: true,
      version: '1.2.3',
      config: 'in-force',
      sessions: 3,
      channels: [{ channel: 'telegram', accountId: 'default', state: 'connected' }],
    });
    expect(fake.asked).toContainEqual(['channels.status', {}]);
    const deep = new FakeOperator(withNetwork(true));
    const text = await call(['status', '--all', '--deep'], deep);
    expect(text.stdout).toMatch(
      /^Channel +telegram connected; its network takes our login \(12 ms\)$/m,
    );
    expect(deep.asked).toContainEqual(['channels.status', { probe: true }]);
  });
});

describe('what a report leaves out', () => {
  const told: readonly Veiled[] = [
    ['the secret of the config', TOKEN],
    ['a credential nobody told us of', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'],
    ['a telephone number', '+4915112345678'],
    ['an id on a network', '123456789'],
    ['a mail address', 'ada.lovelace@example.com'],
    ['a handle', '@ada_lovelace'],
    ['a matrix id', '@ada:matrix.example'],
    ['a session', 'agent:main:telegram:direct:ada'],
    ['an id of a session', '6f1c1b1e-0000-4000-8000-1234567890ab'],
    ['a public address', '203.0.113.7'],
    ['a public address of six', '2001:db8::17'],
    ['a machine of the tailnet', 'laptop.tail1234.ts.net'],
    ['a home of somebody', '/home/ada/notes'],
  ];

  test.each(told)('%s', async (_what, text) => {
    const home = homeWithLog(`Before ${text} after.`);
    for (const words of [
      ['status', '--all'],
      ['status', '--all', '--json'],
    ]) {
      const { stdout } = await call(words, { home });
      expect(stdout).toContain('Before');
      expect(stdout).toContain('after.');
      expect(stdout).not.toContain(text);
      expect(stdout).not.toContain(home.path);
    }
  });

  test('who an account belongs to, and what stands beside a message of the log', async () => {
    const home = homeWithLog('trouble');
    const { stdout } = await call(['status', '--all', '--json'], {
      home,
      doors: new FakeOperator(withNetwork(true)).doors,
    });
    expect(stdout).not.toContain('@the_bot');
    expect(stdout).not.toContain('Ada');
  });

  test('but not what helps: this machine, packages, times and versions', async () => {
    const kept = '127.0.0.1 ::1 @portcullis/channels-telegram 2026-01-02T03:04:05.678Z 2026.9.6';
    const { stdout } = await call(['status', '--all'], { home: homeWithLog(kept) });
    expect(stdout).toContain(kept);
  });
});

describe('status --deep', () => {
  test('shows what each network says, and the health of the gateway', async () => {
    const { code, stdout } = await call(['status', '--deep'], new FakeOperator(withNetwork(true)));
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('telegram default: the network takes our login @the_bot (12 ms)\n');
    expect(stdout).toContain('The gateway answered in 2 ms; its config is in-force.\n');
  });

  test('ends with 1 where a network refuses our login', async () => {
    const fake = new FakeOperator(withNetwork(false));
    const { code, stdout } = await call(['status', '--deep'], fake);
    expect(code).toBe(1);
    expect(stdout).toContain('telegram default: no such bot\n');
    const json = await call(['status', '--deep', '--json'], new FakeOperator(withNetwork(false)));
    expect(JSON.parse(json.stdout)).toMatchObject({ health: { config: 'in-force' } });
  });
});
