// The gateway's door: what may be opened, and who comes through.
import { describe, expect, test } from 'vitest';
import type { Decision } from '@portcullis/core';
import { decideHost, decideOrigin, decideProxy, decideStart } from '../src/exposure/index.ts';

const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3f';
const ORIGINS = { allowedOrigins: ['https://ui.example.com'] };
const gateway = (settings: object) => ({ gateway: { controlUi: ORIGINS, ...settings } });
const codeOf = ({ code }: Decision) => code;

describe('start', () => {
  test.each([
    [
      'custom with a name',
      { bind: 'custom', customBindHost: 'box.example' },
      'gateway.bind.custom_host_invalid',
    ],
    [
      'custom with octal digits',
      { bind: 'custom', customBindHost: '010.0.0.1' },
      'gateway.bind.custom_host_invalid',
    ],
    ['blank token', { auth: { token: '  ' } }, 'gateway.auth.token_invalid'],
    ['the text null', { auth: { token: ' null ' } }, 'gateway.auth.token_invalid'],
    [
      'a variable nobody filled in',
      { auth: { token: '${OPENCLAW_GATEWAY_TOKEN}' } },
      'gateway.auth.token_missing',
    ],
    ['blank password', { auth: { password: '' } }, 'gateway.auth.password_missing'],
    [
      'proxy without user header',
      { auth: { mode: 'trusted-proxy' } },
      'gateway.auth.trusted_proxy_incomplete',
    ],
    [
      'proxy and token',
      { auth: { mode: 'trusted-proxy', token: TOKEN, trustedProxy: { userHeader: 'x-user' } } },
      'gateway.auth.trusted_proxy_conflict',
    ],
    [
      'proxies that are no addresses',
      {
        trustedProxies: ['proxy.local', '10.0.0.0/33'],
        auth: { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } },
      },
      'gateway.auth.trusted_proxies_missing',
    ],
    [
      'placeholder in other letters',
      { bind: 'lan', auth: { token: ' Change-Me-Now ' } },
      'gateway.auth.known_weak',
    ],
    [
      'placeholder behind serve',
      { tailscale: { mode: 'serve' }, auth: { token: 'your-token' } },
      'gateway.auth.known_weak',
    ],
    [
      'short token',
      { bind: 'lan', auth: { token: 'a'.repeat(23) } },
      'gateway.auth.token_too_short',
    ],
    [
      'origins that are none',
      { bind: 'lan', auth: { token: TOKEN }, controlUi: { allowedOrigins: [''] } },
      'gateway.control_ui.allowed_origins_required',
    ],
    ['tailnet without an address', { bind: 'tailnet', auth: { token: TOKEN } }, 'config.invalid'],
    ['null is not absent', { bind: null, auth: { token: TOKEN } }, 'config.invalid'],
    ['mode in capitals', { auth: { mode: 'None' } }, 'config.invalid'],
    [
      'no attempts at all',
      { auth: { token: TOKEN, rateLimit: { maxAttempts: 0 } } },
      'config.invalid',
    ],
    [
      'a reference nobody resolved',
      { auth: { token: { source: 'env', id: 'X' } } },
      'config.invalid',
    ],
  ])('refuses: %s', (_name, settings, code) => {
    const decision = decideStart(gateway(settings), {});
    expect(decision.effect).toBe('deny');
    expect(decision.code).toBe(code);
  });

  test.each([
    ['::1', '127.0.0.1', false],
    ['localhost', '127.0.0.1', false],
    ['::', '0.0.0.0', true],
    ['lan', '0.0.0.0', true],
  ])('bind %s listens on %s', (bind, bindHost, exposed) => {
    const decision = decideStart(gateway({ bind, auth: { token: TOKEN } }), {});
    expect(decision.value).toEqual({ bindHost, exposed });
  });

  test('a container is reachable by default', () => {
    const decision = decideStart(gateway({ auth: { token: TOKEN } }), { container: true });
    expect(decision.code).toBe('gateway.start.exposed');
    expect(decision.warnings).toEqual(['gateway.auth_no_rate_limit']);
  });

  test('publishing by Tailscale forces the bind to loopback', () => {
    const settings = { bind: 'lan', tailscale: { mode: 'serve' }, auth: { token: TOKEN } };
    const decision = decideStart(gateway(settings), {});
    expect(decision.code).toBe('gateway.start.tailscale_serve');
    expect(decision.warnings).toEqual(['gateway.tailscale.bind_forced_loopback']);
    expect(decision.value).toEqual({ bindHost: '127.0.0.1', exposed: false });
  });

  test('every dangerous switch is warned about', () => {
    const decision = decideStart(
      {
        gateway: {
          auth: { token: 'short' },
          controlUi: {
            allowedOrigins: ['*'],
            dangerouslyAllowHostHeaderOriginFallback: true,
            dangerouslyDisableDeviceAuth: true,
          },
        },
      },
      {},
    );
    expect(decision.warnings).toEqual([
      'gateway.token_too_short',
      'gateway.control_ui.allowed_origins_wildcard',
      'gateway.control_ui.host_header_origin_fallback',
      'config.dangerous_flag',
    ]);
  });
});

