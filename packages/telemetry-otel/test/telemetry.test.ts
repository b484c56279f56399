import { tracingChannel } from 'node:diagnostics_channel';

import { PortcullisError, Secret, TRACE_CHANNEL, type TracedWork } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Telemetry, startTelemetry } from '../src/index.ts';
import { type Collector, startCollector } from './collector.ts';

const channel = tracingChannel<TracedWork, TracedWork>(TRACE_CHANNEL);
let collector: Collector;
let telemetry: Telemetry | undefined;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  await telemetry?.close();
  telemetry = undefined;
  await collector.close();
});

function start(more: Partial<Parameters<typeof startTelemetry>[0]> = {}): Telemetry {
  telemetry = startTelemetry({ serviceVersion: '1.2.3', endpoint: collector.url, ...more });
  return telemetry;
}

function work<T>(
  name: string,
  facts: TracedWork['facts'],
  inner: (found: TracedWork['found']) => Promise<T>,
  parent?: string,
): Promise<T> {
  const found = {};
  return channel.tracePromise(async () => await inner(found), {
    name,
    facts,
    found,
    ...(parent !== undefined && { parent }),
  });
}

function span(name: string) {
  const found = collector.spans.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no span ${name}`);
  return found;
}

async function failing(error: Error): Promise<void> {
  const failed = work('effect', { broker: 'net' }, async () => {
    throw error;
  });
  await expect(failed).rejects.toBe(error);
}

describe('traces', () => {
  test('nest as the work does, below the trace a client sent along', async () => {
    const running = start();
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await work(
      'gateway.method',
      { method: 'chat.send' },
      () =>
        work('turn', { runId: 'r1' }, () =>
          Promise.all([
            work('model.request', {}, async (found) => {
              found['inputTokens'] = 7;
            }),
            work('tool.call', { tool: 'read' }, () => Promise.resolve()),
          ]),
        ),
      parent,
    );
    await running.close();
    expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(
      new Set(['a'.repeat(32)]),
    );
    expect(span('gateway.method').parentSpanId).toBe('b'.repeat(16));
    expect(span('turn').parentSpanId).toBe(span('gateway.method').spanId);
    expect(span('model.request').parentSpanId).toBe(span('turn').spanId);
    expect(span('tool.call').parentSpanId).toBe(span('turn').spanId);
    expect(span('model.request').attributes['portcullis.inputTokens']).toBe(7);
    expect(span('tool.call').attributes).toEqual({ 'portcullis.tool': 'read' });
  });

  test('tell of a failure by its code alone', async () => {
    const running = start();
    await failing(new PortcullisError('net.denied', 'canary-message', { hint: 'canary-hint' }));
    await failing(new Error('canary-plain'));
    await running.close();
    expect(collector.spans.map(({ status }) => status.message)).toEqual([
      'net.denied',
      'unexpected',
    ]);
    expect(collector.bodies.join('')).not.toContain('canary');
  });

  test('are not made when they stop', async () => {
    await start().close();
    expect(channel.hasSubscribers).toBe(false);
    await work('turn', {}, () => Promise.resolve());
    expect(collector.spans).toEqual([]);
  });

  test('are thinned out as asked for, whole traces at a time', async () => {
    const running = start({ sampleRate: 0 });
    await work('turn', {}, () => work('tool.call', {}, () => Promise.resolve()));
    await running.close();
    expect(collector.spans).toEqual([]);
  });

  test('carry the headers of the config, which a log cannot print', async () => {
    const token = new Secret('Bearer collector-canary', 'diagnostics.otel.headers.authorization');
    const running = start({ headers: { authorization: token } });
    await work('turn', {}, () => Promise.resolve());
    await running.close();
    expect(collector.headers[0]?.authorization).toBe('Bearer collector-canary');
  });
});

describe('a collector', () => {
  test('that is gone keeps nothing waiting', async () => {
    const gone = collector.url;
    await collector.close();
    const running = start({ endpoint: gone });
    expect(await work('turn', {}, () => Promise.resolve('done'))).toBe('done');
    await running.close(500);
    expect(channel.hasSubscribers).toBe(false);
    collector = await startCollector();
  });

  test.each([
    'http://192.0.2.1:4318',
    'http://localhost.example.com',
    'https://me:secret@example.com',
    'ftp://127.0.0.1',
    'nonsense',
  ])('at %s is refused', (endpoint) => {
    expect(() => startTelemetry({ serviceVersion: '1', endpoint })).toThrow(
      expect.objectContaining({ code: 'telemetry.endpoint' }),
    );
  });
});
