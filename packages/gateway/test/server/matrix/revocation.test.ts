/**
 * Every method, called over a connection whose rights were taken away in the same moment: nothing is
 * answered, nothing happens, and the connection ends saying why.
 */
import { type MethodName, METHODS } from '@portcullis/protocol';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectDevice,
  type Device,
  makeRawDevice,
  openAuthed,
  type Raw,
  startBench,
} from '../clients.ts';
import { configText, TOKEN } from '../fake-services.ts';
import type { DeviceRecord } from '../../../src/server/devices/record.ts';
import { DeviceRegistry } from '../../../src/server/devices/registry.ts';
import { paramsFor } from './params.ts';
import { stateOf, workOf } from './state.ts';

const ALL = Object.keys(METHODS) as MethodName[];
const SECOND = 1000;

let bench: Bench;
let registry: DeviceRegistry;

beforeEach(async () => {
  bench = await startBench();
  bench.services.addSession('agent:main:main');
  registry = await DeviceRegistry.of(bench.services.store);
});

afterEach(() => bench.close());

/** An admin that is about to lose it. */
interface Doomed {
  readonly method: MethodName;
  readonly raw: Raw;
  readonly device: Device;
}

const ADMIN = { scopes: ['operator.admin'] };

/** A device that came by its own token, and has shown that it is let in. */
async function byToken(method: MethodName): Promise<Doomed> {
  const device = makeRawDevice();
  const { publicKey } = device.prove('')['device'] as { readonly publicKey: string };
  const ask = { deviceId: device.id, publicKey, role: 'operator', roles: ['operator'], ...ADMIN };
  const deviceToken = registry.tokenOf(await registry.approveNow(ask), 'operator');
  const raw = await connectDevice(bench, device, { ...ADMIN, auth: { deviceToken } });
  expect((await raw.request('status')).ok).toBe(true);
  return { method, raw, device };
}

async function bySecret(method: MethodName): Promise<Doomed> {
  const device = makeRawDevice();
  const raw = await connectDevice(bench, device, ADMIN);
  expect((await raw.request('status')).ok).toBe(true);
  return { method, raw, device };
}

async function byProgram(method: MethodName): Promise<Doomed> {
  const raw = await openAuthed(bench, ADMIN);
  expect((await raw.request('status')).ok).toBe(true);
  return { method, raw, device: makeRawDevice() };
}

/** Changes what is stored of a device, as another process of this gateway's state would. */
function rewrite(change: (record: DeviceRecord) => DeviceRecord) {
  return ({ device }: Doomed): Promise<unknown> => registry.update(device.id, change);
}

const withTokens =
  (change: Partial<DeviceRecord['tokens'][number]>) =>
  (record: DeviceRecord): DeviceRecord => ({
    ...record,
    tokens: record.tokens.map((token) => ({ ...token, ...change })),
  });

/** Another configuration, for everybody at once. */
const configured = (raw: string) => async (): Promise<void> => bench.services.configure(raw);

const OTHER = configText({ auth: { mode: 'token', token: `${TOKEN}-2` } });
const PASSWORD = configText({ auth: { mode: 'password', password: TOKEN } });
const NOBODY = configText({ auth: { mode: 'none' } });

interface Case {
  readonly what: string;
  readonly connect: (method: MethodName) => Promise<Doomed>;
  readonly revoke: (doomed: Doomed) => Promise<unknown>;
  readonly reason: string;
}

const AUTH = 'gateway auth changed';
const CHANGED = 'client invalidated: device token changed';
const CASES: readonly Case[] = [
  {
    what: 'the device is removed',
    connect: byToken,
    revoke: rewrite((record) => ({ ...record, removedAtMs: 1 })),
    reason: 'device removed',
  },
  {
    what: 'the device that came by the shared secret is removed',
    connect: bySecret,
    revoke: rewrite((record) => ({ ...record, removedAtMs: 1 })),
    reason: 'device removed',
  },
  {
    what: 'its token is rotated',
    connect: byToken,
    revoke: rewrite(withTokens({ generation: 2 })),
    reason: CHANGED,
  },
  {
    what: 'its token is rotated to fewer scopes',
    connect: byToken,
    revoke: rewrite(withTokens({ generation: 2, scopes: ['operator.read'] })),
    reason: CHANGED,
  },
  {
    what: 'its token is revoked',
    connect: byToken,
    revoke: rewrite(withTokens({ revokedAtMs: 1 })),
    reason: CHANGED,
  },
  {
    what: 'its role becomes another',
    connect: byToken,
    revoke: rewrite(withTokens({ role: 'node' })),
    reason: CHANGED,
  },
  {
    what: 'the shared secret changes',
    connect: byProgram,
    revoke: configured(OTHER),
    reason: AUTH,
  },
  {
    what: 'the shared secret changes under a device',
    connect: byToken,
    revoke: configured(OTHER),
    reason: AUTH,
  },
  {
    what: 'a password is asked for instead',
    connect: byProgram,
    revoke: configured(PASSWORD),
    reason: AUTH,
  },
  {
    what: 'authentication is switched off',
    connect: byProgram,
    revoke: configured(NOBODY),
    reason: AUTH,
  },
];

/** Parameters the method takes, the same at every run. */
function params(method: MethodName): unknown {
  const known = { key: ['main'], sessionKey: ['main'], idempotencyKey: ['late'] };
  return fc.sample(paramsFor(method, known), { seed: 7, numRuns: 1 })[0];
}

describe.each(CASES)('when $what', ({ connect, revoke, reason }) => {
  test('P23.01: no method answers any more, and none has an effect', async () => {
    const doomed = await Promise.all(ALL.map(connect));
    const told = doomed.map(({ raw }) => raw.frames.length);
    const before = await workOf(bench.services);
    const changed = Promise.all(doomed.map(revoke));
    for (const { method, raw } of doomed) {
      raw.send({ type: 'req', id: 'late', method, params: params(method) });
    }
    await changed;
    const left = await stateOf(bench.services);
    const begun = performance.now();
    const ends = await Promise.all(doomed.map(({ raw }) => raw.closed));
    expect(performance.now() - begun).toBeLessThan(SECOND);
    expect(ends.map((end, index) => [ALL[index], end])).toEqual(
      ALL.map((method) => [method, { code: 4001, reason }]),
    );
    const answers = doomed.flatMap(({ raw }, index) =>
      raw.frames.slice(told[index]).filter(({ type }) => type === 'res'),
    );
    expect(answers).toEqual([]);
    expect(await workOf(bench.services)).toBe(before);
    expect(await stateOf(bench.services)).toBe(left);
    await expect.poll(() => bench.server.connections).toBe(0);
  });
});
