import type { Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { ApprovalItem, Caller } from '../../src/services.ts';
import { type Harness, cli, direct, openHarness, until } from './harness.ts';
import { tell } from './tell-tool.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function open(folder?: string, more: object = {}): Promise<void> {
  harness = await openHarness({
    config: { ...CONFIG, ...more },
    tools: [tell as Tool],
    ...(folder === undefined ? {} : { folder }),
  });
}

function asksToTell(to: string): void {
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'call-1', name: 'tell', input: { to, text: 'psst' } };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
}

async function question(): Promise<ApprovalItem> {
  const { approvals } = harness.gateway.services;
  await until(async () => (await approvals.pending()).length === 1, 'a question');
  const [item] = await approvals.pending();
  if (item === undefined) throw new Error('no question');
  return item;
}

async function codes(): Promise<readonly unknown[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.map(({ entry }) => entry['code']);
}

describe('a message to somebody else, asked for by a guest', () => {
  test('waits for an approver, shows exactly what would be sent, and is sent once', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const item = await question();
    expect(item).toMatchObject({
      effect: 'send message',
      tool: 'tell',
      code: 'flow.message.not_owner',
    });
    expect(item.subject).toBe('{"accountId":"default","text":"psst","to":["telegram:43"]}');
    expect(harness.network.texts('43')).toEqual([]);
    await harness.gateway.services.approvals.resolve(cli, item.id, 'allow-once');
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual(['psst']);
    const seen = (await codes()).filter((code) => /^(?:approval|effect)\./u.test(String(code)));
    expect(seen).toEqual([
      'approval.pending',
      'approval.allowed',
      'approval.used',
      'effect.message',
      'effect.done',
    ]);
    await expect(
      harness.gateway.services.approvals.resolve(cli, item.id, 'deny'),
    ).rejects.toMatchObject({ code: 'exec.approval.already_resolved' });
  });

  test('P23.01: a yes comes too late for a guest who was sent away meanwhile', async () => {
    await open(undefined, { channels: { telegram: { dmPolicy: 'pairing' } } });
    const { pairing, approvals } = harness.gateway.services;
    await harness.network.deliver(direct('42', 'hello'));
    await until(async () => (await pairing.list()).pending.length === 1, 'a request');
    const code = (await pairing.list()).pending[0]?.code ?? '';
    await pairing.approve(cli, { channel: 'telegram', code });
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const item = await question();
    await pairing.revoke(cli, { channel: 'telegram', senderId: '42' });
    await approvals.resolve(cli, item.id, 'allow-once');
    await until(async () => (await codes()).includes('approval.voided'), 'the end of it');
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('is not sent when it is denied, and the model is told', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    await harness.gateway.services.approvals.resolve(cli, (await question()).id, 'deny');
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual([]);
    expect(harness.model.heard[1]).toContain('[exec.approval.denied]');
  });

  test('expires when nobody answers', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const item = await question();
    harness.clock.now += 30 * 60_000 + 1;
    await expect(
      harness.gateway.services.approvals.resolve(cli, item.id, 'allow-once'),
    ).rejects.toMatchObject({ code: 'exec.approval.expired' });
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('tells who listens of every end once, and keeps it in the history', async () => {
    await open();
    const { approvals, listen } = harness.gateway.services;
    const heard: string[] = [];
    listen((notice) => {
      if (notice.type === 'approval') heard.push(`${notice.phase} ${notice.approval.state}`);
    });
    for (const end of ['allow-once', 'deny', 'time'] as const) {
      const before = harness.network.texts('42').length;
      asksToTell('telegram:43');
      await harness.network.deliver(direct('42', `tell 43 (${end})`));
      const { id } = await question();
      harness.clock.now += 1000;
      if (end === 'time') harness.clock.now += 30 * 60_000;
      else await approvals.resolve(cli, id, end);
      await until(() => harness.network.texts('42').length > before, 'an answer');
    }
    expect(heard).toEqual([
      'requested pending',
      'resolved allowed',
      'requested pending',
      'resolved denied',
      'requested pending',
      'resolved expired',
    ]);
    const first = await approvals.history({ limit: 2 });
    expect(first.items.map(({ state }) => state)).toEqual(['expired', 'denied']);
    const rest = await approvals.history({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(rest.items).toMatchObject([{ state: 'used', resolvedBy: 'cli' }]);
    expect(rest.nextCursor).toBeUndefined();
    await expect(approvals.history({ limit: 2, cursor: '1; drop' })).rejects.toMatchObject({
      code: 'approval.cursor_invalid',
    });
  });

  test('is withdrawn when its run is stopped', async () => {
    await open();
    const { approvals, chat, listen } = harness.gateway.services;
    const heard: string[] = [];
    listen((notice) => {
      if (notice.type === 'approval') heard.push(`${notice.phase} ${notice.approval.state}`);
    });
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const { id, sessionKey } = await question();
    await chat.abort(cli, { sessionKey });
    await until(() => heard.length === 2, 'the end');
    expect(heard).toEqual(['requested pending', 'resolved cancelled']);
    expect(await approvals.pending()).toEqual([]);
    expect((await approvals.history({ limit: 10 })).items).toMatchObject([
      { id, state: 'cancelled' },
    ]);
    await expect(approvals.resolve(cli, id, 'allow-once')).rejects.toMatchObject({
      code: 'exec.approval.already_resolved',
    });
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('that was left behind is over when its time is', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const { id } = await question();
    await harness.gateway.stop('restart', 50);
    harness.clock.now += 30 * 60_000 + 1;
    const { approvals } = harness.gateway.services;
    expect(await approvals.pending()).toEqual([]);
    expect((await approvals.get(id))?.state).toBe('expired');
    expect((await approvals.history({ limit: 10 })).items).toMatchObject([
      { id, state: 'expired' },
    ]);
  });

  test('cannot be approved without the scope', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const item = await question();
    const writer: Caller = { id: 'c', kind: 'operator', local: false, scopes: ['operator.write'] };
    await expect(
      harness.gateway.services.approvals.resolve(writer, item.id, 'allow-once'),
    ).rejects.toMatchObject({ code: 'exec.approval.not_authorized' });
  });

  test('keeps its question over a restart, and is sent once', async () => {
    await open();
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const before = await question();
    const { folder } = harness;
    await harness.gateway.stop('restart', 50);
    await harness.store.close();
    await open(folder);
    const after = await question();
    expect(after.id).toBe(before.id);
    await harness.gateway.services.approvals.resolve(cli, after.id, 'allow-once');
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual(['psst']);
  });

  test('is counted as one call however often the gateway starts meanwhile', async () => {
    const budgets = { agent: { toolCallsPerHour: 1 } };
    await open(undefined, { budgets });
    asksToTell('telegram:43');
    await harness.network.deliver(direct('42', 'tell 43'));
    const { id } = await question();
    const { folder } = harness;
    await harness.gateway.stop('restart', 50);
    await harness.store.close();
    await open(folder, { budgets });
    await question();
    await harness.gateway.services.approvals.resolve(cli, id, 'allow-once');
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.network.texts('43')).toEqual(['psst']);
    const [counter] = await harness.gateway.services.budgets.list();
    expect(counter).toMatchObject({ path: 'budgets.agent.toolCallsPerHour', used: 1 });
  });

  test('to a receiver that is no peer of a configured channel is an error', async () => {
    await open();
    asksToTell('carrier-pigeon:7');
    await harness.network.deliver(direct('42', 'tell 7'));
    await until(() => harness.network.texts('42').length === 1, 'an answer');
    expect(harness.model.heard[1]).toContain('[send.unknown_peer]');
  });
});