describe('host', () => {
  const lan = { bindHost: '0.0.0.0', localAddresses: ['192.168.1.5', 'fd00::5'] };
  const named = { bindHost: '127.0.0.1', tailscaleName: 'box.tail1.ts.net.' };
  const serve = gateway({ tailscale: { mode: 'serve' } });
  test.each([
    ['localhost', gateway({}), named, 'gateway.host.ok'],
    ['[::1]:18789', gateway({}), named, 'gateway.host.ok'],
    ['LOCALHOST:1', gateway({}), named, 'gateway.host.ok'],
    ['192.168.1.5:18789', gateway({}), lan, 'gateway.host.ok'],
    ['[fd00:0:0::5]', gateway({}), lan, 'gateway.host.ok'],
    ['0.0.0.0', gateway({}), lan, 'gateway.host.not_allowed'],
    ['192.168.1.5', gateway({}), named, 'gateway.host.not_allowed'],
    ['box.tail1.ts.net', serve, named, 'gateway.host.ok'],
    ['other.tail1.ts.net', serve, named, 'gateway.host.not_allowed'],
    ['box.tail1.ts.net', gateway({}), named, 'gateway.host.not_allowed'],
    ['ui.example.com@evil.example', gateway({}), named, 'gateway.host.not_allowed'],
    ['localhost.evil.example', gateway({}), named, 'gateway.host.not_allowed'],
    ['::1', gateway({}), named, 'gateway.host.not_allowed'],
    ['', gateway({}), named, 'gateway.host.not_allowed'],
  ])('%s', (host, config, facts, code) => {
    expect(codeOf(decideHost(config, { host, facts }))).toBe(code);
  });

  test('a wildcard origin opens no name', () => {
    const config = { gateway: { controlUi: { allowedOrigins: ['*'] } } };
    const decision = decideHost(config, { host: 'evil.example', facts: named });
    expect(decision.code).toBe('gateway.host.not_allowed');
  });
});

