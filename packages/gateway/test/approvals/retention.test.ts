/** Questions are kept for a while; who answered what stays in the audit log. */
import type { Tool } from '@portcullis/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';
import { tell } from '../pipeline/tell-tool.ts';

const DAY_MS = 24 * 3_600_000;

let harness: Harness;

beforeEach(async () => {
  // Only the clock of the hourly sweep is ours; everything else runs as it does.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      session: { dmScope: 'per-channel-peer' },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
    tools: [tell as Tool],
  });
});

afterEach(async () => {
  await harness.gateway.stop('test', 20);
  await harness.close();
  vi.useRealTimers();
});

async function deniedQuestion(): Promise<string> {
  harness.model.script.push(async function* () {
    const input = { to: 'telegram:43', text: 'psst' };
    const id = `call-${String(harness.model.requests.length)}`;
    yield { type: 'tool-call', id, name: 'tell', input };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  const { approvals } = harness.gateway.services;
  await harness.network.deliver(direct('42', 'tell 43'));
  await until(async () => (await approvals.pending()).length === 1, 'a question');
  const [item] = await approvals.pending();
  await approvals.resolve(cli, item?.id ?? '', 'deny');
  return item?.id ?? '';
}

test('questions are forgotten after 30 days, the lines about them are not', async () => {
  const { approvals, audit } = harness.gateway.services;
  const old = await deniedQuestion();
  harness.clock.now += 29 * DAY_MS;
  const young = await deniedQuestion();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect((await approvals.get(old))?.state).toBe('denied');
  harness.clock.now += DAY_MS + 1;
  await vi.advanceTimersByTimeAsync(3_600_000);
  await until(async () => (await approvals.get(old)) === undefined, 'the end of the old one');
  expect((await approvals.get(young))?.state).toBe('denied');
  const lines = await audit.log({ limit: 1000 });
  const answered = lines.filter(({ entry }) => entry['code'] === 'approval.denied');
  expect(answered.map(({ entry }) => entry['approval'])).toEqual([old, young]);
});
