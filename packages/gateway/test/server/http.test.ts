import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';

import type { RouteRequest } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bench, openRaw, startBench } from './clients.ts';
import { configText, TOKEN } from './fake-services.ts';

let bench: Bench;
let routed: RouteRequest[];

beforeEach(async () => {
  routed = [];
  const plain = await startBench();
  const page = join(plain.services.directory, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Page</title>');
  writeFileSync(join(page, 'assets/app-1a2b3c4d.js'), 'export {};');
  writeFileSync(join(plain.services.directory, 'secret.txt'), 'secret');
  symlinkSync(join(plain.services.directory, 'secret.txt'), join(page, 'link.txt'));
  const full = await startBench({
    controlUi: page,
    failing: () => ['channels'],
    route: (path) => {
      if (path === '/channels/telegram/default/hook') {
        return {
          handle: async (request) => {
            routed.push(request);
            return {
              status: 202,
              body: 'taken',
              headers: { 'X-Kept': 'yes', 'Content-Type': 'text/x', 'X-Frame-Options': 'ALLOW' },
            };
          },
        };
      }
      if (path === '/channels/telegram/default/broken') {
        return {
          handle: async () => {
            throw new Error('inside');
          },
        };
      }
      return undefined;
    },
  });
  bench = {
    ...full,
    close: async () => {
      await full.close();
      await plain.close();
    },
  };
});

afterEach(() => bench.close());

interface Got {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function get(
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string | Buffer;
  } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: bench.server.port,
        path,
        method: options.method ?? 'GET',
        headers: options.headers,
      },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

test.each(['/health', '/healthz'])('%s is live without credentials', async (path) => {
  const { status, body, headers } = await get(path);
  expect([status, body]).toEqual([200, '{"ok":true,"status":"live"}']);
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  });
});

test('ready says what is missing, to this machine only', async () => {
  const local = await get('/readyz');
  expect(local.status).toBe(503);
  expect(JSON.parse(local.body)).toMatchObject({ ready: false, failing: ['channels'] });
  bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
  const remote = await get('/ready', { headers: { 'X-Forwarded-For': '203.0.113.7' } });
  expect(JSON.parse(remote.body)).toEqual({ ready: false });
});

