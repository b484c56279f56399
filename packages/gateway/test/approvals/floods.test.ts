/** Whoever asks too often is stopped, and approvers are left alone. */
import type { Tool } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import {
  type Harness,
  ScriptedModel,
  cli,
  direct,
  openHarness,
  until,
} from '../pipeline/harness.ts';
import { tell } from '../pipeline/tell-tool.ts';

const OWNER = '7';
const GUEST = '42';
const OTHER = '43';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: [`telegram:${OWNER}`] },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: [OWNER, GUEST, OTHER] } },
};

/** Never takes a no for an answer. */
class Stubborn extends ScriptedModel {
  asked = 0;

  constructor() {
    super();
    this.stream = async function* (this: Stubborn, request) {
      this.requests.push(request);
      this.asked += 1;
      const text = `attempt ${String(this.asked)}`;
      const input = { to: 'telegram:99', text };
      yield { type: 'tool-call', id: `call-${String(this.asked)}`, name: 'tell', input };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    };
  }
}

let harness: Harness;
let model: Stubborn;

async function open(folder?: string, clock?: { now: number }): Promise<void> {
  model = new Stubborn();
  harness = await openHarness({
    config: CONFIG,
    tools: [tell as Tool],
    model,
    ...(folder === undefined ? {} : { folder }),
    ...(clock === undefined ? {} : { clock }),
  });
}

afterEach(async () => {
  await harness.gateway.stop('test', 20);
  await harness.close();
});

/** Denies every question until the requester heard something; resolves with how many there were. */
async function denyAll(requester: string): Promise<number> {
  const { approvals } = harness.gateway.services;
  const before = harness.network.texts(requester).length;
  let denied = 0;
  await until(async () => {
    for (const { id } of await approvals.pending()) {
      await approvals.resolve(cli, id, 'deny');
      denied += 1;
    }
    return harness.network.texts(requester).length > before;
  }, 'the end of the run');
  return denied;
}

const STOPPED =
  'I stopped here: I have asked for permission too often, and it was not given. Please write again in a while, or ask for something else.';

function notices(): readonly string[] {
  return harness.network.texts(OWNER).filter((text) => text.startsWith('**Stopped:'));
}

async function floods(): Promise<number> {
  const lines = await harness.gateway.services.audit.log({ limit: 10_000 });
  return lines.filter(({ entry }) => entry['code'] === 'approval.ask_flood').length;
}

test('a model that asks for ever is stopped, its requester told, its approver told once', async () => {
  await open();
  await harness.network.deliver(direct(GUEST, 'tell 99'));
  expect(await denyAll(GUEST)).toBe(10);
  expect(harness.network.texts(GUEST)).toEqual([STOPPED]);
  await until(() => notices().length === 1, 'the notice');
  expect(notices()[0]).toContain('for `telegram:42` in `agent:main:telegram:direct:42`');
  expect(await floods()).toBe(1);
  const asked = model.asked;
  // The next message of the guest ends at its first question, and nobody is bothered.
  await harness.network.deliver(direct(GUEST, 'please'));
  await until(() => harness.network.texts(GUEST).length === 2, 'the second end');
  expect(model.asked).toBe(asked + 1);
  expect(await floods()).toBe(2);
  expect(notices()).toHaveLength(1);
});

test('is still stopped after a restart, and may ask again when the time is over', async () => {
  await open();
  await harness.network.deliver(direct(GUEST, 'tell 99'));
  await denyAll(GUEST);
  const { folder, clock } = harness;
  await harness.gateway.stop('restart', 50);
  await harness.store.close();
  await open(folder, clock);
  await harness.network.deliver(direct(GUEST, 'please'));
  await until(() => harness.network.texts(GUEST).length === 1, 'the end');
  expect(harness.network.texts(GUEST)).toEqual([STOPPED]);
  expect(notices()).toEqual([]);
  clock.now += 10 * 60_000 + 1;
  await harness.network.deliver(direct(GUEST, 'once more'));
  const { approvals } = harness.gateway.services;
  await until(async () => (await approvals.pending()).length === 1, 'a question');
});

test('does not stop somebody else, and what is allowed is no flood', async () => {
  await open();
  await harness.network.deliver(direct(GUEST, 'tell 99'));
  await denyAll(GUEST);
  await harness.network.deliver(direct(OTHER, 'tell 99'));
  const { approvals } = harness.gateway.services;
  for (let count = 0; count < 12; count += 1) {
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    const [item] = await approvals.pending();
    await approvals.resolve(cli, item?.id ?? '', 'allow-once');
    await until(() => harness.network.texts('99').length === count + 1, 'the message');
  }
  expect(harness.network.texts(OTHER)).toEqual([]);
});
