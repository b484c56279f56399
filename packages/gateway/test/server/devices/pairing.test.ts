import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connect,
  connectDevice,
  type DeviceLie,
  type Frame,
  makeDevice,
  makeRawDevice,
  openAuthed,
  startBench,
} from '../clients.ts';
import { configText, TOKEN } from '../fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  // Devices outlive the process, so they are tested over the store that keeps them.
  bench = await startBench({ durable: true });
});

afterEach(() => bench.close());

/** The device token a connect was answered with. */
function tokenOf({ answer }: { readonly answer: Frame }): string {
  const auth = answer.payload?.['auth'];
  return typeof auth === 'object' && auth !== null && 'deviceToken' in auth
    ? String(auth.deviceToken)
    : '';
}

/** Headers that make a client remote: it comes through a listed proxy. */
const REMOTE = { 'X-Forwarded-For': '203.0.113.7' };

/** A device that asked from afar, and the id of its request. */
async function askFromAfar(change: Record<string, unknown> = {}) {
  bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
  const device = makeRawDevice();
  const raw = await connectDevice(bench, device, change, { headers: REMOTE });
  return { device, raw, requestId: String(raw.answer.error?.details?.['requestId']) };
}

describe('the first device', () => {
  test('of this machine with the shared token is paired at once, and gets a token', async () => {
    const device = makeDevice();
    const { hello } = await connect(bench, {
      deviceIdentity: device.deviceIdentity,
      hostDeps: device.hostDeps,
      clientName: 'openclaw-tui',
      mode: 'ui',
      scopes: ['operator.read', 'operator.write'],
    });
    expect(hello.auth.scopes).toEqual(['operator.read', 'operator.write']);
    expect(device.tokens).toEqual([hello.auth.deviceToken]);
    const admin = await openAuthed(bench);
    const { payload } = await admin.request('device.pair.list');
    expect(payload).toMatchObject({
      pending: [],
      paired: [
        {
          deviceId: device.deviceId,
          clientId: 'openclaw-tui',
          role: 'operator',
          scopes: ['operator.read', 'operator.write'],
          approvedVia: 'local',
          connected: true,
          tokens: [{ role: 'operator', scopes: ['operator.read', 'operator.write'] }],
        },
      ],
    });
    expect(JSON.stringify(payload)).not.toContain(hello.auth.deviceToken);
  });

  test('from elsewhere waits, and keeps its request', async () => {
    const { raw, requestId, device } = await askFromAfar();
    expect(raw.answer.error).toMatchObject({
      code: 'NOT_PAIRED',
      message: 'pairing required: device is not approved yet',
      details: {
        code: 'PAIRING_REQUIRED',
        reason: 'not-paired',
        deviceId: device.id,
        requestedRole: 'operator',
        requestedScopes: ['operator.read', 'operator.write'],
      },
    });
    expect(await raw.closed).toEqual({
      code: 1008,
      reason: `pairing required: device is not approved yet (requestId: ${requestId})`,
    });
    const again = await connectDevice(bench, device, {}, { headers: REMOTE });
    expect(again.answer.error?.details?.['requestId']).toBe(requestId);
  });

  test('with a wrong token makes no request', async () => {
    const admin = await openAuthed(bench);
    const { raw } = await askFromAfar({ auth: { token: 'x'.repeat(26) } });
    expect(raw.answer.error?.details).toMatchObject({
      code: 'AUTH_TOKEN_MISMATCH',
      canRetryWithDeviceToken: true,
      recommendedNextStep: 'retry_with_device_token',
    });
    expect((await admin.request('device.pair.list')).payload?.['pending']).toEqual([]);
  });
});

