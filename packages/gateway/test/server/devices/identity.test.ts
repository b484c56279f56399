/**
 * Users whom a proxy names: what they may hold is said by who they are, never by what their browser
 * asks for.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bench, connectDevice, type Device, makeRawDevice, startBench } from '../clients.ts';
import { configText } from '../fake-services.ts';

const SCOPES = ['operator.admin', 'operator.read', 'operator.write'];

let bench: Bench;

function proxied(auth: Record<string, unknown> = {}, proxy: Record<string, unknown> = {}): string {
  return configText({
    trustedProxies: ['127.0.0.1'],
    auth: {
      mode: 'trusted-proxy',
      trustedProxy: { userHeader: 'x-user', allowLoopback: true, ...proxy },
      ...auth,
    },
  });
}

beforeEach(async () => {
  bench = await startBench({ durable: true, config: proxied() });
});

afterEach(() => bench.close());

function as(user: string | undefined, device: Device = makeRawDevice(), change: object = {}) {
  const headers = {
    'X-Forwarded-For': '203.0.113.7',
    ...(user === undefined ? {} : { 'X-User': user }),
  };
  return connectDevice(bench, device, { auth: {}, scopes: SCOPES, ...change }, { headers });
}

function scopesOf({ answer }: Awaited<ReturnType<typeof as>>): unknown {
  const auth = answer.payload?.['auth'];
  return typeof auth === 'object' && auth !== null && 'scopes' in auth ? auth.scopes : undefined;
}

describe('P22.06: a user of the proxy', () => {
  test('waits with his device, as everybody does', async () => {
    const { answer } = await as('ada@x.test');
    expect(answer.error?.details).toMatchObject({
      code: 'PAIRING_REQUIRED',
      requestedScopes: SCOPES,
    });
  });

  test('is paired at once where that is configured, with what everybody gets', async () => {
    bench.services.configure(proxied({}, { deviceAutoApprove: { enabled: true } }));
    const device = makeRawDevice();
    expect(scopesOf(await as('bob@x.test', device))).toEqual(['operator.read', 'operator.write']);
    // The next time he asks for as much again, and is not held up for it.
    expect(scopesOf(await as('bob@x.test', device))).toEqual(['operator.read', 'operator.write']);
  });

  test('holds what the map says of him, at every connect, and loses it with the map', async () => {
    const automatic = { deviceAutoApprove: { enabled: true } };
    const map = { 'ada@x.test': ['operator.admin'], 'eve@x.test': [] };
    bench.services.configure(proxied({ identityScopes: map }, automatic));
    const device = makeRawDevice();
    const ada = await as('ada@x.test', device);
    expect(scopesOf(ada)).toEqual(SCOPES);
    // Somebody else at the same browser is somebody else.
    expect(scopesOf(await as('eve@x.test', device))).toEqual([]);
    const narrowed = { 'ada@x.test': ['operator.read'] };
    bench.services.configure(proxied({ identityScopes: narrowed }, automatic));
    expect(await ada.closed).toEqual({ code: 4001, reason: 'gateway auth changed' });
    expect(scopesOf(await as('ada@x.test', device))).toEqual(['operator.read']);
  });

  test('is nobody without the word of the proxy, whatever his device holds', async () => {
    bench.services.configure(proxied({}, { deviceAutoApprove: { enabled: true } }));
    const device = makeRawDevice();
    const { answer } = await as('bob@x.test', device);
    const auth = answer.payload?.['auth'] as { deviceToken: string } | undefined;
    const deviceToken = auth?.deviceToken ?? '';
    expect(deviceToken).not.toBe('');
    const change = { auth: { deviceToken }, scopes: ['operator.read'] };
    expect((await as(undefined, device, change)).answer.error?.details).toMatchObject({
      code: 'AUTH_UNAUTHORIZED',
    });
  });
});
