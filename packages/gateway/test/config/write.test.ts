import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createFirstConfig,
  hashConfig,
  loadConfig,
  resolvePaths,
  validateConfig,
  writeConfig,
} from '@portcullis/gateway/config';
import { temporaryHome, thrown } from './temporary-home.ts';

const env = {};

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

describe('writing', () => {
  test('P26.04: makes a private file in a private directory', () => {
    const home = temporaryHome();
    const paths = resolvePaths({ HOME: join(home.paths.home, 'fresh') });
    const written = writeConfig(paths, '{ logging: { level: "warn" } }', {
      env,
      expectHash: hashConfig(''),
    });
    expect(readFileSync(paths.configPath, 'utf8')).toBe('{ logging: { level: "warn" } }');
    expect([mode(paths.configPath), mode(paths.stateDir)]).toEqual([0o600, 0o700]);
    expect(written.value).toEqual({ logging: { level: 'warn' } });
    expect(readdirSync(paths.stateDir)).toEqual(['openclaw.json']);
  });

  test('narrows the mode of a file that was open, and keeps a redacted backup', () => {
    const { paths, write } = temporaryHome();
    write('openclaw.json', '{ gateway: { auth: { token: "old-secret" } } } // mine', 0o644);
    writeConfig(paths, '{}', { env });
    expect([mode(paths.configPath), mode(`${paths.configPath}.bak`)]).toEqual([0o600, 0o600]);
    expect(readFileSync(`${paths.configPath}.bak`, 'utf8')).toBe(
      '{ gateway: { auth: { token: "__OPENCLAW_REDACTED__" } } } // mine',
    );
    expect(readdirSync(paths.stateDir).toSorted()).toEqual(['openclaw.json', 'openclaw.json.bak']);
  });

  test.each([
    ['{ gateway: ', 'config.syntax'],
    ['{ gateway: { bind: "x" } }', 'config.invalid'],
    ['{ $include: "../x" }', 'config.include'],
  ])('P26.04: %j touches nothing', (raw, code) => {
    const { paths, write } = temporaryHome();
    write('openclaw.json', '{}');
    expect(thrown(() => writeConfig(paths, raw, { env })).code).toBe(code);
    expect(readFileSync(paths.configPath, 'utf8')).toBe('{}');
    expect(readdirSync(paths.stateDir)).toEqual(['openclaw.json']);
  });

  test('a change made in between is not overwritten', () => {
    const { paths, write } = temporaryHome();
    write('openclaw.json', '{}');
    const { hash } = loadConfig({ env, paths });
    write('openclaw.json', '{ tools: {} }');
    expect(thrown(() => writeConfig(paths, '{}', { env, expectHash: hash })).code).toBe(
      'config.conflict',
    );
    expect(readFileSync(paths.configPath, 'utf8')).toBe('{ tools: {} }');
    const now = loadConfig({ env, paths }).hash;
    writeConfig(paths, '{ session: {} }', { env, expectHash: now });
    expect(readFileSync(paths.configPath, 'utf8')).toBe('{ session: {} }');
  });

  test('a symbolic link stays one, its target is written', () => {
    const { paths, write } = temporaryHome();
    const target = write('../dotfiles/claw.json', '{}');
    symlinkSync('../dotfiles/claw.json', paths.configPath);
    writeConfig(paths, '{ tools: {} }', { env });
    expect(readlinkSync(paths.configPath)).toBe('../dotfiles/claw.json');
    expect([readFileSync(target, 'utf8'), mode(target)]).toEqual(['{ tools: {} }', 0o600]);
    rmSync(target);
    writeConfig(paths, '{ session: {} }', { env });
    expect(lstatSync(paths.configPath).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('{ session: {} }');
  });

  test('two writers do not meet; a lock left by a crash does not stay in the way', () => {
    const { paths } = temporaryHome();
    const lock = `${paths.configPath}.lock`;
    writeFileSync(lock, '');
    expect(thrown(() => writeConfig(paths, '{}', { env })).code).toBe('config.conflict');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    writeConfig(paths, '{}', { env });
    expect(readdirSync(paths.stateDir)).toEqual(['openclaw.json']);
  });

  test('a place that cannot be written is an error with a code', () => {
    const { paths } = temporaryHome();
    mkdirSync(paths.configPath);
    expect(thrown(() => writeConfig(paths, '{}', { env })).code).toBe('config.unwritable');
    expect(readdirSync(paths.stateDir)).toEqual(['openclaw.json']);
  });
});

describe('the first config', () => {
  test('P35.02: is private, closed and valid, with a fresh token', () => {
    const { paths } = temporaryHome();
    rmSync(paths.stateDir, { recursive: true });
    expect(createFirstConfig(paths)).toEqual({ created: true, path: paths.configPath });
    expect([mode(paths.configPath), mode(paths.stateDir)]).toEqual([0o600, 0o700]);
    const { value, warnings } = loadConfig({ env, paths });
    expect(warnings).toEqual([]);
    const { gateway, ...rest } = value;
    expect(gateway).toEqual({
      mode: 'local',
      bind: 'loopback',
      auth: { mode: 'token', token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/u) },
    });
    expect(rest).toEqual({
      session: { dmScope: 'per-channel-peer' },
      tools: {
        profile: 'messaging',
        deny: ['group:automation', 'group:runtime', 'group:fs', 'sessions_spawn', 'sessions_send'],
        fs: { workspaceOnly: true },
        exec: { security: 'deny', ask: 'always' },
        elevated: { enabled: false },
      },
    });
    expect(validateConfig(value).issues).toEqual([]);
  });

  test('each has another token', () => {
    const tokens = [temporaryHome(), temporaryHome()].map(({ paths }) => {
      createFirstConfig(paths);
      return JSON.stringify(loadConfig({ env, paths }).value['gateway']);
    });
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  test('never touches what is there, be it broken, empty or a dangling link', () => {
    const broken = temporaryHome();
    broken.write('openclaw.json', '{ broken', 0o644);
    expect(createFirstConfig(broken.paths).created).toBe(false);
    expect(readFileSync(broken.paths.configPath, 'utf8')).toBe('{ broken');
    expect(mode(broken.paths.configPath)).toBe(0o644);
    const dangling = temporaryHome();
    symlinkSync('nowhere', dangling.paths.configPath);
    expect(createFirstConfig(dangling.paths).created).toBe(false);
    expect(readdirSync(dangling.paths.stateDir)).toEqual(['openclaw.json']);
  });
});
