import { type EventName, EVENTS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connect,
  connectDevice,
  makeRawDevice,
  openAuthed,
  type Raw,
  startBench,
} from './clients.ts';
import { publishedFaults } from './published-schema.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench({ tickIntervalMs: 40 });
});

afterEach(() => bench.close());

function eventsOf(raw: Raw): readonly string[] {
  return raw.frames.flatMap((frame) => (frame.event === undefined ? [] : [frame.event]));
}

/** Numbers of the events of a connection, in the order they came. */
function numbers(raw: Raw): readonly number[] {
  return raw.frames.flatMap((frame) => (frame.seq === undefined ? [] : [frame.seq]));
}

async function talk(raw: Raw, runId: string): Promise<void> {
  await raw.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: runId });
  await raw.next(
    (frame) => frame.payload?.['runId'] === runId && frame.payload['state'] === 'final',
  );
}

describe('numbers', () => {
  test('are contiguous for every connection, whatever it may hear', async () => {
    const admin = await openAuthed(bench);
    const pairer = await openAuthed(bench, { scopes: ['operator.pairing'] });
    await admin.request('sessions.subscribe');
    await admin.request('sessions.messages.subscribe', { key: 'main' });
    await talk(admin, 'r1');
    await pairer.next((frame) => frame.event === 'tick');
    for (const raw of [admin, pairer]) {
      const seen = numbers(raw);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toEqual(seen.map((_, index) => index + 1));
    }
    expect(eventsOf(pairer)).not.toContain('chat');
    expect(eventsOf(pairer)).not.toContain('agent');
    expect(eventsOf(pairer)).not.toContain('presence');
  });

  test('of a run rise on agent events and never fall on chat events', async () => {
    const raw = await openAuthed(bench);
    await talk(raw, 'r1');
    await raw.next(
      (frame) => (frame.payload?.['data'] as { phase?: string } | undefined)?.phase === 'end',
    );
    const seqs = (event: string) =>
      raw.frames
        .filter((frame) => frame.event === event)
        .map((frame) => Number(frame.payload?.['seq']));
    expect(seqs('agent')).toEqual([1, 2, 3]);
    expect(seqs('chat')).toEqual([2, 2]);
  });
});

describe('a run', () => {
  test('is told in order: start, deltas, one end, nothing after', async () => {
    const raw = await openAuthed(bench);
    const common = { runId: 'r', sessionKey: 'agent:main:main', agentId: 'main' } as const;
    const { notify } = bench.services;
    notify({ type: 'chat', ...common, seq: 1, state: 'delta', deltaText: 'a', text: 'a' });
    notify({ type: 'chat', ...common, seq: 2, state: 'delta', deltaText: 'b', text: 'ab' });
    notify({
      type: 'chat',
      ...common,
      seq: 3,
      state: 'final',
      text: 'ab',
      usage: { input: 1, output: 2 },
    });
    notify({ type: 'chat', ...common, seq: 4, state: 'delta', deltaText: 'late', text: 'late' });
    notify({ type: 'chat', ...common, seq: 5, state: 'error', errorMessage: 'late' });
    await new Promise((resolve) => setTimeout(resolve, 80));
    const chats = raw.frames
      .filter((frame) => frame.event === 'chat')
      .map((frame) => frame.payload);
    expect(chats).toMatchObject([
      { state: 'delta', deltaText: 'ab', message: { content: [{ type: 'text', text: 'ab' }] } },
      { state: 'final', usage: { input: 1, output: 2, totalTokens: 3 } },
    ]);
  });

  test('whose deltas come without the whole text is put together', async () => {
    const raw = await openAuthed(bench);
    const common = { runId: 'r', sessionKey: 'agent:main:main', agentId: 'main' } as const;
    bench.services.notify({ type: 'chat', ...common, seq: 1, state: 'delta', deltaText: 'a' });
    await raw.next((frame) => frame.payload?.['deltaText'] === 'a');
    bench.services.notify({ type: 'chat', ...common, seq: 2, state: 'delta', deltaText: 'b' });
    const second = await raw.next((frame) => frame.payload?.['deltaText'] === 'b');
    expect(second.payload).toMatchObject({ message: { content: [{ type: 'text', text: 'ab' }] } });
  });

  test('that fails says why', async () => {
    const raw = await openAuthed(bench);
    const common = { runId: 'r', sessionKey: 'agent:main:main', agentId: 'main', seq: 1 } as const;
    bench.services.notify({
      type: 'chat',
      ...common,
      state: 'error',
      errorMessage: 'The model refused.',
      errorKind: 'refusal',
    });
    const event = await raw.next((frame) => frame.event === 'chat');
    expect(event.payload).toEqual({
      runId: 'r',
      sessionKey: 'agent:main:main',
      agentId: 'main',
      seq: 1,
      state: 'error',
      errorMessage: 'The model refused.',
      errorKind: 'refusal',
    });
  });
});

