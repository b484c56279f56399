/**
 * Sends of which nobody knows whether they arrived, on networks that remember idempotency keys for
 * good, for a while, or not at all.
 */
import { type Channel, DeliveryError, type OutboundMessage, type Receipt } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import {
  cli,
  type Harness,
  MemoryNetwork,
  direct,
  openHarness,
  until,
} from '../pipeline/harness.ts';
import { outboxTable } from '../../src/outbox/row.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['7'] } },
};
const MINUTE = 60_000;

let harness: Harness;

afterEach(() => harness.close());

/** What becomes of each try: how long it takes, and how it fails. */
interface Try {
  readonly takesMs?: number;
  readonly outcome?: 'unknown' | 'retry' | 'failed';
}

async function open(members: Partial<Channel>, tries: readonly Try[]): Promise<OutboundMessage[]> {
  const network = new MemoryNetwork();
  const clock = { now: 1_700_000_000_000 };
  const seen: OutboundMessage[] = [];
  const left = [...tries];
  Object.assign(network.channel, {
    ...members,
    send: async (message: OutboundMessage) => {
      seen.push(message);
      const { takesMs = 0, outcome } = left.shift() ?? {};
      clock.now += takesMs;
      if (outcome !== undefined) throw new DeliveryError(outcome, 'test.lost', 'It was lost.');
      return { messageId: String(seen.length) };
    },
  });
  harness = await openHarness({ config: CONFIG, network, clock });
  await network.deliver(direct('7', 'hello'));
  return seen;
}

const row = async () => {
  const rows = await harness.store.transact((tx) => tx.find(outboxTable, { limit: 10 }));
  return rows[0]?.value;
};
const settled = async (): Promise<string | undefined> => {
  await until(async () => ['sent', 'unknown', 'failed'].includes((await row())?.state ?? ''));
  return (await row())?.state;
};

/** Starts a gateway over a row that an earlier one was sending. */
async function leftSending(members: Partial<Channel>, ageMs: number): Promise<MemoryNetwork> {
  await open(members, [{ takesMs: 60 * MINUTE, outcome: 'unknown' }]);
  await until(async () => (await row())?.attempts === 1);
  const found = await row();
  if (found === undefined) throw new Error('there is no row');
  const { doubtSince: _, ...old } = found;
  const settledAt = harness.clock.now - ageMs;
  await harness.store.transact((tx) =>
    tx.put(outboxTable, old.id, { ...old, state: 'sending', settledAt }),
  );
  const network = new MemoryNetwork();
  Object.assign(network.channel, members);
  harness = await harness.restart(network);
  await harness.start.settled;
  return network;
}

describe('a network that remembers keys for a while', () => {
  const idempotentSend = { withinMs: 5 * MINUTE };

  test('is sent the same again within that time, under the same key', async () => {
    const seen = await open({ idempotentSend }, [{ takesMs: MINUTE, outcome: 'unknown' }]);
    expect(await settled()).toBe('sent');
    expect(seen).toHaveLength(2);
    expect(seen[1]?.idempotencyKey).toBe(seen[0]?.idempotencyKey);
  });

  test('is sent nothing again after it', async () => {
    const seen = await open({ idempotentSend }, [{ takesMs: 5 * MINUTE, outcome: 'unknown' }]);
    expect(await settled()).toBe('unknown');
    expect(seen).toHaveLength(1);
  });

  test('is asked instead, where it can be', async () => {
    const asked: string[] = [];
    const lookup = async (key: string) => {
      asked.push(key);
      return { messageId: 'found' };
    };
    const seen = await open({ idempotentSend, lookup }, [
      { takesMs: 5 * MINUTE, outcome: 'unknown' },
    ]);
    await until(async () => (await row())?.state === 'sent');
    expect(await row()).toMatchObject({ messageId: 'found' });
    expect(asked).toEqual([seen[0]?.idempotencyKey]);
    expect(seen).toHaveLength(1);
  });

  test('counts from the first try that may have arrived, not from the last', async () => {
    const seen = await open({ idempotentSend }, [
      { takesMs: 3 * MINUTE, outcome: 'unknown' },
      { takesMs: 3 * MINUTE, outcome: 'unknown' },
    ]);
    expect(await settled()).toBe('unknown');
    expect(seen).toHaveLength(2);
  });

  test('that turns a repeat away does not make the first try a failure', async () => {
    const seen = await open({ idempotentSend }, [
      { takesMs: MINUTE, outcome: 'unknown' },
      { outcome: 'failed' },
    ]);
    expect(await settled()).toBe('unknown');
    expect(seen).toHaveLength(2);
  });

  test('whose time ran out while a 429 was waited for is sent nothing', async () => {
    const seen = await open({ idempotentSend }, [
      { takesMs: MINUTE, outcome: 'unknown' },
      { takesMs: 5 * MINUTE, outcome: 'retry' },
    ]);
    expect(await settled()).toBe('unknown');
    expect(seen).toHaveLength(2);
  });

  test('is sent what an operator wants sent, whatever its age', async () => {
    const seen = await open({ idempotentSend }, [{ takesMs: 5 * MINUTE, outcome: 'unknown' }]);
    expect(await settled()).toBe('unknown');
    await harness.gateway.services.outbox.retry(cli, seen[0]?.idempotencyKey ?? '');
    await until(async () => (await row())?.state === 'sent');
    expect(seen).toHaveLength(2);
  });
});

