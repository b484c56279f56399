/** Clients that ask approvers, over the wire. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { ClientDecision } from '../../src/services.ts';
import { type Bench, openAuthed, type Raw, startBench } from './clients.ts';
import { checkedCall, failedCall } from './checked-call.ts';

const SCOPES = ['operator.approvals'];

let bench: Bench;
let asker: Raw;

beforeEach(async () => {
  bench = await startBench();
  asker = await openAuthed(bench, { scopes: SCOPES });
});

afterEach(() => bench.close());

describe('exec.approval.request', () => {
  test('answers when it was decided, and says for whom what was asked', async () => {
    const answer = await checkedCall(asker, 'exec.approval.request', {
      id: 'mine',
      command: 'make deploy',
      commandArgv: ['make', 'deploy'],
      cwd: '/srv',
      host: null,
      runId: 'r1',
      warningText: 'deploys',
      timeoutMs: 5000,
      unavailableDecisions: ['allow-always'],
      requireDeliveryRoute: true,
    });
    expect(answer).toEqual({
      id: 'mine',
      decision: 'deny',
      createdAtMs: 1000,
      expiresAtMs: 9000,
      terminalReason: 'user',
    });
    expect(bench.services.asked.map(({ ask }) => ask)).toEqual([
      {
        id: 'mine',
        command: 'make deploy',
        argv: ['make', 'deploy'],
        host: 'gateway',
        cwd: '/srv',
        env: {},
        told: { runId: 'r1', warningText: 'deploys' },
        timeoutMs: 5000,
        hasClients: false,
        inConversations: true,
      },
    ]);
  });

  test('in two phases answers at once, and then waits', async () => {
    const asked = { command: 'ls', twoPhase: true };
    expect(await checkedCall(asker, 'exec.approval.request', asked)).toEqual({
      status: 'accepted',
      id: 'q1',
      deliveryRoute: 'none',
      createdAtMs: 1000,
      expiresAtMs: 9000,
    });
    const decided = await checkedCall(asker, 'exec.approval.waitDecision', { id: 'q1' });
    expect(decided).toMatchObject({ decision: 'deny', terminalReason: 'user' });
  });

  test('takes back the question of a connection that goes away while it waits', async () => {
    bench.services.clientDecision = new Promise<ClientDecision>(() => undefined);
    asker.send({ type: 'req', id: 'a', method: 'exec.approval.request', params: { command: 'x' } });
    await expect.poll(() => bench.services.asked.length).toBe(1);
    asker.socket.terminate();
    await expect.poll(() => bench.services.asked[0]?.isGone).toBe(true);
  });

  test('counts on those who show approvals to somebody who may answer, and are somebody else', async () => {
    const heard = async (): Promise<boolean | undefined> => {
      await checkedCall(asker, 'exec.approval.request', { command: 'x' });
      return bench.services.asked.at(-1)?.ask.hasClients;
    };
    await openAuthed(bench, { scopes: ['operator.write'], caps: ['approvals'] });
    await openAuthed(bench, { scopes: SCOPES });
    expect(await heard()).toBe(false);
    await openAuthed(bench, { scopes: SCOPES, caps: ['exec-approvals'] });
    expect(await heard()).toBe(true);
  });

  test('asks nobody in conversations where the client says so', async () => {
    for (const name of ['suppressDelivery', 'deliverToApprovalClientsOnly']) {
      await checkedCall(asker, 'exec.approval.request', { command: 'x', [name]: true });
    }
    expect(bench.services.asked.map(({ ask }) => ask.inConversations)).toEqual([false, false]);
  });

  test('for a node takes the plan of the node, and what is said twice must be the same', async () => {
    const systemRunPlan = {
      argv: ['ls', '-l'],
      cwd: '/tmp',
      commandText: 'ls -l',
      agentId: 'main',
      sessionKey: 'agent:main:main',
    };
    const asked = { host: 'node', nodeId: 'n1', systemRunPlan };
    await checkedCall(asker, 'exec.approval.request', asked);
    expect(bench.services.asked[0]?.ask).toMatchObject({
      argv: ['ls', '-l'],
      cwd: '/tmp',
      nodeId: 'n1',
      agentId: 'main',
      sessionKey: 'agent:main:main',
      told: { systemRunPlan },
    });
    for (const [change, fault] of [
      [{ systemRunPlan: undefined }, 'host=node needs nodeId and systemRunPlan'],
      [{ nodeId: null }, 'host=node needs nodeId and systemRunPlan'],
      [{ commandArgv: ['rm'] }, 'commandArgv is not that of systemRunPlan'],
      [{ cwd: '/' }, 'cwd is not that of systemRunPlan'],
      [{ agentId: 'x' }, 'agentId is not that of systemRunPlan'],
      [
        { systemRunPlan: { ...systemRunPlan, agentId: 7 } },
        'at /systemRunPlan/agentId: must be string',
      ],
    ] as const) {
      const params = { ...asked, ...change };
      expect(await failedCall(asker, 'exec.approval.request', params)).toMatchObject({
        code: 'INVALID_REQUEST',
        message: `invalid exec.approval.request params: ${fault}`,
      });
    }
  });

  test('names whatever it does not take', async () => {
    for (const [params, fault] of [
      [{ approvalReviewerDeviceIds: ['d'] }, `unexpected property 'approvalReviewerDeviceIds'`],
      [{ requireDeliveryRoute: false }, 'at /requireDeliveryRoute:'],
      [{ host: 'elsewhere' }, 'at /host:'],
      [{ id: '-x' }, 'at /id:'],
    ] as const) {
      const error = await failedCall(asker, 'exec.approval.request', { command: 'x', ...params });
      expect(error.message).toContain(fault);
    }
    expect(bench.services.asked).toEqual([]);
  });
});

test('exec.approval.waitDecision tells nobody of questions that are not his', async () => {
  expect(await failedCall(asker, 'exec.approval.waitDecision', { id: 'no-such-id' })).toMatchObject(
    { code: 'INVALID_REQUEST', details: { reason: 'APPROVAL_NOT_FOUND' } },
  );
});