describe('a proof', () => {
  const lies: { name: string; lie: DeviceLie; reason: string; code: string }[] = [
    {
      name: 'of another id',
      lie: { id: 'f'.repeat(64) },
      reason: 'device-id-mismatch',
      code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH',
    },
    {
      name: 'with a key that is none',
      lie: { publicKey: 'AAAA' },
      reason: 'device-id-mismatch',
      code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH',
    },
    {
      name: 'from yesterday',
      lie: { signedAt: Date.now() - 86_400_000 },
      reason: 'device-signature-stale',
      code: 'DEVICE_AUTH_SIGNATURE_EXPIRED',
    },
    {
      name: 'from tomorrow',
      lie: { signedAt: Date.now() + 86_400_000 },
      reason: 'device-signature-stale',
      code: 'DEVICE_AUTH_SIGNATURE_EXPIRED',
    },
    {
      name: 'without a nonce',
      lie: { nonce: ' ' },
      reason: 'device-nonce-missing',
      code: 'DEVICE_AUTH_NONCE_REQUIRED',
    },
    {
      name: 'of another connection',
      lie: { nonce: 'another' },
      reason: 'device-nonce-mismatch',
      code: 'DEVICE_AUTH_NONCE_MISMATCH',
    },
    {
      name: 'with another signature',
      lie: { signature: 'A'.repeat(86) },
      reason: 'device-signature',
      code: 'DEVICE_AUTH_SIGNATURE_INVALID',
    },
  ];

  test.each(lies)('P12.05: $name is refused before any credential is compared', async (lie) => {
    const auth = { token: 'x'.repeat(26) };
    const raw = await connectDevice(bench, makeRawDevice(), { auth }, { lie: lie.lie });
    expect(raw.answer.error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { code: lie.code, reason: lie.reason },
    });
  });

  test('of the older version is accepted', async () => {
    const raw = await connectDevice(bench, makeRawDevice(), {}, { lie: { version: 'v2' } });
    expect(raw.answer.ok).toBe(true);
  });
});

describe('approval', () => {
  test('lets the device in, tells those who may know, and the token suffices afterwards', async () => {
    const admin = await openAuthed(bench);
    const { device, requestId } = await askFromAfar();
    const asked = await admin.next((frame) => frame.event === 'device.pair.requested');
    expect(asked.payload).toMatchObject({
      requestId,
      deviceId: device.id,
      remoteIp: '203.0.113.7',
    });
    const approved = await admin.request('device.pair.approve', { requestId });
    expect(approved.payload).toMatchObject({
      requestId,
      device: { deviceId: device.id, approvedVia: 'owner', connected: false },
    });
    const resolved = await admin.next((frame) => frame.event === 'device.pair.resolved');
    expect(resolved.payload).toMatchObject({ requestId, decision: 'approved' });
    const first = await connectDevice(bench, device, {}, { headers: REMOTE });
    const auth = { deviceToken: tokenOf(first) };
    const again = await connectDevice(
      bench,
      device,
      { auth: { deviceToken: auth.deviceToken } },
      { headers: REMOTE },
    );
    expect(again.answer.payload?.['auth']).toMatchObject({
      scopes: ['operator.read', 'operator.write'],
      deviceToken: auth.deviceToken,
    });
  });

  test('P22.02: needs every scope it hands out', async () => {
    const admin = await openAuthed(bench);
    const pairer = await openAuthed(bench, { scopes: ['operator.pairing', 'operator.read'] });
    const { requestId } = await askFromAfar();
    const { error } = await pairer.request('device.pair.approve', { requestId });
    expect(error?.message).toBe('missing scope: operator.write');
    expect((await admin.request('device.pair.list')).payload?.['paired']).toEqual([]);
  });

  test('of an unknown request is refused', async () => {
    const admin = await openAuthed(bench);
    const { error } = await admin.request('device.pair.approve', { requestId: 'nope' });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: 'unknown requestId' });
  });

  test('P23.04: that is denied takes the request away', async () => {
    const admin = await openAuthed(bench);
    const { requestId, device } = await askFromAfar();
    const { payload } = await admin.request('device.pair.reject', { requestId });
    expect(payload).toEqual({ requestId, deviceId: device.id });
    const { error } = await admin.request('device.pair.approve', { requestId });
    expect(error?.message).toBe('unknown requestId');
  });
});

