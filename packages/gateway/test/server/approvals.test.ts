import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { ApprovalItem, GrantItem } from '../../src/services.ts';
import { checkedCall, failedCall } from './checked-call.ts';
import { publishedFaults } from './published-schema.ts';
import { type Bench, connect, makeDevice, openAuthed, type Raw, startBench } from './clients.ts';

const ID = '0123456789abcdef0123456789abcdef';

const DIGEST = 'd1'.repeat(32);

const ITEM: ApprovalItem = {
  id: ID,
  state: 'pending',
  digest: DIGEST,
  offered: ['allow-once', 'deny'],
  tool: 'tell',
  act: 'send a message to somebody else',
  effect: 'send message',
  subject: '{"text":"psst","to":["telegram:43"]}',
  reason: 'Only the owner sends to others.',
  code: 'flow.message.not_owner',
  agentId: 'main',
  sessionKey: 'agent:main:telegram:direct:42',
  requester: 'telegram:42',
  createdAt: 1000,
  expiresAt: 9000,
};

const REQUEST = {
  command: 'send message {"text":"psst","to":["telegram:43"]}',
  cwd: null,
  agentId: 'main',
  sessionKey: 'agent:main:telegram:direct:42',
  nodeId: null,
  host: null,
  security: null,
  ask: null,
  warningText: 'Only the owner sends to others.',
  resolvedPath: null,
  allowedDecisions: ['allow-once', 'deny'],
  tool: 'tell',
  act: 'send a message to somebody else',
  effect: 'send message',
  subject: '{"text":"psst","to":["telegram:43"]}',
  code: 'flow.message.not_owner',
  requester: 'telegram:42',
  digest: DIGEST,
  story: null,
};

let bench: Bench;
let approver: Raw;

beforeEach(async () => {
  bench = await startBench();
  bench.services.approvalItems.push(ITEM);
  approver = await openAuthed(bench, { scopes: ['operator.approvals'] });
});

afterEach(() => bench.close());

describe('the published client', () => {
  test('hears of a question, lists it, answers it and hears of the answer', async () => {
    const device = makeDevice();
    const { client, waitFor } = await connect(bench, {
      ...device,
      scopes: ['operator.approvals'],
    });
    bench.services.notify({ type: 'approval', phase: 'requested', approval: ITEM });
    const { payload } = await waitFor(({ event }) => event === 'exec.approval.requested');
    const listed = {
      id: ID,
      approvalKind: 'exec',
      request: REQUEST,
      createdAtMs: 1000,
      expiresAtMs: 9000,
    };
    expect(payload).toEqual(listed);
    expect(await client.request('exec.approval.list', {})).toEqual([listed]);
    expect(
      await client.request('exec.approval.resolve', { id: ID, decision: 'allow-once' }),
    ).toEqual({ ok: true });
    const resolved = await waitFor(({ event }) => event === 'exec.approval.resolved');
    expect(resolved.payload).toEqual({
      id: ID,
      decision: 'allow-once',
      resolvedBy: `device:${device.deviceId}`,
      ts: 2000,
      request: REQUEST,
    });
    expect(await client.request('exec.approval.list', {})).toEqual([]);
  });
});

describe('events', () => {
  test('reach nobody without the scope', async () => {
    const reader = await openAuthed(bench, { scopes: ['operator.read', 'operator.write'] });
    bench.services.notify({ type: 'approval', phase: 'requested', approval: ITEM });
    bench.services.notify({ type: 'approval', phase: 'resolved', approval: ITEM });
    await approver.next((frame) => frame.event === 'exec.approval.resolved');
    await reader.request('status');
    const heard = reader.frames.filter(({ event }) => event?.startsWith('exec.') === true);
    expect(heard).toEqual([]);
  });

  test('tell of a question nobody answered as denied by nobody', async () => {
    const approval = { ...ITEM, state: 'expired' as const };
    bench.services.notify({ type: 'approval', phase: 'resolved', approval });
    const { payload } = await approver.next((frame) => frame.event === 'exec.approval.resolved');
    expect(payload).toMatchObject({ id: ID, decision: 'deny', resolvedBy: null, ts: 9000 });
  });
});

describe('exec.approval.get', () => {
  test('shows a question that waits, and no other', async () => {
    expect(await checkedCall(approver, 'exec.approval.get', { id: ID })).toEqual({
      id: ID,
      commandText: 'send message {"text":"psst","to":["telegram:43"]}',
      commandPreview: null,
      allowedDecisions: ['allow-once', 'deny'],
      host: null,
      nodeId: null,
      agentId: 'main',
      expiresAtMs: 9000,
    });
    bench.services.approvalItems[0] = { ...ITEM, state: 'denied' };
    for (const id of [ID, 'no-such-id']) {
      expect(await failedCall(approver, 'exec.approval.get', { id })).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'unknown or expired approval id',
        details: { reason: 'APPROVAL_NOT_FOUND' },
      });
    }
  });
});

