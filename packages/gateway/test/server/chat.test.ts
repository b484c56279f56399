import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Bench, connect, startBench } from './clients.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

test('the published client connects, sends, and hears the answer to its end', async () => {
  const { client, waitFor, events, gaps } = await connect(bench);
  const sent = await client.request('chat.send', {
    sessionKey: 'main',
    message: 'hello',
    idempotencyKey: 'run-1',
  });
  expect(sent).toEqual({ runId: 'run-1', status: 'started' });
  const final = await waitFor(
    (each) => each.event === 'chat' && each.payload?.['state'] === 'final',
  );
  expect(final.payload).toMatchObject({
    runId: 'run-1',
    sessionKey: 'agent:main:main',
    agentId: 'main',
    state: 'final',
    stopReason: 'stop',
    message: { role: 'assistant', content: [{ type: 'text', text: 'echo: hello' }] },
  });
  const states = events
    .filter((each) => each.event === 'chat')
    .map((each) => each.payload?.['state']);
  expect(states).toEqual(['delta', 'final']);
  expect(gaps).toEqual([]);
});
