/**
 * The life of a device: asking, setup codes, more scopes, other roles, and the end of it.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { devicesTable, withTokens } from '../../../src/server/devices/record.ts';
import { DeviceRegistry } from '../../../src/server/devices/registry.ts';
import {
  type Bench,
  connectDevice,
  type Frame,
  makeRawDevice,
  openAuthed,
  openRaw,
  startBench,
} from '../clients.ts';
import { configText, TOKEN } from '../fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench({ durable: true });
});

afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

const READ = ['operator.read'];
const WITHOUT = { auth: {} };

function from(ip: string) {
  return { headers: { 'X-Forwarded-For': ip } };
}

function codeOf({ answer }: { readonly answer: Frame }): unknown {
  return answer.error?.details?.['code'];
}

/** The parts of a setup code that the gateway made for `profile`. */
async function makeSetup(profile?: 'limited' | 'node', more: object = {}) {
  const admin = await openAuthed(bench);
  const { payload } = await admin.request('device.pair.setupCode', {
    publicUrl: 'https://gate.example/base',
    ...(profile === undefined ? {} : { bootstrapProfile: profile }),
    ...more,
  });
  const code = String(payload?.['setupCode']);
  const content = JSON.parse(Buffer.from(code, 'base64url').toString('utf8')) as {
    url: string;
    bootstrapToken: string;
  };
  return { admin, payload, content, bootstrapToken: content.bootstrapToken };
}

describe('a request', () => {
  test('for something else is another request: nobody approves what he was not shown', async () => {
    const device = makeRawDevice();
    await connectDevice(bench, device, { scopes: READ });
    const one = await connectDevice(bench, device, { scopes: ['operator.write'] });
    const requestId = one.answer.error?.details?.['requestId'];
    const again = await connectDevice(bench, device, { scopes: ['operator.write'] });
    expect(again.answer.error?.details?.['requestId']).toBe(requestId);
    const more = await connectDevice(bench, device, { scopes: ['operator.admin'] });
    expect(more.answer.error?.details?.['requestId']).not.toBe(requestId);
    const admin = await openAuthed(bench);
    const { error } = await admin.request('device.pair.approve', { requestId });
    expect(error?.message).toBe('unknown requestId');
    const { payload } = await admin.request('device.pair.list');
    expect(payload?.['pending']).toEqual([
      expect.objectContaining({ scopes: ['operator.admin'], isRepair: true }),
    ]);
  });

  test('P22.02: is never approved by the device that made it', async () => {
    const device = makeRawDevice();
    const admin = await connectDevice(bench, device, { scopes: ['operator.admin'] });
    const client = { id: 'node-host', version: '1', platform: 'linux', mode: 'node' };
    const asks = await connectDevice(bench, device, { client, role: 'node', scopes: [] });
    expect(asks.answer.error?.details?.['reason']).toBe('role-upgrade');
    const requestId = asks.answer.error?.details?.['requestId'];
    const { error } = await admin.request('device.pair.approve', { requestId });
    expect(error?.details?.['code']).toBe('DEVICE_SELF_APPROVAL');
  });

  test('P13.05: of one address pushes out none but its own', async () => {
    bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
    const first = await connectDevice(bench, makeRawDevice(), {}, from('203.0.113.1'));
    expect(codeOf(first)).toBe('PAIRING_REQUIRED');
    for (let device = 0; device < 40; device += 1) {
      await connectDevice(bench, makeRawDevice(), {}, from('203.0.113.2'));
    }
    bench.services.configure(configText());
    const admin = await openAuthed(bench);
    const { payload } = await admin.request('device.pair.list');
    const pending = payload?.['pending'] as { remoteIp: string }[];
    expect(pending).toHaveLength(5);
    expect(pending[0]?.remoteIp).toBe('203.0.113.1');
  });

  test('of a page that is not the gateway’s own waits, even on this machine', async () => {
    const headers = { Origin: 'http://localhost:5173' };
    const raw = await connectDevice(bench, makeRawDevice(), {}, { headers });
    expect(codeOf(raw)).toBe('PAIRING_REQUIRED');
  });
});

