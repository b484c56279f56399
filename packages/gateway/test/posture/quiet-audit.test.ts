import { chmodSync } from 'node:fs';

import { type AuditCheck, type Logger, type Plugin, silentLogger } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { configHistoryTable } from '../../src/changes/row.ts';
import { createSecrets } from '../../src/config/index.ts';
import { QuietAudit, type QuietAuditGround } from '../../src/posture/watch/quiet-audit.ts';
import { postureTable } from '../../src/posture/watch/row.ts';
import { createGateway } from '../../src/standalone/create-gateway.ts';
import type { GatewayNotice, PostureReport } from '../../src/services.ts';
import { TOKEN, type World, openWorld } from '../changes/world.ts';
import { checkedCall } from '../server/checked-call.ts';
import { type Frame, openAuthed, startBench } from '../server/clients.ts';
import { AUDITED } from '../server/fake-services.ts';

const CONFIG = (flow: string): string =>
  `{ gateway: { auth: { token: "${TOKEN}-of-a-good-length" } }, flow: { mode: "${flow}" } }`;
const FLOW = {
  checkId: 'portcullis.flow.not_enforced',
  title: 'Private data may leave',
  path: 'flow.mode',
};

let world: World;
let told: GatewayNotice[];
let logged: unknown[];
const log: Logger = { ...silentLogger, warn: (facts) => void logged.push(facts) };

beforeEach(async () => {
  told = [];
  logged = [];
  world = await openWorld(CONFIG('off'), undefined, [configHistoryTable, postureTable]);
  chmodSync(world.paths.stateDir, 0o700);
  chmodSync(world.paths.configPath, 0o600);
});
afterEach(() => world.close());

/** The audit of one process. */
function open(change: Partial<QuietAuditGround> = {}): QuietAudit {
  const config = world.inForce();
  const quiet = new QuietAudit({
    ...world.ground,
    log,
    config: world.inForce,
    secrets: createSecrets(config, config.env, world.paths),
    checks: () => [],
    tell: (notice) => void told.push(notice),
    settleMs: 0,
    ...change,
  });
  onTestFinished(() => quiet.end());
  return quiet;
}

/** The report of an audit that is newer than `at`. */
async function audited(quiet: QuietAudit, at = 0): Promise<PostureReport> {
  await expect.poll(() => quiet.report()?.at ?? 0).toBeGreaterThan(at);
  return quiet.report() ?? expect.unreachable();
}

async function edit(flow: string): Promise<void> {
  const caller = { id: 'cli', kind: 'cli', local: true, scopes: [] } as const;
  const change = { kind: 'document', raw: CONFIG(flow) } as const;
  const { confirm } = await world.changes.propose(caller, change);
  await world.changes.commit(caller, change, { confirm });
}

const lines = async () =>
  (await world.audit()).filter((line) => JSON.stringify(line).includes('security.critical'));

describe('the audit of a running gateway', () => {
  test('tells what is critical once: in the log, in the audit log and to who listens', async () => {
    const first = open();
    expect(await first.begin()).toBeUndefined();
    const { at } = await audited(first);
    expect(first.report()).toEqual({ at, critical: [FLOW] });
    expect(told).toEqual([{ type: 'security', at, critical: [FLOW] }]);
    expect(logged).toEqual([{ found: [Object.values(FLOW).join(' ')] }]);
    expect(await lines()).toMatchObject([
      { kind: 'gateway', code: 'security.critical', checkId: FLOW.checkId, path: FLOW.path },
    ]);
    await first.end();
    const second = open();
    expect(await second.begin()).toEqual({ at, critical: [FLOW] });
    await audited(second, at);
    expect(told).toHaveLength(1);
    expect(await lines()).toHaveLength(1);
  });

  test('tells again what was gone and came back', async () => {
    const quiet = open();
    await quiet.begin();
    const { at } = await audited(quiet);
    await edit('enforce');
    quiet.look();
    const { at: mended, critical } = await audited(quiet, at);
    expect(critical).toEqual([]);
    await edit('off');
    quiet.look();
    await audited(quiet, mended);
    expect(told).toHaveLength(2);
  });

  test('looks once where much happens at once, and not at all before it begins or after it ends', async () => {
    let looks = 0;
    const checks = (): readonly AuditCheck[] => {
      looks += 1;
      return [];
    };
    const quiet = open({ checks });
    quiet.look();
    await quiet.begin();
    for (let times = 0; times < 10; times += 1) quiet.look();
    await audited(quiet);
    expect(looks).toBe(1);
    quiet.look();
    await quiet.end();
    quiet.look();
    await quiet.end();
    expect(looks).toBe(1);
  });

  test('that fails says so in the log, and stops nothing', async () => {
    const quiet = open({
      checks: () => {
        throw new Error('broken');
      },
    });
    expect(await quiet.begin()).toBeUndefined();
    await expect.poll(() => logged).toEqual([{ err: expect.any(Error) }]);
    expect(quiet.report()).toBeUndefined();
    const closed = { ...world.ground.store, transact: () => Promise.reject(new Error('closed')) };
    logged = [];
    await open({ store: closed }).begin();
    await expect.poll(() => logged.length).toBe(2);
  });
});

