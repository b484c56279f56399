import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import {
  type ConfigEdit,
  type StatePaths,
  createSecrets,
  editConfig,
  parseConfig,
  resolvePaths,
} from '@portcullis/gateway/config';
import { expect, test } from 'vitest';

import { type KeepIn, SecretKeeper } from '../../src/secrets/keeper.ts';
import { type Keychain, findKeychain } from '../../src/secrets/keychain.ts';
import { Home } from '../call.ts';
import { fakeProgram } from './programs.ts';

const BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };

function keychainOf(kind: 'secretTool' | 'locked'): Keychain | undefined {
  return findKeychain({ env: BUS, platform: 'linux', program: fakeProgram(kind).path });
}

function keeperIn(
  raw: string,
  keepIn: KeepIn,
  keychain?: Keychain,
  paths: StatePaths = resolvePaths({ HOME: new Home().path }),
): { keeper: SecretKeeper; paths: StatePaths } {
  const { source: config } = parseConfig(raw, { env: {}, paths });
  return { keeper: new SecretKeeper({ paths, config, keychain, keepIn }), paths };
}

/** The secret of a path, as a gateway with the edited config reads it. */
function read(
  paths: StatePaths,
  path: string,
  edits: readonly ConfigEdit[],
  raw = '{}',
): string | undefined {
  const config = parseConfig(editConfig(raw, edits), { env: BUS, paths });
  return createSecrets(config, config.env, paths).resolve(path)?.reveal();
}

const PATHS = [
  'gateway.auth.token',
  'models.providers.anthropic.apiKey',
  'models.providers["a.b c"].apiKey',
  'channels.telegram.accounts.work-and-a-very-long-name-for-an-account.botToken',
  'channels.telegram.accounts.main.botToken',
  'channels.telegram.accounts.Main.botToken',
];

test.each([['file'], ['keychain']] as const)(
  'what is kept in the %s is what a gateway reads, and is not in the config',
  async (keepIn) => {
    const { keeper, paths } = keeperIn('{}', keepIn, keychainOf('secretTool'));
    const kept = new Map<string, readonly ConfigEdit[]>();
    for (const path of PATHS) kept.set(path, (await keeper.keep(path, `secret of ${path}`)).edits);
    const all = [...kept.values()].flat();
    expect(JSON.stringify(all)).not.toContain('secret of');
    for (const path of PATHS) expect(read(paths, path, all)).toBe(`secret of ${path}`);
  },
);

test('a file has one provider for all, which is found again by where it leads', async () => {
  const { keeper, paths } = keeperIn('{}', 'file');
  const first = await keeper.keep('gateway.auth.token', '1');
  expect(first.edits.map(({ path }) => path)).toEqual([
    'secrets.providers.kept',
    'gateway.auth.token',
  ]);
  expect(first.edits[0]?.value).toEqual({
    source: 'file',
    path: '~/.openclaw/credentials/secrets.json',
  });
  const raw = editConfig('{}', first.edits);
  const again = await keeperIn(raw, 'file', undefined, paths).keeper.keep('hooks.token', '2');
  expect(again.edits.map(({ path }) => path)).toEqual(['hooks.token']);
  expect(read(paths, 'hooks.token', again.edits, raw)).toBe('2');
  expect(statSync(join(paths.credentialsDir, 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('a provider somebody else named "kept" is not used', async () => {
  const raw = '{ secrets: { providers: { kept: { source: "file", path: "/etc/other.json" } } } }';
  const { keeper, paths } = keeperIn(raw, 'file');
  const { edits } = await keeper.keep('hooks.token', 'mine');
  expect(edits[0]?.path).toBe('secrets.providers.kept-here');
  expect(read(paths, 'hooks.token', edits, raw)).toBe('mine');
});

test.each([['file'], ['keychain']] as const)(
  'taking back leaves the %s as it was',
  async (keepIn) => {
    const keychain = keychainOf('secretTool');
    const { keeper, paths } = keeperIn('{}', keepIn, keychain);
    const { edits, replaced } = await keeper.keep('hooks.token', 'before');
    expect(replaced).toBe(false);
    const next = keeperIn('{}', keepIn, keychain, paths).keeper;
    expect((await next.keep('hooks.token', 'after')).replaced).toBe(true);
    const { edits: others } = await next.keep('gateway.auth.token', 'new');
    await next.undo();
    expect(read(paths, 'hooks.token', edits)).toBe('before');
    expect(() => read(paths, 'gateway.auth.token', others)).toThrow('gateway.auth.token');
  },
);

test('where the keychain does not work, a private file does; not where the keychain was asked for', async () => {
  const { keeper, paths } = keeperIn('{}', 'auto', keychainOf('locked'));
  const { edits, place } = await keeper.keep('hooks.token', 'text');
  expect(place).toBe(join(paths.credentialsDir, 'secrets.json'));
  expect(read(paths, 'hooks.token', edits)).toBe('text');
  for (const keychain of [keychainOf('locked'), undefined]) {
    const { keeper: strict, paths: others } = keeperIn('{}', 'keychain', keychain);
    await expect(strict.keep('hooks.token', 'text')).rejects.toMatchObject({
      code: 'secret.keychain',
    });
    expect(existsSync(others.credentialsDir)).toBe(false);
  }
});

test('a rehearsal names the same place and keeps nothing', async () => {
  const { paths } = keeperIn('{}', 'file');
  const options = { paths, config: {}, keychain: undefined, keepIn: 'auto' } as const;
  const rehearsed = await new SecretKeeper({ ...options, rehearse: true }).keep('hooks.token', 't');
  expect(existsSync(paths.credentialsDir)).toBe(false);
  expect(await new SecretKeeper(options).keep('hooks.token', 't')).toEqual(rehearsed);
  expect(readFileSync(rehearsed.place, 'utf8')).toContain('"t"');
});
