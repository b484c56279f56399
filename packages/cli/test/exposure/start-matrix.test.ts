/**
 * Every exposure a config can ask for, through the command that starts the gateway.
 *
 * @module
 */
import { join } from 'node:path';

import { fakeTailscale } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import type { Machine } from '@portcullis/gateway/local';
import { Home } from '../call.ts';
import { OWN_ADDRESS, PLAIN, STRONG, type Started, tryStart } from './gateway.ts';

const UI = { controlUi: { allowedOrigins: ['https://ui.example'] } };

/** The ways to authenticate, as the columns of the matrix. */
const AUTH = {
  none: { auth: { mode: 'none' } },
  'no token': { auth: { mode: 'token' } },
  token: { auth: { mode: 'token', token: STRONG } },
  password: { auth: { mode: 'password', password: STRONG } },
  'trusted-proxy': {
    auth: { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } },
    trustedProxies: ['10.0.0.5'],
  },
} as const;

type Auth = keyof typeof AUTH;
type Row = Readonly<Record<Auth, string>>;

/** What comes of each: `start`, or the code of the refusal. */
const LOOPBACK: Readonly<Record<'off' | 'serve' | 'funnel', Row>> = {
  off: {
    none: 'start',
    'no token': 'gateway.auth.token_missing',
    token: 'start',
    password: 'start',
    'trusted-proxy': 'start',
  },
  serve: {
    none: 'gateway.tailscale.no_auth',
    'no token': 'start',
    token: 'start',
    password: 'start',
    'trusted-proxy': 'start',
  },
  funnel: {
    none: 'gateway.tailscale.funnel_requires_password',
    'no token': 'gateway.auth.token_missing',
    token: 'gateway.tailscale.funnel_requires_password',
    password: 'start',
    'trusted-proxy': 'gateway.tailscale.funnel_requires_password',
  },
};

const EXPOSED: Row = {
  none: 'gateway.bind_no_auth',
  'no token': 'gateway.auth.token_missing',
  token: 'start',
  password: 'start',
  'trusted-proxy': 'start',
};

const cells = (row: Row): readonly (readonly [Auth, string])[] =>
  Object.entries(row) as [Auth, string][];

async function startWith(
  bind: object,
  tailscale: string,
  auth: Auth,
  machine: Machine = PLAIN,
): Promise<{ started: Started; changes: readonly string[]; served: unknown }> {
  const home = new Home();
  const fake = fakeTailscale(join(home.path, 'fake'));
  const published = { tailscale: { mode: tailscale, binary: fake.path } };
  const started = await tryStart(
    { ...UI, ...AUTH[auth], ...bind, ...(tailscale === 'off' ? {} : published) },
    { home, machine },
  );
  return { started, changes: fake.changes(), served: fake.served() };
}

function expectOutcome({ code, stderr, stdout }: Started, outcome: string): void {
  if (outcome === 'start') {
    expect([code, stderr.includes('gateway.start_refused')]).toEqual([0, false]);
    expect(stdout).toContain('Gateway ready');
    return;
  }
  expect(code).toBe(1);
  expect(stderr).toContain('[gateway.start_refused]');
  expect(stderr).toContain(outcome);
  expect(stderr).toMatch(/gateway\.[a-zA-Z.]+: gateway\./u);
  expect(stdout).not.toContain('Gateway ready');
}

describe.each(['off', 'serve', 'funnel'] as const)('on loopback, tailscale %s', (mode) => {
  test.each(cells(LOOPBACK[mode]))('%s: %s', async (auth, outcome) => {
    const { started, changes } = await startWith({ bind: 'loopback' }, mode, auth);
    expectOutcome(started, outcome);
    if (outcome !== 'start' || mode === 'off') expect(changes).toEqual([]);
    else expect(changes).toHaveLength(2);
    if (outcome === 'start') expect(started.report).toMatchObject({ exposed: false });
    const warning = {
      none: 'gateway.auth.mode is "none"',
      funnel: 'the gateway is on the public internet',
    };
    if (outcome === 'start' && auth === 'none') expect(started.stderr).toContain(warning.none);
    if (outcome === 'start' && mode === 'funnel') expect(started.stderr).toContain(warning.funnel);
  });
});

describe('on every address', () => {
  test.each(cells(EXPOSED))('P31.03: %s: %s', async (auth, outcome) => {
    const { started } = await startWith({ bind: 'lan' }, 'off', auth);
    expectOutcome(started, outcome);
    if (outcome === 'start') {
      expect(started.report).toMatchObject({ bindHost: '0.0.0.0', exposed: true });
    }
  });

  describe.each(['serve', 'funnel'] as const)('tailscale %s listens on loopback only', (mode) => {
    test.each(cells(LOOPBACK[mode]))('%s: %s', async (auth, outcome) => {
      const { started } = await startWith({ bind: 'lan' }, mode, auth);
      expectOutcome(started, outcome);
      if (outcome !== 'start') return;
      expect(started.report).toMatchObject({ bindHost: '127.0.0.1', exposed: false });
      expect(started.stderr).toContain('it listens on this machine only');
    });
  });
});

