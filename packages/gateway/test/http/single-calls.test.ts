/** Calls of tools that callers make themselves, and who makes room for whom. */
import { setImmediate } from 'node:timers/promises';

import type { Event } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import type { GatewayInbox } from '../../src/intake/inbox.ts';
import type { Kernel } from '../../src/kernel.ts';
import type { Caller } from '../../src/services.ts';
import type { Runs } from '../../src/session/runs.ts';
import { SingleCalls } from '../../src/turn/single-call.ts';

const KEPT = 1000;

const caller = (name: string): Caller => ({
  id: `api:token:${name}`,
  kind: 'api',
  local: false,
  scopes: ['operator.write'],
});

test('who asks often takes nobody else’s call away', async () => {
  type Hear = (tx: unknown, event: Event, outcome: string) => Promise<void>;
  const heard: Hear[] = [];
  const events: Event[] = [];
  const inbox = {
    onEnd: (_kind: string, hear: Hear) => heard.push(hear),
    accept: async (event: Event) => {
      events.push(event);
      // What was asked for before and is not remembered is over at once.
      return event.origin?.id === 'token:often' ? 'duplicate' : 'accepted';
    },
  };
  const calls = new SingleCalls({ now: () => 0 } as unknown as Kernel, {
    inbox: inbox as unknown as GatewayInbox,
    runs: { abort: () => false } as unknown as Runs,
  });
  const ask = { tool: 'read', args: {}, sessionKey: 'agent:main:api:x' };
  const waits = calls.invoke(caller('waits'), ask);
  for (let at = 0; at <= KEPT; at += 1) {
    const idempotencyKey = `key-${String(at)}`;
    const answer = await calls.invoke(caller('often'), { ...ask, idempotencyKey });
    expect(answer).toMatchObject({ ok: false, kind: 'conflict' });
  }
  const [first] = events;
  expect(first?.origin?.id).toBe('token:waits');
  if (first !== undefined) await heard[0]?.(undefined, first, 'event.scope.missing');
  expect(await waits).toMatchObject({ ok: false, kind: 'forbidden', code: 'event.scope.missing' });
});

function open(): { readonly calls: SingleCalls; readonly aborted: string[] } {
  const aborted: string[] = [];
  const inbox = { onEnd: () => undefined, accept: async () => 'accepted' };
  const runs = { abort: (runId: string) => aborted.push(runId) };
  const calls = new SingleCalls({ now: () => 0 } as unknown as Kernel, {
    inbox: inbox as unknown as GatewayInbox,
    runs: runs as unknown as Runs,
  });
  return { calls, aborted };
}

describe('a call with a name', () => {
  const ask = {
    tool: 'read',
    args: {},
    sessionKey: 'agent:main:api:x',
    idempotencyKey: 'mine',
  };

  test('goes on without its caller, and stops when he may make none any more', async () => {
    const { calls, aborted } = open();
    const [gone, revoked] = [new AbortController(), new AbortController()];
    const signals = { signal: gone.signal, revoked: revoked.signal };
    const answer = calls.invoke(caller('one'), { ...ask, ...signals });
    gone.abort();
    await setImmediate();
    expect(aborted).toEqual([]);
    revoked.abort();
    expect(await answer).toMatchObject({ ok: false, kind: 'stopped' });
    expect(aborted).toHaveLength(1);
  });

  test('of one whose right was gone before it was accepted is stopped too', async () => {
    const { calls } = open();
    const revoked = AbortSignal.abort();
    const answer = await calls.invoke(caller('one'), { ...ask, revoked });
    expect(answer).toMatchObject({ ok: false, kind: 'stopped' });
  });

  test('is stopped by the name of its caller, and those of others are not', async () => {
    const { calls, aborted } = open();
    const one = calls.invoke(caller('one'), ask);
    void calls.invoke(caller('two'), ask);
    await setImmediate();
    calls.abortOf('api:token:one');
    expect(await one).toMatchObject({ ok: false, kind: 'stopped' });
    expect(aborted).toHaveLength(1);
  });
});
