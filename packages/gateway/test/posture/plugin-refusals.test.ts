import { createRegistry } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { expect, onTestFinished, test } from 'vitest';

import type { RefusedPlugin } from '../../src/posture/plugin-refusals.ts';
import { createGateway } from '../../src/standalone/create-gateway.ts';
import { TOKEN, openWorld } from '../changes/world.ts';

/** A gateway whose plugins are refused as `refused` says at the time. */
async function gatewayWith(refused: { now: readonly RefusedPlugin[] }): Promise<{
  rows(): Promise<readonly (readonly [string, string])[]>;
  reload(): Promise<unknown>;
}> {
  const config = `{ gateway: { mode: "local", auth: { token: "${TOKEN}-of-a-good-length" } } }`;
  const world = await openWorld(config);
  await world.close();
  const registered = createRegistry();
  const gateway = await createGateway({
    paths: world.paths,
    port: 0,
    openStore: openSqliteStore,
    models: () =>
      ({
        forAgent: () => {
          throw new Error('no model');
        },
        report: () => [],
      }) as never,
    plugins: {
      registered,
      get refused() {
        return refused.now;
      },
      load: async () => undefined,
    },
  });
  onTestFinished(() => gateway.stop());
  return {
    rows: async () => {
      const { lines } = await gateway.call('audit.log', { limit: 100 });
      return lines.flatMap(({ entry }) =>
        typeof entry['plugin'] === 'string' ? [[entry['plugin'], String(entry.code)] as const] : [],
      );
    },
    reload: async () => {
      const { hash: baseHash, raw } = await gateway.call('config.get', {});
      const next = `${raw}// another look ${String(Math.trunc(performance.now()))}\n`;
      const { confirm } = await gateway.call('config.preview', { raw: next, baseHash });
      return await gateway.call('config.set', { raw: next, baseHash, ...(confirm && { confirm }) });
    },
  };
}

test('a plugin that is refused has its row at the start, and another one when the reason is another', async () => {
  const refused = { now: [{ id: 'a', code: 'plugin.drift' }] as readonly RefusedPlugin[] };
  const gateway = await gatewayWith(refused);
  expect(await gateway.rows()).toEqual([['a', 'plugin.drift']]);
  await gateway.reload();
  refused.now = [
    { id: 'a', code: 'plugin.failed' },
    { id: 'b', code: 'plugin.not_pinned' },
  ];
  await gateway.reload();
  await expect
    .poll(() => gateway.rows())
    .toEqual([
      ['a', 'plugin.drift'],
      ['a', 'plugin.failed'],
      ['b', 'plugin.not_pinned'],
    ]);
});