const OTHERS: readonly (readonly [string, object, Machine, string | undefined])[] = [
  ['in a container', { bind: 'auto' }, { ...PLAIN, container: true }, '0.0.0.0'],
  ['on an address of its own', { bind: 'custom', customBindHost: OWN_ADDRESS }, PLAIN, OWN_ADDRESS],
  ['in a tailnet', { bind: 'tailnet' }, { ...PLAIN, tailnetAddress: OWN_ADDRESS }, OWN_ADDRESS],
];

describe.each(OTHERS)('%s', (_where, bind, machine, address) => {
  test.skipIf(address === undefined).each(cells(EXPOSED))(
    'P31.03: %s: %s',
    async (auth, outcome) => {
      const { started } = await startWith(bind, 'off', auth, machine);
      expectOutcome(started, outcome);
      if (outcome === 'start') {
        expect(started.report).toMatchObject({ bindHost: address, exposed: true });
      }
    },
  );
});

describe('on this machine only', () => {
  const token = AUTH.token;

  test.each([
    ['nothing said', {}, PLAIN, '127.0.0.1'],
    ['nothing said in a container', {}, { ...PLAIN, container: true }, '127.0.0.1'],
    ['auto outside of a container', { bind: 'auto' }, PLAIN, '127.0.0.1'],
    ['localhost', { bind: 'localhost' }, PLAIN, '127.0.0.1'],
    ['127.0.0.1', { bind: '127.0.0.1' }, PLAIN, '127.0.0.1'],
    ['::1', { bind: '::1' }, PLAIN, '::1'],
    ['tailnet without one', { bind: 'tailnet' }, PLAIN, '127.0.0.1'],
  ] as const)('%s', async (_what, bind, machine, bindHost) => {
    const started = await tryStart({ ...token, ...bind }, { machine });
    expect(started.code).toBe(0);
    expect(started.report).toMatchObject({ bindHost, exposed: false });
  });

  test('a tailnet bind without a tailnet says so', async () => {
    const { stderr } = await tryStart({ ...token, bind: 'tailnet' });
    expect(stderr).toContain('no tailnet address');
  });
});

function proxy(auth: object): object {
  return { auth: { mode: 'trusted-proxy', ...auth } };
}

describe('a start is refused, with the key and what to do, for', () => {
  const lan = { bind: 'lan', ...UI };

  test.each([
    ['G1', { bind: 'custom' }, 'gateway.bind.custom_host_invalid', 'Set gateway.customBindHost'],
    ['G2', { auth: { token: 'null' } }, 'gateway.auth.token_invalid', 'openclaw config set'],
    ['G3', { auth: {} }, 'gateway.auth.token_missing', 'OPENCLAW_GATEWAY_TOKEN'],
    [
      'G4',
      { auth: { mode: 'password', password: ' ' } },
      'gateway.auth.password_missing',
      'OPENCLAW_GATEWAY_PASSWORD',
    ],
    ['G5', proxy({}), 'gateway.auth.trusted_proxy_incomplete', 'userHeader'],
    [
      'G5, with a token too',
      proxy({ trustedProxy: { userHeader: 'x-user' }, token: STRONG }),
      'gateway.auth.trusted_proxy_conflict',
      'Remove gateway.auth.token',
    ],
    [
      'G5, without proxies',
      proxy({ trustedProxy: { userHeader: 'x-user' } }),
      'gateway.auth.trusted_proxies_missing',
      'gateway.trustedProxies',
    ],
    [
      'G10, a published token',
      { ...lan, auth: { token: 'replace-with-long-random-token' } },
      'gateway.auth.known_weak',
      'printed in documents',
    ],
    [
      'G10, a published password',
      { ...lan, auth: { mode: 'password', password: 'change-me-now' } },
      'gateway.auth.known_weak',
      'printed in documents',
    ],
    [
      'a short token',
      { ...lan, auth: { token: 'twenty-three-characters' } },
      'gateway.auth.token_too_short',
      '24 characters',
    ],
    [
      'G11',
      { bind: 'lan', auth: { token: STRONG } },
      'gateway.control_ui.allowed_origins_required',
      'gateway.controlUi.allowedOrigins',
    ],
  ] as const)('%s', async (_row, gateway, code, advice) => {
    const started = await tryStart(gateway);
    expectOutcome(started, code);
    expect(started.stderr).toContain(advice);
  });
});

describe('a start warns of', () => {
  const token = { auth: { token: STRONG } };

  test.each([
    ['a short token', { auth: { token: 'short' } }, 'use 24 characters or more'],
    ['a published token', { auth: { token: 'your-token' } }, 'A random token counts instead'],
    [
      'pages of anybody',
      { ...token, controlUi: { allowedOrigins: ['*'] } },
      'any web page may connect',
    ],
    [
      'a Host that stands in for origins',
      { ...token, controlUi: { dangerouslyAllowHostHeaderOriginFallback: true } },
      'stands in for allowedOrigins',
    ],
    [
      'a flag that does nothing',
      { ...token, controlUi: { dangerouslyDisableDeviceAuth: true } },
      'has no effect',
    ],
    ['limits nobody set', { ...token, ...UI, bind: 'lan' }, 'gateway.auth.rateLimit is not set'],
  ])('%s', async (_what, gateway, sentence) => {
    const { code, stderr } = await tryStart(gateway);
    expect(code).toBe(0);
    expect(stderr).toContain(sentence);
  });
});
