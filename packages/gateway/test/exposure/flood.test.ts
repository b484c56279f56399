/** Strangers who knock too often, against a server that serves others meanwhile. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';

import { LIMITS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { type Bench, connectParams, openAuthed, startBench } from '../server/clients.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

/** The status of an upgrade from a local address; 101 when it is let in, and hangs up at once. */
function knock(localAddress: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = httpRequest({
      host: '127.0.0.1',
      port: bench.server.port,
      localAddress,
      agent: false,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    });
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    asked.end();
  });
}

/** Connects from a local address with the right token, and answers what came of it. */
async function comeIn(localAddress: string): Promise<boolean> {
  const socket = new WebSocket(bench.url, { localAddress, perMessageDeflate: false });
  bench.onClose(() => socket.terminate());
  const answered = new Promise<boolean>((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; ok?: boolean };
      if (frame.type === 'res') resolve(frame.ok === true);
    });
    socket.on('error', () => resolve(false));
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'req', id: 'c', method: 'connect', params: connectParams() }));
  return answered;
}

describe('a client that knocks and never comes in', () => {
  test.runIf(process.platform === 'linux')(
    'P13.02: is answered 429 after its share, and keeps nobody else out',
    async () => {
      const rounds = Math.ceil(LIMITS.handshakeBurstPerClient / 100) + 12;
      const seen = new Map<number, number>();
      let others = 0;
      for (let round = 0; round < rounds; round += 1) {
        const statuses = await Promise.all(Array.from({ length: 100 }, () => knock('127.0.0.66')));
        for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
        if (round % 5 === 0 && (await comeIn('127.0.0.1'))) others += 1;
      }
      expect(seen.get(429) ?? 0).toBeGreaterThan(0);
      expect(seen.get(101) ?? 0).toBeGreaterThanOrEqual(LIMITS.handshakeBurstPerClient);
      expect(others).toBe(Math.ceil(rounds / 5));
    },
    60_000,
  );

  test('clients that come in cost their share nothing', async () => {
    const all = Array.from({ length: 60 }, () => openAuthed(bench));
    expect(await Promise.all(all)).toHaveLength(60);
    expect(bench.server.connections).toBe(60);
  });
});
