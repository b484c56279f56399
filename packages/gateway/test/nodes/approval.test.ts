/** Nodes pair, offer commands, and are asked for nothing that nobody approved. */
import { METHODS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { connectDevice, makeRawDevice, openAuthed } from '../server/clients.ts';
import { must, NodeWorld, OFFERED } from './node-world.ts';

let world: NodeWorld;

beforeEach(async () => {
  world = await NodeWorld.open();
});

afterEach(() => world.close());

const list = async () => {
  const admin = await world.operator();
  const result = await must<{ nodes: Record<string, unknown>[] }>(admin, 'node.list');
  expect(METHODS['node.list'].result.safeParse(result).error).toBeUndefined();
  return result.nodes;
};

const approve = async (scopes: readonly string[], requestId: string) =>
  (await world.operator(scopes)).request('node.pair.approve', { requestId });

describe('a node', () => {
  test('is not let in before its device is paired, on this machine neither', async () => {
    const device = makeRawDevice();
    const { requestId, node } = await world.knock(device);
    expect(node).toBeUndefined();
    expect(requestId).toMatch(/^[A-Za-z0-9-]+$/u);
    expect(await list()).toEqual([]);
  });

  test('offers nothing until somebody approved it', async () => {
    const operator = await world.operator();
    const node = await world.paired();
    const { payload } = await operator.next(({ event }) => event === 'node.pair.requested');
    expect(payload).toMatchObject({
      nodeId: node.id,
      displayName: 'A machine',
      commands: OFFERED,
      caps: ['system'],
      requiredApproveScopes: ['operator.pairing', 'operator.admin'],
      isRepair: false,
    });
    expect(await list()).toMatchObject([
      {
        nodeId: node.id,
        caps: [],
        commands: [],
        approvalState: 'pending-approval',
        pendingDeclaredCommands: OFFERED,
        paired: false,
        connected: true,
      },
    ]);
    const ask = { nodeId: node.id, command: 'system.which', idempotencyKey: '1' };
    const { error } = await operator.request('node.invoke', ask);
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/^node command not allowed: /u),
      details: { reason: 'node.not_paired' },
    });
    const pair = { requestId: payload?.['requestId'] };
    const approved = await must(operator, 'node.pair.approve', pair);
    expect(METHODS['node.pair.approve'].result.safeParse(approved).error).toBeUndefined();
    expect(await list()).toMatchObject([
      { commands: OFFERED, caps: ['system'], approvalState: 'approved', paired: true },
    ]);
    const resolved = await operator.next(({ event }) => event === 'node.pair.resolved');
    expect(resolved.payload).toMatchObject({ nodeId: node.id, decision: 'approved' });
    expect(await world.codes()).toEqual(
      expect.arrayContaining(['node.connected', 'node.requested', 'node.approved']),
    );
  });

  test('P22.02: is approved only by somebody with every scope its commands need', async () => {
    const node = await world.paired(['system.run']);
    const requestId = await world.requestOf(node.id);
    for (const scopes of [
      ['operator.pairing'],
      ['operator.pairing', 'operator.write'],
      ['operator.pairing', 'operator.approvals', 'operator.read'],
    ]) {
      const { error } = await approve(scopes, requestId);
      expect(error).toMatchObject({ code: 'FORBIDDEN', message: 'missing scope: operator.admin' });
    }
    expect((await approve(['operator.write'], requestId)).error?.message).toBe(
      'missing scope: operator.pairing',
    );
    expect((await list())[0]).toMatchObject({ commands: [], paired: false });
    expect((await approve(['operator.admin'], requestId)).ok).toBe(true);
  });

  test('P22.02: with ordinary commands takes pairing and write', async () => {
    const node = await world.paired(['camera.snap']);
    const requestId = await world.requestOf(node.id);
    expect((await approve(['operator.pairing'], requestId)).error?.message).toBe(
      'missing scope: operator.write',
    );
    expect((await approve(['operator.pairing', 'operator.write'], requestId)).ok).toBe(true);
  });

  test('P22.02: approves nobody, itself least of all', async () => {
    const node = await world.paired();
    const requestId = await world.requestOf(node.id);
    const { error } = await node.request('node.pair.approve', { requestId });
    expect(error?.message).toBe('unauthorized role: node');
    const { services } = world.harness.gateway;
    const scopes = ['operator.admin'];
    const itself = { id: `device:${node.id}`, kind: 'operator', local: false, scopes } as const;
    await expect(services.nodes.approve(itself, requestId)).rejects.toMatchObject({
      code: 'request.forbidden',
    });
    expect((await list())[0]).toMatchObject({ paired: false });
  });

  test('holds no scope, whatever it asked for, and hears nothing that is not for it', async () => {
    const device = makeRawDevice();
    const asking = { scopes: ['operator.admin', 'operator.read'] };
    const { requestId } = await world.knock(device, OFFERED, asking);
    const admin = await world.operator();
    await must(admin, 'device.pair.approve', { requestId });
    const { node } = await world.knock(device, OFFERED, asking);
    const hello = node?.frames.find(({ type, ok }) => type === 'res' && ok === true)?.payload;
    expect(hello).toMatchObject({
      auth: { role: 'node', scopes: [] },
      features: { methods: expect.not.arrayContaining(['config.get']) },
      snapshot: { presence: [{ mode: 'gateway' }] },
    });
    expect(hello?.['snapshot']).not.toHaveProperty('configPath');
    await must(admin, 'chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'c' });
    await admin.next(({ event, payload }) => event === 'chat' && payload?.['state'] === 'final');
    await node?.request('node.pending.drain', {});
    const heard = node?.frames.filter(({ type }) => type === 'event').map(({ event }) => event);
    expect(heard).toEqual(['connect.challenge']);
  });
});