test('every event fits its schema, ours and the published one', async () => {
  const raw = await openAuthed(bench);
  await raw.request('sessions.subscribe');
  await raw.request('sessions.messages.subscribe', { key: 'main' });
  await connectDevice(bench, makeRawDevice());
  await talk(raw, 'r1');
  await raw.next((frame) => frame.event === 'tick');
  const seen = new Set(eventsOf(raw));
  seen.delete('connect.challenge');
  expect([...seen].toSorted()).toEqual(
    ['agent', 'chat', 'presence', 'session.message', 'sessions.changed', 'tick'].toSorted(),
  );
  for (const frame of raw.frames) {
    if (frame.event === undefined || frame.event === 'connect.challenge') continue;
    const { payload } = EVENTS[frame.event as EventName];
    expect([frame.event, payload.safeParse(frame.payload).error]).toEqual([frame.event, undefined]);
    expect(publishedFaults('EventFrame', frame)).toEqual([]);
    if (frame.event === 'chat') expect(publishedFaults('ChatEvent', frame.payload)).toEqual([]);
    if (frame.event === 'agent') expect(publishedFaults('AgentEvent', frame.payload)).toEqual([]);
  }
});

describe('subscriptions', () => {
  test('to sessions bring changes with the row, until they end', async () => {
    const raw = await openAuthed(bench);
    expect((await raw.request('sessions.subscribe')).payload).toEqual({ subscribed: true });
    await talk(raw, 'r1');
    const started = await raw.next((frame) => frame.event === 'sessions.changed');
    expect(started.payload).toMatchObject({
      sessionKey: 'agent:main:main',
      agentId: 'main',
      reason: 'agent.run.started',
      phase: 'start',
      session: { key: 'agent:main:main' },
    });
    await raw.next((frame) => frame.payload?.['phase'] === 'end');
    expect((await raw.request('sessions.unsubscribe')).payload).toEqual({ subscribed: false });
    const before = eventsOf(raw).filter((event) => event === 'sessions.changed').length;
    await talk(raw, 'r2');
    expect(eventsOf(raw).filter((event) => event === 'sessions.changed')).toHaveLength(before);
  });

  test('to messages bring those of one session', async () => {
    const raw = await openAuthed(bench);
    const subscribed = await raw.request('sessions.messages.subscribe', { key: 'main' });
    expect(subscribed.payload).toEqual({ subscribed: true, key: 'agent:main:main' });
    await raw.request('chat.send', {
      sessionKey: 'agent:main:other',
      message: 'hi',
      idempotencyKey: 'other',
    });
    await talk(raw, 'r1');
    await raw.next(
      (frame) => frame.event === 'session.message' && frame.payload?.['messageSeq'] === 2,
    );
    const messages = raw.frames.filter((frame) => frame.event === 'session.message');
    expect(messages.map((frame) => frame.payload?.['sessionKey'])).toEqual([
      'agent:main:main',
      'agent:main:main',
    ]);
    expect(messages[0]?.payload).toMatchObject({ messageId: 'm1', message: { role: 'user' } });
  });
});

