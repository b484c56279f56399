/**
 * `openclaw dashboard`: the way to the page, never the secret by accident.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { call, Home } from './call.ts';

const TOKEN = 'a-secret-token-of-32-characters!';
const CONFIG = `{ gateway: { mode: 'local', port: 19000, auth: { mode: 'token', token: '${TOKEN}' } } }`;

describe('dashboard', () => {
  test('prints where the page is and where the token is', async () => {
    const home = new Home().write(CONFIG);
    expect(await call(['dashboard'], { home })).toEqual({
      code: 0,
      stdout: `http://127.0.0.1:19000/\nLog in with the token at gateway.auth.token in ${home.config}.\n`,
      stderr: 'openclaw dashboard --token shows it.\n',
    });
  });

  test.each([
    {
      name: 'a variable',
      config: "{ gateway: { mode: 'local' } }",
      env: { OPENCLAW_GATEWAY_TOKEN: TOKEN },
      says: 'Log in with the token in OPENCLAW_GATEWAY_TOKEN.',
    },
    {
      name: 'a password',
      config: `{ gateway: { mode: 'local', auth: { mode: 'password', password: '${TOKEN}' } } }`,
      env: {},
      says: 'Log in with the password at gateway.auth.password in',
    },
    {
      name: 'a reference',
      config:
        "{ gateway: { mode: 'local', auth: { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } } } }",
      env: { MY_TOKEN: TOKEN },
      says: 'Log in with the token that gateway.auth.token in',
    },
    { name: 'nothing', config: '{}', env: {}, says: 'a token, which is not set yet' },
  ])('names $name', async ({ config, env, says }) => {
    const { code, stdout } = await call(['dashboard'], { home: new Home().write(config), env });
    expect(code).toBe(0);
    expect(stdout).toContain(says);
    expect(stdout).not.toContain(TOKEN);
  });

  test('the port may come from OPENCLAW_GATEWAY_PORT', async () => {
    const env = { OPENCLAW_GATEWAY_PORT: '19007' };
    const { stdout } = await call(['dashboard', '--json'], { home: new Home().write(CONFIG), env });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      url: 'http://127.0.0.1:19007/',
      running: false,
    });
  });

  test('the page of a gateway elsewhere', async () => {
    const home = new Home().write(
      "{ gateway: { mode: 'remote', remote: { url: 'wss://gate.example/base' } } }",
    );
    const { stdout } = await call(['dashboard'], { home });
    expect(stdout).toContain('https://gate.example/base\n');
  });
});

describe('dashboard --token', () => {
  test('shows the token on a terminal', async () => {
    const home = new Home().write(CONFIG);
    const { stdout } = await call(['dashboard', '--token'], { home, tty: true });
    expect(stdout).toBe(`${TOKEN}\n`);
  });

  test('hands it to another program only with --yes', async () => {
    const home = new Home().write(CONFIG);
    const refused = await call(['dashboard', '--token'], { home });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('[usage.confirmation]');
    expect((await call(['dashboard', '--token', '--yes'], { home })).stdout).toBe(`${TOKEN}\n`);
  });

  test('says when there is none', async () => {
    const { code, stderr } = await call(['dashboard', '--token', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('[dashboard.no_secret]');
  });
});