describe('exec.approval.resolve', () => {
  test('takes the first answer, whoever it is said to come from', async () => {
    const reviewer = { channel: 'telegram', accountId: 'default', senderId: '42' };
    await checkedCall(approver, 'exec.approval.resolve', { id: ID, decision: 'deny', reviewer });
    expect(bench.services.approvalItems[0]?.resolvedBy).not.toBe('telegram:42');
    expect(
      await failedCall(approver, 'exec.approval.resolve', { id: ID, decision: 'allow-once' }),
    ).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'approval already resolved',
      details: { reason: 'APPROVAL_ALREADY_RESOLVED' },
    });
    expect(bench.services.approvalItems[0]?.state).toBe('denied');
  });

  test.each(['allow', 'ALLOW-ONCE', 'constructor'])(
    'refuses the decision %s and leaves the question as it is',
    async (decision) => {
      expect(
        await failedCall(approver, 'exec.approval.resolve', { id: ID, decision }),
      ).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'invalid decision',
      });
      expect(bench.services.approvalItems).toEqual([ITEM]);
    },
  );

  test('refuses an answer that is not offered, and one to something else that was shown', async () => {
    const always = { id: ID, decision: 'allow-always' };
    expect(await failedCall(approver, 'exec.approval.resolve', always)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'decision not offered',
      details: { code: 'exec.approval.decision_not_offered' },
    });
    const other = { id: ID, decision: 'allow-once', digest: 'e2'.repeat(32) };
    expect(await failedCall(approver, 'exec.approval.resolve', other)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'approval is about something else',
      details: { code: 'exec.approval.mismatch' },
    });
    expect(bench.services.approvalItems).toEqual([ITEM]);
  });

  test('allows for good where that is offered', async () => {
    bench.services.approvalItems[0] = { ...ITEM, offered: ['allow-once', 'allow-always', 'deny'] };
    expect(await checkedCall(approver, 'exec.approval.list')).toMatchObject([
      { request: { allowedDecisions: ['allow-once', 'allow-always', 'deny'] } },
    ]);
    await checkedCall(approver, 'exec.approval.resolve', {
      id: ID,
      decision: 'allow-always',
      digest: DIGEST,
      grantExpiresInDays: 30,
    });
    expect(await checkedCall(approver, 'approval.get', { id: ID })).toMatchObject({
      approval: { status: 'allowed', decision: 'allow-always' },
    });
  });

  test('knows no question that is gone or over time', async () => {
    bench.services.approvalItems[0] = { ...ITEM, state: 'expired' };
    for (const id of [ID, 'no-such-id']) {
      expect(
        await failedCall(approver, 'exec.approval.resolve', { id, decision: 'deny' }),
      ).toMatchObject({
        message: 'unknown or expired approval id',
        details: { reason: 'APPROVAL_NOT_FOUND' },
      });
    }
  });
});

const GRANT: GrantItem = {
  id: 'g1',
  kind: 'exec',
  agentId: 'main',
  sessionKey: 'agent:main:main',
  approval: ID,
  effect: 'proc run',
  subject: '{"command":"git status"}',
  createdAt: 1000,
  createdBy: 'telegram:7',
  uses: 3,
  lastUsedAt: 2000,
};

describe('exec.approval.grants', () => {
  test('lists what is allowed for good in the published shape, and takes it back once', async () => {
    bench.services.grantItems.push(GRANT);
    expect(await checkedCall(approver, 'exec.approval.grants.list')).toEqual({
      grants: [
        {
          grantId: 'g1',
          mintedByApprovalId: ID,
          agentId: 'main',
          cronJobId: 'none',
          cronJobName: null,
          command: 'proc run {"command":"git status"}',
          cwd: null,
          createdAtMs: 1000,
          expiresAtMs: null,
          revokedAtMs: null,
          revokedBy: null,
          lastUsedAtMs: 2000,
          useCount: 3,
          effect: 'proc run',
          subject: '{"command":"git status"}',
          kind: 'exec',
          sessionKey: 'agent:main:main',
          createdBy: 'telegram:7',
        },
      ],
    });
    const revoke = () => checkedCall(approver, 'exec.approval.grants.revoke', { grantId: 'g1' });
    expect(await revoke()).toEqual({ outcome: 'revoked' });
    expect(await revoke()).toEqual({ outcome: 'not-found' });
  });
});

