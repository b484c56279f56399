/** Clients ask approvers about what they run themselves. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Caller, ClientAsk } from '../../src/services.ts';
import { type Harness, cli, openHarness } from '../pipeline/harness.ts';

const OWNER = '7';
const SCOPES = ['operator.approvals'];
const asker: Caller = { id: 'device:asker', kind: 'operator', local: false, scopes: SCOPES };
const other: Caller = { ...asker, id: 'device:other' };
const MINUTE = 60_000;

const CONFIG = {
  gateway: { mode: 'local' },
  commands: { ownerAllowFrom: [`telegram:${OWNER}`] },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: [OWNER] } },
  tools: { exec: { security: 'full', ask: 'off' } },
};

const ASK: ClientAsk = {
  command: 'make deploy',
  argv: ['make', 'deploy'],
  host: 'gateway',
  env: { STAGE: 'test' },
  told: { warningText: 'deploys' },
  hasClients: true,
  inConversations: false,
};

let harness: Harness;
let clock: { now: number };

beforeEach(async () => {
  clock = { now: Date.parse('2026-03-01T12:00:00Z') };
  harness = await openHarness({ config: CONFIG, clock });
});

afterEach(async () => {
  await harness.gateway.stop('test', 20);
  await harness.close();
});

const questions = () => harness.gateway.services.clientQuestions;
const approvals = () => harness.gateway.services.approvals;

async function states(): Promise<readonly unknown[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines
    .filter(({ entry }) => entry['kind'] === 'approval')
    .map(({ entry }) => [entry['code'], entry['principal']]);
}

describe('a question', () => {
  test('shows the approver everything, and its yes is told once, to whoever asked', async () => {
    const { id, route, createdAt, expiresAt } = await questions().ask(asker, ASK);
    expect([route, expiresAt - createdAt]).toEqual(['approval-client', 30 * MINUTE]);
    const [item] = await approvals().pending();
    expect(item).toMatchObject({
      id,
      tool: 'exec.approval.request',
      effect: 'proc run outside',
      act: 'run a command outside of this gateway',
      offered: ['allow-once', 'deny'],
      requester: 'device:asker',
      host: 'gateway',
    });
    expect(JSON.parse(item?.subject ?? '')).toEqual({
      command: 'make deploy',
      argv: ['make', 'deploy'],
      host: 'gateway',
      nodeId: null,
      cwd: { path: null },
      env: { STAGE: 'test' },
      told: { warningText: 'deploys' },
    });
    const waiting = questions().decision(asker, id, {});
    await approvals().resolve(other, id, 'allow-once');
    expect(await waiting).toEqual({
      id,
      createdAt,
      expiresAt,
      decision: 'allow-once',
      reason: 'user',
    });
    await expect(questions().decision(asker, id, {})).rejects.toMatchObject({
      code: 'exec.approval.consumed',
    });
    expect(await states()).toEqual([
      ['approval.pending', 'device:asker'],
      ['approval.allowed', 'device:other'],
      ['approval.used', 'device:asker'],
    ]);
  });

  test('is not allowed by whoever asked it, who may take it back', async () => {
    const { id } = await questions().ask(asker, ASK);
    await expect(approvals().resolve(asker, id, 'allow-once')).rejects.toMatchObject({
      code: 'exec.approval.not_authorized',
    });
    expect(await approvals().pending()).toHaveLength(1);
    await approvals().resolve(asker, id, 'deny');
    expect(await questions().decision(asker, id, {})).toMatchObject({
      decision: 'deny',
      reason: 'user',
    });
  });

  test('is waited for by nobody else, device or not', async () => {
    const { id } = await questions().ask(asker, ASK);
    const shared = { ...asker, id: 'operator:1' };
    for (const caller of [other, shared, cli]) {
      await expect(questions().decision(caller, id, {})).rejects.toMatchObject({
        code: 'exec.approval.not_found',
      });
    }
    const byShared = await questions().ask(shared, ASK);
    await approvals().resolve(asker, byShared.id, 'deny');
    // Those without a device proved the same secret, and each call of theirs is a connection.
    const again = await questions().decision({ ...asker, id: 'operator:2' }, byShared.id, {});
    expect(again.decision).toBe('deny');
  });

  test('of the agent is no question of a client', async () => {
    await expect(questions().decision(asker, 'f'.repeat(32), {})).rejects.toMatchObject({
      code: 'exec.approval.not_found',
    });
  });

  test('that nobody answers is over at the end of its time, which is never longer than others', async () => {
    const { id, createdAt, expiresAt } = await questions().ask(asker, { ...ASK, timeoutMs: 1000 });
    expect(expiresAt - createdAt).toBe(1000);
    clock.now += 1001;
    expect(await questions().decision(asker, id, {})).toMatchObject({
      decision: null,
      reason: 'timeout',
    });
    const long = await questions().ask(asker, { ...ASK, timeoutMs: 31 * MINUTE });
    expect(long.expiresAt - long.createdAt).toBe(30 * MINUTE);
  });

  test('whose yes is not fetched within five minutes has none', async () => {
    const { id } = await questions().ask(asker, ASK);
    await approvals().resolve(other, id, 'allow-once');
    clock.now += 5 * MINUTE + 1;
    expect(await questions().decision(asker, id, {})).toMatchObject({ decision: null });
  });

  test('is taken back when the only one who waits goes away', async () => {
    const { id } = await questions().ask(asker, ASK);
    const gone = new AbortController();
    const waiting = questions().decision(asker, id, { signal: gone.signal, isOnly: true });
    gone.abort();
    await expect(waiting).rejects.toThrow();
    expect(await approvals().get(id)).toMatchObject({ state: 'cancelled' });
    expect(await questions().decision(asker, id, {})).toMatchObject({
      decision: null,
      reason: 'run-aborted',
    });
  });

  test('outlives one who waits, where others may', async () => {
    const { id } = await questions().ask(asker, ASK);
    const gone = new AbortController();
    const waiting = questions().decision(asker, id, { signal: gone.signal });
    gone.abort();
    await expect(waiting).rejects.toThrow();
    expect(await approvals().get(id)).toMatchObject({ state: 'pending' });
  });

  test('nobody would hear of is over at once, written down, and answered no', async () => {
    const { id, route } = await questions().ask(asker, { ...ASK, hasClients: false });
    expect(route).toBe('none');
    expect(await approvals().pending()).toEqual([]);
    expect(await questions().decision(asker, id, {})).toMatchObject({
      decision: null,
      reason: 'no-route',
    });
    await expect(approvals().resolve(other, id, 'allow-once')).rejects.toMatchObject({
      code: 'exec.approval.already_resolved',
    });
    expect(await states()).toEqual([['approval.expired', 'device:asker']]);
  });

  test('has an id of its own, and takes over no other', async () => {
    await questions().ask(asker, { ...ASK, id: 'mine' });
    await expect(questions().ask(other, { ...ASK, id: 'mine' })).rejects.toMatchObject({
      code: 'exec.approval.exists',
    });
    expect(await approvals().get('mine')).toMatchObject({ requester: 'device:asker' });
  });

  test('is asked where approvers are, when it may be', async () => {
    const told = () => harness.network.texts(OWNER).length;
    await questions().ask(asker, ASK);
    expect(told()).toBe(0);
    const { route } = await questions().ask(asker, { ...ASK, inConversations: true });
    expect(route).toBe('forwarder');
    await expect.poll(told).toBe(1);
    const [text = ''] = harness.network.texts(OWNER);
    expect(text).toContain('run a command outside of this gateway');
    expect(text).toContain('"make"');
  });
});

describe('what policy refuses', () => {
  const refusals: readonly (readonly [string, Partial<ClientAsk>])[] = [
    ['exec.env.blocked', { env: { LD_PRELOAD: '/tmp/x.so' } }],
    ['exec.self_control', { argv: ['openclaw', 'approvals', 'allow', 'x'] }],
    ['exec.node.not_paired', { host: 'node', nodeId: 'nobody' }],
  ];

  test.each(refusals)('%s: is not asked', async (code, change) => {
    await expect(questions().ask(asker, { ...ASK, ...change })).rejects.toMatchObject({ code });
    expect(await states()).toEqual([]);
  });

  test('is read from the words, whatever the text beside them says', async () => {
    const ask = { ...ASK, command: 'echo hello', argv: ['env', 'X=1', 'openclaw', 'pairing'] };
    await expect(questions().ask(asker, ask)).rejects.toMatchObject({ code: 'exec.self_control' });
  });
});

test('a question is for an agent there is, and a session of it', async () => {
  for (const change of [
    { agentId: 'nobody' },
    { sessionKey: 'agent:other:main' },
    { command: undefined, argv: undefined },
  ]) {
    const { command: _command, argv: _argv, ...rest } = ASK;
    const ask = 'argv' in change ? rest : { ...ASK, ...change };
    await expect(questions().ask(asker, ask)).rejects.toMatchObject({ code: 'request.invalid' });
  }
});

test('whoever asks without end is stopped', async () => {
  const asked: Promise<unknown>[] = [];
  for (let count = 0; count < 10; count += 1) {
    const { id } = await questions().ask(asker, ASK);
    asked.push(approvals().resolve(other, id, 'deny'));
  }
  await Promise.all(asked);
  await expect(questions().ask(asker, ASK)).rejects.toMatchObject({ code: 'approval.ask_flood' });
});