describe('an offer that grows', () => {
  test('waits again, and keeps what was approved meanwhile', async () => {
    const first = await world.approved(['camera.snap']);
    first.socket.terminate();
    await world.back(first.device, ['camera.snap', 'system.run']);
    expect((await list())[0]).toMatchObject({
      commands: ['camera.snap'],
      approvalState: 'pending-approval',
      pendingDeclaredCommands: ['camera.snap', 'system.run'],
      paired: true,
    });
    const requestId = await world.requestOf(first.id);
    const operator = await world.operator();
    await must(operator, 'node.pair.reject', { requestId });
    expect((await list())[0]).toMatchObject({ commands: ['camera.snap'], paired: true });
    expect((await approve(['operator.admin'], requestId)).error?.message).toBe('unknown requestId');
  });

  test('is another request: what was shown before can no longer be approved', async () => {
    const node = await world.paired(['camera.snap']);
    const shown = await world.requestOf(node.id);
    node.socket.terminate();
    await world.back(node.device, ['camera.snap', 'system.run']);
    expect((await approve(['operator.admin'], shown)).error?.message).toBe('unknown requestId');
    expect((await list())[0]).toMatchObject({ commands: [], paired: false });
  });

  test('that is made again is the same request, and it ends five minutes after the last time', async () => {
    const node = await world.paired();
    const requestId = await world.requestOf(node.id);
    node.socket.terminate();
    const again = await world.back(node.device);
    expect(await world.requestOf(node.id)).toBe(requestId);
    // While it is there it goes on asking.
    world.harness.clock.now += 6 * 60_000;
    expect(await world.requestOf(node.id)).toBe(requestId);
    again.socket.terminate();
    await expect.poll(async () => (await list())[0]?.['connected']).toBe(false);
    await expect
      .poll(async () => (await list())[0]?.['lastSeenAtMs'])
      .toBe(world.harness.clock.now);
    world.harness.clock.now += 5 * 60_000 - 1;
    expect(await world.requestOf(node.id)).toBe(requestId);
    world.harness.clock.now += 1;
    expect(await world.requestOf(node.id)).toBe('');
    expect((await approve(['operator.admin'], requestId)).error?.message).toBe('unknown requestId');
  });

  test('names each thing once, and nothing that is no name', async () => {
    const odd = ['system.run', 'system.run', ' system.which', 'a\nb', '__proto__', 'x'.repeat(200)];
    const node = await world.paired([...odd, 'camera.snap']);
    const [request] = await world.harness.gateway.services.nodes.pending();
    expect(request).toMatchObject({ nodeId: node.id, commands: ['camera.snap', 'system.run'] });
  });
});

