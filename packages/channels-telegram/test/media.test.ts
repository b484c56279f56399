import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createTelegramChannel } from '../src/index.ts';
import { type Bench, createBench, FAST, testAccount } from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const soon = () => AbortSignal.timeout(5000);
const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

describe('fetchMedia', () => {
  test('a photo that somebody sent', async () => {
    bench = await createBench();
    void bench.start();
    bench.telegram.userSends({ from: bench.telegram.addUser(), photo: bytes(3000), text: 'look' });
    const [event] = await bench.waitForEvents(1);
    const [photo] = event?.attachments ?? [];
    expect(photo).toMatchObject({ mimeType: 'image/jpeg', size: 3000 });
    const fetched = await bench.channel.fetchMedia?.(photo ?? { ref: '' }, 3000, soon());
    expect(fetched).toEqual(bytes(3000));
  });

  test('P33.01: a stated size above the limit is refused without a call', async () => {
    bench = await createBench();
    const fetched = bench.channel.fetchMedia?.({ ref: 'x', size: 11 }, 10, soon());
    await expect(fetched).rejects.toMatchObject({ code: 'telegram.media_too_large' });
    expect(bench.telegram.calls).toEqual([]);
  });

  test('a file nobody knows, and one that is too big for bots', async () => {
    bench = await createBench();
    const anna = bench.telegram.addUser();
    const big = bench.telegram.userSends({ from: anna, photo: new Uint8Array(21 * 1024 * 1024) });
    for (const ref of ['nothing', big.fileId ?? '']) {
      const fetched = bench.channel.fetchMedia?.({ ref }, 1e9, soon());
      await expect(fetched).rejects.toMatchObject({ code: 'telegram.refused' });
    }
  });

  test('a download that breaks off', async () => {
    bench = await createBench();
    const sent = bench.telegram.userSends({ from: bench.telegram.addUser(), photo: bytes(3000) });
    bench.telegram.fail('file', 1, 'half-body');
    const fetched = bench.channel.fetchMedia?.({ ref: sent.fileId ?? '' }, 3000, soon());
    await expect(fetched).rejects.toMatchObject({ code: 'telegram.media_unavailable' });
  });
});

/** A Bot API that lies about its files. */
async function lyingServer(
  file: object,
  download: (end: (status: number, body: string) => void) => void,
) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    request.resume();
    if (request.url?.startsWith('/file/') === true) {
      download((status, body) => {
        response.writeHead(status, { location: 'http://127.0.0.1:9/elsewhere' }).end(body);
      });
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, result: file }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, close: () => server.close() };
}

describe('a server that cannot be trusted', () => {
  const file = { file_id: 'f', file_unique_id: 'f', file_size: 10, file_path: 'photos/a.jpg' };

  test.each<[name: string, lie: object, status: number, body: string, code: string]>([
    ['more bytes than it said', {}, 200, 'x'.repeat(5000), 'telegram.media_too_large'],
    ['a redirect', {}, 302, '', 'telegram.media_unavailable'],
    ['an error page', {}, 500, '<html>', 'telegram.media_unavailable'],
    ['a way up', { file_path: '../../etc/passwd' }, 200, 'x', 'telegram.media_unavailable'],
    ['an absolute path', { file_path: '/etc/passwd' }, 200, 'x', 'telegram.media_unavailable'],
    ['an address', { file_path: 'http://127.0.0.1:9/x' }, 200, 'x', 'telegram.media_unavailable'],
    ['a query', { file_path: 'a?b' }, 200, 'x', 'telegram.media_unavailable'],
    ['no path', { file_path: undefined }, 200, 'x', 'telegram.media_unavailable'],
    ['too big a size', { file_size: 101 }, 200, 'x', 'telegram.media_too_large'],
  ])('%s', async (_, lie, status, body, code) => {
    bench = await createBench();
    const server = await lyingServer({ ...file, ...lie }, (end) => end(status, body));
    const account = testAccount(server.url, { token: bench.telegram.token });
    const channel = await createTelegramChannel(account, FAST);
    const fetched = channel.fetchMedia?.({ ref: 'f' }, 100, soon());
    await expect(fetched).rejects.toMatchObject({ code });
    expect(server.seen.every((url) => !url.includes('passwd'))).toBe(true);
    server.close();
  });
});