describe('a paired device', () => {
  test('that says it is another kind of machine has to be approved anew', async () => {
    const device = makeRawDevice();
    const client = { id: 'test', version: '1', platform: 'Linux', mode: 'test' };
    expect((await connectDevice(bench, device, { client })).answer.ok).toBe(true);
    const same = { ...client, platform: 'LINUX' };
    expect((await connectDevice(bench, device, { client: same })).answer.ok).toBe(true);
    const other = { ...client, platform: 'darwin' };
    const raw = await connectDevice(bench, device, { client: other });
    expect(raw.answer.error?.details).toMatchObject({
      code: 'PAIRING_REQUIRED',
      reason: 'metadata-upgrade',
    });
    const admin = await openAuthed(bench);
    const requestId = raw.answer.error?.details?.['requestId'];
    await admin.request('device.pair.approve', { requestId });
    expect((await connectDevice(bench, device, { client: other })).answer.ok).toBe(true);
  });

  test('keeps each role by itself, with its own token', async () => {
    const device = makeRawDevice();
    const operator = await connectDevice(bench, device, { scopes: READ });
    const client = { id: 'node-host', version: '1', platform: 'linux', mode: 'node' };
    const asNode = { client, role: 'node', scopes: [] };
    const asks = await connectDevice(bench, device, asNode);
    const admin = await openAuthed(bench);
    const requestId = asks.answer.error?.details?.['requestId'];
    await admin.request('device.pair.approve', { requestId });
    const node = await connectDevice(bench, device, asNode);
    expect(node.answer.ok).toBe(true);
    await admin.request('device.token.revoke', { deviceId: device.id, role: 'node' });
    expect((await node.closed).code).toBe(4001);
    expect((await operator.request('health')).ok).toBe(true);
    const back = await connectDevice(bench, device, asNode);
    expect(codeOf(back)).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
  });

  test('P23.01: whose rights were taken back is not let in by the shared secret', async () => {
    const device = makeRawDevice();
    const live = await connectDevice(bench, device, { scopes: READ });
    const admin = await openAuthed(bench);
    await admin.request('device.token.revoke', { deviceId: device.id, role: 'operator' });
    expect(await live.closed).toEqual({
      code: 4001,
      reason: 'client invalidated: device token changed',
    });
    const back = await connectDevice(bench, device, { scopes: READ });
    expect(codeOf(back)).toBe('AUTH_DEVICE_TOKEN_MISMATCH');
    await admin.request('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect((await connectDevice(bench, device, { scopes: READ })).answer.ok).toBe(true);
  });

  test.each([
    ['for reading', READ],
    ['for everything', ['operator.admin']],
  ])('P23.01: let in %s stays taken back while it asks for a token', async (_what, rights) => {
    const device = makeRawDevice();
    const scopes = [...rights, 'operator.pairing'];
    const live = await connectDevice(bench, device, { scopes });
    const devices = await DeviceRegistry.of(bench.services.store);
    const update = devices.update.bind(devices);
    const spy = vi.spyOn(devices, 'update').mockImplementationOnce(async (deviceId, change) => {
      const revokedAtMs = Date.now();
      await update(deviceId, (record) =>
        withTokens(
          record,
          record.tokens.map((token) => ({ ...token, revokedAtMs })),
        ),
      );
      return update(deviceId, change);
    });
    void live.request('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect((await live.closed).code).toBe(4001);
    await expect(spy.mock.results[0]?.value).rejects.toThrow('device token rotation denied');
    const record = await bench.services.store.transact((tx) => tx.get(devicesTable, device.id));
    expect(record?.tokens).toEqual([expect.objectContaining({ revokedAtMs: expect.any(Number) })]);
  });

  test('P23.01: whose rights were narrowed loses its connection and asks anew', async () => {
    const device = makeRawDevice();
    const live = await connectDevice(bench, device, { scopes: ['operator.write'] });
    const admin = await openAuthed(bench);
    const narrowed = { deviceId: device.id, role: 'operator', scopes: READ };
    await admin.request('device.token.rotate', narrowed);
    expect((await live.closed).code).toBe(4001);
    const wide = await connectDevice(bench, device, { scopes: ['operator.write'] });
    expect(codeOf(wide)).toBe('PAIRING_REQUIRED');
    expect((await connectDevice(bench, device, { scopes: READ })).answer.ok).toBe(true);
  });

  test('P23.01: that is removed has its runs stopped', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { scopes: ['operator.write'] });
    const sent = await raw.request('chat.send', {
      sessionKey: 'main',
      message: 'wait',
      idempotencyKey: 'run-of-the-device',
    });
    expect(sent.ok).toBe(true);
    const aborted = vi.spyOn(bench.services.chat, 'abortOf');
    const admin = await openAuthed(bench);
    await admin.request('device.pair.remove', { deviceId: device.id });
    expect(aborted).toHaveBeenCalledWith(`device:${device.id}`);
  });

  test.each([
    ['removed', 'device.pair.remove', {}],
    ['revoked', 'device.token.revoke', { role: 'operator' }],
    ['narrowed', 'device.token.rotate', { role: 'operator', scopes: READ }],
  ])('P23.01: that is %s has its calls stopped, named or not', async (_what, method, more) => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { scopes: ['operator.write'] });
    const { nodes, tools, chat } = bench.services;
    const ended = [nodes, tools, chat].map((each) => vi.spyOn(each, 'abortOf'));
    raw.socket.terminate();
    const admin = await openAuthed(bench);
    const done = await admin.request(method, { deviceId: device.id, ...more });
    expect(done.ok).toBe(true);
    for (const abortOf of ended) expect(abortOf).toHaveBeenCalledWith(`device:${device.id}`);
  });

  test('P23.01: that only changes its token keeps its runs', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { scopes: READ });
    const aborted = vi.spyOn(bench.services.chat, 'abortOf');
    const rotate = { deviceId: device.id, role: 'operator' };
    expect((await raw.request('device.token.rotate', rotate)).error).toMatchObject({
      code: 'FORBIDDEN',
    });
    const admin = await openAuthed(bench);
    expect((await admin.request('device.token.rotate', rotate)).ok).toBe(true);
    expect(aborted).not.toHaveBeenCalled();
  });

  test('P23.01: a connection that the secret no longer lets in has its calls stopped', async () => {
    const raw = await openAuthed(bench);
    const stopped = vi.spyOn(bench.services.tools, 'abortOf');
    bench.services.configure(
      configText({ auth: { mode: 'token', token: 'another-token-of-32-characters-01' } }),
    );
    expect((await raw.closed).code).toBe(4001);
    expect(stopped).toHaveBeenCalledWith(expect.stringMatching(/^operator:/u));
  });

  test('leaves a line in the audit log for everything done about it', async () => {
    const device = makeRawDevice();
    await connectDevice(bench, device, { scopes: READ });
    const admin = await openAuthed(bench);
    const role = 'operator';
    await admin.request('device.token.rotate', { deviceId: device.id, role });
    await admin.request('device.token.revoke', { deviceId: device.id, role });
    await admin.request('device.pair.remove', { deviceId: device.id });
    const about = bench.services.notes.filter(({ facts }) => facts?.['deviceId'] === device.id);
    expect(about.map(({ code }) => code)).toEqual([
      'device.paired',
      'device.token_rotated',
      'device.token_revoked',
      'device.removed',
    ]);
    expect(JSON.stringify(bench.services.notes)).not.toContain(TOKEN);
  });
});

