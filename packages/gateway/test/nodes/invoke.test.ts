/** Commands for nodes: asked of one connection, answered once, never run twice. */
import { METHODS } from '@portcullis/protocol';
import { afterEach, describe, expect, test } from 'vitest';

import { connectDevice, makeRawDevice, type Frame, type Raw } from '../server/clients.ts';
import { type ConnectedNode, must, NodeWorld } from './node-world.ts';

let world: NodeWorld;
let node: ConnectedNode;
let operator: Raw;

async function open(
  nodes: Readonly<Record<string, unknown>> = { commands: { allow: ['camera.snap'] } },
  commands: readonly string[] = ['camera.snap', 'device.info', 'system.which'],
): Promise<void> {
  world = await NodeWorld.open(nodes);
  node = await world.approved(commands);
  operator = await world.operator();
}

afterEach(() => world.close());

let keys = 0;
const invoke = (command: string, more: object = {}, by: Raw = operator): Promise<Frame> => {
  keys += 1;
  const params = { nodeId: node.id, command, idempotencyKey: `key-${String(keys)}`, ...more };
  return by.request('node.invoke', params);
};

describe('a command', () => {
  test('goes to its node and comes back, with a line in the audit log before and after', async () => {
    await open();
    const answer = invoke('camera.snap', { params: { facing: 'front' }, timeoutMs: 5000 });
    const asked = await node.asked();
    expect(asked).toMatchObject({
      nodeId: node.id,
      command: 'camera.snap',
      paramsJSON: '{"facing":"front"}',
      timeoutMs: 5000,
    });
    expect(asked.id).toMatch(/^[0-9a-f]{32}$/u);
    expect(await world.codes()).toContain('node.invoke');
    expect(await world.codes()).not.toContain('node.done');
    expect((await node.reply(asked, { format: 'jpg' })).payload).toEqual({ ok: true });
    const { payload } = await answer;
    expect(METHODS['node.invoke'].result.safeParse(payload).error).toBeUndefined();
    expect(payload).toEqual({
      ok: true,
      nodeId: node.id,
      command: 'camera.snap',
      payload: { format: 'jpg' },
      payloadJSON: '{"format":"jpg"}',
    });
    expect(await world.codes()).toContain('node.done');
  });

  test('is refused unless it is offered, approved and listed', async () => {
    await open();
    for (const [command, reason] of [
      ['system.which', 'node.command_denied'],
      ['camera.list', 'node.command_denied'],
      ['device.status', 'node.command_not_declared'],
      ['camera.snap ', 'node.command_denied'],
      ['__proto__', 'node.command_denied'],
    ] as const) {
      const { error } = await invoke(command);
      expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: { reason } });
      expect(error?.message).toMatch(/^node command not allowed: /u);
      expect(await world.codes()).toContain(reason);
    }
    expect(node.frames.some(({ event }) => event === 'node.invoke.request')).toBe(false);
  });

  test('P22.03: that reaches into the machine takes admin', async () => {
    await open({ commands: { allow: ['system.which'] } });
    const writer = await world.operator(['operator.write']);
    const { error } = await invoke('system.which', {}, writer);
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: 'missing scope: operator.admin' });
    const info = invoke('device.info', {}, writer);
    await node.reply(await node.asked(), {});
    expect((await info).ok).toBe(true);
    const reader = await world.operator(['operator.read']);
    expect((await invoke('device.info', {}, reader)).error?.message).toBe(
      'missing scope: operator.write',
    );
  });

  test('is refused while the node is away', async () => {
    await open();
    node.socket.terminate();
    await expect
      .poll(async () => (await invoke('device.info')).error?.details?.['reason'])
      .toBe('node.not_connected');
  });

  test('P33.01: that is too large goes nowhere', async () => {
    await open();
    const { error } = await invoke('camera.snap', { params: { x: 'a'.repeat(1_000_001) } });
    expect(error?.details).toMatchObject({ reason: 'node.params' });
  });
});

