/** What an agent may only do once somebody allowed it, asked and answered by the public client. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from '../openclaw.ts';
import { type World, createWorld, lastUserText } from '../world.ts';
import { connect, type Connected } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;
let client: Connected;

/** Runs the command a message names, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return 'done';
  return { toolCalls: [{ name: 'exec', input: { command: text.replace('run ', '') } }] };
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => ({
    ...config,
    tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
  }));
  gateway = await runGateway(world.env);
  client = await connect(gateway.url, { scopes: ['operator.admin', 'operator.approvals'] });
});

afterAll(async () => {
  client.client.stop();
  gateway.child.kill('SIGKILL');
  await world.close();
});

async function asked(runId: string, command: string): Promise<string> {
  const send = { sessionKey: 'main', message: `run ${command}`, idempotencyKey: runId };
  await client.call('chat.send', send);
  const { payload } = await client.heard('exec.approval.requested', ({ request }) =>
    (request as { command: string }).command.includes(command),
  );
  return String(payload?.['id']);
}

test('a command runs once it was allowed, and the first answer counts', async () => {
  const { call } = client;
  const ran = join(world.folder, 'state', 'workspace', 'allowed.txt');
  const id = await asked('allow', 'touch allowed.txt');
  expect(existsSync(ran)).toBe(false);
  expect(await client.client.request('exec.approval.list', {})).toMatchObject([{ id }]);
  expect(await call('exec.approval.get', { id })).toMatchObject({
    id,
    commandText: expect.stringContaining('touch allowed.txt'),
    allowedDecisions: expect.arrayContaining(['allow-once', 'deny']),
  });
  await expect(
    client.client.request('exec.approval.resolve', { id, decision: 'perhaps' }),
  ).rejects.toThrow('invalid decision');
  await call('exec.approval.resolve', { id, decision: 'allow-once' });
  const over = await client.heard('exec.approval.resolved', (event) => event['id'] === id);
  expect(over.payload).toMatchObject({ decision: 'allow-once' });
  expect(await call('agent.wait', { runId: 'allow' })).toMatchObject({ status: 'ok' });
  expect(existsSync(ran)).toBe(true);
  await expect(
    client.client.request('exec.approval.resolve', { id, decision: 'deny' }),
  ).rejects.toMatchObject({
    message: 'approval already resolved',
    details: { reason: 'APPROVAL_ALREADY_RESOLVED' },
  });
});

test('a command that was denied does not run, and both are in the history', async () => {
  const { call } = client;
  const id = await asked('deny', 'touch denied.txt');
  expect(await call('approval.resolve', { id, kind: 'exec', decision: 'deny' })).toMatchObject({
    applied: true,
    approval: { id, status: 'denied', decision: 'deny' },
  });
  await call('agent.wait', { runId: 'deny' });
  expect(existsSync(join(world.folder, 'state', 'workspace', 'denied.txt'))).toBe(false);
  expect(await call('approval.history', {})).toMatchObject({
    items: [{ status: 'denied' }, { status: 'allowed' }],
  });
  await expect(
    client.client.request('exec.approval.resolve', { id: 'none', decision: 'deny' }),
  ).rejects.toMatchObject({ details: { reason: 'APPROVAL_NOT_FOUND' } });
  expect(client.faults).toEqual([]);
  expect(client.gaps).toEqual([]);
});

function isResult({ data }: Record<string, unknown>): boolean {
  return (data as { phase?: string } | undefined)?.phase === 'result';
}

test('tools at work are told to clients that show them', async () => {
  const caps = { scopes: ['operator.admin', 'operator.approvals'], caps: ['tool-events'] };
  const watcher = await connect(gateway.url, caps);
  const id = await asked('watched', 'touch watched.txt');
  const begun = await watcher.heard('agent', ({ stream }) => stream === 'tool');
  expect(begun.payload).toMatchObject({
    runId: 'watched',
    data: { phase: 'start', name: 'exec', args: { command: 'touch watched.txt' } },
  });
  await client.call('exec.approval.resolve', { id, decision: 'allow-once' });
  const ended = await watcher.heard('agent', isResult);
  expect(ended.payload).toMatchObject({ data: { name: 'exec', isError: false } });
  expect(client.events.some(({ payload }) => payload?.['stream'] === 'tool')).toBe(false);
  expect(watcher.faults).toEqual([]);
  watcher.client.stop();
});

test('a client asks about a command of its own, and another one answers', async () => {
  const scopes = ['operator.approvals'];
  const asker = await connect(gateway.url, { scopes });
  const request = { command: 'make deploy', commandArgv: ['make', 'deploy'] };
  const nobody = await asker.call('exec.approval.request', request);
  expect(nobody).toMatchObject({ decision: null, terminalReason: 'no-route' });
  const approver = await connect(gateway.url, { scopes, caps: ['exec-approvals'] });
  const accepted = await asker.call('exec.approval.request', { ...request, twoPhase: true });
  const { id } = accepted;
  expect(accepted).toMatchObject({ status: 'accepted', deliveryRoute: 'approval-client' });
  const told = await approver.heard('exec.approval.requested', (event) => event['id'] === id);
  expect(told.payload).toMatchObject({
    request: { command: expect.stringContaining('make deploy'), host: 'gateway' },
  });
  const own = asker.client.request('exec.approval.resolve', { id, decision: 'allow-once' });
  await expect(own).rejects.toMatchObject({
    details: { code: 'exec.approval.not_authorized' },
  });
  const waiting = asker.call('exec.approval.waitDecision', { id });
  await approver.call('exec.approval.resolve', { id, decision: 'allow-once' });
  expect(await waiting).toMatchObject({ id, decision: 'allow-once', terminalReason: 'user' });
  await expect(asker.client.request('exec.approval.waitDecision', { id })).rejects.toMatchObject({
    details: { code: 'exec.approval.consumed' },
  });
  expect([...asker.faults, ...approver.faults]).toEqual([]);
  asker.client.stop();
  approver.client.stop();
});