describe('a paired device', () => {
  test('that asks for more waits with what it has', async () => {
    const device = makeRawDevice();
    await connectDevice(bench, device, { scopes: ['operator.read'] });
    const more = await connectDevice(bench, device, { scopes: ['operator.admin'] });
    expect(more.answer.error?.details).toMatchObject({
      code: 'PAIRING_REQUIRED',
      reason: 'scope-upgrade',
      approvedScopes: ['operator.read'],
      requestedScopes: ['operator.admin'],
    });
    const before = await connectDevice(bench, device, { scopes: ['operator.read'] });
    expect(before.answer.ok).toBe(true);
  });

  test('is not locked out by the failures of others', async () => {
    const device = makeRawDevice();
    await connectDevice(bench, device);
    for (let guess = 0; guess < 10; guess += 1) {
      await connect(bench, { token: `wrong-${guess}-aaaaaaaaaaaaaaaa` }).catch(() => undefined);
    }
    await expect(connect(bench)).rejects.toMatchObject({ details: { code: 'AUTH_RATE_LIMITED' } });
    expect((await connectDevice(bench, device)).answer.ok).toBe(true);
  });

  test('cannot use the token of another', async () => {
    const one = await connectDevice(bench, makeRawDevice());
    const auth = { deviceToken: tokenOf(one) };
    const thief = makeRawDevice();
    const theft = { auth: { deviceToken: auth.deviceToken } };
    const raw = await connectDevice(bench, thief, theft);
    expect(raw.answer.error?.details?.['code']).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
  });

  test('cannot ask for more than its token was made for', async () => {
    const device = makeRawDevice();
    const first = await connectDevice(bench, device);
    const deviceToken = tokenOf(first);
    const change = { auth: { deviceToken }, scopes: ['operator.admin'] };
    const raw = await connectDevice(bench, device, change);
    expect(raw.answer.error?.details?.['code']).toBe('AUTH_SCOPE_MISMATCH');
  });

  test('P23.01: that is removed is closed at once and never let in silently again', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device);
    const admin = await openAuthed(bench);
    const removed = await admin.request('device.pair.remove', { deviceId: device.id });
    expect(removed.payload).toEqual({ deviceId: device.id });
    expect(await raw.closed).toEqual({ code: 4001, reason: 'device removed' });
    const back = await connectDevice(bench, device);
    expect(back.answer.error?.details).toMatchObject({
      code: 'PAIRING_REQUIRED',
      reason: 'not-paired',
    });
  });

  test('P23.01: that is removed has no frame answered that was sent after', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device);
    const admin = await openAuthed(bench);
    const removal = admin.request('device.pair.remove', { deviceId: device.id });
    await removal;
    raw.send({ type: 'req', id: 'late', method: 'health' });
    await raw.closed;
    expect(raw.frames.some((frame) => frame.id === 'late')).toBe(false);
  });
});

