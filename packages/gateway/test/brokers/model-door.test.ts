import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { type ModelRequest, PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { type Harness, openHarness } from '../pipeline/harness.ts';
import { selfSigned } from './self-signed.ts';

const REQUEST: ModelRequest = { system: '', messages: [], tools: [], runId: 'run-1' };
const POST = { method: 'POST', body: '{"q":1}', headers: { 'x-api-key': 'k' } } as const;

let harness: Harness | undefined;
const servers: Server[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await harness?.close();
  harness = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface World {
  readonly port: number;
  readonly lookups: string[];
  /** A request as a model makes it, to a server configured as `baseUrl`. */
  readonly ask: (baseUrl: string, url?: string, init?: RequestInit) => Promise<Response>;
  /** Lines of the audit log about requests to models. */
  readonly lines: () => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

async function openWorld(
  listener: RequestListener,
  names: Readonly<Record<string, readonly string[]>> = {},
): Promise<World> {
  const lookups: string[] = [];
  harness = await openHarness({
    config: { gateway: { mode: 'local' } },
    resolve: async (host) => {
      lookups.push(host);
      return names[host] ?? [];
    },
  });
  const { door, gateway } = harness;
  const port = await listen(createServer(listener));
  return {
    port,
    lookups,
    ask: (baseUrl, url = `${baseUrl}/chat`, init = POST) =>
      door.fetchFor({ provider: 'local', model: 'm', baseUrl })(url, init, REQUEST),
    lines: async () => {
      const lines = await gateway.services.audit.log({ limit: 100 });
      return lines
        .map(({ entry }) => entry as Readonly<Record<string, unknown>>)
        .filter(({ kind }) => kind === 'model');
    },
  };
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const outcome: unknown = await promise.catch((error: unknown) => error);
  return PortcullisError.is(outcome) ? outcome.code : outcome instanceof Error ? 'error' : 'none';
}

test('a request is in the audit log before a byte of it is at the server, and its answer streams', async () => {
  const seen: number[] = [];
  const rest = Promise.withResolvers<void>();
  const world = await openWorld((request, response) => {
    void (async () => {
      seen.push((await world.lines()).length);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${String(request.headers['x-api-key'])} `);
      await rest.promise;
      response.end('end');
    })();
  });
  const response = await world.ask(`http://127.0.0.1:${String(world.port)}/v1`);
  const pieces: string[] = [];
  for await (const piece of response.body ?? []) {
    pieces.push(new TextDecoder().decode(piece));
    rest.resolve();
  }
  expect(pieces).toEqual(['k ', 'end']);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(seen).toEqual([1]);
  expect(await world.lines()).toEqual([
    expect.objectContaining({
      code: 'model.request',
      effect: 'allow',
      provider: 'local',
      model: 'm',
      origin: `http://127.0.0.1:${String(world.port)}`,
      sent: 7,
      runId: 'run-1',
    }),
  ]);
  expect(JSON.stringify(await world.lines())).not.toContain('"clear"');
});

test.each([
  ['another host', (port: number) => `http://localhost:${String(port)}/v1/chat`],
  ['another port', () => 'http://127.0.0.1:1/v1/chat'],
  ['another scheme', (port: number) => `https://127.0.0.1:${String(port)}/v1/chat`],
  ['a login', (port: number) => `http://me@127.0.0.1:${String(port)}/v1/chat`],
])('P10.01: %s than the configured one gets no request', async (_name, url) => {
  let requests = 0;
  const world = await openWorld((_request, response) => {
    requests += 1;
    response.end();
  });
  const asked = world.ask(`http://127.0.0.1:${String(world.port)}/v1`, url(world.port));
  expect(await codeOf(asked)).toBe('net.model_origin');
  expect(requests).toBe(0);
  expect(await world.lines()).toMatchObject([{ effect: 'deny', code: 'net.model_origin' }]);
});

test('P10.01: a redirect is an answer, and is not followed', async () => {
  const urls: unknown[] = [];
  const world = await openWorld((request, response) => {
    urls.push(request.url);
    response.writeHead(307, { location: '/v1/elsewhere' }).end();
  });
  const response = await world.ask(`http://127.0.0.1:${String(world.port)}/v1`);
  expect([response.status, response.headers.get('location')]).toEqual([307, '/v1/elsewhere']);
  expect(urls).toEqual(['/v1/chat']);
});

describe('the address of a server', () => {
  test('P09.02: is looked up once for a connection, and the connection goes there', async () => {
    const world = await openWorld((_request, response) => response.end('ok'), {
      'gpu.test': ['127.0.0.1'],
    });
    const baseUrl = `http://gpu.test:${String(world.port)}/v1`;
    expect(await (await world.ask(baseUrl)).text()).toBe('ok');
    expect(await (await world.ask(baseUrl)).text()).toBe('ok');
    expect(world.lookups).toEqual(['gpu.test']);
    // Without encryption beyond the names of this machine, which the log says.
    expect(await world.lines()).toMatchObject([{ clear: true }, { clear: true }]);
  });

  test.each(['169.254.169.254', '0.0.0.0', 'fe80::1', '224.0.0.1', '255.255.255.255'])(
    'is never %s, by name',
    async (address) => {
      const world = await openWorld((_request, response) => response.end(), {
        'gpu.test': ['127.0.0.1', address],
      });
      expect(await codeOf(world.ask('http://gpu.test/v1'))).toBe('net.model_address');
    },
  );

  test.each(['http://169.254.169.254/v1', 'http://0.0.0.0:1/v1', 'http://[fe80::1]/v1'])(
    'is never %s, as written',
    async (baseUrl) => {
      const world = await openWorld((_request, response) => response.end());
      expect(await codeOf(world.ask(baseUrl))).toBe('net.model_address');
      expect(await world.lines()).toMatchObject([{ effect: 'deny' }]);
    },
  );

  test('a name without one is an error', async () => {
    const world = await openWorld((_request, response) => response.end());
    expect(await codeOf(world.ask('http://nowhere.test/v1'))).toBe('net.dns');
  });
});

test('no variable of the environment steers a request', async () => {
  const proxied: unknown[] = [];
  const world = await openWorld((_request, response) => response.end('direct'));
  const proxy = await listen(
    createServer((request, response) => {
      proxied.push(request.url);
      response.end('proxied');
    }),
  );
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) {
    vi.stubEnv(name, `http://127.0.0.1:${String(proxy)}`);
  }
  vi.stubEnv('NODE_USE_ENV_PROXY', '1');
  const response = await world.ask(`http://127.0.0.1:${String(world.port)}/v1`);
  expect([await response.text(), proxied]).toEqual(['direct', []]);
});

test('a certificate that nobody vouches for is refused, whatever the environment says', async () => {
  const world = await openWorld((_request, response) => response.end());
  let requests = 0;
  const port = await listen(
    createTlsServer(selfSigned('localhost'), (_request, response) => {
      requests += 1;
      response.end();
    }),
  );
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  expect(await codeOf(world.ask(`https://127.0.0.1:${String(port)}/v1`))).toBe('error');
  expect(requests).toBe(0);
});

test('a connection that the server closed meanwhile is not the end of a request', async () => {
  const connections = new Set<unknown>();
  let requests = 0;
  const world = await openWorld((request, response) => {
    connections.add(request.socket);
    requests += 1;
    if (requests === 2) request.socket.resetAndDestroy();
    else response.end('ok');
  });
  const baseUrl = `http://127.0.0.1:${String(world.port)}/v1`;
  expect(await (await world.ask(baseUrl)).text()).toBe('ok');
  expect(await (await world.ask(baseUrl)).text()).toBe('ok');
  expect([requests, connections.size]).toEqual([3, 2]);
});

test('a connection that breaks the first time it is used is not tried again', async () => {
  let requests = 0;
  const world = await openWorld((request) => {
    requests += 1;
    request.socket.resetAndDestroy();
  });
  expect(await codeOf(world.ask(`http://127.0.0.1:${String(world.port)}/v1`))).toBe('error');
  expect(requests).toBe(1);
});

test('what is stopped closes its connection', async () => {
  const closed = Promise.withResolvers<void>();
  const world = await openWorld((request, response) => {
    request.socket.once('close', () => closed.resolve());
    response.write('word');
  });
  const stop = new AbortController();
  const baseUrl = `http://127.0.0.1:${String(world.port)}/v1`;
  const response = await world.ask(baseUrl, undefined, { ...POST, signal: stop.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  stop.abort();
  await expect(reader?.read()).rejects.toThrow();
  await closed.promise;
});

test.each([
  ['packed', 200, { 'content-encoding': 'gzip' }],
  ['of no kind', 600, {}],
])('an answer that is %s is refused', async (_name, status, headers) => {
  const world = await openWorld((_request, response) => {
    response.writeHead(status, headers).end('x');
  });
  expect(await codeOf(world.ask(`http://127.0.0.1:${String(world.port)}/v1`))).toBe('net.encoding');
});

test('an answer without a body is an answer', async () => {
  const world = await openWorld((_request, response) => response.writeHead(204).end());
  const response = await world.ask(`http://127.0.0.1:${String(world.port)}/v1`);
  expect([response.status, response.body]).toEqual([204, null]);
});
