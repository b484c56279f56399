/** A node host begins nothing that nobody waits for any more. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Secret } from '@portcullis/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

import { resolvePaths } from '../../src/config/index.ts';
import { type NodeHost, startNodeHost } from '../../src/node-host/index.ts';
import { TOKEN } from '../server/fake-services.ts';

let folder: string;
let server: WebSocketServer;
let host: NodeHost;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-node-'));
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});

afterEach(async () => {
  await host.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway that lets the node in, asks it to make a file, and then does what the test says. */
function ask(
  then: (socket: WebSocket, id: string) => void,
  ...before: readonly Record<string, unknown>[]
): void {
  server.on('connection', (socket) => {
    const tell = (event: string, payload: object): void =>
      socket.send(JSON.stringify({ type: 'event', event, payload }));
    tell('connect.challenge', { nonce: 'n', ts: Date.now() });
    socket.once('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id: string };
      socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: {} }));
      const paramsJSON = JSON.stringify({ command: ['touch', 'made'] });
      const { nodeId } = host;
      for (const more of before) {
        const other = { id: 'other', nodeId, command: 'system.run', paramsJSON };
        tell('node.invoke.request', { ...other, ...more });
      }
      tell('node.invoke.request', { id: 'call', nodeId, command: 'system.run', paramsJSON });
      then(socket, nodeId);
    });
  });
  host = startNodeHost({
    version: '1',
    config: {
      nodeHost: { exec: { workspace: join(folder, 'work'), security: 'full' } },
    },
    paths: resolvePaths({ HOME: folder, OPENCLAW_STATE_DIR: folder }),
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    credentials: { token: new Secret(TOKEN, 'test') },
    displayName: 'a machine',
    tell: () => undefined,
  });
}

/** How the call ended, by the node's own journal. */
function ending(): string | undefined {
  const path = join(folder, 'node-host', 'commands.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { phase: string; code: string })
    .find(({ phase }) => phase === 'ended')?.code;
}

const made = (): boolean => existsSync(join(folder, 'work', 'made'));

test('what is asked for is run', async () => {
  ask(() => undefined);
  await expect.poll(ending, { timeout: 10_000 }).toBe('node.done');
  expect(made()).toBe(true);
});

test('P23.01: what was cancelled while it was looked at does not begin', async () => {
  ask((socket, nodeId) => {
    const payload = { id: 'call', nodeId };
    socket.send(JSON.stringify({ type: 'event', event: 'node.invoke.cancel', payload }));
  });
  await expect.poll(ending, { timeout: 10_000 }).toBe('node.cancelled');
  expect(made()).toBe(false);
});

test('P23.01: what a connection asked for that ended meanwhile does not begin', async () => {
  ask((socket) => socket.close(4001, 'node removed'));
  await expect(host.ended).rejects.toMatchObject({ code: 'node.revoked' });
  expect(ending()).toBe('node.cancelled');
  expect(made()).toBe(false);
});

test('what no gateway means is not heard, and leaves nothing', async () => {
  const answered: string[] = [];
  ask(
    (socket) => {
      socket.on('message', (data: Buffer) => {
        const { params } = JSON.parse(data.toString()) as { params?: { id?: string } };
        if (params?.id !== undefined) answered.push(params.id);
      });
    },
    { id: 'x'.repeat(257) },
    { command: 'y'.repeat(129) },
    { idempotencyKey: 'z'.repeat(1025) },
    { paramsJSON: ' '.repeat(4_000_001) },
  );
  await expect.poll(ending, { timeout: 10_000 }).toBe('node.done');
  await expect.poll(() => answered).toEqual(['call']);
  const path = join(folder, 'node-host', 'commands.jsonl');
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
});
