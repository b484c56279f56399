import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type Socket, connect, createServer } from 'node:net';

import { describe, expect, test } from 'vitest';

import { Allowance, TUNNEL_LIMITS, type TunnelLimits } from '../../src/brokers/tunnel/allowance.ts';
import { absoluteTarget, connectTarget, isListed } from '../../src/brokers/tunnel/target.ts';

const LIMITS: TunnelLimits = { open: 2, connections: 3, bytes: 100, idleMs: 200 };

/** Two ends of a connection on loopback. */
async function pair(): Promise<{ near: Socket; far: Socket; close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const near = connect(port, '127.0.0.1').on('error', () => undefined);
  const [far] = (await once(server, 'connection')) as [Socket];
  far.on('error', () => undefined);
  return { near, far, close: () => server.close() };
}

describe('P33.01: what one command may use', () => {
  test('is so many connections at once, and so many over its life', () => {
    const allowance = new Allowance(LIMITS);
    const first = allowance.admit();
    allowance.admit();
    const refused = expect.objectContaining({ code: 'sandbox.network_limit' });
    expect(() => allowance.admit()).toThrow(refused);
    first();
    const third = allowance.admit();
    third();
    expect(() => allowance.admit()).toThrow(refused);
    expect(TUNNEL_LIMITS).toEqual({ open: 32, connections: 2000, bytes: 2 ** 30, idleMs: 120_000 });
  });

  test('is so many bytes in both directions together', async () => {
    const allowance = new Allowance({ ...LIMITS, idleMs: 5000 });
    const [program, server] = [await pair(), await pair()];
    const joined = allowance.join(program.far, server.near);
    let received = 0;
    program.near.on('data', (chunk: Buffer) => (received += chunk.length));
    program.near.write('x'.repeat(60));
    await once(server.far, 'data');
    server.far.write('y'.repeat(60));
    const { sent } = await joined;
    expect([sent, received]).toEqual([60, 0]);
    expect(() => allowance.admit()).toThrow('used its network up');
    program.close();
    server.close();
  });

  test('leaves nothing unheard when what is sent breaks before the answer does', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const allowance = new Allowance({ ...LIMITS, idleMs: 5000 });
    const server = await pair();
    server.far.once('data', () => {
      server.far.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbegin');
    });
    const proxy = createHttpServer((request, response) => {
      const onward = httpRequest({ method: 'POST', createConnection: () => server.near });
      allowance.exchange(request, onward, response).catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const program = connect((proxy.address() as { port: number }).port, '127.0.0.1');
    program.on('error', () => undefined);
    program.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst');
    await once(program, 'data');
    program.write('x'.repeat(200));
    program.resume();
    await once(program, 'close');
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
    proxy.close();
    server.close();
  });

  test('is no connection in which nothing moves', async () => {
    const allowance = new Allowance(LIMITS);
    const [program, server] = [await pair(), await pair()];
    const start = performance.now();
    expect(await allowance.join(program.far, server.near)).toEqual({ sent: 0, received: 0 });
    expect(performance.now() - start).toBeLessThan(5000);
    program.close();
    server.close();
  });
});

describe('P09.05: where a program wants to go', () => {
  test.each([
    ['example.com:443', ['example.com', 443]],
    ['EXAMPLE.com.:443', ['example.com', 443]],
    ['[::1]:443', ['::1', 443]],
    ['0x7f.1:443', ['127.0.0.1', 443]],
    ['example.com:8080', ['example.com', 8080]],
    ['example.com', undefined],
    ['example.com:', undefined],
    ['me@example.com:443', undefined],
    ['example.com:443/x', undefined],
    ['example.com#@evil.test:443', undefined],
    ['example.com:99999', undefined],
    ['', undefined],
  ])('CONNECT %s', (authority, expected) => {
    const target = connectTarget(authority);
    expect(target === undefined ? undefined : [target.host, target.port]).toEqual(expected);
  });

  test.each(['https://a.test/', '/path', 'file:///etc/passwd', 'ftp://a.test/', '*', 'http://'])(
    '%s is no address for a proxy in clear',
    (text) => {
      expect(absoluteTarget(text)).toBeUndefined();
    },
  );

  test.each([
    ['allowed.com', ['allowed.com'], true],
    ['allowed.com', ['ALLOWED.com.'], true],
    ['api.allowed.com', ['allowed.com'], false],
    ['api.allowed.com', ['*.allowed.com'], true],
    ['allowed.com', ['*.allowed.com'], false],
    ['api.allowed.com.evil.com', ['*.allowed.com', 'api.allowed.com'], false],
    ['evilallowed.com', ['*.allowed.com'], false],
    ['anything.test', ['*', '*.', ''], false],
  ])('%s beside %j', (host, patterns, listed) => {
    const target = connectTarget(`${host}:443`);
    expect(target !== undefined && isListed(target, patterns)).toBe(listed);
  });
});
