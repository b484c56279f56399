/**
 * The commands of the service, against managers of the test.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { beforeEach, describe, expect, test } from 'vitest';

import { pathsOf, put } from '../backup/state.ts';
import { FakeOperator, Home, call } from '../call.ts';
import { type FakeManager, fakeManager, withManager } from './programs.ts';

const WHERE = {
  linux: '.config/systemd/user/openclaw-gateway.service',
  darwin: 'Library/LaunchAgents/ai.openclaw.gateway.plist',
} as const;

describe.each(['linux', 'darwin'] as const)('on %s', (platform) => {
  let home: Home;
  let manager: FakeManager;
  let file: string;

  beforeEach(() => {
    home = new Home().write('{ gateway: { mode: "local" } }');
    manager = fakeManager(home, platform);
    file = join(home.path, WHERE[platform]);
  });

  const run = async (argv: string, env: Readonly<Record<string, string>> = {}) =>
    await call(['gateway', ...argv.split(' ')], withManager(home, manager, env));

  const target = `gui/${String(process.getuid?.() ?? 0)}/ai.openclaw.gateway`;

  test('install shows what it writes, writes it privately, and starts it', async () => {
    const { code, stdout } = await run('install');
    expect(code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(stdout).toContain(text);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(manager.calls()).toEqual(
      platform === 'linux'
        ? [
            '--user daemon-reload',
            '--user enable openclaw-gateway.service',
            '--user reset-failed openclaw-gateway.service',
            '--user restart openclaw-gateway.service',
          ]
        : [`enable ${target}`, `bootstrap ${target.slice(0, target.lastIndexOf('/'))} ${file}`],
    );
  });

  test('install twice is the same as once', async () => {
    await run('install');
    const before = statSync(file).mtimeMs;
    const { code, stdout } = await run('install --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, changed: false, started: true });
    expect(statSync(file).mtimeMs).toBe(before);
  });

  test('other settings, and a file of somebody else, are replaced with --force only', async () => {
    await run('install');
    manager.calls();
    const other = await run('install --port 19001');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('[service.exists]') });
    expect(readFileSync(file, 'utf8')).not.toContain('19001');
    expect(manager.calls()).toEqual([]);
    expect(await run('install --port 19001 --force')).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toContain('19001');
    writeFileSync(file, 'mine');
    expect((await run('install')).stderr).toContain('was not written by this command');
    expect((await run('uninstall')).stderr).toContain('[service.exists]');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('a rehearsal calls nothing and writes nothing', async () => {
    const { code, stdout } = await run('install --dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was changed.');
    expect(existsSync(file)).toBe(false);
    await run('install');
    manager.calls();
    expect((await run('uninstall --dry-run')).stdout).toContain('Would be stopped and removed');
    expect(existsSync(file)).toBe(true);
    expect(manager.calls()).toEqual([]);
  });

  test('the program of the manager is given no secret', async () => {
    await run('install --force', { OPENCLAW_GATEWAY_TOKEN: 'secret', OPENAI_API_KEY: 'secret' });
    expect(JSON.stringify(manager.env())).not.toContain('secret');
    expect(manager.env()).toMatchObject({ HOME: home.path, LC_ALL: 'C' });
  });

  test('variables that the service would miss are named, and none is written down', async () => {
    home.write('{ gateway: { mode: "local" }, channels: { telegram: {} }, env: {} }');
    const env = { TELEGRAM_BOT_TOKEN: '123:abcdef', OPENCLAW_GATEWAY_TOKEN: 'a-token-of-our-own' };
    const { code, stderr } = await run('install', env);
    expect(code).toBe(1);
    expect(stderr).toContain('OPENCLAW_GATEWAY_TOKEN, TELEGRAM_BOT_TOKEN');
    expect(stderr).not.toContain('123:abcdef');
    expect(existsSync(file)).toBe(false);
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    put(join(home.path, '.openclaw'), '.env', lines.join('\n'));
    expect(await run('install', env)).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).not.toContain('123:abcdef');
  });

  test('a config that is not valid is not installed', async () => {
    home.write('{ gateway: { porrt: 1 } }');
    expect((await run('install')).stderr).toContain('[config.invalid]');
    expect(existsSync(file)).toBe(false);
  });

  test('while another gateway has the state it is installed and not started', async () => {
    const { store } = await openState(pathsOf(home), openSqliteStore, silentLogger);
    const { code, stdout } = await run('install --json');
    await store.close();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: true, started: false });
    expect(manager.calls().filter((each) => /start|bootstrap/u.test(each))).toEqual([]);
  });

  test('stop, start and restart drive the manager, and need an installed service', async () => {
    for (const verb of ['start', 'stop', 'restart']) {
      expect((await run(verb)).stderr).toContain('[service.not_installed]');
    }
    await run('install');
    manager.calls();
    expect((await run('stop')).code).toBe(0);
    expect(manager.calls()).toEqual(
      platform === 'linux' ? ['--user stop openclaw-gateway.service'] : [`bootout ${target}`],
    );
    const started = await run('start --json');
    expect(JSON.parse(started.stdout)).toMatchObject({ runtime: { status: 'running', pid: 4242 } });
    expect(manager.calls().at(-1)).toBe(
      platform === 'linux'
        ? '--user start openclaw-gateway.service'
        : `bootstrap ${target.slice(0, target.lastIndexOf('/'))} ${file}`,
    );
    await run('restart');
    expect(manager.calls().at(-1)).toBe(
      platform === 'linux' ? '--user restart openclaw-gateway.service' : `kickstart -k ${target}`,
    );
  });

  test('uninstall stops it, removes the file, and is done when there is none', async () => {
    await run('install');
    manager.calls();
    expect((await run('uninstall')).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(manager.calls()).toEqual(
      platform === 'linux'
        ? ['--user disable --now openclaw-gateway.service', '--user daemon-reload']
        : [`bootout ${target}`, `disable ${target}`],
    );
    expect(await run('uninstall')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No service is installed'),
    });
    expect(existsSync(home.config)).toBe(true);
  });

  test('a manager that fails is told in its own words, without a trace', async () => {
    manager.fail('Unit is masked.');
    const { code, stderr } = await run('install');
    expect(code).toBe(platform === 'linux' ? 1 : code);
    if (platform === 'linux') expect(existsSync(file)).toBe(false);
    expect(stderr).toContain('Unit is masked.');
    expect(stderr).toContain('[service.failed]');
  });

  test('status shows service and gateway, and what has changed since the installation', async () => {
    const nothing = await run('status --json');
    expect(JSON.parse(nothing.stdout)).toMatchObject({
      ok: true,
      cli: { version: '9.9.9' },
      service: { installed: false, runtime: { status: 'stopped' } },
      config: { cli: { path: home.config, exists: true, valid: true } },
      rpc: { ok: false, code: 'gateway.not_running' },
    });
    await run('install --port 19000');
    const { doors } = new FakeOperator({ health: { ok: true, durationMs: 3 } });
    const options = { home, doors: { ...manager.doors, ...doors } };
    const fine = await call(['gateway', 'status', '--json', '--require-rpc'], options);
    expect(fine.code).toBe(0);
    expect(JSON.parse(fine.stdout)).toMatchObject({
      service: { installed: true, drift: false, runtime: { status: 'running', pid: 4242 } },
      rpc: { ok: true, durationMs: 3 },
    });
    expect((await run('status --require-rpc')).code).toBe(1);
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);
    const drifted = await run('status --no-probe');
    expect(drifted.stdout).not.toContain('Gateway');
    expect(drifted.stderr).toContain('openclaw gateway install --force');
  });
});

test('without a session of the user the reason is named', async () => {
  const home = new Home();
  const manager = fakeManager(home, 'linux');
  manager.fail('Failed to connect to bus: No medium found');
  const { code, stderr } = await call(['gateway', 'install'], withManager(home, manager));
  expect(code).toBe(1);
  expect(stderr).toContain('[service.unavailable]');
  expect(stderr).toContain('log in as the user itself');
  expect(existsSync(join(home.path, '.config'))).toBe(false);
});

test('where there is no manager, status still says whether a gateway answers', async () => {
  const { code, stdout } = await call(['gateway', 'status', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    service: { installed: false, runtime: { status: 'unknown' } },
    rpc: { ok: false },
  });
});
