import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Broadcaster } from '../../../src/server/broadcast.ts';
import type { Connection } from '../../../src/server/connection.ts';
import type { GatewayNotice } from '../../../src/services.ts';
import { createFakeServices, type FakeServices } from '../fake-services.ts';

let services: FakeServices;

beforeEach(async () => {
  services = await createFakeServices();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await services.dispose();
});

/** Connections that note what they are told, and one that holds nothing. */
function crowd(count: number): { readonly set: Set<Connection>; readonly told: string[] } {
  const told: string[] = [];
  const connections = Array.from({ length: count }, (_, index) => ({
    facts: { role: 'operator' },
    holds: () => index > 0,
    sendEvent: (event: string) => told.push(`${event} ${String(index)}`),
  }));
  return { set: new Set(connections as unknown as Connection[]), told };
}

const delta = (deltaText: string): GatewayNotice => ({
  type: 'chat',
  runId: 'run',
  sessionKey: 'agent:main:main',
  agentId: 'main',
  seq: 1,
  state: 'delta',
  deltaText,
});

describe('what is told to ten thousand', () => {
  test('lets others have their turn in between, and reaches each with its scope once', async () => {
    const { set, told } = crowd(10_000);
    const broadcaster = new Broadcaster(services, set);
    const done = broadcaster.emitGently('agent', {
      runId: 'run',
      sessionKey: 'agent:main:main',
      agentId: 'main',
      seq: 1,
      stream: 'lifecycle',
      ts: 1,
      data: {},
    });
    const turns: number[] = [];
    let next: NodeJS.Immediate | undefined;
    const look = (): void => {
      turns.push(told.length);
      next = setImmediate(look);
    };
    look();
    await done;
    clearImmediate(next);
    expect(new Set(turns).size).toBeGreaterThan(20);
    expect(new Set(told)).toEqual(
      new Set(Array.from({ length: 9999 }, (_, at) => `agent ${String(at + 1)}`)),
    );
    expect(told).toHaveLength(9999);
  });

  test('is told more seldom when telling it takes long', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const clock = vi.spyOn(performance, 'now');
    const { set, told } = crowd(2);
    const broadcaster = new Broadcaster(services, set);
    clock.mockReturnValueOnce(0).mockReturnValueOnce(100);
    broadcaster.accept(delta('a'));
    vi.advanceTimersByTime(30);
    expect(told).toHaveLength(2);
    broadcaster.accept(delta('b'));
    vi.advanceTimersByTime(399);
    expect(told).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(told).toHaveLength(4);
    broadcaster.stop();
  });
});
