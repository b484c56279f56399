/** Things for calls to be about: a conversation, a job, a device that asks. */
import { expect } from 'vitest';

import {
  connectDevice,
  makeRawDevice,
  type Raw,
} from '../../../packages/gateway/test/server/clients.ts';
import type { Known } from '../../../packages/gateway/test/server/matrix/params.ts';
import { type RealGateway, TOKEN } from './real-gateway.ts';

const KEYS = ['main', 'agent:main:main', 'agent:main:telegram:dm:42'];

/** What exists, by the names parameters have for it. Filled by {@link furnish}. */
export const KNOWN: Record<string, readonly unknown[]> & Known = {
  key: KEYS,
  sessionKey: KEYS,
  keys: KEYS,
  agentId: ['main'],
  channel: ['telegram'],
  accountId: ['default'],
  role: ['operator', 'node'],
  idempotencyKey: ['once', 'twice'],
  timeoutMs: [1],
};

async function done(raw: Raw, method: string, params: unknown): Promise<Record<string, unknown>> {
  const { payload, error } = await raw.request(method, params);
  expect(error).toBeUndefined();
  return payload ?? {};
}

/** Puts things into a gateway that is empty. */
export async function furnish(gateway: RealGateway, open: () => Promise<Raw>): Promise<void> {
  const admin = await open();
  const said = { sessionKey: 'main', message: 'hello', idempotencyKey: 'furniture' };
  await done(admin, 'chat.send', said);
  await admin.next(({ event, payload }) => event === 'chat' && payload?.['state'] !== 'delta');
  const job = await done(admin, 'cron.add', {
    name: 'a job',
    enabled: false,
    schedule: { kind: 'every', everyMs: 3_600_000 },
    sessionTarget: 'isolated',
    wakeMode: 'now',
    payload: { kind: 'agentTurn', message: 'say hello' },
  });
  const device = makeRawDevice();
  await connectDevice(gateway, device, { auth: { token: TOKEN }, scopes: ['operator.read'] });
  const asking = makeRawDevice();
  const change = { auth: { token: TOKEN }, role: 'node', scopes: [] };
  const { answer } = await connectDevice(gateway, asking, change);
  Object.assign(KNOWN, {
    id: [job['id'], 'unknown'],
    jobId: [job['id']],
    deviceId: [device.id, asking.id],
    requestId: [answer.error?.details?.['requestId'], 'unknown'],
  });
  admin.socket.terminate();
}
