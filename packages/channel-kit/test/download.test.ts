import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchCapped } from '../src/index.ts';

let close = (): unknown => undefined;
afterEach(() => close());

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const signal = AbortSignal.timeout(10_000);
const limits = (host: string) => ({ hosts: [host], maxBytes: 1000, signal });

describe('what is downloaded', () => {
  test('a file of the largest size, with the headers of the account', async () => {
    let seen: string | undefined;
    const host = await serve(({ headers }, response) => {
      seen = headers.authorization;
      response.end('x'.repeat(1000));
    });
    const headers = { authorization: 'Bearer t' };
    const bytes = await fetchCapped(`http://${host}/f`, { ...limits(host), headers });
    expect(new TextDecoder().decode(bytes)).toBe('x'.repeat(1000));
    expect(seen).toBe('Bearer t');
  });

  test('one byte more is refused, whatever the server says it is', async () => {
    const host = await serve((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('x'.repeat(1001));
    });
    await expect(fetchCapped(`http://${host}/f`, limits(host))).rejects.toMatchObject({
      code: 'media.too_large',
    });
  });

  test('a body without end is given up, and its connection closed', async () => {
    let closed = false;
    const host = await serve((_, response) => {
      response.on('close', () => {
        closed = true;
      });
      const more = () => void response.write('x'.repeat(500), more);
      more();
    });
    const fetched = fetchCapped(`http://${host}/f`, limits(host));
    await expect(fetched).rejects.toMatchObject({ code: 'media.too_large' });
    await expect.poll(() => closed).toBe(true);
  });

  test('a redirect is not followed', async () => {
    const asked: (string | undefined)[] = [];
    const host = await serve(({ url }, response) => {
      asked.push(url);
      response.writeHead(302, { location: '/secret' }).end();
    });
    await expect(fetchCapped(`http://${host}/f`, limits(host))).rejects.toMatchObject({
      code: 'media.unavailable',
    });
    expect(asked).toEqual(['/f']);
  });

  test('an error names neither the address nor the token', async () => {
    const host = await serve((_, response) => response.writeHead(403).end('no'));
    const headers = { authorization: 'Bearer token' };
    for (const address of [`http://${host}/key`, `http://${host}@evil.example/key`, 'key']) {
      const error: unknown = await fetchCapped(address, { ...limits(host), headers }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ name: 'PortcullisError' });
      expect(`${JSON.stringify(error)} ${String(error)}`).not.toMatch(/key|token/u);
      expect(error).not.toHaveProperty('cause');
    }
  });
});

test.each([
  'http://files.example/f',
  'https://files.example.evil.example/f',
  'https://evil-files.example/f',
  'https://files.example:8443/f',
  'https://files.example@evil.example/f',
  'https://user:pass@files.example/f',
  'https://169.254.169.254/latest',
  'http://127.0.0.1:2/f',
  'https://127.0.0.1/f',
  'file:///etc/passwd',
  'data:text/plain,x',
  '//files.example/f',
  '',
])('P09.05: %s is not asked for', async (address) => {
  const hosts = ['files.example', '127.0.0.1:1'];
  await expect(fetchCapped(address, { hosts, maxBytes: 10, signal })).rejects.toMatchObject({
    code: 'media.address_refused',
  });
});

test('a subdomain of a listed host is asked for', async () => {
  const fetched = fetchCapped('https://cdn.files.invalid/f', {
    hosts: ['files.invalid'],
    maxBytes: 10,
    signal: AbortSignal.abort(),
  });
  await expect(fetched).rejects.toMatchObject({ code: 'media.unavailable' });
});