describe('more scopes', () => {
  test('are asked for over the connection, and wait for an operator', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { scopes: READ });
    const asked = await raw.request('device.scopes.requestUpgrade', {
      scopes: ['operator.admin'],
    });
    const requestId = String(asked.payload?.['requestId']);
    const waiting = raw.request('device.scopes.waitUpgrade', { requestId });
    const admin = await openAuthed(bench);
    const { payload } = await admin.request('device.pair.list');
    expect(payload?.['pending']).toEqual([
      expect.objectContaining({ requestId, scopes: ['operator.read', 'operator.admin'] }),
    ]);
    await admin.request('device.pair.approve', { requestId });
    const answer = await waiting;
    expect(answer.payload).toMatchObject({ status: 'approved', requestId });
    const auth = { deviceToken: String(answer.payload?.['deviceToken']) };
    const wide = await connectDevice(bench, device, { scopes: ['operator.admin'], auth });
    expect(wide.answer.ok).toBe(true);
    // Nothing that lives gets more than it was let in with.
    expect((await raw.request('device.pair.list')).error?.code).toBe('FORBIDDEN');
  });

  test('that are refused, or asked for by nobody, are told so', async () => {
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { scopes: READ });
    const asked = await raw.request('device.scopes.requestUpgrade', {
      scopes: ['operator.admin'],
    });
    const requestId = String(asked.payload?.['requestId']);
    const admin = await openAuthed(bench);
    await admin.request('device.pair.reject', { requestId });
    const refused = await raw.request('device.scopes.waitUpgrade', { requestId });
    expect(refused.payload).toEqual({ status: 'rejected', requestId });
    const unknown = await raw.request('device.scopes.waitUpgrade', { requestId: 'r9' });
    expect(unknown.payload).toEqual({ status: 'expired', requestId: 'r9' });
    const other = await connectDevice(bench, makeRawDevice(), { scopes: READ });
    const foreign = await other.request('device.scopes.waitUpgrade', { requestId });
    expect(foreign.payload).toEqual({ status: 'expired', requestId });
    const without = await admin.request('device.scopes.requestUpgrade', { scopes: READ });
    expect(without.error?.code).toBe('INVALID_REQUEST');
  });
});

