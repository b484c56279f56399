// Rights that are handed on: made by one gateway, bounded by their makers, gone when taken back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Lease, Store } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Capabilities } from '../src/capabilities/capabilities.ts';
import { makerOf } from '../src/intake/bearer.ts';
import type { InboxRun } from '../src/intake/inbox.ts';
import { gatewayTables } from '../src/tables.ts';

const KEY = new Uint8Array(32).fill(7);
const FACTS = { channel: 'telegram', accountId: 'default', kind: 'direct' } as const;
const HOUR = 3_600_000;

const run: InboxRun = {
  runId: 'run-1',
  agentId: 'main',
  sessionKey: 'agent:main:main',
  principal: { id: 'telegram:42', trust: 'owner', channel: 'telegram', accountId: 'default' },
  isOwner: true,
  code: 'dm.allowlisted',
};

let folder: string;
let store: Store;
let lease: Lease;
const clock = { now: 1_700_000_000_000 };

const open = async (): Promise<void> => {
  store = await openSqliteStore({ directory: folder, tables: gatewayTables, chainKey: KEY });
  lease = await store.lease('gateway');
};

const made = (key: Uint8Array = KEY): Capabilities =>
  new Capabilities({ store, lease, key, now: () => clock.now });

beforeEach(async () => {
  clock.now = 1_700_000_000_000;
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'));
  await open();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('its holder may use it until its time is over, also when the clock is set back', () => {
  const capabilities = made();
  const given = capabilities.issue(makerOf(run, FACTS), {
    holder: 'cron:1',
    tools: ['read'],
    ttlMs: HOUR,
  });
  expect(capabilities.check(given, 'cron:1', 'read').code).toBe('capability.ok');
  expect(capabilities.check(given, 'cron:2', 'read').code).toBe('capability.invalid');
  expect(capabilities.check(given, 'cron:1', 'exec').code).toBe('capability.exceeds_parent');
  clock.now += HOUR;
  expect(capabilities.check(given, 'cron:1').code).toBe('capability.expired');
  clock.now -= HOUR;
  expect(capabilities.check(given, 'cron:1').code).toBe('capability.expired');
});

test('it says where its maker stood', () => {
  const given = made().issue(makerOf(run, FACTS), { holder: 'cron:1', tools: [], ttlMs: HOUR });
  expect(made().check(given, 'cron:1').value?.scopes).toEqual([
    { agentId: 'main', isOwner: true, facts: FACTS },
  ]);
});

test('another gateway makes none for this one', () => {
  const other = made(new Uint8Array(32).fill(8));
  const given = other.issue(makerOf(run, FACTS), { holder: 'cron:1', tools: [], ttlMs: HOUR });
  expect(made().check(given, 'cron:1').code).toBe('capability.invalid');
});

test('the bearer hands on no more than it has, and for no longer', () => {
  const capabilities = made();
  const capability = capabilities.issue(makerOf(run, FACTS), {
    holder: 'cron:1',
    tools: ['read'],
    ttlMs: HOUR,
  });
  const job: InboxRun = { ...run, capability };
  const child = capabilities.issue(makerOf(job, FACTS), {
    holder: 'subagent:s',
    tools: ['read'],
    ttlMs: 9e9,
  });
  expect(capabilities.check(child, 'subagent:s').value).toMatchObject({
    expiresAt: clock.now + HOUR,
    depth: 2,
  });
  expect(() =>
    capabilities.issue(makerOf(job, FACTS), { holder: 'subagent:s', tools: ['exec'], ttlMs: HOUR }),
  ).toThrow(expect.objectContaining({ code: 'capability.exceeds_parent' }));
});

test('a run of less trust hands on less trust', () => {
  const guest: InboxRun = {
    ...run,
    isOwner: false,
    principal: { ...run.principal, trust: 'member' },
  };
  const given = made().issue(makerOf(guest, FACTS), { holder: 'cron:1', tools: [], ttlMs: HOUR });
  expect(made().check(given, 'cron:1').value?.trust).toBe('member');
});

test('what the operator configures acts for nobody', () => {
  const given = made().issueConfigured({
    holder: 'hook:a',
    issuer: 'config',
    tools: ['read'],
    ttlMs: HOUR,
  });
  expect(made().check(given, 'hook:a').value).toMatchObject({ trust: 'external', scopes: [] });
});

test('what is taken back stays so, with everything made from it, over a restart', async () => {
  const capabilities = made();
  const stop = await capabilities.open();
  const parent = capabilities.issue(makerOf(run, FACTS), {
    holder: 'cron:1',
    tools: ['read'],
    ttlMs: HOUR,
  });
  const child = capabilities.issue(makerOf({ ...run, capability: parent }, FACTS), {
    holder: 'subagent:s',
    tools: ['read'],
    ttlMs: HOUR,
  });
  await store.transact((tx) => capabilities.revoke(tx, parent), { lease });
  expect(capabilities.check(child, 'subagent:s').code).toBe('capability.revoked');
  stop();
  await store.close();
  await open();
  const later = made();
  const stopLater = await later.open();
  expect(later.check(child, 'subagent:s').code).toBe('capability.revoked');
  stopLater();
  expect(() =>
    later.issue(makerOf({ ...run, capability: child }, FACTS), {
      holder: 'x:y',
      tools: [],
      ttlMs: HOUR,
    }),
  ).toThrow(expect.objectContaining({ code: 'capability.revoked' }));
});

test('what another gateway of this state takes back is known without a restart', async () => {
  const one = made();
  const two = made();
  const stop = await two.open();
  const given = one.issue(makerOf(run, FACTS), { holder: 'cron:1', tools: [], ttlMs: HOUR });
  await store.transact((tx) => one.revoke(tx, given), { lease });
  await expect.poll(() => two.check(given, 'cron:1').code).toBe('capability.revoked');
  stop();
});