describe('a device token', () => {
  test('that is rotated by somebody else is not shown to him', async () => {
    const device = makeRawDevice();
    const first = await connectDevice(bench, device);
    const deviceToken = tokenOf(first);
    const holder = await connectDevice(bench, device, { auth: { deviceToken } });
    const admin = await openAuthed(bench);
    const rotated = await admin.request('device.token.rotate', {
      deviceId: device.id,
      role: 'operator',
    });
    expect(rotated.payload).toMatchObject({ tokenDelivery: 'withheld-cross-device' });
    expect(rotated.payload).not.toHaveProperty('token');
    expect((await holder.closed).code).toBe(4001);
    const old = await connectDevice(bench, device, { auth: { deviceToken } });
    expect(old.answer.error?.details?.['code']).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
    const fresh = await connectDevice(bench, device);
    const auth = { deviceToken: tokenOf(fresh) };
    expect(auth.deviceToken).not.toBe(deviceToken);
  });

  test('that a device rotates for itself is delivered', async () => {
    const device = makeRawDevice();
    const scopes = ['operator.read', 'operator.pairing'];
    const raw = await connectDevice(bench, device, { scopes });
    const rotated = await raw.request('device.token.rotate', {
      deviceId: device.id,
      role: 'operator',
    });
    expect(rotated.payload).toMatchObject({ tokenDelivery: 'in-band', scopes });
    const auth = { deviceToken: String(rotated.payload?.['token']) };
    const again = await connectDevice(bench, device, { scopes, auth });
    expect(again.answer.ok).toBe(true);
  });

  test('P22.02: cannot be widened by rotation', async () => {
    const device = makeRawDevice();
    await connectDevice(bench, device, { scopes: ['operator.read'] });
    const admin = await openAuthed(bench);
    const { error } = await admin.request('device.token.rotate', {
      deviceId: device.id,
      role: 'operator',
      scopes: ['operator.admin'],
    });
    expect(error?.message).toBe('device token rotation denied');
  });

  test('P23.01: that is revoked is useless', async () => {
    const device = makeRawDevice();
    const first = await connectDevice(bench, device);
    const deviceToken = tokenOf(first);
    const admin = await openAuthed(bench);
    await admin.request('device.token.revoke', { deviceId: device.id, role: 'operator' });
    const old = await connectDevice(bench, device, { auth: { deviceToken } });
    expect(old.answer.error?.details?.['code']).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
  });
});

describe('a device without admin', () => {
  const scopes = ['operator.read', 'operator.pairing'];

  test('P22.02: sees itself alone and manages itself alone', async () => {
    const own = makeRawDevice();
    const other = makeRawDevice();
    const raw = await connectDevice(bench, own, { scopes });
    await connectDevice(bench, other, { scopes });
    const { payload } = await raw.request('device.pair.list');
    expect(payload?.['paired']).toEqual([expect.objectContaining({ deviceId: own.id })]);
    const { error } = await raw.request('device.pair.remove', { deviceId: other.id });
    expect(error).toMatchObject({ code: 'FORBIDDEN', details: { code: 'DEVICE_NOT_OWN' } });
    for (const method of ['device.token.rotate', 'device.token.revoke', 'device.pair.rename']) {
      const params = { deviceId: other.id, role: 'operator', label: 'Mine' };
      const { role: _role, ...named } = params;
      const { label: _label, ...token } = params;
      const asked = await raw.request(method, method.includes('token') ? token : named);
      expect([method, asked.ok, asked.error?.code]).toEqual([method, false, 'FORBIDDEN']);
    }
    const renamed = await raw.request('device.pair.rename', { deviceId: own.id, label: 'Desk' });
    expect(renamed.payload).toEqual({ deviceId: own.id, label: 'Desk' });
  });
});

test('a node may connect when it is approved, and may call nothing yet', async () => {
  const device = makeRawDevice();
  const client = { id: 'node-host', version: '1', platform: 'linux', mode: 'node' };
  const change = { client, role: 'node', scopes: [] };
  const waiting = await connectDevice(bench, device, change);
  const requestId = String(waiting.answer.error?.details?.['requestId']);
  const pairer = await openAuthed(bench, { scopes: ['operator.pairing'] });
  const denied = await pairer.request('device.pair.approve', { requestId });
  expect(denied.error?.message).toBe('missing scope: operator.admin');
  const admin = await openAuthed(bench);
  await admin.request('device.pair.approve', { requestId });
  const node = await connectDevice(bench, device, change);
  expect(node.answer.ok).toBe(true);
  const { error } = await node.request('health');
  expect(error?.message).toBe('unauthorized role: node');
  for (let call = 0; call < 10; call += 1)
    node.send({ type: 'req', id: `n${call}`, method: 'health' });
  expect(await node.closed).toEqual({ code: 1008, reason: 'repeated unauthorized calls' });
});

test('the shared token is in no answer about devices', async () => {
  const admin = await openAuthed(bench);
  await connectDevice(bench, makeRawDevice());
  await admin.request('device.pair.list');
  expect(JSON.stringify(admin.frames)).not.toContain(TOKEN);
});
