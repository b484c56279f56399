/** The public client over a restart of the gateway. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from '../openclaw.ts';
import { type World, createWorld, until } from '../world.ts';
import { connect } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;

beforeAll(async () => {
  world = await createWorld(() => 'hello');
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

test('is told of the stop, comes back by itself, and numbers begin anew without a gap', async () => {
  const connected = await connect(gateway.url);
  const { call, hellos, closes, events } = connected;
  const send = { sessionKey: 'main', message: 'hi', idempotencyKey: 'before' };
  await call('chat.send', send);
  await call('agent.wait', { runId: 'before' });
  const { port } = new URL(gateway.url);
  gateway.child.kill('SIGTERM');
  expect((await gateway.finished).code).toBe(0);
  await until(() => closes.length > 0, 'the socket to be closed');
  expect(closes[0]).toEqual({ code: 1012, reason: 'service restart' });
  expect(events.at(-1)).toMatchObject({
    event: 'shutdown',
    payload: { reason: 'gateway stopping' },
  });
  const heard = events.length;

  gateway = await runGateway(world.env, Number(port));
  await until(() => hellos.length === 2, 'the client to come back');
  expect(hellos[1]?.server.connId).not.toBe(hellos[0]?.server.connId);
  // What was sent before is still known: it is not answered again.
  expect(await call('chat.send', send)).toEqual({ runId: 'before', status: 'ok' });
  await call('chat.send', { ...send, idempotencyKey: 'after' });
  await call('agent.wait', { runId: 'after' });
  expect(world.model.requests).toHaveLength(2);
  const numbers = events.slice(heard).flatMap(({ seq }) => seq ?? []);
  expect(numbers.length).toBeGreaterThan(2);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(connected.gaps).toEqual([]);
  expect(connected.faults).toEqual([]);
  expect(connected.pauses).toEqual([]);
  connected.client.stop();
});