describe('a gateway with a plugin that brings checks', () => {
  const seen: unknown[] = [];
  const plugin: Plugin = {
    id: 'example',
    register: (registry) => {
      registry.auditCheck({
        id: 'example.switch',
        check: (config, facts) => {
          seen.push(config, facts);
          return [
            {
              severity: 'critical',
              title: 'The switch is on',
              detail: 'Anybody may press it.',
              remediation: 'openclaw config unset channels.example.switch',
              path: 'channels.example.switch',
            },
          ];
        },
      });
      registry.auditCheck({
        id: 'example.throws',
        check: () => {
          throw new Error('broken');
        },
      });
    },
  };

  test('audits itself with them, and tells operators', async () => {
    const { stateDir } = world.paths;
    const gateway = await createGateway({
      stateDir: `${stateDir}/embedded`,
      openStore: openSqliteStore,
      plugins: [plugin],
      models: () => ({
        forAgent: () => expect.unreachable(),
        tariffs: () => [],
        report: () => ({ active: [], models: [] }),
      }),
      port: 0,
      machine: { container: false, tailnetAddress: undefined },
    });
    onTestFinished(() => gateway.stop());
    const found = {
      checkId: 'example.switch',
      title: 'The switch is on',
      path: 'channels.example.switch',
    };
    await expect.poll(() => gateway.services.posture.report()?.critical).toEqual([found]);
    expect(await gateway.call('status', {})).toMatchObject({
      audit: { at: expect.any(Number), critical: 1, named: [found] },
    });
    const [config, facts] = seen;
    expect(JSON.stringify(config)).toContain('"__OPENCLAW_REDACTED__"');
    expect(facts).toMatchObject({ stateDir: `${stateDir}/embedded` });
    expect(Object.keys(facts as object).toSorted()).toEqual(['configPath', 'files', 'stateDir']);
  });

  test('refuses one whose checks are named after another', async () => {
    const stranger: Plugin = {
      id: 'stranger',
      register: (registry) => registry.auditCheck({ id: 'gateway.bind_no_auth', check: () => [] }),
    };
    const starting = createGateway({
      stateDir: `${world.paths.stateDir}/refused`,
      openStore: openSqliteStore,
      plugins: [stranger],
      models: () => expect.unreachable(),
      port: 0,
    });
    await expect(starting).rejects.toMatchObject({ code: 'plugin.audit_check' });
  });
});

function isTold({ event }: Frame): boolean {
  return event === 'security.critical' || event === 'config.changed';
}

test('operators with the scope of an admin are told of it, and others only how much', async () => {
  const bench = await startBench();
  onTestFinished(() => bench.close());
  const admin = await openAuthed(bench);
  const reader = await openAuthed(bench, { scopes: ['operator.read'] });
  const { at, critical } = AUDITED;
  expect(await checkedCall(admin, 'status', {})).toMatchObject({
    audit: { at, critical: 1, named: critical },
  });
  expect(await checkedCall(reader, 'status', {})).toMatchObject({
    audit: { at, critical: 1, named: [] },
  });
  bench.services.notify({ type: 'security', at, critical });
  bench.services.notify({ type: 'config' });
  expect(await admin.next(isTold)).toMatchObject({
    event: 'security.critical',
    payload: { ts: at, critical },
  });
  // What is told after it arrives, and it did not.
  expect(await reader.next(isTold)).toMatchObject({ event: 'config.changed' });
});
