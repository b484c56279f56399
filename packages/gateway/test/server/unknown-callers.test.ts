// What callers cost who never say who they are.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

import type { RouteRequest } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bench, startBench } from './clients.ts';
import { configText } from './fake-services.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEGABYTE = 1024 * 1024;
const PATH = '/channels/telegram/default/hook';

let bench: Bench;
let handled: RouteRequest[];

beforeEach(async () => {
  handled = [];
  bench = await startBench({
    route: (path) =>
      path === PATH
        ? {
            admit: ({ headers }) =>
              headers['x-secret'] === 'right' ? undefined : { status: 401, body: 'who?' },
            handle: async (request) => {
              handled.push(request);
              return { status: 200 };
            },
          }
        : undefined,
  });
});

afterEach(() => bench.close());

/** Bytes this thread holds, after what nobody needs is gone. */
function held(): number {
  collect();
  return used();
}

/** Bytes this thread holds, with what will be collected. */
function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Callers in a thread of their own, so that only the gateway's memory is measured here. */
const CALLERS = `
  const { connect } = require('node:net');
  const { workerData, parentPort } = require('node:worker_threads');
  const { port, count, head, body } = workerData;
  const statuses = {};
  let open = count;
  for (let index = 0; index < count; index += 1) {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head.replaceAll('INDEX', String(index)));
      socket.write(body);
    });
    let answer = '';
    socket.on('data', (data) => { answer += data; });
    socket.on('error', () => {});
    socket.on('close', () => {
      const status = answer.slice(9, 12) || 'none';
      statuses[status] = (statuses[status] ?? 0) + 1;
      open -= 1;
      if (open === 0) parentPort.postMessage(statuses);
    });
  }
`;

async function call(
  count: number,
  head: readonly string[],
  body: string,
): Promise<Record<string, number>> {
  const workerData = {
    port: bench.server.port,
    count,
    head: `${[...head, 'Host: 127.0.0.1'].join('\r\n')}\r\n\r\n`,
    body,
  };
  const worker = new Worker(CALLERS, { eval: true, workerData });
  const [statuses] = (await once(worker, 'message')) as [Record<string, number>];
  await worker.terminate();
  return statuses;
}

describe('a webhook called without its secret', () => {
  test('P13.01, P11.02: is answered unread, however much is announced and however many call', async () => {
    const before = held();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, used());
    }, 10);
    const head = [`POST ${PATH} HTTP/1.1`, `Content-Length: ${String(100 * MEGABYTE)}`];
    const statuses = await call(500, head, 'x'.repeat(64 * 1024));
    clearInterval(watch);
    expect(statuses).toEqual({ 401: 500 });
    expect(handled).toEqual([]);
    // What one read of a socket brings, and never what was announced: 50 GB.
    expect(most - before).toBeLessThan(500 * 160 * 1024);
    await expect.poll(() => held() - before, { timeout: 10_000 }).toBeLessThan(5 * MEGABYTE);
  });

  test('P11.04: is refused wherever it comes from, this machine and a proxy of it included', async () => {
    const head = [`POST ${PATH} HTTP/1.1`, 'Content-Length: 2', 'Connection: close'];
    expect(await call(1, head, '{}')).toEqual({ 401: 1 });
    bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
    for (const from of ['149.154.160.1', '127.0.0.1, 149.154.160.1', '10.0.0.1,149.154.160.1']) {
      const proxied = [...head, `X-Forwarded-For: ${from}`, 'X-Real-IP: 127.0.0.1'];
      expect(await call(1, proxied, '{}')).toEqual({ 401: 1 });
    }
    expect(handled).toEqual([]);
  });

  test('P13.01: does not wait for a body that trickles', async () => {
    const begun = performance.now();
    const head = [`POST ${PATH} HTTP/1.1`, 'Transfer-Encoding: chunked', 'X-Secret: wrong'];
    expect(await call(3, head, '1\r\nx\r\n')).toEqual({ 401: 3 });
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('P13.01: is read when the secret is right', async () => {
    const head = [
      `POST ${PATH} HTTP/1.1`,
      'Content-Length: 2',
      'X-Secret: right',
      'Connection: close',
    ];
    expect(await call(1, head, '{}')).toEqual({ 200: 1 });
    expect(handled).toHaveLength(1);
  });
});

describe('requests that are all different', () => {
  test('P13.04: leave nothing behind', async () => {
    const head = [
      'GET /health?keyINDEX=INDEX HTTP/1.1',
      'X-Forwarded-Client-INDEX: INDEX',
      'Connection: close',
    ];
    const paths = ['GET /api/INDEX/INDEX HTTP/1.1', 'Connection: close'];
    await call(1000, head, '');
    await call(1000, paths, '');
    const before = held();
    for (let round = 0; round < 3; round += 1) {
      const salt = `r${String(round)}`;
      const other = head.map((line) => line.replaceAll('INDEX', `${salt}INDEX`));
      expect(await call(1000, other, '')).toEqual({ 200: 1000 });
      expect(
        await call(1000, [`GET /api/${salt}-INDEX HTTP/1.1`, 'Connection: close'], ''),
      ).toEqual({ 404: 1000 });
    }
    // 6,000 requests: a hundred bytes kept of each would show.
    expect(held() - before).toBeLessThan(600_000);
  }, 60_000);
});