describe('an answer', () => {
  test('counts once, and only from the connection that was asked', async () => {
    await open();
    const other = await world.approved(['camera.snap']);
    const answer = invoke('camera.snap');
    const asked = await node.asked();
    const forged = { id: asked.id, ok: true, payload: 'forged' };
    const ignored = { ok: true, ignored: true };
    for (const nodeId of [node.id, other.id]) {
      const { payload } = await other.request('node.invoke.result', { ...forged, nodeId });
      expect(payload).toEqual(ignored);
    }
    const wrong = await node.request('node.invoke.result', { ...forged, nodeId: other.id });
    expect(wrong.payload).toEqual(ignored);
    const unknown = { ...forged, id: 'f'.repeat(32), nodeId: node.id };
    expect((await node.request('node.invoke.result', unknown)).payload).toEqual(ignored);
    await node.reply(asked, 'real');
    expect((await answer).payload).toMatchObject({ payload: 'real' });
    expect((await node.reply(asked, 'again')).payload).toEqual(ignored);
  });

  test('of an operator is none', async () => {
    await open();
    const answer = invoke('camera.snap');
    const { id } = await node.asked();
    const { error } = await operator.request('node.invoke.result', {
      id,
      nodeId: node.id,
      ok: true,
    });
    expect(error?.message).toBe('unauthorized role: operator');
    await node.reply({ id }, null);
    expect((await answer).payload).toMatchObject({ payload: null, payloadJSON: null });
  });

  test('may be a failure, whose text is plain and short', async () => {
    await open();
    const answer = invoke('camera.snap');
    const { id } = await node.asked();
    const message = `no camera\u001b[31m\n${'x'.repeat(1000)}`;
    const error = { code: 'UNAVAILABLE', message };
    await node.request('node.invoke.result', { id, nodeId: node.id, ok: false, error });
    const said = (await answer).error;
    expect(said).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { reason: 'node.failed', nodeError: { code: 'UNAVAILABLE' } },
    });
    expect(said?.message).toMatch(/^The node answered: no camera \[31m x+ \(UNAVAILABLE\)$/u);
    expect(said?.message.length).toBeLessThan(600);
  });

  test.each([
    ['not JSON', '{"a":'],
    ['larger than anybody wants', JSON.stringify('a'.repeat(4_000_001))],
    ['nested deeper than can be written', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('that is %s is none', async (_, payloadJSON) => {
    await open();
    const answer = invoke('camera.snap');
    const { id } = await node.asked();
    await node.request('node.invoke.result', { id, nodeId: node.id, ok: true, payloadJSON });
    expect((await answer).error?.details).toMatchObject({ reason: 'node.result' });
  });

  test('that does not come in time is not waited for, and the node is told', async () => {
    await open();
    const answer = invoke('camera.snap', { timeoutMs: 50 });
    const { id } = await node.asked();
    expect((await answer).error).toMatchObject({ details: { reason: 'node.timeout' } });
    const told = await node.next(({ event }) => event === 'node.invoke.cancel');
    expect(told.payload).toEqual({ id, nodeId: node.id });
    expect((await node.reply({ id }, 'late')).payload).toEqual({ ok: true, ignored: true });
  });

  test('may take longer as long as the node says that it goes on', async () => {
    await open();
    const answer = invoke('camera.snap', { timeoutMs: 400 });
    const { id } = await node.asked();
    const progress = { invokeId: id, nodeId: node.id, chunk: '' };
    const begun = performance.now();
    for (let seq = 0; performance.now() - begun < 900; seq += 1) {
      const { payload } = await node.request('node.invoke.progress', { ...progress, seq });
      expect(payload).toEqual({ ok: true });
    }
    await node.reply({ id }, 'done');
    expect((await answer).payload).toMatchObject({ payload: 'done' });
  });
});

describe('a node that goes', () => {
  test('P23.01: fails what it was asked for when its device is removed, and is heard no more', async () => {
    await open();
    const answer = invoke('camera.snap');
    const { id } = await node.asked();
    const admin = await world.operator();
    await must(admin, 'device.pair.remove', { deviceId: node.id });
    node.send({
      type: 'req',
      id: 'late',
      method: 'node.invoke.result',
      params: { id, nodeId: node.id, ok: true, payload: 'late' },
    });
    expect((await answer).error?.details).toMatchObject({ reason: 'node.disconnected' });
    expect(await node.closed).toEqual({ code: 4001, reason: 'device removed' });
    expect(node.frames.some((frame) => frame.id === 'late')).toBe(false);
    expect((await invoke('camera.snap')).error?.message).toBe('unknown nodeId');
    expect(await world.codes()).toContain('node.disconnected');
  });

  test('fails what it was asked for when its connection breaks', async () => {
    await open();
    const answer = invoke('camera.snap');
    await node.asked();
    node.socket.terminate();
    expect((await answer).error?.details).toMatchObject({ reason: 'node.disconnected' });
  });

  test('and comes back answers nothing it was asked for before', async () => {
    await open();
    const answer = invoke('camera.snap');
    const { id } = await node.asked();
    const back = await world.back(node.device, ['camera.snap', 'device.info', 'system.which']);
    expect((await answer).error?.details).toMatchObject({ reason: 'node.disconnected' });
    expect((await back.reply({ id }, 'late')).payload).toEqual({ ok: true, ignored: true });
  });
});

describe('one key', () => {
  const once = { idempotencyKey: 'once' };

  test('P12.01: asks the node once, however often it is used, also after a restart', async () => {
    await open();
    const both = [invoke('camera.snap', once), invoke('camera.snap', once)];
    await node.reply(await node.asked(), { shot: 1 });
    for (const { payload } of await Promise.all(both)) {
      expect(payload).toMatchObject({ payload: { shot: 1 } });
    }
    expect((await invoke('camera.snap', once)).payload).toMatchObject({ payload: { shot: 1 } });
    await world.restart();
    operator = await world.operator();
    const back = await world.back(node.device, ['camera.snap', 'device.info', 'system.which']);
    expect((await invoke('camera.snap', once)).payload).toMatchObject({ payload: { shot: 1 } });
    await back.request('node.pending.drain', {});
    const asked = [...node.frames, ...back.frames].filter(
      ({ event }) => event === 'node.invoke.request',
    );
    expect(asked).toHaveLength(1);
  });

  test('asks for one thing', async () => {
    await open();
    const first = invoke('camera.snap', { ...once, params: { a: 1 } });
    await node.reply(await node.asked(), 1);
    await first;
    for (const more of [{ params: { a: 2 } }, {}]) {
      expect((await invoke('camera.snap', { ...once, ...more })).error?.details).toMatchObject({
        reason: 'node.call_conflict',
      });
    }
  });

  test('gives nobody else the answer of whoever used it', async () => {
    await open();
    const writers = await Promise.all(
      [makeRawDevice(), makeRawDevice()].map((device) =>
        connectDevice(world, device, { scopes: ['operator.write'] }),
      ),
    );
    const [one, other] = writers;
    const first = invoke('camera.snap', once, one);
    const asked = await node.asked();
    const during = await invoke('camera.snap', once, other);
    await node.reply(asked, { shot: 'mine' });
    expect((await first).payload).toMatchObject({ payload: { shot: 'mine' } });
    for (const { error } of [during, await invoke('camera.snap', once, other)]) {
      expect(error?.details).toMatchObject({ reason: 'node.call_conflict' });
    }
    expect((await invoke('camera.snap', once, one)).payload).toMatchObject({
      payload: { shot: 'mine' },
    });
  });

  test('P12.01: is spent by what nobody knows the end of', async () => {
    await open();
    const first = invoke('camera.snap', once);
    await node.asked();
    node.socket.terminate();
    await first;
    const back = await world.back(node.device, ['camera.snap', 'device.info', 'system.which']);
    const { error } = await invoke('camera.snap', once);
    expect(error?.details).toMatchObject({ reason: 'node.call_unknown' });
    expect(error?.retryable).toBeUndefined();
    expect(back.frames.some(({ event }) => event === 'node.invoke.request')).toBe(false);
  });

  test('that sent nothing may be used again', async () => {
    await open();
    node.socket.terminate();
    const reason = async () => (await invoke('camera.snap', once)).error?.details?.['reason'];
    await expect.poll(reason).toBe('node.not_connected');
    const back = await world.back(node.device, ['camera.snap', 'device.info', 'system.which']);
    const answer = invoke('camera.snap', once);
    await back.reply(await back.asked(), 'now');
    expect((await answer).payload).toMatchObject({ payload: 'now' });
  });
});

test('a node tells nothing that anybody acts upon', async () => {
  await open();
  const before = (await world.codes()).length;
  const events = ['agent.request', 'exec.finished', 'voice.transcript', 'chat.subscribe'];
  for (const event of events) {
    const { payload } = await node.request('node.event', { event, payloadJSON: '{"message":"x"}' });
    expect(payload).toMatchObject({ ok: true, handled: false });
  }
  const alive = await node.request('node.event', { event: 'node.presence.alive' });
  expect(alive.payload).toMatchObject({ handled: true });
  expect((await world.codes()).length).toBe(before);
  expect(world.harness.model.requests).toHaveLength(0);
});
