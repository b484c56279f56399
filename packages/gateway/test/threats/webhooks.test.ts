import { afterEach, expect, test } from 'vitest';

import { type Harness, openHarness } from '../pipeline/harness.ts';

let harness: Harness;

afterEach(() => harness.close());

test('P11.05: accounts that ask for the same path get one each, and reach no other', async () => {
  const called: string[] = [];
  const accounts = { one: {}, two: {} };
  harness = await openHarness({
    config: { gateway: { mode: 'local' }, channels: { telegram: { accounts } } },
    onAccount: ({ accountId, route }) => {
      const paths = ['/webhook', '/../two/webhook', '/../../../x', ''];
      for (const path of paths) {
        route(path, async () => {
          called.push(`${accountId} at ${path}`);
          return { status: 200 };
        });
      }
    },
  });
  await harness.network.started;
  const { route } = harness.gateway;
  const request = {
    method: 'POST',
    path: '',
    headers: {},
    body: new Uint8Array(),
    client: '127.0.0.1',
  };
  for (const account of ['one', 'two']) {
    await route(`/channels/telegram/${account}/webhook`)?.handle(request);
  }
  expect(called).toEqual(['one at /webhook', 'two at /webhook']);
  for (const path of ['/webhook', '/x', '/channels/telegram/webhook', '/channels/telegram/three']) {
    expect([path, route(path)]).toEqual([path, undefined]);
  }
});
