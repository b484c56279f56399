/**
 * How callers of control planes like this one came to rights that nobody gave them, or kept those
 * that were taken: each from its start to where it ends here, against a whole gateway.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { afterEach, describe, expect, test, vi } from 'vitest';

import {
  connectDevice,
  connectParams,
  makeRawDevice,
  openAuthed,
  openRaw,
  type Device,
  type Raw,
} from '../../../packages/gateway/test/server/clients.ts';
import { type RealGateway, TOKEN, startRealGateway } from './real-gateway.ts';

let gateway: RealGateway;

afterEach(() => gateway.close());

const AUTH = { auth: { token: TOKEN } };
const admin = (): Promise<Raw> => openAuthed(gateway, AUTH);

describe('a device lets itself in for more', () => {
  const PROXY = { trustedProxies: ['127.0.0.9'] };
  const AFAR = { headers: { 'X-Forwarded-For': '203.0.113.7' }, localAddress: '127.0.0.9' };

  /** A device that is not of this machine, let in for `scopes` by an admin, and its connection. */
  async function letIn(scopes: readonly string[]): Promise<{ device: Device; raw: Raw }> {
    const device = makeRawDevice();
    const { answer } = await connectDevice(gateway, device, { ...AUTH, scopes }, AFAR);
    const requestId = answer.error?.details?.['requestId'];
    const owner = await admin();
    expect((await owner.request('device.pair.approve', { requestId })).error).toBeUndefined();
    owner.socket.terminate();
    const raw = await connectDevice(gateway, device, { ...AUTH, scopes }, AFAR);
    expect(raw.answer.error).toBeUndefined();
    return { device, raw };
  }

  test('P22.02: by approving what it asks for itself, or another of its own', async () => {
    gateway = await startRealGateway(PROXY);
    const { device, raw } = await letIn(['operator.pairing']);
    const more = { ...AUTH, scopes: ['operator.pairing', 'operator.admin'] };
    const accomplice = makeRawDevice();
    for (const asking of [device, accomplice]) {
      const { answer } = await connectDevice(gateway, asking, more, AFAR);
      expect(answer.error?.details?.['code']).toBe('PAIRING_REQUIRED');
      const requestId = answer.error?.details?.['requestId'];
      const before = gateway.state();
      const { ok, error } = await raw.request('device.pair.approve', { requestId });
      expect([ok, error?.code]).toEqual([false, 'FORBIDDEN']);
      expect(gateway.state()).toBe(before);
    }
    const { scopes } = (raw.frames.find(({ ok }) => ok === true)?.payload ?? {})['auth'] as {
      scopes: string[];
    };
    expect(scopes).toEqual(['operator.pairing']);
  });

  test('P22.02: by the token of somebody who holds more', async () => {
    gateway = await startRealGateway(PROXY);
    const owner = await letIn(['operator.admin']);
    const { raw } = await letIn(['operator.pairing']);
    const subject = { deviceId: owner.device.id, role: 'operator' };
    const before = gateway.state();
    const attempts: (readonly [string, unknown])[] = [
      ['device.token.rotate', subject],
      ['device.token.revoke', subject],
      ['device.pair.remove', { deviceId: owner.device.id }],
      ['device.pair.rename', { deviceId: owner.device.id, label: 'mine' }],
    ];
    for (const [method, params] of attempts) {
      const { ok, error } = await raw.request(method, params);
      expect([method, ok, error?.code]).toEqual([method, false, 'FORBIDDEN']);
    }
    expect(gateway.state()).toBe(before);
    expect((await owner.raw.request('status')).ok).toBe(true);
  });

  test('P22.01: by claiming scopes and a role that nobody gave it', async () => {
    gateway = await startRealGateway(PROXY);
    const raw = await openRaw(gateway, AFAR);
    const claims = { ...AUTH, scopes: ['operator.admin', 'admin', 'owner'] };
    const { payload } = await raw.request('connect', connectParams(claims));
    expect(payload?.['auth']).toEqual({ role: 'operator', scopes: [] });
    const other = await openRaw(gateway, AFAR);
    const { error } = await other.request('connect', connectParams({ ...claims, role: 'owner' }));
    expect(error?.message).toBe('invalid role');
  });
});

/** The edit of the config that waits, once there is one. */
async function edit(raw: Raw): Promise<{ readonly hash: string } | undefined> {
  const { payload } = await raw.request('config.status', {});
  return payload?.['edit'] as { readonly hash: string } | undefined;
}

/** Milliseconds until the connection ends, and how. */
async function end(raw: Raw): Promise<{ ms: number; code: number; reason: string }> {
  const begun = performance.now();
  const { code, reason } = await raw.closed;
  return { ms: performance.now() - begun, code, reason };
}

describe('somebody whose rights were taken stays connected', () => {
  const WITHIN_MS = 1000;

  test('P23.01: a device that is removed hears nothing more and has nothing answered', async () => {
    gateway = await startRealGateway();
    const device = makeRawDevice();
    const raw = await connectDevice(gateway, device, { ...AUTH, scopes: ['operator.write'] });
    await raw.request('sessions.subscribe', {});
    raw.send({
      type: 'req',
      id: 'wait',
      method: 'agent.wait',
      params: { runId: 'none', timeoutMs: 20_000 },
    });
    const owner = await admin();
    await owner.request('device.pair.remove', { deviceId: device.id });
    const heard = raw.frames.length;
    const ended = end(raw);
    raw.send({ type: 'req', id: 'late', method: 'status' });
    const said = { sessionKey: 'main', message: 'hello', idempotencyKey: 'after' };
    await owner.request('chat.send', said);
    const { ms, ...how } = await ended;
    expect(how).toEqual({ code: 4001, reason: 'device removed' });
    expect(ms).toBeLessThan(WITHIN_MS);
    expect(raw.frames.slice(heard)).toEqual([]);
    const again = await connectDevice(gateway, device, { ...AUTH, scopes: ['operator.write'] });
    expect(again.answer.error?.details?.['code']).toBe('PAIRING_REQUIRED');
  });

  test('P23.01: a secret that is exchanged ends every connection that came by it', async () => {
    gateway = await startRealGateway();
    const raw = await admin();
    const device = await connectDevice(gateway, makeRawDevice(), AUTH);
    const path = gateway.running.report.configPath;
    const next = `${TOKEN}-exchanged`;
    writeFileSync(path, readFileSync(path, 'utf8').replace(TOKEN, next), { mode: 0o600 });
    const waiting = await vi.waitUntil(() => edit(raw), { timeout: 10_000 });
    const ends = Promise.all([end(raw), end(device)]);
    raw.send({ type: 'req', id: 'yes', method: 'config.accept', params: { hash: waiting.hash } });
    for (const { ms, ...how } of await ends) {
      expect(how).toEqual({ code: 4001, reason: 'gateway auth changed' });
      expect(ms).toBeLessThan(WITHIN_MS);
    }
    await expect(admin()).rejects.toThrow('AUTH_TOKEN_MISMATCH');
    const fresh = await openAuthed(gateway, { auth: { token: next } });
    expect((await fresh.request('health')).ok).toBe(true);
  });
});