describe('a setup code', () => {
  test('pairs one device without the shared secret, and says so', async () => {
    const { admin, payload, content, bootstrapToken } = await makeSetup('limited');
    expect(content.url).toBe('wss://gate.example/base');
    expect(payload).toMatchObject({ gatewayUrl: content.url, access: 'limited', auth: 'token' });
    expect(JSON.stringify(payload)).not.toContain(TOKEN);
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device, { auth: { bootstrapToken }, scopes: READ });
    expect(raw.answer.ok).toBe(true);
    const setupId = payload?.['setupId'];
    const resolved = await admin.next(({ event }) => event === 'device.pair.resolved');
    expect(resolved.payload).toMatchObject({ requestId: setupId, deviceId: device.id });
    const status = await admin.request('device.pair.setupStatus', { setupId });
    expect(status.payload?.['completion']).toMatchObject({ deviceId: device.id });
    const listed = await admin.request('device.pair.list');
    expect(listed.payload?.['paired']).toEqual([
      expect.objectContaining({ deviceId: device.id, approvedVia: 'setup', scopes: READ }),
    ]);
    expect(JSON.stringify(bench.services.notes)).not.toContain(bootstrapToken);
  });

  test('P12.04: counts once, for nobody twice', async () => {
    const { bootstrapToken } = await makeSetup('limited');
    const auth = { bootstrapToken };
    const both = await Promise.all(
      [makeRawDevice(), makeRawDevice()].map((device) =>
        connectDevice(bench, device, { auth, scopes: READ }),
      ),
    );
    expect(both.filter(({ answer }) => answer.ok)).toHaveLength(1);
    const late = await connectDevice(bench, makeRawDevice(), { auth, scopes: READ });
    expect(codeOf(late)).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
  });

  test('P12.04: gives never more than it was made for', async () => {
    const { bootstrapToken } = await makeSetup('limited');
    const auth = { bootstrapToken };
    const wide = await connectDevice(bench, makeRawDevice(), { auth, scopes: ['operator.admin'] });
    expect(codeOf(wide)).toBe('AUTH_SCOPE_MISMATCH');
    const client = { id: 'node-host', version: '1', platform: 'linux', mode: 'node' };
    const node = await connectDevice(bench, makeRawDevice(), {
      auth,
      client,
      role: 'node',
      scopes: [],
    });
    expect(codeOf(node)).toBe('AUTH_SCOPE_MISMATCH');
  });

  test('P12.04: is made by nobody who could not approve as much', async () => {
    const pairer = await openAuthed(bench, { scopes: ['operator.pairing', 'operator.write'] });
    const params = { publicUrl: 'https://gate.example' };
    const { error } = await pairer.request('device.pair.setupCode', params);
    expect(error?.details?.['missingScope']).toBe('operator.admin');
  });

  test('P23.04: that was taken back, or is too old, pairs nobody and stores nothing', async () => {
    const { admin, payload, bootstrapToken } = await makeSetup('limited');
    await admin.request('device.pair.reject', { requestId: payload?.['setupId'] });
    const taken = await makeSetup('limited');
    const refused = await connectDevice(bench, makeRawDevice(), {
      auth: { bootstrapToken },
      scopes: READ,
    });
    expect(codeOf(refused)).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    const device = makeRawDevice();
    const auth = { bootstrapToken: taken.bootstrapToken };
    const late = await connectDevice(bench, device, { auth, scopes: READ });
    expect(codeOf(late)).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
    // P23.05: setting the clock back revives it no more than a wish does.
    vi.setSystemTime(Date.now() - 601_000);
    const back = await connectDevice(bench, device, { auth, scopes: READ });
    expect(codeOf(back)).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
    const { payload: list } = await taken.admin.request('device.pair.list');
    expect(list).toEqual({ pending: [], paired: [] });
  });

  test('is guessed at as slowly as any other secret', async () => {
    for (let guess = 0; guess < 10; guess += 1) {
      const auth = { bootstrapToken: `guess-${guess}` };
      const raw = await connectDevice(bench, makeRawDevice(), { auth });
      expect(codeOf(raw)).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
    }
    const { answer } = await connectDevice(bench, makeRawDevice());
    expect(answer.error?.details?.['code']).toBe('AUTH_RATE_LIMITED');
  });

  test('of the owner comes as an address whose secret no server is sent', async () => {
    const { payload, bootstrapToken } = await makeSetup(undefined, { joinUrl: true });
    expect(payload?.['joinUrl']).toBe(`https://gate.example/base#bootstrapToken=${bootstrapToken}`);
    expect(payload?.['access']).toBe('full');
    const now = Date.now();
    expect(Number(payload?.['expiresAtMs']) - now).toBeLessThanOrEqual(120_000);
  });

  test('is needed where nothing else is shown', async () => {
    const raw = await openRaw(bench);
    expect(raw.nonce).not.toBe('');
    const none = await connectDevice(bench, makeRawDevice(), WITHOUT);
    expect(codeOf(none)).toBe('AUTH_TOKEN_MISSING');
  });
});