describe('an approval', () => {
  test('survives a restart, and belongs to one pairing of the device', async () => {
    const node = await world.approved();
    await world.restart();
    const back = await world.back(node.device);
    expect((await list())[0]).toMatchObject({ commands: OFFERED, approvalState: 'approved' });
    const operator = await world.operator();
    await must(operator, 'device.pair.remove', { deviceId: node.id });
    expect(await back.closed).toEqual({ code: 4001, reason: 'device removed' });
    expect(await list()).toEqual([]);
    const { requestId } = await world.knock(node.device);
    await must(operator, 'device.pair.approve', { requestId });
    await world.back(node.device);
    expect((await list())[0]).toMatchObject({ commands: [], paired: false });
  });

  test('is taken back with the node, which takes admin', async () => {
    const node = await world.approved();
    const params = { nodeId: node.id };
    const few = await world.operator(['operator.pairing', 'operator.write']);
    expect((await few.request('node.pair.remove', params)).error?.message).toBe(
      'missing scope: operator.admin',
    );
    const admin = await world.operator();
    await must(admin, 'node.pair.remove', params);
    expect((await node.closed).code).toBe(4001);
    expect(await list()).toEqual([]);
    expect((await world.knock(node.device)).node).toBeUndefined();
    expect((await admin.request('node.pair.remove', params)).error?.message).toBe('unknown nodeId');
  });
});

test('a node has the name an operator gave it', async () => {
  const node = await world.approved();
  const operator = await world.operator(['operator.pairing', 'operator.read']);
  await must(operator, 'node.rename', { nodeId: node.id, displayName: 'The attic' });
  node.socket.terminate();
  await world.back(node.device);
  const described = await must(operator, 'node.describe', { nodeId: node.id });
  expect(METHODS['node.describe'].result.safeParse(described).error).toBeUndefined();
  expect(described).toMatchObject({ displayName: 'The attic' });
  const { error } = await operator.request('node.describe', { nodeId: 'nobody' });
  expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: 'unknown nodeId' });
});

test('the newest connection of a node is the one that counts', async () => {
  const node = await world.approved();
  await world.back(node.device);
  expect(await node.closed).toEqual({
    code: 4001,
    reason: 'client invalidated: the node connected again',
  });
  expect(await list()).toMatchObject([{ connected: true }]);
});

test('a client without a device is no node', async () => {
  await expect(openAuthed(world, { role: 'node' })).rejects.toThrow('DEVICE_IDENTITY_REQUIRED');
});

test('a device that operates too keeps that when it is a node no more', async () => {
  const node = await world.approved();
  const asOperator = { role: 'operator', scopes: ['operator.read'] };
  const client = { id: 'cli', version: '1', platform: 'linux', mode: 'ui' };
  const knock = async () => {
    const raw = await connectDevice(world, node.device, { ...asOperator, client });
    return raw.answer;
  };
  const requestId = (await knock()).error?.details?.['requestId'];
  const admin = await world.operator();
  if (requestId !== undefined) await must(admin, 'device.pair.approve', { requestId });
  expect((await knock()).ok).toBe(true);
  await must(admin, 'node.pair.remove', { nodeId: node.id });
  expect((await node.closed).code).toBe(4001);
  expect(await list()).toEqual([]);
  expect((await knock()).ok).toBe(true);
  expect((await world.knock(node.device)).node).toBeUndefined();
});