test('presence shows clients that people look at', async () => {
  const raw = await openAuthed(bench);
  const device = await connectDevice(bench, makeRawDevice());
  const came = await raw.next((frame) => frame.event === 'presence');
  expect(came.payload?.['presence']).toMatchObject([{ mode: 'gateway' }, { mode: 'ui' }]);
  expect(came['stateVersion']).toEqual({ presence: 2, health: 1 });
  device.socket.close();
  const left = await raw.next((frame) => frame.event === 'presence' && frame !== came);
  expect(left.payload?.['presence']).toHaveLength(1);
});

test('the published client sees no gap', async () => {
  const { client, gaps, waitFor } = await connect(bench, { scopes: ['operator.write'] });
  await client.request('sessions.subscribe', {});
  for (const run of ['a', 'b', 'c']) {
    await client.request('chat.send', { sessionKey: 'main', message: run, idempotencyKey: run });
    await waitFor((each) => each.payload?.['runId'] === run && each.payload['state'] === 'final');
  }
  expect(gaps).toEqual([]);
});

describe('shutdown', () => {
  test('is told, then every socket closes with 1012', async () => {
    const raw = await openAuthed(bench);
    const { events, closes } = await connect(bench);
    await bench.server.close(200);
    expect(await raw.closed).toEqual({ code: 1012, reason: 'service restart' });
    const last = raw.frames.at(-1);
    expect(last).toMatchObject({ event: 'shutdown', payload: { reason: 'gateway stopping' } });
    expect(events.at(-1)?.event).toBe('shutdown');
    await expect.poll(() => closes[0]?.code).toBe(1012);
  });

  test('that the gateway announced itself is told once', async () => {
    const raw = await openAuthed(bench);
    bench.services.notify({ type: 'shutdown', reason: 'update' });
    await bench.server.close(200);
    await raw.closed;
    const told = raw.frames.filter((frame) => frame.event === 'shutdown');
    expect(told.map((frame) => frame.payload)).toEqual([{ reason: 'update' }]);
  });

  test('is within its budget although a client does not answer', async () => {
    const raw = await openAuthed(bench);
    raw.socket.pause();
    const started = performance.now();
    await bench.server.close(200);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test('a client that does not read is cut off and holds nobody up', async () => {
  const slow = await openAuthed(bench);
  const reader = await openAuthed(bench);
  slow.socket.pause();
  const text = 'x'.repeat(4_000_000);
  const common = { runId: 'r', sessionKey: 'agent:main:main', agentId: 'main' } as const;
  for (let round = 0; round < 24 && bench.server.connections > 1; round += 1) {
    const runId = `r${round}`;
    bench.services.notify({ type: 'chat', ...common, runId, seq: 1, state: 'final', text });
    await reader.next((frame) => frame.payload?.['runId'] === runId);
  }
  await expect.poll(() => bench.server.connections, { timeout: 5000 }).toBe(1);
  expect((await reader.request('health')).ok).toBe(true);
});

async function openWatched(): Promise<Raw> {
  await bench.close();
  bench = await startBench({ healthLookMs: 5 });
  return await openAuthed(bench, { scopes: [] });
}

describe('health', () => {
  test('is told to everybody as soon as it is another one, with its version', async () => {
    const raw = await openWatched();
    const [report] = bench.services.channels();
    if (report === undefined) throw new Error('no channel');
    expect(await raw.request('health')).toMatchObject({ ok: true });
    Object.assign(bench.services, { channels: () => [{ ...report, state: 'failed' }] });
    const { payload, stateVersion } = await raw.next(({ event }) => event === 'health');
    expect(payload).toMatchObject({ channels: { telegram: { running: false, connected: false } } });
    expect(stateVersion).toMatchObject({ health: 2 });
    const { payload: asked } = await raw.request('health');
    expect(asked?.['channels']).toEqual(payload?.['channels']);
  });

  test('is not told again while nothing but the time of a contact changed', async () => {
    const raw = await openWatched();
    const [report] = bench.services.channels();
    let looks = 0;
    Object.assign(bench.services, {
      channels: () => [{ ...report, lastContactAt: (looks += 1) }],
    });
    await expect.poll(() => looks).toBeGreaterThan(5);
    await raw.request('health');
    expect(eventsOf(raw)).not.toContain('health');
  });
});
