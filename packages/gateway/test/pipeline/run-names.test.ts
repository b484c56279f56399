/** Clients name their own runs. */
import { afterEach, expect, test } from 'vitest';

import { type Harness, cli, direct, openHarness, until } from './harness.ts';
import { callsNext, sessionTools } from './session-tools.ts';

let harness: Harness;
afterEach(async () => {
  await harness.close();
});

test('a run that a client names like the work of a sub-agent is no sub-agent’s', async () => {
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      session: { dmScope: 'per-channel-peer' },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
    tools: sessionTools,
  });
  const { model, network, gateway } = harness;
  const { chat, sessions } = gateway.services;
  callsNext(model, 'sessions_spawn', { task: 'one' });
  await network.deliver(direct('42', 'go'));
  await until(() => network.texts('42').length === 1, 'an answer');
  const listed = await sessions.list();
  const child = listed.sessions.find(({ key }) => key.includes(':subagent:'));
  const idempotencyKey = `subagent:${child?.key.split(':').at(-1) ?? ''}`;
  callsNext(model, 'sessions_spawn', { task: 'two' });
  await chat.send(cli, { sessionKey: 'main', message: 'go', idempotencyKey });
  await until(() => model.heard.length === 6, 'the second result');
  // A sub-agent may have none of its own; this is an operator's.
  expect(model.heard[5]).toContain('<untrusted kind="session"');
});
