import { describe, expect, test } from 'vitest';
import { getPath, formatPath, parsePath, resolvePaths } from '@portcullis/gateway/config';
import { thrown } from './temporary-home.ts';

describe('state paths', () => {
  test('everything lies below ~/.openclaw', () => {
    expect(resolvePaths({ HOME: '/home/ann' })).toEqual({
      home: '/home/ann',
      stateDir: '/home/ann/.openclaw',
      configPath: '/home/ann/.openclaw/openclaw.json',
      credentialsDir: '/home/ann/.openclaw/credentials',
      workspaceDir: '/home/ann/.openclaw/workspace',
      stateDbDir: '/home/ann/.openclaw/state',
      logsDir: '/home/ann/.openclaw/logs',
      pluginsDir: '/home/ann/.openclaw/plugins',
    });
  });

  test('OPENCLAW_HOME replaces the home', () => {
    const paths = resolvePaths({ HOME: '/home/ann', OPENCLAW_HOME: '~/claw' });
    expect(paths.home).toBe('/home/ann/claw');
    expect(paths.configPath).toBe('/home/ann/claw/.openclaw/openclaw.json');
  });

  test('the state directory wins over the home, the config path over both', () => {
    const env = { HOME: '/h', OPENCLAW_HOME: '/x', OPENCLAW_STATE_DIR: '/s' };
    expect(resolvePaths(env).configPath).toBe('/s/openclaw.json');
    const both = resolvePaths({ ...env, OPENCLAW_CONFIG_PATH: '/etc/claw.json' });
    expect(both.configPath).toBe('/etc/claw.json');
    expect(both.stateDir).toBe('/s');
  });

  test('a profile has a state directory of its own, which an explicit one beats', () => {
    expect(resolvePaths({ HOME: '/h' }, { profile: 'work' }).stateDir).toBe('/h/.openclaw-work');
    expect(resolvePaths({ HOME: '/h', OPENCLAW_PROFILE: 'work' }).stateDir).toBe(
      '/h/.openclaw-work',
    );
    expect(resolvePaths({ HOME: '/h' }, { profile: 'default' }).stateDir).toBe('/h/.openclaw');
    expect(
      resolvePaths({ HOME: '/h', OPENCLAW_STATE_DIR: '/s' }, { profile: 'work' }).stateDir,
    ).toBe('/s');
  });

  test.each(['../up', 'a/b', 'A', '.', 'a b', 'x'.repeat(65)])(
    'refuses the profile %j',
    (profile) => {
      expect(thrown(() => resolvePaths({ HOME: '/h' }, { profile })).code).toBe('config.profile');
    },
  );

  test('blank variables and leftover words count as unset', () => {
    const env = { HOME: '/h', OPENCLAW_STATE_DIR: '  ', OPENCLAW_CONFIG_PATH: 'undefined' };
    expect(resolvePaths(env).configPath).toBe('/h/.openclaw/openclaw.json');
  });

  test('credentials may live elsewhere', () => {
    expect(resolvePaths({ HOME: '/h', OPENCLAW_OAUTH_DIR: '/c' }).credentialsDir).toBe('/c');
  });
});

describe('config paths', () => {
  test.each([
    ['gateway.auth.mode', ['gateway', 'auth', 'mode']],
    ['bindings[0].agentId', ['bindings', 0, 'agentId']],
    ['channels["x.y"].enabled', ['channels', 'x.y', 'enabled']],
    ['groups.-100123.*', ['groups', '-100123', '*']],
    ['a["say \\"hi\\""][12]', ['a', 'say "hi"', 12]],
    ['a["__proto__"]', ['a', '__proto__']],
  ])('reads %s', (text, segments) => {
    expect(parsePath(text)).toEqual(segments);
  });

  test.each([
    '',
    '.',
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[01]',
    'a[-1]',
    'a[x]',
    'a["x]',
    'a b',
    "a['x']",
    'a["\\q"]',
  ])('refuses %j', (text) => {
    expect(thrown(() => parsePath(text)).code).toBe('config.path');
  });

  test('writes what it reads', () => {
    const paths = [['a', 0, 'b'], ['x.y'], ['', 'a b'], ['"'], ['__proto__'], ['é', '*', '[0]']];
    expect(paths.map((path) => parsePath(formatPath(path)))).toEqual(paths);
  });

  test('reads own values only', () => {
    const config = { list: [{ id: 'x' }], 'a.b': 1 };
    expect(getPath(config, 'list[0].id')).toBe('x');
    expect(getPath(config, '["a.b"]')).toBe(1);
    expect(getPath(config, 'list.length')).toBe(undefined);
    expect(getPath(config, 'constructor')).toBe(undefined);
    expect(getPath(config, '__proto__.toString')).toBe(undefined);
    expect(getPath(config, 'list[1]')).toBe(undefined);
  });
});
