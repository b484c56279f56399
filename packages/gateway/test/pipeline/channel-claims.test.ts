// What a channel may not state, so that nothing a network sends opens another door.
import type { Event } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import { type Harness, direct, openHarness } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const claims: readonly (readonly [string, Partial<Event>])[] = [
  ['an operator', { kind: 'operator', origin: { id: 'x', scopes: ['operator.admin'] } }],
  ['a hook', { kind: 'hook', origin: { id: 'x' } }],
  ['a job', { kind: 'cron', origin: { id: 'x' } }],
  ['a sub-agent', { kind: 'subagent', origin: { id: 'x' } }],
  ['an origin beside a message', { origin: { id: 'x', sessionKey: 'agent:main:main' } }],
  [
    'another channel',
    { conversation: { channel: 'whatsapp', accountId: 'default', kind: 'direct', id: '42' } },
  ],
  [
    'another account',
    { conversation: { channel: 'telegram', accountId: 'work', kind: 'direct', id: '42' } },
  ],
];

test.each(claims)('P14.06: a channel cannot claim %s', async (_, claim) => {
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
  });
  await expect(harness.network.deliver(direct('42', 'hello', claim))).rejects.toMatchObject({
    code: 'channel.event_refused',
  });
  expect(harness.model.requests).toEqual([]);
});
