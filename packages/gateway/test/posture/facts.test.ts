/**
 * What an audit is told of a machine: read, and nothing else.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { createSecrets, loadConfig, resolvePaths } from '../../src/config/index.ts';
import { gatherFacts } from '../../src/posture/index.ts';

/** The facts of a home with this config. `prepare` is given the state directory. */
function factsOf(
  config: object,
  prepare: (stateDir: string, home: string) => void = () => undefined,
  variables: Readonly<Record<string, string>> = {},
) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-posture-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env = { HOME: home, ...variables };
  const paths = resolvePaths(env);
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(paths.configPath, JSON.stringify(config), { mode: 0o600 });
  prepare(paths.stateDir, home);
  const loaded = loadConfig({ env, paths });
  const gathered = gatherFacts(loaded, createSecrets(loaded, loaded.env, paths), paths);
  return { ...gathered.facts, home, stateDir: paths.stateDir };
}

test('an account whose secret nobody can have by reading is unread, and the others are not', () => {
  const telegram = {
    botToken: { source: 'exec', provider: 'default', id: 'telegram' },
    accounts: { work: { botToken: '1:token-of-work' }, gone: { tokenFile: '/nowhere/token' } },
  };
  const providers = { default: { source: 'exec', command: '/bin/false' } };
  const facts = factsOf({ channels: { telegram }, secrets: { providers } });
  expect(facts.configuredAccounts).toEqual(['telegram/default', 'telegram/work', 'telegram/gone']);
  expect(facts.unreadAccounts).toContain('telegram/default');
  expect(factsOf({ channels: { telegram: { botToken: '1:x' } } }).unreadAccounts).toEqual([]);
});

test('a token that only a program can read is there, and unread: none is run for it', () => {
  const token = { source: 'exec', provider: 'keys', id: 'token' };
  const providers = { keys: { source: 'exec', command: '/bin/false' } };
  const config = { gateway: { auth: { token } }, secrets: { providers } };
  expect(factsOf(config).secrets?.token).toEqual({
    from: 'reference',
    isUnread: true,
    isBlank: false,
    isPlaceholder: false,
  });
});

test('links among what is put into sandboxes are followed', () => {
  const facts = factsOf(
    {
      agents: {
        defaults: { sandbox: { docker: { binds: ['~/link:/a', '/usr:/b', '/nowhere:/c'] } } },
      },
    },
    (_stateDir, home) => {
      mkdirSync(join(home, '.ssh'));
      symlinkSync(join(home, '.ssh'), join(home, 'link'));
    },
  );
  expect(facts.reached).toEqual({ [join(facts.home, 'link')]: join(facts.home, '.ssh') });
});

/** A log that others may read. */
function write(stateDir: string): void {
  const path = join(stateDir, 'mine.log');
  writeFileSync(path, '');
  chmodSync(path, 0o644);
}

test('a log file that is named is a log file wherever it lies', () => {
  const named = factsOf({ logging: { file: '~/.openclaw/mine.log' } }, write);
  expect(named.files?.filter(({ role }) => role === 'log').map(({ mode }) => mode)).toEqual([
    0o644,
  ]);
  expect(factsOf({}, write).files?.filter(({ role }) => role === 'log')).toEqual([]);
});

test('a hash in the config is told as one, without a length', () => {
  const hash = `scrypt:14:08:1:${'a'.repeat(22)}:${'b'.repeat(43)}`;
  const { secrets } = factsOf({ gateway: { auth: { mode: 'password', password: hash } } });
  expect(secrets?.password).toEqual({ from: 'hash', isBlank: false, isPlaceholder: false });
});

test('parts of the product may be named among the plugins', () => {
  expect(factsOf({}).knownPlugins).toContain('telegram');
});

test('a token in a file of its own does not stand in the config', () => {
  const token = 'hook-token-of-32-characters-0001';
  const inFile = { hooks: { enabled: true, tokenFile: '~/.openclaw/hook.token' } };
  const { secrets } = factsOf(inFile, (stateDir) =>
    writeFileSync(join(stateDir, 'hook.token'), token, { mode: 0o600 }),
  );
  expect(secrets?.hooksToken).toMatchObject({ from: 'reference', length: 32 });
  const inConfig = factsOf({ hooks: { enabled: true, token } });
  expect(inConfig.secrets?.hooksToken).toMatchObject({ from: 'text', length: 32 });
});
