import { afterEach, describe, expect, test } from 'vitest';

import { LANE_CAP } from '../../src/session/lanes.ts';
import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';
import { auditCodes, settle } from './aftermath.ts';

const BASE = { gateway: { mode: 'local' }, session: { dmScope: 'per-channel-peer' } };

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

describe('a flood from one chat', () => {
  test('P33.04: is bounded, and others are answered meanwhile', async () => {
    const channels = { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } };
    harness = await openHarness({ config: { ...BASE, channels } });
    const gate = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      await gate.promise;
      yield { type: 'text', delta: 'slow' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    await harness.network.deliver(direct('42', 'first'));
    await until(() => harness.model.requests.length === 1, 'the first turn');
    const flood = Array.from({ length: LANE_CAP + 50 }, (_, index) =>
      harness.network.deliver(direct('42', `flood ${String(index)}`)),
    );
    await harness.network.deliver(direct('43', 'am I heard?'));
    const answers = (): readonly string[] => harness.network.texts('43');
    await expect.poll(answers, { timeout: 30_000 }).toEqual(['echo: am I heard?']);
    // Answered while all of the flood still waits behind its first message.
    expect(harness.network.texts('42')).toEqual([]);
    await Promise.all(flood);
    const newest = async (): Promise<readonly unknown[]> => {
      const lines = await harness.gateway.services.audit.log({ limit: 100, last: true });
      return lines.map(({ entry }) => entry['code']);
    };
    await expect.poll(newest, { timeout: 30_000 }).toContain('ingress.queue_full');
    expect(harness.model.requests).toHaveLength(2);
    // What waits is left for the next start; the turn in progress ends at once.
    const stopped = harness.gateway.stop('test', 50);
    gate.resolve();
    await stopped;
  }, 60_000);
});

describe('two hundred strangers', () => {
  test('P13.05: fill three places, and get three messages', async () => {
    harness = await openHarness({
      config: { ...BASE, channels: { telegram: { dmPolicy: 'pairing' } } },
    });
    for (let round = 0; round < 2; round += 1) {
      for (let stranger = 1; stranger <= 200; stranger += 1) {
        await harness.network.deliver(direct(String(1000 + stranger), 'let me in'));
      }
    }
    await settle(harness);
    const { pending } = await harness.gateway.services.pairing.list();
    expect(pending.map(({ senderId }) => senderId)).toEqual(['1001', '1002', '1003']);
    expect(harness.network.sent.map(({ to }) => to.id)).toEqual(['1001', '1002', '1003']);
    expect(harness.model.requests).toEqual([]);
  });
});

describe('the clock', () => {
  test('P23.05: turned back brings no pairing code back', async () => {
    harness = await openHarness({
      config: { ...BASE, channels: { telegram: { dmPolicy: 'pairing' } } },
    });
    const { pairing } = harness.gateway.services;
    await harness.network.deliver(direct('42', 'hello'));
    await until(async () => (await pairing.list()).pending.length === 1, 'a code');
    const code = (await pairing.list()).pending[0]?.code ?? '';
    harness.clock.now += 3_600_001;
    const late = await pairing.approve(cli, { channel: 'telegram', code });
    expect(late.code).toBe('pairing.code.not_found');
    harness.clock.now -= 3_600_001;
    const back = await pairing.approve(cli, { channel: 'telegram', code });
    expect(back.code).toBe('pairing.code.not_found');
    await settle(harness);
    expect(await auditCodes(harness)).not.toContain('pairing.approved');
  });

  test('P23.05: far ahead of a code makes it worth nothing', async () => {
    harness = await openHarness({
      config: { ...BASE, channels: { telegram: { dmPolicy: 'pairing' } } },
    });
    const { pairing } = harness.gateway.services;
    harness.clock.now += 86_400_000;
    await harness.network.deliver(direct('42', 'hello'));
    await until(async () => (await pairing.list()).pending.length === 1, 'a code');
    const code = (await pairing.list()).pending[0]?.code ?? '';
    harness.clock.now -= 86_400_000;
    const back = await pairing.approve(cli, { channel: 'telegram', code });
    expect(back.code).toBe('pairing.code.not_found');
  });
});