test('a network that remembers keys for good is sent the same again at any age', async () => {
  const seen = await open({ idempotentSend: true }, [{ takesMs: 60 * MINUTE, outcome: 'unknown' }]);
  expect(await settled()).toBe('sent');
  expect(seen).toHaveLength(2);
});

test('a network that remembers nothing is sent nothing again', async () => {
  const seen = await open({}, [{ outcome: 'unknown' }]);
  expect(await settled()).toBe('unknown');
  expect(seen).toHaveLength(1);
});

describe('what a stop left on its way', () => {
  test('is sent again while the network knows its key', async () => {
    const network = await leftSending({ idempotentSend: { withinMs: 5 * MINUTE } }, MINUTE);
    await until(() => network.sent.length === 1);
    expect(await settled()).toBe('sent');
  });

  test('stays in doubt once the network has forgotten it', async () => {
    const network = await leftSending({ idempotentSend: { withinMs: 5 * MINUTE } }, 5 * MINUTE);
    expect(await settled()).toBe('unknown');
    expect(network.sent).toEqual([]);
  });

  test('is said before what was to follow it, and before anything new', async () => {
    const idempotentSend = true as const;
    await open({ idempotentSend }, []);
    await until(async () => (await row())?.state === 'sent');
    const first = await row();
    if (first === undefined) throw new Error('there is no row');
    const { messageId: _, ...old } = first;
    const states = ['sending', 'pending', 'unknown', 'pending'] as const;
    await harness.store.transact((tx) => {
      for (const [index, state] of states.entries()) {
        const id = `left-${String(index)}`;
        const settledAt = harness.clock.now - MINUTE;
        tx.put(outboxTable, id, { ...old, id, state, settledAt, text: id });
      }
      return Promise.resolve();
    });
    const network = new MemoryNetwork();
    Object.assign(network.channel, { idempotentSend });
    harness = await harness.restart(network);
    await network.deliver(direct('7', 'and now?'));
    await until(() => network.sent.length === 5);
    const texts = network.texts('7');
    expect(texts.slice(0, 4)).toEqual(['left-0', 'left-1', 'left-2', 'left-3']);
    expect(texts[4]).toContain('and now?');
  });

  test('is asked about again where a process ended before it could ask', async () => {
    const asked: string[] = [];
    const lookup = (id: string): Promise<Receipt | undefined> => {
      asked.push(id);
      return Promise.resolve(asked.length > 1 ? { messageId: '77' } : undefined);
    };
    await leftSending({ lookup }, MINUTE);
    await until(() => asked.length === 1);
    expect(await settled()).toBe('unknown');
    const network = new MemoryNetwork();
    Object.assign(network.channel, { lookup });
    harness = await harness.restart(network);
    await until(async () => (await row())?.state === 'sent');
    expect(network.sent).toEqual([]);
    expect(new Set(asked).size).toBe(1);
  });
});