describe('the page', () => {
  test('is served with its views', async () => {
    for (const path of ['/', '/chat', '/settings/gateway', '/chat/agent%3Amain%3Amain']) {
      const { status, body, headers } = await get(path);
      expect([status, body]).toEqual([200, '<!doctype html><title>Page</title>']);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['cache-control']).toBe('no-cache');
    }
    const head = await get('/', { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '34']);
  });

  test('comes from memory and is revalidated', async () => {
    const asset = await get('/assets/app-1a2b3c4d.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toBe('text/javascript; charset=utf-8');
    const again = await get('/assets/app-1a2b3c4d.js', {
      headers: { 'If-None-Match': String(asset.headers['etag']) },
    });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  const outside = [
    '/missing.js',
    '/link.txt',
    '/api/nothing',
    '/v1/models',
    '/v1/chat/completions',
    '/hooks/wake',
    '/tools/other',
    '/channels/telegram/default/other',
  ];

  test.each(outside)('has no %s', async (path) => {
    const { status, body } = await get(path);
    expect([status, body]).toEqual([404, 'Not Found']);
  });

  const tricks = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%252e%252e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets\\..\\secret.txt',
    '/a/./b',
    '//etc/passwd',
    '/channels//telegram/default/hook',
    '/index.html%00.js',
    '/chat;x=1',
    'http://evil.example/health',
    '*',
  ];

  test.each(tricks)('P06.06, P29.02: is not reached by %s', async (path) => {
    const { status, body } = await get(path);
    expect([status, body]).toEqual([400, 'Bad Request']);
  });
});

describe('the configuration of the page', () => {
  const path = '/control-ui-config.json';

  test('needs the Bearer token', async () => {
    expect(await get(path)).toMatchObject({
      status: 401,
      body: '{"error":{"message":"Unauthorized","type":"unauthorized"}}',
      headers: { 'www-authenticate': 'Bearer' },
    });
    const { status, body } = await get(path, { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      basePath: '',
      assistantAgentId: 'main',
      embedSandbox: 'scripts',
      allowExternalEmbedUrls: false,
      terminalEnabled: false,
    });
    expect(body).not.toContain(TOKEN);
  });

  test('is locked after ten guesses, together with the WebSocket', async () => {
    for (let guess = 0; guess < 10; guess += 1) {
      const { status } = await get(path, { headers: { Authorization: `Bearer guess-${guess}` } });
      expect(status).toBe(401);
    }
    const locked = await get(path, { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect([locked.status, locked.headers['retry-after']]).toEqual([429, '300']);
    const raw = await openRaw(bench);
    const { connectParams } = await import('./clients.ts');
    const { error } = await raw.request('connect', connectParams());
    expect(error?.details?.['code']).toBe('AUTH_RATE_LIMITED');
  });
});

describe('a request', () => {
  test('P31.04: for a foreign Host is misdirected', async () => {
    expect(await get('/health', { headers: { Host: 'evil.example' } })).toMatchObject({
      status: 421,
      body: '{"error":{"message":"The Host header does not name this gateway.","type":"host_not_allowed"}}',
    });
    expect((await get('/', { headers: { Host: 'localhost.evil.example' } })).status).toBe(421);
  });

  test('without a Host is refused', async () => {
    const socket = createConnection(bench.server.port, '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      socket.on('data', (data) => resolve(String(data)));
      socket.write('GET /health HTTP/1.0\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1\.1 421 /u);
  });

  test('through an unlisted proxy is refused', async () => {
    const { status, body } = await get('/health', { headers: { 'X-Forwarded-For': '8.8.8.8' } });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'proxy_attribution_required' } });
  });

  test.each(['TRACE', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'with %s is refused',
    async (method) => {
      const { status, headers } = await get('/health', { method });
      expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('with headers beyond 16 KiB is refused', async () => {
    expect((await get('/health', { headers: { 'X-Long': 'x'.repeat(20_000) } })).status).toBe(431);
  });

  test('that posts where nothing is posted is refused', async () => {
    const { status, headers } = await get('/health', { method: 'POST', body: 'x' });
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect((await get('/nowhere', { method: 'POST', body: 'x' })).status).toBe(404);
  });
});

describe('a webhook', () => {
  const path = '/channels/telegram/default/hook';

  test('gets the exact bytes and all headers', async () => {
    const body = Buffer.from([0, 1, 2, 0xff]);
    const {
      status,
      body: answer,
      headers,
    } = await get(`${path}?token=x`, {
      method: 'POST',
      headers: { 'X-Signature': 'abc' },
      body,
    });
    expect([status, answer]).toEqual([202, 'taken']);
    expect(headers).toMatchObject({
      'x-kept': 'yes',
      'content-type': 'text/x',
      'x-frame-options': 'DENY',
    });
    expect(routed).toMatchObject([{ method: 'POST', path, headers: { 'x-signature': 'abc' } }]);
    expect(Buffer.from(routed[0]?.body ?? [])).toEqual(body);
  });

  test('is called by POST only', async () => {
    const { status, headers } = await get(path);
    expect([status, headers['allow']]).toEqual([405, 'POST']);
  });

  test('P13.01: that announces more than 1 MB is refused unread', async () => {
    const { status } = await get(path, {
      method: 'POST',
      headers: { 'Content-Length': '104857600', Connection: 'close' },
    }).catch((error: NodeJS.ErrnoException) => ({ status: error.code }));
    expect(status).toBe(413);
    expect(routed).toEqual([]);
  });

  test('that sends more than 1 MB in chunks is refused', async () => {
    const { status } = await get(path, {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: Buffer.alloc(1_100_000),
    });
    expect(status).toBe(413);
    expect(routed).toEqual([]);
  });

  test('P30.03: from a web page is refused', async () => {
    const headers = { Origin: 'https://evil.example' };
    const { status, body } = await get(path, { method: 'POST', headers, body: '{}' });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'origin_not_allowed' } });
    expect(routed).toEqual([]);
  });

  test('whose channel fails says nothing about the inside', async () => {
    const broken = '/channels/telegram/default/broken';
    const { status, body } = await get(broken, { method: 'POST', body: '{}' });
    expect(status).toBe(500);
    expect(body).not.toContain('inside"');
    expect(JSON.parse(body)).toEqual({
      error: { message: 'The gateway failed inside; its log says more.', type: 'internal' },
    });
  });
});
