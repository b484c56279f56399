// Who comes through the door: secrets, devices, scopes.
import { describe, expect, test } from 'vitest';
import { decideAuth, decideDevice, decideScope } from '../src/exposure/index.ts';

const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3f';
const ORIGINS = { allowedOrigins: ['https://ui.example.com'] };
const gateway = (settings: object) => ({ gateway: { controlUi: ORIGINS, ...settings } });

describe('auth', () => {
  const base = { surface: 'ws', source: '8.8.8.8', local: false } as const;

  test('a published secret authenticates nobody', () => {
    const token = 'replace-with-long-random-token';
    const decision = decideAuth(gateway({ auth: { token } }), { ...base, credentials: { token } });
    expect(decision.code).toBe('gateway.auth.mismatch');
  });

  test('a blank secret authenticates nobody', () => {
    const config = gateway({ auth: { token: ' ' } });
    expect(decideAuth(config, { ...base, credentials: { token: ' ' } }).code).toBe(
      'gateway.auth.mismatch',
    );
    expect(decideAuth(config, { ...base, credentials: { token: '' } }).code).toBe(
      'gateway.auth.missing',
    );
  });

  test('without authentication only this machine comes in', () => {
    const config = gateway({ auth: { mode: 'none' } });
    expect(decideAuth(config, base).code).toBe('gateway.auth.none_remote');
    expect(decideAuth(config, { ...base, local: true }).code).toBe('gateway.auth.none');
  });

  const tailnet = {
    surface: 'control-ui',
    listener: 'tailscale',
    source: '127.0.0.1',
    local: false,
    headers: { 'Tailscale-User-Login': 'ann@example.com' },
    whois: 'ann@example.com',
  } as const;
  const serve = gateway({ tailscale: { mode: 'serve' }, auth: { token: TOKEN } });
  test.each([
    ['the login is vouched for', tailnet, 'gateway.auth.tailscale'],
    ['as an object', { ...tailnet, whois: { login: 'ann@example.com' } }, 'gateway.auth.tailscale'],
    ['another login', { ...tailnet, whois: 'bob@example.com' }, 'gateway.auth.missing'],
    ['nobody vouches', { ...tailnet, whois: {} }, 'gateway.auth.missing'],
    ['another listener', { ...tailnet, listener: 'main' as const }, 'gateway.auth.missing'],
    ['another surface', { ...tailnet, surface: 'http' as const }, 'gateway.auth.missing'],
    [
      'a wrong token is wrong',
      { ...tailnet, credentials: { token: 'x' } },
      'gateway.auth.mismatch',
    ],
  ])('tailnet: %s', (_name, input, code) => {
    expect(decideAuth(serve, input).code).toBe(code);
  });

  const proxied = gateway({
    trustedProxies: ['10.0.0.2', '127.0.0.1', '192.168.1.5'],
    auth: {
      mode: 'trusted-proxy',
      trustedProxy: { userHeader: 'X-User', requiredHeaders: ['x-proxy'] },
    },
  });
  const headers = { 'x-user': 'ann', 'x-proxy': '1' };
  const facts = { localAddresses: ['192.168.1.5'] };
  test.each([
    ['10.0.0.2', headers, 'gateway.auth.proxy_ok'],
    ['127.0.0.1', headers, 'gateway.auth.proxy_loopback_source'],
    ['192.168.1.5', headers, 'gateway.auth.proxy_local_interface'],
    ['10.0.0.2', { 'x-user': 'ann', 'x-proxy': ' ' }, 'gateway.auth.proxy_missing_header'],
    ['10.0.0.2', { 'x-proxy': '1' }, 'gateway.auth.proxy_user_missing'],
    ['10.0.0.2', { ...headers, 'X-User': 'root' }, 'gateway.auth.proxy_user_missing'],
  ])('trusted proxy at %s', (source, sent, code) => {
    const input = { surface: 'http', source, local: false, headers: sent, facts } as const;
    expect(decideAuth(proxied, input).code).toBe(code);
  });

  test('an empty list of users is nobody', () => {
    const config = gateway({
      trustedProxies: ['10.0.0.2'],
      auth: { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user', allowUsers: [] } },
    });
    const input = { surface: 'http', source: '10.0.0.2', local: false, headers } as const;
    expect(decideAuth(config, input).code).toBe('gateway.auth.proxy_user_not_allowed');
  });
});

describe('device', () => {
  const device = { id: 'd1', signature: 'valid', nonce: 'fresh' } as const;
  const requested = { role: 'operator', scopes: ['operator.read'] };
  const base = {
    surface: 'control-ui',
    local: true,
    auth: 'shared',
    device,
    store: {},
    requested,
  } as const;
  test.each([
    [
      'a revoked one stays out',
      { ...base, store: { d1: { ...requested, revoked: true } } },
      'gateway.device.revoked',
    ],
    [
      'a replayed nonce',
      { ...base, device: { ...device, nonce: 'replayed' as const } },
      'gateway.device.signature_invalid',
    ],
    [
      'an id that every object has',
      { ...base, local: false, device: { ...device, id: 'constructor' } },
      'gateway.device.pairing_required',
    ],
    ['no shared secret', { ...base, auth: 'none' as const }, 'gateway.device.pairing_required'],
    [
      'a node of this machine',
      { ...base, requested: { role: 'node', scopes: [] } },
      'gateway.device.pairing_required',
    ],
    [
      'another role than approved',
      { ...base, store: { d1: requested }, requested: { role: 'node', scopes: [] } },
      'gateway.device.scope_upgrade',
    ],
    ['a page without identity', { ...base, device: null }, 'gateway.device.identity_required'],
    [
      'an admin asks for less',
      { ...base, store: { d1: { role: 'operator', scopes: ['operator.admin'] } } },
      'gateway.device.ok',
    ],
  ])('%s', (_name, input, code) => {
    expect(decideDevice({}, input).code).toBe(code);
  });

  test('an upgrade keeps the old rights', () => {
    const store = { d1: { role: 'operator', scopes: ['operator.read'] } };
    const wish = { role: 'operator', scopes: ['operator.admin'] };
    expect(decideDevice({}, { ...base, store, requested: wish }).value).toEqual(store.d1);
  });

  test('a client without a device holds no scopes, except the command line of this machine', () => {
    const bare = { ...base, surface: 'ws', device: null } as const;
    expect(decideDevice({}, bare).value).toEqual({ role: 'operator', scopes: [] });
    expect(decideDevice({}, { ...bare, client: 'cli' }).value).toEqual(requested);
    expect(decideDevice({}, { ...bare, client: 'cli', local: false }).value).toEqual({
      role: 'operator',
      scopes: [],
    });
  });
});

test.each([
  [['operator.admin'], 'operator.pairing', 'gateway.scope.ok'],
  [['operator.read'], 'operator.write', 'gateway.scope.missing'],
  [['operator.write'], 'operator.talk', 'gateway.scope.missing'],
  [[], '', 'gateway.scope.missing'],
])('scopes %j for %s', (scopes, required, code) => {
  expect(decideScope({}, { scopes, required }).code).toBe(code);
});
