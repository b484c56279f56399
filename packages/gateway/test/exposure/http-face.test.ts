/** What every answer says, and what no address may hold. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bench, startBench } from '../server/clients.ts';
import { configText, TOKEN } from '../server/fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

function ask(
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const at = { host: '127.0.0.1', port: bench.server.port, path, ...options };
    const asked = httpRequest(at, (response) => {
      const body: Buffer[] = [];
      response.on('data', (data: Buffer) => body.push(data));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(body).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

function transport(value: unknown): string {
  return configText({ http: { securityHeaders: { strictTransportSecurity: value } } });
}

describe('every answer', () => {
  const places: readonly (readonly [string, string, object])[] = [
    ['a probe', '/health', {}],
    ['what is not there', '/api/none', {}],
    ['what is forbidden', '/control-ui-config.json', {}],
    ['a path with two readings', '/a//b', {}],
    ['a foreign Host', '/health', { headers: { Host: 'evil.example' } }],
    ['a method nobody serves', '/health', { method: 'DELETE' }],
    ['a page elsewhere', '/tools/invoke', { method: 'POST', headers: { Origin: 'https://e.x' } }],
    ['a secret in the address', '/?token=x', {}],
  ];

  test.each(places)(
    'P30.04: carries the headers that keep pages apart: %s',
    async (_w, path, options) => {
      const { headers } = await ask(path, options);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/u);
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['server']).toBeUndefined();
    },
  );

  test('P30.02: an upgrade that is refused carries them too', async () => {
    const { status, headers } = await ask('/', {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        Origin: 'https://evil.example',
      },
    });
    expect(status).toBe(403);
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' });
  });

  test('says how long to stay with TLS only where the operator does', async () => {
    expect((await ask('/health')).headers['strict-transport-security']).toBeUndefined();
    bench.services.configure(transport('max-age=31536000; includeSubDomains'));
    expect((await ask('/health')).headers['strict-transport-security']).toBe(
      'max-age=31536000; includeSubDomains',
    );
    bench.services.configure(transport(false));
    expect((await ask('/health')).headers['strict-transport-security']).toBeUndefined();
  });
});

describe('a secret in an address', () => {
  test.each(['token', 'password', 'access_token', 'apiKey', 'api-key', 'Secret', 'gateway_token'])(
    'P30.01: is refused, right or wrong, and not repeated: %s',
    async (name) => {
      for (const value of [TOKEN, 'wrong']) {
        const { status, body } = await ask(`/control-ui-config.json?view=1&${name}=${value}`, {
          headers: { Authorization: `Bearer ${TOKEN}` },
        });
        expect([status, JSON.parse(body)]).toMatchObject([
          400,
          { error: { type: 'secret_in_url' } },
        ]);
        expect(body).toContain('Authorization: Bearer');
        expect(body).not.toContain(value === TOKEN ? TOKEN : '=wrong');
      }
    },
  );

  test.each(['/health?session=main', '/health?tokens=3', '/health?q=token', '/health?'])(
    'is not what %s holds',
    async (path) => {
      expect((await ask(path)).status).toBe(200);
    },
  );
});

describe('a connection that says nothing, or never ends', () => {
  test('P13.02: more headers than anybody needs are refused', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 900 }, (_, index) => [`x-${String(index)}`, 'y'.repeat(20)]),
    );
    expect((await ask('/health', { headers: many })).status).toBe(431);
  });

  test('P13.01: what follows a finished answer on a refused connection is not read', async () => {
    const socket = connect(bench.server.port, '127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('data', (data: Buffer) => heard.push(data));
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(
      'POST /tools/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nsome',
    );
    await closed;
    const text = Buffer.concat(heard).toString();
    expect(text).toMatch(/^HTTP\/1\.1 404 /u);
    expect(text.match(/HTTP\/1\.1/gu)).toHaveLength(1);
  });
});
