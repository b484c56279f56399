import { createSecrets, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import { type Keychain, findKeychain } from '../../src/secrets/keychain.ts';
import { Home } from '../call.ts';
import { fakeProgram } from './programs.ts';

const SECRET = 'sk-ant-0123456789abcdef0123456789abcdef';
const BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus', HOME: '/home/ann' };

function found(keychain: Keychain | undefined): Keychain {
  if (keychain === undefined) throw new Error('no keychain was found');
  return keychain;
}

describe.each([
  { kind: 'secretTool', platform: 'linux' },
  { kind: 'security', platform: 'darwin' },
] as const)('$kind', ({ kind, platform }) => {
  test('keeps a secret, reads it back and forgets it, and no argument or variable ever holds it', async () => {
    const program = fakeProgram(kind);
    const env = { ...BUS, ANTHROPIC_API_KEY: SECRET };
    const keychain = found(findKeychain({ env, platform, program: program.path }));
    await keychain.put('a1.token', SECRET);
    expect(await keychain.read('a1.token')).toBe(SECRET);
    await keychain.put('a1.token', 'another-one-0123456789');
    expect(await keychain.read('a1.token')).toBe('another-one-0123456789');
    await keychain.remove('a1.token');
    expect(await keychain.read('a1.token')).toBe(undefined);
    const calls = program.calls();
    expect(calls.length).toBeGreaterThan(5);
    const seen = JSON.stringify(calls);
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toContain(Buffer.from(SECRET).toString('hex'));
  });

  test('a gateway reads the secret through the provider it names', async () => {
    const program = fakeProgram(kind);
    const keychain = found(findKeychain({ env: BUS, platform, program: program.path }));
    await keychain.put('a1.token', SECRET);
    const home = new Home().write(
      JSON.stringify({
        gateway: { auth: { token: { source: 'exec', provider: 'keychain-token', id: 'token' } } },
        secrets: { providers: { 'keychain-token': keychain.provider('a1.token') } },
      }),
    );
    const paths = resolvePaths({ HOME: home.path });
    const config = loadConfig({ env: BUS, paths });
    const secrets = createSecrets(config, config.env, paths);
    expect(secrets.resolve('gateway.auth.token')?.reveal()).toBe(SECRET);
  });
});

test('a keychain that keeps nothing says so, without the secret', async () => {
  const program = fakeProgram('locked');
  const keychain = found(findKeychain({ env: BUS, platform: 'linux', program: program.path }));
  const fault = await keychain.put('a1.token', SECRET).catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: 'secret.keychain' });
  expect(JSON.stringify(fault)).not.toContain(SECRET);
});

test('there is none without its program, without the bus of a session, or on another system', () => {
  const { path: program } = fakeProgram('secretTool');
  expect(findKeychain({ env: BUS, platform: 'linux', program: `${program}-not` })).toBe(undefined);
  expect(findKeychain({ env: {}, platform: 'linux', program })).toBe(undefined);
  expect(findKeychain({ env: BUS, platform: 'win32', program })).toBe(undefined);
});
