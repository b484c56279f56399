// The sandbox that the config asks for is tried at the start, and its absence is told.
import { afterEach, expect, test, vi } from 'vitest';

import { Sandbox } from '../../src/brokers/proc/sandbox.ts';
import { type Harness, openHarness } from '../pipeline/harness.ts';

let harness: Harness | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await harness?.close();
  harness = undefined;
});

const withSandbox = (sandbox: object) => ({
  gateway: { mode: 'local' },
  agents: {
    defaults: { sandbox },
    entries: { main: {}, open: { sandbox: { mode: 'off' } } },
  },
});

async function codes(): Promise<readonly unknown[]> {
  const lines = (await harness?.gateway.services.audit.log({ limit: 100 })) ?? [];
  return lines.map(({ entry }) => entry['code']);
}

test('one that is asked for and missing is written down, and the gateway starts', async () => {
  const probe = vi
    .spyOn(Sandbox.prototype, 'probe')
    .mockResolvedValue({ available: false, why: 'it is not installed' });
  harness = await openHarness({ config: withSandbox({ mode: 'all' }) });
  expect(probe).toHaveBeenCalledOnce();
  expect(await codes()).toContain('sandbox.unavailable');
});

test('one that nobody asks for is not tried', async () => {
  const probe = vi.spyOn(Sandbox.prototype, 'probe');
  harness = await openHarness({ config: withSandbox({ mode: 'off' }) });
  expect(probe).not.toHaveBeenCalled();
  expect(await codes()).not.toContain('sandbox.unavailable');
});
