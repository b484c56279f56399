import { request as httpRequest } from 'node:http';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectDevice,
  connectParams,
  type Frame,
  makeRawDevice,
  openRaw,
  startBench,
} from './clients.ts';
import { configText } from './fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

/** The HTTP status of an upgrade with `headers`, 101 when it is let in. */
function upgradeStatus(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port: bench.server.port,
      host: '127.0.0.1',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

async function withClient(
  client: Record<string, string>,
  headers: Record<string, string> = {},
  change: Record<string, unknown> = {},
): Promise<Frame> {
  const raw = await openRaw(bench, { headers });
  return raw.request('connect', connectParams({ client, ...change }));
}

describe('a WebSocket upgrade', () => {
  const cases = [
    { name: 'our own name', headers: {}, status: 101 },
    { name: 'localhost', headers: { Host: 'localhost:1' }, status: 101 },
    { name: 'a foreign Host', headers: { Host: 'evil.example:18789' }, status: 421 },
    {
      name: 'a rebound name in Host and Origin',
      headers: { Host: 'evil.example:18789', Origin: 'http://evil.example:18789' },
      status: 421,
    },
    { name: 'a local page', headers: { Origin: 'http://localhost:5173' }, status: 101 },
    { name: 'a foreign page', headers: { Origin: 'https://evil.example' }, status: 403 },
    {
      name: 'a look-alike page',
      headers: { Origin: 'http://localhost.evil.example' },
      status: 403,
    },
    { name: 'a page without origin', headers: { Origin: 'null' }, status: 403 },
    { name: 'a page with a user', headers: { Origin: 'http://a@localhost' }, status: 403 },
    { name: 'an unlisted proxy', headers: { 'X-Forwarded-For': '127.0.0.1' }, status: 403 },
    { name: 'a Forwarded header', headers: { Forwarded: 'for=127.0.0.1' }, status: 403 },
    { name: 'X-Real-IP', headers: { 'X-Real-IP': '8.8.8.8' }, status: 403 },
  ];

  test.each(cases)('P30.02: with $name is answered $status', async ({ headers, status }) => {
    expect(await upgradeStatus(headers)).toBe(status);
  });

  test('of a listed origin is let in', async () => {
    bench.services.configure(
      configText({ controlUi: { allowedOrigins: ['https://ui.example.com'] } }),
    );
    expect(await upgradeStatus({ Origin: 'https://ui.example.com' })).toBe(101);
    expect(await upgradeStatus({ Origin: 'https://ui.example.com.evil.example' })).toBe(403);
  });
});

describe('a client', () => {
  test('that is the Control UI must send an Origin', async () => {
    const { error } = await withClient({
      id: 'openclaw-control-ui',
      version: '1',
      platform: 'web',
      mode: 'webchat',
    });
    expect(error?.details).toEqual({
      code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
      reason: 'origin missing or invalid',
    });
  });

  test('that is the Control UI must prove a device', async () => {
    const { error } = await withClient(
      { id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'webchat' },
      { Origin: `http://127.0.0.1:${bench.server.port}` },
    );
    expect(error?.details).toEqual({ code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' });
  });

  test('that is a terminal UI must prove a device', async () => {
    const { error } = await withClient({
      id: 'openclaw-tui',
      version: '1',
      platform: 'linux',
      mode: 'ui',
    });
    expect(error?.details).toEqual({ code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' });
  });

  test('that is a node must prove a device', async () => {
    const { error } = await withClient(
      { id: 'node-host', version: '1', platform: 'linux', mode: 'node' },
      {},
      { role: 'node' },
    );
    expect(error?.code).toBe('NOT_PAIRED');
    expect(error?.details).toEqual({ code: 'DEVICE_IDENTITY_REQUIRED' });
  });

  test('P22.01: that is no tool of this machine is let in without scopes', async () => {
    const { payload } = await withClient({
      id: 'test',
      version: '1',
      platform: 'linux',
      mode: 'test',
    });
    expect(payload?.['auth']).toEqual({ role: 'operator', scopes: [] });
  });

  test('P22.01: that runs in a page loses the exemption of tools', async () => {
    const { payload } = await withClient(
      { id: 'cli', version: '1', platform: 'linux', mode: 'cli' },
      { Origin: 'http://localhost:5173' },
    );
    expect(payload?.['auth']).toEqual({ role: 'operator', scopes: [] });
  });

  test('that comes through a listed proxy loses it as well', async () => {
    bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
    const { payload } = await withClient(
      { id: 'cli', version: '1', platform: 'linux', mode: 'cli' },
      { 'X-Forwarded-For': '203.0.113.7' },
    );
    expect(payload?.['auth']).toEqual({ role: 'operator', scopes: [] });
  });
});

describe('authentication that is switched off', () => {
  test('lets nobody in without a device, and no device without approval', async () => {
    bench.services.configure(
      JSON.stringify({ gateway: { mode: 'local', auth: { mode: 'none' } } }),
    );
    const tool = await openRaw(bench);
    const { error } = await tool.request('connect', connectParams({ auth: {} }));
    expect(error?.details).toEqual({ code: 'DEVICE_IDENTITY_REQUIRED' });
    const device = await connectDevice(bench, makeRawDevice(), { auth: {} });
    expect(device.answer.error?.details?.['code']).toBe('PAIRING_REQUIRED');
  });
});

/** Configures a proxy on this machine that names the user. */
function trustProxy(): void {
  const trustedProxy = { userHeader: 'x-user', allowUsers: ['ann'], allowLoopback: true };
  bench.services.configure(
    JSON.stringify({
      gateway: {
        mode: 'local',
        trustedProxies: ['127.0.0.1'],
        auth: { mode: 'trusted-proxy', trustedProxy },
      },
    }),
  );
}

describe('the identity a trusted proxy states', () => {
  const headers = { 'X-Forwarded-For': '203.0.113.7' };

  test('is enough to ask for pairing', async () => {
    trustProxy();
    const options = { headers: { ...headers, 'X-User': 'ann' } };
    const raw = await connectDevice(bench, makeRawDevice(), { auth: {} }, options);
    expect(raw.answer.error?.details?.['code']).toBe('PAIRING_REQUIRED');
  });

  test('P22.06: of somebody else, or of nobody, is refused', async () => {
    trustProxy();
    const options = { headers: { ...headers, 'X-User': 'bob' } };
    const raw = await connectDevice(bench, makeRawDevice(), { auth: {} }, options);
    expect(raw.answer.error?.details).toMatchObject({ code: 'AUTH_UNAUTHORIZED' });
    const nobody = await connectDevice(bench, makeRawDevice(), { auth: {} }, { headers });
    expect(nobody.answer.error?.details).toMatchObject({ code: 'AUTH_UNAUTHORIZED' });
  });
});