describe('proxy', () => {
  const config = gateway({ trustedProxies: ['10.0.0.0/8', '127.0.0.1'] });
  const ask = (source: string, headers: Record<string, string | string[]>) =>
    decideProxy(config, { source, headers });

  test.each([
    ['the rightmost stranger', { 'x-forwarded-for': '1.1.1.1, 8.8.8.8, 10.0.0.2' }, '8.8.8.8'],
    ['several headers are one list', { 'x-forwarded-for': ['1.1.1.1', '8.8.8.8'] }, '8.8.8.8'],
    ['an address with a port', { 'X-Forwarded-For': '8.8.8.8:4711' }, '8.8.8.8'],
  ])('attributes: %s', (_name, headers, clientIp) => {
    expect(ask('10.0.0.1', headers).value).toEqual({ clientIp, local: false });
  });

  test.each([
    ['no header of a proxy', {}],
    ['a loopback client', { 'x-forwarded-for': '127.0.0.1, 10.0.0.2' }],
    ['only proxies', { 'x-forwarded-for': '10.0.0.2' }],
    ['an unreadable hop', { 'x-forwarded-for': '8.8.8.8, unknown' }],
    ['the other header without leave', { 'x-real-ip': '8.8.8.8' }],
  ])('refuses: %s', (_name, headers) => {
    expect(ask('10.0.0.1', headers).code).toBe('gateway.proxy.attribution_required');
  });

  test('X-Real-IP counts only where that is allowed', () => {
    const allowed = gateway({ trustedProxies: ['10.0.0.1'], allowRealIpFallback: true });
    const decision = decideProxy(allowed, {
      source: '10.0.0.1',
      headers: { 'X-Real-IP': '8.8.8.8' },
    });
    expect(decision.value).toEqual({ clientIp: '8.8.8.8', local: false });
  });

  test('an IPv4 peer on an IPv6 socket is the same peer', () => {
    const decision = ask('::ffff:10.0.0.1', { 'x-forwarded-for': '8.8.8.8' });
    expect(decision.value).toEqual({ clientIp: '8.8.8.8', local: false });
    expect(decideProxy(gateway({}), { source: '::ffff:127.0.0.1' }).value).toEqual({
      clientIp: '127.0.0.1',
      local: true,
    });
  });

  test('without authentication nobody may claim to be forwarded', () => {
    const none = gateway({ auth: { mode: 'none' } });
    const decision = decideProxy(none, {
      source: '8.8.8.8',
      headers: { forwarded: 'for=127.0.0.1' },
    });
    expect(decision.code).toBe('gateway.proxy.attribution_required');
  });
});

const askOrigin = (
  origin: string | undefined,
  host: string,
  local: boolean,
  settings: object = {},
) =>
  decideOrigin(gateway(settings), { host, local, ...(origin === undefined ? {} : { origin }) })
    .code;

describe('origin', () => {
  test.each([
    ['HTTPS://UI.example.com', 'x', false, 'gateway.origin.allowlisted'],
    ['https://ui.example.com.evil.example', 'x', false, 'gateway.origin.not_allowed'],
    ['https://ui.example.com/', 'x', false, 'gateway.origin.invalid'],
    ['https://user@ui.example.com', 'x', false, 'gateway.origin.invalid'],
    ['', 'x', true, 'gateway.origin.invalid'],
    ['http://localhost:18789', 'localhost:18789', false, 'gateway.origin.not_allowed'],
    ['http://localhost:18789', 'localhost:18789', true, 'gateway.origin.same_private_host'],
    ['http://box.local:1', 'box.local:1', false, 'gateway.origin.same_private_host'],
    ['https://box.ts.net', 'box.ts.net:443', false, 'gateway.origin.same_private_host'],
    ['http://8.8.8.8:1', '8.8.8.8:1', false, 'gateway.origin.not_allowed'],
    ['http://box.local:2', 'box.local:1', false, 'gateway.origin.not_allowed'],
    ['http://[::1]:5173', '127.0.0.1:1', true, 'gateway.origin.local_loopback'],
    ['app://localhost', '127.0.0.1:1', true, 'gateway.origin.not_allowed'],
  ])('%s at %s, local %s', (origin, host, local, code) => {
    expect(askOrigin(origin, host, local)).toBe(code);
  });

  test('the Host header decides only where that is allowed', () => {
    const controlUi = { dangerouslyAllowHostHeaderOriginFallback: true };
    expect(askOrigin('https://a.example', 'a.example', false, { controlUi })).toBe(
      'gateway.origin.host_fallback',
    );
  });
});