describe('exec.approvals', () => {
  test('is for admins alone', async () => {
    for (const method of ['exec.approvals.get', 'exec.approvals.set']) {
      expect(await failedCall(approver, method, { file: {} })).toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  test('reads the document, and replaces the one that was read', async () => {
    const admin = await openAuthed(bench, { scopes: ['operator.admin'] });
    expect(await checkedCall(admin, 'exec.approvals.get')).toMatchObject({
      exists: false,
      valid: true,
      file: { version: 1 },
      resolvedDefaults: { security: 'deny', ask: 'always', askFallback: 'deny' },
    });
    const file = { version: 1, defaults: { security: 'allowlist' } };
    const written = await checkedCall(admin, 'exec.approvals.set', { file });
    expect(written).toMatchObject({ exists: true, file });
    const stale = { file, baseHash: 'other' };
    for (const params of [{ file }, stale]) {
      expect(await failedCall(admin, 'exec.approvals.set', params)).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'exec approvals changed since last load; re-run exec.approvals.get and retry',
      });
    }
    const baseHash = written['hash'];
    const odd = { file: { defaults: 'no' }, baseHash };
    expect(await failedCall(admin, 'exec.approvals.set', odd)).toMatchObject({
      details: { code: 'approvals.file_invalid' },
    });
    await checkedCall(admin, 'exec.approvals.set', { file, baseHash });
  });
});

describe('approval.get and approval.history', () => {
  const allowed: ApprovalItem = {
    ...ITEM,
    id: 'allowed',
    state: 'used',
    resolvedAt: 3000,
    resolvedBy: 'telegram:42',
  };
  const denied: ApprovalItem = {
    ...ITEM,
    id: 'denied',
    state: 'denied',
    resolvedAt: 4000,
    resolvedBy: 'device:d',
  };
  const expired: ApprovalItem = { ...ITEM, id: 'expired', state: 'expired' };

  test('show questions in the published shapes, waiting and over', async () => {
    bench.services.approvalItems.push(allowed, denied, expired);
    const statusOf = async (id: string) =>
      (await checkedCall(approver, 'approval.get', { id }))['approval'];
    const described = await checkedCall(approver, 'approval.get', { id: ID, details: true });
    expect(described['details']).toMatchObject({ subject: '{"text":"psst","to":["telegram:43"]}' });
    expect(await statusOf(ID)).toMatchObject({
      status: 'pending',
      urlPath: `/approve/${ID}`,
      sourceSessionKey: 'agent:main:telegram:direct:42',
      presentation: { kind: 'exec', allowedDecisions: ['allow-once', 'deny'] },
    });
    expect(await statusOf('allowed')).toMatchObject({
      status: 'allowed',
      decision: 'allow-once',
      resolver: { kind: 'channel', id: 'telegram:42' },
    });
    bench.services.approvalItems.push({
      ...ITEM,
      id: 'cancelled',
      state: 'cancelled',
      resolvedAt: 5000,
    });
    expect(await statusOf('cancelled')).toMatchObject({
      status: 'cancelled',
      reason: 'run-aborted',
      resolvedAtMs: 5000,
    });
    expect(await statusOf('expired')).toMatchObject({ status: 'expired', resolvedAtMs: 9000 });
    expect(await failedCall(approver, 'approval.get', { id: 'no' })).toMatchObject({
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
  });

  test('say nothing more than the Control UI of OpenClaw, which refuses what it does not know', async () => {
    bench.services.approvalItems.push(allowed, denied, expired);
    for (const id of [ID, 'allowed', 'expired']) {
      const answer = await checkedCall(approver, 'approval.get', { id });
      expect(publishedFaults('ApprovalGetResult', answer, 'closed')).toEqual([]);
    }
    const history = await checkedCall(approver, 'approval.history', {});
    expect(publishedFaults('ApprovalHistoryResult', history, 'closed')).toEqual([]);
    const params = { id: ID, kind: 'exec', decision: 'deny' };
    const answered = await checkedCall(approver, 'approval.resolve', params);
    expect(answered).toMatchObject({ applied: true, approval: { status: 'denied' } });
    expect(publishedFaults('ApprovalResolveResult', answered, 'closed')).toEqual([]);
    expect(await checkedCall(approver, 'approval.resolve', params)).toMatchObject({
      applied: false,
      approval: { status: 'denied' },
    });
    const other = { id: ID, kind: 'plugin', decision: 'deny' };
    expect(await failedCall(approver, 'approval.resolve', other)).toMatchObject({
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
  });

  test('page through what is over, and have nothing of other kinds', async () => {
    bench.services.approvalItems.push(allowed, denied, expired);
    const first = await checkedCall(approver, 'approval.history', { limit: 2 });
    expect(first).toMatchObject({
      items: [{ id: 'expired' }, { id: 'denied', resolver: { kind: 'device' } }],
    });
    const rest = { limit: 2, cursor: first['nextCursor'] };
    const second = await checkedCall(approver, 'approval.history', rest);
    expect(second).toMatchObject({ items: [{ id: 'allowed' }] });
    expect(second).not.toHaveProperty('nextCursor');
    expect(await checkedCall(approver, 'approval.history', { kind: 'plugin' })).toEqual({
      items: [],
    });
    expect(await checkedCall(approver, 'exec.approval.grants.list')).toEqual({ grants: [] });
  });
});
