import type { Decision, NetRequest } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { Effect, EffectGate } from '../../src/brokers/effect.ts';
import { createNetBroker } from '../../src/brokers/net/net.ts';
import type { Kernel } from '../../src/kernel.ts';
import { type NetWorld, codeOf, openNetWorld, openSite } from './net-world.ts';

let world: NetWorld | undefined;

afterEach(async () => {
  await world?.harness.close();
  world = undefined;
});

/** What the flow of a session is asked about a request. */
async function sinkOf(request: NetRequest): Promise<unknown> {
  const sinks: unknown[] = [];
  const refused: Decision = { effect: 'deny', code: 'flow.test', path: 'flow', reason: 'Refused.' };
  const gate = {
    site: {
      run: { agentId: 'main' },
      signal: AbortSignal.timeout(5000),
      flow: {
        decide: async (sink: unknown) => {
          sinks.push(sink);
          return refused;
        },
      },
    },
    perform: async (effect: Effect<unknown>) => {
      await effect.decide();
      throw new Error('refused');
    },
  };
  const kernel = { config: () => ({ value: {} }) };
  const broker = createNetBroker(kernel as unknown as Kernel, gate as unknown as EffectGate, {
    resolve: async () => [],
  });
  await expect(broker.fetch(request)).rejects.toThrow('refused');
  return sinks[0];
}

const url = 'https://site.example/?q=words';

test.each<[Partial<NetRequest>, object]>([
  [{}, { kind: 'web.read', url }],
  [{ method: 'HEAD' }, { kind: 'web.read', url }],
  [{ purpose: 'read' }, { kind: 'web.read', url }],
  [{ purpose: 'search' }, { kind: 'web.search', query: url }],
  [
    { method: 'POST', body: 'x' },
    { kind: 'web.write', url },
  ],
  [{ method: 'DELETE' }, { kind: 'web.write', url }],
  // A search that writes is a write: the purpose never loosens anything.
  [
    { method: 'POST', purpose: 'search' },
    { kind: 'web.write', url },
  ],
])('%j is judged as %j', async (request, sink) => {
  expect(await sinkOf({ url, ...request })).toEqual(sink);
});

test.each(['TRACE', 'CONNECT', 'OPTIONS', 'get', 'constructor'])(
  'the method %s is not one a tool may use',
  async (method) => {
    world = await openNetWorld();
    const request = { url, method } as unknown as NetRequest;
    expect(codeOf(await world.fetch(request))).toBe('net.request');
    expect(world.lookups).toEqual([]);
  },
);

test('absurd limits are brought within what one request may cost', async () => {
  const { port, server } = await openSite((_request, response) => response.end('words'));
  try {
    world = await openNetWorld();
    const at = `http://127.0.0.1:${String(port)}/`;
    const endings = await world.fetchAll([
      { url: at, maxBytes: -5 },
      { url: at, maxBytes: Number.NaN, timeoutMs: Number.POSITIVE_INFINITY },
      { url: at, maxBytes: 1e15, timeoutMs: 1e15 },
      { url: `${at}${'x'.repeat(9000)}` },
    ]);
    expect(endings).toMatchObject([
      { body: { length: 1 }, truncated: true },
      { body: { length: 5 }, truncated: false },
      { body: { length: 5 }, truncated: false },
      { code: 'net.request' },
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

describe('P32.01 a secret of the gateway in a request', () => {
  const TOKEN = 'canary-token-9f8e7d6c/5b+4a';
  const hex = Buffer.from(TOKEN).toString('hex').toUpperCase();
  const base64 = Buffer.from(`{"t":"${TOKEN}"}`).toString('base64');

  test.each<[Partial<NetRequest>]>([
    [{ url: `http://site.example/?t=${TOKEN}` }],
    [{ url: `http://site.example/${encodeURIComponent(TOKEN)}` }],
    [{ url: `http://site.example/?t=${hex}` }],
    [{ url: `http://site.example/?t=${encodeURIComponent(base64)}` }],
    [{ url: `http://site.example/${Buffer.from(`x${TOKEN}y`).toString('base64url')}` }],
    [{ method: 'POST', body: `words ${TOKEN} words` }],
    [{ method: 'POST', body: Buffer.from(base64) }],
    [{ headers: { 'x-note': `Bearer ${TOKEN}` } }],
  ])('%j is refused before anything is looked up', async (request) => {
    world = await openNetWorld({ token: TOKEN });
    const ending = await world.fetch({ url: 'http://site.example/', ...request });
    expect(codeOf(ending)).toBe('secret.egress_blocked');
    expect(world.lookups).toEqual([]);
  });

  test('does not stop what only looks alike', async () => {
    world = await openNetWorld({ token: TOKEN });
    const ending = await world.fetch({ url: 'http://site.example/?t=canary-tok-9f8e' });
    expect(codeOf(ending)).toBe('net.dns');
  });
});
