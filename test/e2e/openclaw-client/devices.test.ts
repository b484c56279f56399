/** A device of the public client: asked about, let in, and sent away. */
import type { GatewayClientOptions } from '@openclaw/gateway-client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclawJson, runGateway } from '../openclaw.ts';
import { type World, createWorld, until } from '../world.ts';
import { connect, type Connected, type Device, makeDevice } from './public-client.ts';
import { PROXY, type Proxy, proxyTo } from './proxy.ts';

let world: World;
let gateway: GatewayCommand;
let proxy: Proxy;
let admin: Connected;

beforeAll(async () => {
  world = await createWorld(
    () => 'hello',
    (config) => {
      const { gateway: settings } = config as { gateway: object };
      return { ...config, gateway: { ...settings, trustedProxies: [PROXY] } };
    },
  );
  gateway = await runGateway(world.env);
  proxy = await proxyTo(gateway.url, '203.0.113.7');
  admin = await connect(gateway.url);
});

afterAll(async () => {
  admin.client.stop();
  proxy.close();
  gateway.child.kill('SIGKILL');
  await world.close();
});

const SCOPES = ['operator.read', 'operator.write'];

/** Connects a device from afar, with the shared token unless told otherwise. */
function fromAfar(device: Device, options: Partial<GatewayClientOptions> = {}): Promise<Connected> {
  return connect(proxy.url, { ...device.options, scopes: SCOPES, ...options });
}

/** Lets a device in: it asks, and the command line approves. */
async function pair(device: Device, options: Partial<GatewayClientOptions> = {}): Promise<string> {
  const refused: unknown = await fromAfar(device, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  const { requestId } = (refused as { details: { requestId: string } }).details;
  await openclawJson(world.env, 'devices', 'approve', requestId);
  return requestId;
}

test('it waits until the command line approves it, and is known from then on', async () => {
  const device = makeDevice();
  await expect(fromAfar(device)).rejects.toMatchObject({
    gatewayCode: 'NOT_PAIRED',
    details: {
      code: 'PAIRING_REQUIRED',
      reason: 'not-paired',
      deviceId: device.id,
      requestedScopes: SCOPES,
    },
  });
  const asked = await admin.heard(
    'device.pair.requested',
    ({ deviceId }) => deviceId === device.id,
  );
  const { pending } = await openclawJson<{ pending: readonly { requestId: string }[] }>(
    world.env,
    'devices',
    'list',
  );
  expect(pending.map(({ requestId }) => requestId)).toEqual([asked.payload?.['requestId']]);
  // It keeps its request however often it tries.
  const requestId = await pair(device);
  expect(requestId).toBe(asked.payload?.['requestId']);
  const resolved = await admin.heard(
    'device.pair.resolved',
    ({ deviceId }) => deviceId === device.id,
  );
  expect(resolved.payload).toMatchObject({ decision: 'approved' });

  const first = await fromAfar(device);
  expect(first.hellos[0]?.auth).toMatchObject({ role: 'operator', scopes: SCOPES });
  first.client.stop();
  expect(device.tokens).toHaveLength(1);
  // From now on its own token is enough.
  const second = await fromAfar(device, { token: '' });
  expect(second.hellos[0]?.auth.scopes).toEqual(SCOPES);
  second.client.stop();
  expect(admin.faults).toEqual([]);
});

test('asking for more than was approved waits again', async () => {
  const device = makeDevice();
  await pair(device);
  await expect(fromAfar(device, { scopes: ['operator.admin'] })).rejects.toMatchObject({
    details: { code: 'PAIRING_REQUIRED', reason: 'scope-upgrade', approvedScopes: SCOPES },
  });
});

test('it is listed and named, its token renewed and revoked', async () => {
  const device = makeDevice();
  await pair(device);
  const live = await fromAfar(device);
  const { call } = admin;
  const named = { deviceId: device.id, label: 'My phone' };
  await call('device.pair.rename', named);
  const { paired } = await call('device.pair.list', {});
  expect(paired).toContainEqual(
    expect.objectContaining({
      deviceId: device.id,
      displayName: 'My phone',
      connected: true,
      tokens: [expect.objectContaining({ role: 'operator', scopes: SCOPES })],
    }),
  );
  expect(JSON.stringify(paired)).not.toContain(device.tokens[0]);

  // Somebody else's token is renewed, and not shown.
  const { tokenDelivery, ...rotated } = await call('device.token.rotate', {
    deviceId: device.id,
    role: 'operator',
  });
  expect(tokenDelivery).toBe('withheld-cross-device');
  expect(rotated).not.toHaveProperty('token');
  await expect(fromAfar(device, { token: '' })).rejects.toMatchObject({
    details: { code: 'AUTH_DEVICE_TOKEN_MISMATCH' },
  });
  live.client.stop();

  const again = await fromAfar(device);
  expect(device.tokens.at(-1)).not.toBe(device.tokens[0]);
  await call('device.token.revoke', { deviceId: device.id, role: 'operator' });
  again.client.stop();
  // What was taken back is refused whatever secret the device holds beside, and the client stops
  // trying, until somebody else gives it again.
  await expect(fromAfar(device)).rejects.toMatchObject({
    details: { code: 'AUTH_DEVICE_TOKEN_MISMATCH' },
  });
  await call('device.token.rotate', { deviceId: device.id, role: 'operator' });
  (await fromAfar(device)).client.stop();
});

test('it is put out when it is removed, and asks anew', async () => {
  const device = makeDevice();
  await pair(device);
  const live = await fromAfar(device);
  await admin.call('device.pair.remove', { deviceId: device.id });
  await until(() => live.closes.length > 0, 'the socket to be closed');
  expect(live.closes[0]).toEqual({ code: 4001, reason: 'device removed' });
  live.client.stop();
  await expect(fromAfar(device)).rejects.toMatchObject({
    details: { code: 'PAIRING_REQUIRED', reason: 'not-paired' },
  });
});
