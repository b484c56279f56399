/**
 * `openclaw channels login` and `logout`: over a gateway that runs, and without one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { call, FakeOperator, Home } from '../call.ts';
import { GATEWAY, run } from '../local.ts';

const ACCOUNT = { channel: 'whatsapp', accountId: 'default' };
const picture = (name: string): string => `data:image/png;base64,${name}`;

function waiting(name?: string): object {
  const code = name === undefined ? {} : { qr: `code ${name}`, qrDataUrl: picture(name) };
  return { ...ACCOUNT, connected: false, waiting: true, message: 'Scan the code.', ...code };
}

const LINKED = {
  ...ACCOUNT,
  connected: true,
  waiting: false,
  message: 'The account is linked as +49.',
  identity: '+49',
};
const WORDS = ['channels', 'login', 'whatsapp'];

/** A gateway whose login goes through these answers. */
function gatewayWith(...answers: readonly object[]): FakeOperator {
  const left = [...answers];
  const next = (): unknown => left.shift();
  return new FakeOperator({
    'web.login.start': next,
    'web.login.wait': next,
    'web.login.cancel': { cancelled: true },
  });
}

const blocks = (text: string): number =>
  text.split('\n').filter((line) => /[█▀▄]/u.test(line)).length;

describe('login over a gateway', () => {
  test('draws each code once, and says who we are', async () => {
    const fake = gatewayWith(waiting(), waiting('one'), waiting('one'), waiting('two'), LINKED);
    const { code, stdout, stderr } = await call(WORDS, { doors: fake.doors, tty: true });
    expect(code).toBe(0);
    expect(
      fake.asked.map(([method, params]) => [method, Object(params)['currentQrDataUrl']]),
    ).toEqual([
      ['web.login.start', undefined],
      ['web.login.wait', undefined],
      ['web.login.wait', picture('one')],
      ['web.login.wait', picture('one')],
      ['web.login.wait', picture('two')],
    ]);
    const drawn = blocks(stdout);
    expect(drawn).toBeGreaterThan(20);
    expect(drawn % 2).toBe(0);
    expect(stdout.match(/Scan it with WhatsApp/gu)).toHaveLength(1);
    expect(stdout).toContain('WhatsApp (default): The account is linked as +49.');
    expect(stderr).toContain('openclaw channels logout whatsapp');
    expect(fake.closed).toBe(true);
  });

  test('with --json hands out each code as a line', async () => {
    const fake = gatewayWith(waiting('one'), waiting('two'), LINKED);
    const { code, stdout } = await call([...WORDS, '--json', '--force'], { doors: fake.doors });
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: 'qr', qr: 'code one' },
      { event: 'qr', qr: 'code two' },
      { ok: true, event: 'linked', ...ACCOUNT, identity: '+49' },
    ]);
    expect(fake.asked[0]).toEqual(['web.login.start', { channel: 'whatsapp', force: true }]);
  });

  test('where nobody looks, no code is asked for', async () => {
    const fake = gatewayWith(waiting('one'));
    const { code, stdout, stderr } = await call(WORDS, { doors: fake.doors });
    expect({ code, stdout, asked: fake.asked }).toEqual({ code: 1, stdout: '', asked: [] });
    expect(stderr).toContain('[usage.confirmation]');
    expect(stderr).toContain('--json');
  });

  test('that is over without being linked ends with 1 and why', async () => {
    const over = { ...waiting(), waiting: false, message: 'Nobody scanned the code in time.' };
    const fake = gatewayWith(waiting('one'), over);
    const { code, stderr } = await call(WORDS, { doors: fake.doors, tty: true });
    expect(code).toBe(1);
    expect(stderr).toContain('Nobody scanned the code in time.');
    expect(stderr).toContain('--force ends the login there is');
  });

  test('that is interrupted is cancelled at the gateway', async () => {
    const interrupt = new AbortController();
    const fake = new FakeOperator({
      'web.login.start': waiting('one'),
      'web.login.wait': () => {
        interrupt.abort();
        return new Promise(() => undefined);
      },
      'web.login.cancel': { cancelled: true },
    });
    const { code } = await call(WORDS, {
      doors: fake.doors,
      tty: true,
      signal: interrupt.signal,
    });
    expect(code).not.toBe(0);
    expect(fake.asked.at(-1)).toEqual(['web.login.cancel', { channel: 'whatsapp' }]);
    expect(fake.closed).toBe(true);
  });

  test.each(['telegram', 'slack', 'discord'])(
    'of %s names the one command that sets it up',
    async (id) => {
      const fake = gatewayWith();
      const { code, stderr } = await call(['channels', 'login', id], fake);
      expect({ code, asked: fake.asked }).toEqual({ code: 1, asked: [] });
      expect(stderr).toContain('[channel.no_login]');
      expect(stderr).toContain(`openclaw channels add ${id}`);
    },
  );
});

/** A home with a channel package of its own, whose login shows two codes and keeps what it is given. */
function homeWithPackage(): Home {
  const home = new Home().write(`{ ${GATEWAY}, channels: { linked: { dmPolicy: 'pairing' } } }`);
  const folder = join(home.path, '.openclaw/plugins/node_modules/@portcullis/channels-linked');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: '@portcullis/channels-linked', type: 'module', main: 'index.js' }),
  );
  writeFileSync(
    join(folder, 'index.js'),
    `const channel = ({ credentials }) => ({
      id: 'linked',
      run: () => Promise.reject(new Error('nothing runs without a gateway')),
      send: () => Promise.reject(new Error('nothing is sent')),
      login: async (show) => {
        show('first code');
        await new Promise((resolve) => setTimeout(resolve, 50));
        show('second code');
        await new Promise((resolve) => setTimeout(resolve, 50));
        await credentials.set({ creds: 'linked' });
        return { identity: '@me' };
      },
      logout: async () => {
        if ((await credentials.get('creds')) !== 'linked') throw new Error('not logged in');
      },
    });
    export default {
      id: 'channels-linked',
      register: (registry) => registry.channel({
        id: 'linked',
        config: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
        create: async (account) => channel(account),
      }),
    };`,
  );
  return home;
}

test('without a gateway the same login and logout work on the state itself', async () => {
  const home = homeWithPackage();
  const login = await run(home, 'channels login --json');
  expect(login.stderr).toBe('');
  expect(
    login.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { event: 'qr', qr: 'first code' },
    { event: 'qr', qr: 'second code' },
    { ok: true, event: 'linked', channel: 'linked', accountId: 'default', identity: '@me' },
  ]);
  const out = await run(home, 'channels logout linked -y --json');
  expect(JSON.parse(out.stdout)).toEqual({
    ok: true,
    channel: 'linked',
    accountId: 'default',
    cleared: true,
    loggedOut: true,
    network: 'ended',
  });
  const again = await run(home, 'channels logout linked -y');
  expect(again.stdout).toContain('It kept no login of its own.');
  expect(again.stderr).toContain('linked could not be told');
});

test('an account that is not set up is answered with the command that does it', async () => {
  const home = new Home().write(`{ ${GATEWAY} }`);
  const { code, stdout } = await run(home, 'channels login whatsapp --json');
  expect(code).toBe(1);
  expect(stdout).toContain('openclaw channels add whatsapp');
});
