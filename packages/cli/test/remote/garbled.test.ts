/**
 * What answers at the address of a gateway and is none.
 *
 * @module
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';

import { openOperator } from '../../src/compose/open-operator.ts';
import { Home, call } from '../call.ts';

const CHALLENGE = JSON.stringify({
  type: 'event',
  event: 'connect.challenge',
  payload: { nonce: 'n', ts: 1 },
});

test.each([
  ['at once', ['{ half']],
  ['with something else', ['[]']],
  ['after it was greeted', [CHALLENGE, '\u001B[2J']],
])('that speaks garbled words %s is let go, and the command says so', async (_when, frames) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  const gone = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('close', () => resolve());
      for (const frame of frames) socket.send(frame);
    });
  });
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await call(['sessions', 'list'], {
    home: new Home(),
    env: { OPENCLAW_GATEWAY_URL: `ws://127.0.0.1:${String(port)}` },
    doors: { openOperator },
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining('[gateway.closed]')]);
  await gone;
});
