/**
 * What is written for systemd and for launchd.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { resolvePaths } from '@portcullis/gateway/config';
import { loadConfig } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import { type Definition, defineService } from '../../src/service/definition.ts';
import { launchdPlist } from '../../src/service/launchd-plist.ts';
import { serviceSuffix } from '../../src/service/suffix.ts';
import { systemdUnit } from '../../src/service/systemd-unit.ts';
import { put } from '../backup/state.ts';
import { Home } from '../call.ts';

const SECRET = 'a-secret-that-must-stay-where-it-is';

/** The service of a home, installed at a path with everything in it that has to be escaped. */
function definitionOf(home: Home, more: Readonly<Record<string, string>> = {}): Definition {
  const env = { HOME: home.path, OPENCLAW_GATEWAY_TOKEN: SECRET, OPENAI_API_KEY: SECRET, ...more };
  const paths = resolvePaths(env);
  const program = put(home.path, 'bin & "co" 100%/$HOME/openclaw.mjs', '');
  const { stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const context = { env, paths, program, stdin, stdout, stderr, signal, version: '9.9.9' };
  const config = loadConfig({ env, paths, invalid: 'report' });
  return defineService(context, config, 19_000);
}

/** The settings of a unit, by name. */
function settingsOf(unit: string): ReadonlyMap<string, readonly string[]> {
  const pairs = unit
    .split('\n')
    .filter((line) => /^[A-Z]\w*=/u.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const names = Map.groupBy(pairs, ([name]) => name);
  return new Map([...names].map(([name, found]) => [name, found.map(([, value]) => value)]));
}

const ANALYZE = '/usr/bin/systemd-analyze';

describe('the unit for systemd', () => {
  test('narrows the service as far as the sandbox of commands allows', () => {
    const unit = systemdUnit(definitionOf(new Home()), true);
    const settings = settingsOf(unit);
    const single = Object.fromEntries([...settings].map(([name, [value]]) => [name, value]));
    expect(single).toMatchObject({
      UMask: '0077',
      NoNewPrivileges: 'yes',
      PrivateUsers: 'yes',
      CapabilityBoundingSet: '',
      ProtectSystem: 'strict',
      ProtectHome: 'read-only',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      ProtectControlGroups: 'yes',
      ProtectKernelModules: 'yes',
      LockPersonality: 'yes',
      RestrictRealtime: 'yes',
      RestrictSUIDSGID: 'yes',
      RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK',
      SystemCallArchitectures: 'native',
      SystemCallFilter: '@system-service @mount seccomp sethostname',
      SystemCallErrorNumber: 'EPERM',
      LimitCORE: '0',
      MemoryMax: '2G',
      TasksMax: '1024',
      Restart: 'on-failure',
      WantedBy: 'default.target',
    });
  });

  test('sets nothing that keeps the sandbox of commands from working', () => {
    const settings = settingsOf(systemdUnit(definitionOf(new Home()), true));
    const harmful = [
      'RestrictNamespaces',
      'ProtectKernelTunables',
      'ProtectKernelLogs',
      'ProtectProc',
      'ProcSubset',
      'ProtectHostname',
      'MemoryDenyWriteExecute',
      'PrivateNetwork',
    ];
    expect(harmful.filter((name) => settings.has(name))).toEqual([]);
  });

  test('lets it write its state and what the config names, and hides keys to other things', () => {
    const home = new Home().write('{ agents: { defaults: { workspace: "~/work" } } }');
    const definition = definitionOf(home, { OPENCLAW_OAUTH_DIR: join(home.path, '.aws/logins') });
    const settings = settingsOf(systemdUnit(definition, true));
    const paths = (name: string) =>
      (settings.get(name) ?? []).map((value) => value.replace(`"-${home.path}/`, '').slice(0, -1));
    expect(paths('ReadWritePaths')).toEqual(['.openclaw', '.aws/logins', 'work']);
    const hidden = paths('InaccessiblePaths');
    expect(hidden).toEqual(expect.arrayContaining(['.ssh', '.gnupg', '.kube', '.netrc']));
    expect(hidden).not.toContain('.aws');
  });

  test('where users make no namespaces it says so and keeps the rest', () => {
    const unit = systemdUnit(definitionOf(new Home()), false);
    const settings = settingsOf(unit);
    expect(unit).toContain('lets users make no namespaces');
    expect(settings.has('ProtectSystem')).toBe(false);
    expect(settings.has('InaccessiblePaths')).toBe(false);
    expect(settings.get('NoNewPrivileges')).toEqual(['yes']);
    expect(settings.has('SystemCallFilter')).toBe(true);
  });

  test('P04.01: writes names so that they mean themselves', () => {
    const home = new Home();
    const definition = definitionOf(home);
    const [line = ''] = settingsOf(systemdUnit(definition, true)).get('ExecStart') ?? [];
    expect(line).toBe(
      `"${process.execPath}" "${home.path}/bin & \\"co\\" 100%%/$$HOME/openclaw.mjs" "gateway" "run" "--port" "19000"`,
    );
  });

  test.runIf(existsSync(ANALYZE))('systemd finds nothing wrong with it', () => {
    const home = new Home();
    mkdirSync(join(home.path, '.openclaw'));
    // It looks for the program that would be run.
    const definition = { ...definitionOf(home), command: ['/bin/true', '100% & "more"'] };
    for (const namespaces of [true, false]) {
      const unit = join(home.path, 'openclaw-gateway.service');
      writeFileSync(unit, systemdUnit(definition, namespaces));
      const env = { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: home.path, HOME: home.path };
      const verify = spawnSync(ANALYZE, ['verify', '--user', unit], { env, encoding: 'utf8' });
      expect(verify).toMatchObject({ status: 0, stderr: '' });
      writeFileSync(unit, `${systemdUnit(definition, namespaces)}\n[Service]\nNonsense=1\n`);
      const wrong = spawnSync(ANALYZE, ['verify', '--user', unit], { env, encoding: 'utf8' });
      expect(wrong.stderr).toContain('Nonsense');
    }
  });

  test.runIf(existsSync(ANALYZE))('systemd rates it well', (context) => {
    const home = new Home();
    const unit = join(home.path, 'openclaw-gateway.service');
    writeFileSync(unit, systemdUnit(definitionOf(home), true));
    const env = { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: home.path, HOME: home.path };
    const rate = (threshold: number) =>
      spawnSync(
        ANALYZE,
        ['security', '--offline=true', '--user', `--threshold=${threshold}`, unit],
        {
          env,
          encoding: 'utf8',
        },
      );
    const { status, stdout, stderr } = rate(40);
    if (stderr.includes('unrecognized option')) return context.skip('this systemd rates no files');
    expect({ status, rated: stdout.includes('Overall exposure level') }).toEqual({
      status: 0,
      rated: true,
    });
    expect(rate(10).status).not.toBe(0);
  });
});

describe('the sandbox of commands', () => {
  /** What the unit makes of the file system, made by hand around a sandbox like ours. */
  const inner = `bwrap --unshare-all --unshare-user --disable-userns --hostname sandbox --proc /proc --dev /dev --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin --cap-drop ALL true`;
  const outside = [
    '--unshare-user',
    '--bind',
    '/',
    '/',
    '--remount-ro',
    '/',
    '--tmpfs',
    '/tmp',
    '--dev',
    '/dev',
  ];
  const run = (...more: readonly string[]) =>
    spawnSync('bwrap', [...outside, ...more, 'sh', '-c', inner], { encoding: 'utf8' });

  test('works inside of what the unit makes, and not behind a narrowed /proc', (context) => {
    if (spawnSync('sh', ['-c', inner]).status !== 0) return context.skip('there is no bubblewrap');
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    expect(run('--ro-bind', '/sys', '/sys').status).toBe(0);
    expect(run('--ro-bind', '/proc/sys', '/proc/sys').status).not.toBe(0);
  });
});

describe('the agent for launchd', () => {
  test('runs the gateway with a private umask, again after it failed, and without core files', () => {
    const plist = launchdPlist('ai.openclaw.gateway', definitionOf(new Home()));
    const flat = plist.replaceAll(/>\s+</gu, '><');
    expect(flat).toContain('<key>Label</key><string>ai.openclaw.gateway</string>');
    expect(flat).toContain('<key>Umask</key><integer>63</integer>');
    expect(flat).toContain('<key>RunAtLoad</key><true/>');
    expect(flat).toContain('<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>');
    expect(flat).toContain('<key>Core</key><integer>0</integer>');
    expect(flat).toContain(
      '/bin &amp; &quot;co&quot; 100%/$HOME/openclaw.mjs</string><string>gateway</string><string>run</string><string>--port</string><string>19000</string></array>',
    );
  });

  test('is well-formed: what is opened is closed, in order', () => {
    const plist = launchdPlist('x', definitionOf(new Home()));
    const open: string[] = [];
    for (const [, closes, name = '', empty] of plist.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gu)) {
      if (closes === '/') expect(open.pop()).toBe(name);
      else if (empty !== '/') open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('both', () => {
  test('hold no secret of the environment, and no variable but paths', () => {
    const definition = definitionOf(new Home(), { OPENCLAW_PROFILE: 'default', EDITOR: 'vi' });
    for (const text of [systemdUnit(definition, true), launchdPlist('x', definition)]) {
      expect(text).not.toContain(SECRET);
    }
    expect(Object.keys(definition.env).toSorted()).toEqual([
      'OPENCLAW_PROFILE',
      'OPENCLAW_STATE_DIR',
      'PATH',
    ]);
  });

  test('P04.01: refuse a path with a line break in it: it would be a setting of its own', () => {
    const home = new Home();
    const env = { OPENCLAW_STATE_DIR: `${home.path}/a\nExecStartPre=/bin/evil` };
    expect(() => definitionOf(home, env)).toThrow(
      expect.objectContaining({ code: 'service.path' }),
    );
  });

  test('name the program by the link it was called by, which outlives an update', () => {
    const home = new Home();
    put(home.path, 'versions/1/openclaw.mjs', '');
    const link = join(home.path, 'openclaw');
    symlinkSync(join(home.path, 'versions/1/openclaw.mjs'), link);
    const env = { HOME: home.path };
    const paths = resolvePaths(env);
    const { stdin, stdout, stderr } = process;
    const { signal } = new AbortController();
    const context = { env, paths, program: link, stdin, stdout, stderr, signal, version: '1' };
    expect(defineService(context, undefined, undefined).command[1]).toBe(link);
  });

  test.each([
    ['/home/ann/.openclaw', ''],
    ['/home/ann/.openclaw-work', '-work'],
    ['/srv/openclaw', expect.stringMatching(/^-[0-9a-f]{8}$/u)],
    ['/srv/.openclaw', expect.stringMatching(/^-[0-9a-f]{8}$/u)],
  ])('tell states apart: %s', (stateDir, suffix) => {
    const paths = resolvePaths({ HOME: '/home/ann', OPENCLAW_STATE_DIR: stateDir });
    expect(serviceSuffix(paths)).toEqual(suffix);
  });
});
