/** Where the time of a turn goes, as a collector sees it; and what it never sees. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Collector, startCollector } from '../../packages/telemetry-otel/test/collector.ts';
import { type World, createWorld, until } from './world.ts';

let collector: Collector;
let world: World;

beforeAll(async () => {
  collector = await startCollector();
  world = await createWorld(
    () => 'canary-answer',
    (config) => ({
      ...config,
      diagnostics: {
        otel: {
          enabled: true,
          endpoint: collector.url,
          headers: { authorization: 'Bearer canary-collector-token' },
          flushIntervalMs: 100,
        },
      },
      logging: { level: 'debug' },
    }),
  );
});

afterAll(async () => {
  await world.close();
  await collector.close();
});

test('a message over the gateway protocol is one trace, without a word of it', async () => {
  await world.start();
  const operator = await world.operator();
  await operator.call('chat.send', {
    sessionKey: 'main',
    message: 'canary-question',
    idempotencyKey: 'canary-run',
  });
  await operator.call('agent.wait', { runId: 'canary-run', timeoutMs: 20_000 });
  const named = (name: string) => collector.spans.find((span) => span.name === name);
  await until(
    () => ['gateway.method', 'turn', 'model.request'].every((name) => named(name) !== undefined),
    'the spans of the turn',
  );
  expect(named('model.request')?.parentSpanId).toBe(named('turn')?.spanId);
  expect(named('turn')?.attributes).toEqual({
    'portcullis.runId': 'canary-run',
    'portcullis.agentId': 'main',
  });
  const told = collector.bodies.join('\n').replaceAll('canary-run', '');
  expect(told).not.toContain('canary');
  expect(told).not.toContain(world.folder);
  expect(collector.headers[0]?.authorization).toBe('Bearer canary-collector-token');
  await operator.close();
});
