/** Views over what was recorded: the audit log, the transcripts, the budgets, the commands. */
import type { MethodName } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { AuditLine } from '../../../src/services.ts';
import { checkedCall, failedCall } from '../checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from '../clients.ts';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await bench.close();
});

const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);

/** Lines as the gateway writes them, a second apart. */
function record(entries: readonly AuditLine['entry'][]): void {
  const lines = entries.map((entry, index): AuditLine => ({
    seq: index + 1,
    at: (index + 1) * 1000,
    kind: String(entry['kind']),
    entry,
    mac: 'ab',
  }));
  vi.spyOn(bench.services.audit, 'log').mockImplementation(async (options = {}) => {
    const { after = 0, limit = 100, last = false } = options;
    return last ? lines.slice(-limit) : lines.slice(after, after + limit);
  });
}

const run = { runId: 'r1', sessionKey: 'agent:main:main', principal: 'telegram:42' };

const LINES = [
  { kind: 'gateway', code: 'gateway.started' },
  { kind: 'turn', code: 'turn.begun', ...run },
  { kind: 'tool', code: 'tools.allowed', effect: 'allow', tool: 'exec', ...run },
  { kind: 'effect', code: 'exec.allowed', effect: 'allow', ...run },
  { kind: 'tool', code: 'tool.failed', effect: 'allow', tool: 'exec', ...run },
  { kind: 'tool', code: 'tools.denied', effect: 'deny', tool: 'web_fetch', ...run },
  { kind: 'turn', code: 'turn.aborted', cause: 'rpc', ...run },
  { kind: 'turn', code: 'turn.begun', ...run, runId: 'r2', sessionKey: 'agent:work:main' },
  { kind: 'turn', code: 'turn.failed', cause: 'turn.timeout', ...run, runId: 'r3' },
] as const;

async function actions(params: Record<string, unknown>): Promise<readonly unknown[]> {
  const { events } = await call('audit.activity.list', params);
  return (events as Record<string, unknown>[]).map(({ sequence, action, status, errorCode }) =>
    [sequence, action, status, errorCode].filter((each) => each !== undefined),
  );
}

describe('audit.activity.list', () => {
  test('has runs and tool calls, newest first, and nothing but facts about them', async () => {
    record(LINES);
    expect(await actions({})).toEqual([
      [9, 'agent.run.finished', 'timed_out', 'run_timed_out'],
      [8, 'agent.run.started', 'started'],
      [7, 'agent.run.finished', 'cancelled', 'run_cancelled'],
      [6, 'tool.action.finished', 'blocked', 'tool_blocked'],
      [5, 'tool.action.finished', 'failed', 'tool_failed'],
      [3, 'tool.action.started', 'started'],
      [2, 'agent.run.started', 'started'],
    ]);
    const text = JSON.stringify(await call('audit.activity.list', {}));
    expect(text).not.toContain('telegram:42');
  });

  const cases: readonly (readonly [Record<string, unknown>, readonly number[]])[] = [
    [{ agentId: 'work' }, [8]],
    [{ sessionKey: 'agent:main:main', kind: 'agent_run' }, [9, 7, 2]],
    [{ runId: 'r1', kind: 'tool_action' }, [6, 5, 3]],
    [{ status: 'blocked' }, [6]],
    [{ after: 7000 }, [9, 8, 7]],
    [{ after: 3000, before: 6000 }, [5, 3]],
    [{ kind: 'message' }, []],
    [{ direction: 'inbound' }, []],
  ];

  test.each(cases)('%j', async (params, expected) => {
    record(LINES);
    const found = await actions(params);
    expect(found.map((each) => (each as readonly unknown[])[0])).toEqual(expected);
  });

  test('pages fit together, and the older form tells the same', async () => {
    record(LINES);
    const first = await call('audit.list', { limit: 3 });
    expect((first['events'] as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual([
      9, 8, 7,
    ]);
    const rest = await call('audit.list', { limit: 100, cursor: first['nextCursor'] });
    expect((rest['events'] as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual([
      6, 5, 3, 2,
    ]);
    expect(rest).not.toHaveProperty('nextCursor');
    expect(JSON.stringify(rest)).not.toContain('schemaVersion');
  });

  test('a cursor or a range that cannot be is refused', async () => {
    record(LINES);
    for (const params of [{ cursor: '0' }, { cursor: 'x' }, { after: 5, before: 5 }]) {
      expect((await fail('audit.activity.list', params)).message).toBe(
        'invalid audit.activity.list range or cursor',
      );
    }
  });
});

describe('usage', () => {
  test('is told by day and in all', async () => {
    const days = vi.spyOn(bench.services.usage, 'days');
    const cost = await call('usage.cost', { startDate: '2026-11-20', endDate: '2026-11-21' });
    expect(days.mock.lastCall?.[0]).toEqual({
      from: Date.parse('2026-11-20T00:00:00.000Z'),
      until: Date.parse('2026-11-21T23:59:59.999Z'),
    });
    expect(cost).toMatchObject({
      days: 2,
      daily: [
        { date: '2026-11-20', totalTokens: 15, totalCost: 1.5, missingCostEntries: 0 },
        { date: '2026-11-21', totalTokens: 3, totalCost: 0, missingCostEntries: 1 },
      ],
      totals: { input: 11, output: 7, totalTokens: 18, totalCost: 1.5, missingCostEntries: 1 },
    });
  });

  test('covers thirty days up to today unless asked otherwise', async () => {
    const days = vi.spyOn(bench.services.usage, 'days');
    expect(await call('usage.cost', { agentId: 'main' })).toMatchObject({ days: 30 });
    expect(days.mock.lastCall?.[0]).toMatchObject({ agentId: 'main' });
    expect(await call('usage.cost', { days: 1 })).toMatchObject({ days: 1 });
  });

  test('of a span that cannot be is refused', async () => {
    const backwards = { startDate: '2026-11-21', endDate: '2026-11-20' };
    expect((await fail('usage.cost', backwards)).message).toBe('startDate is after endDate');
    const ages = { startDate: '2020-01-01', endDate: '2026-01-01' };
    expect((await fail('usage.cost', ages)).message).toBe('at most 366 days at once');
    expect((await fail('usage.cost', { startDate: '2026-13-01' })).message).toBe(
      'there is no day 2026-13-01',
    );
    expect((await fail('usage.cost', { agentId: 'main', agentScope: 'all' })).code).toBe(
      'INVALID_REQUEST',
    );
  });

  test('of budgets is told as part of each limit', async () => {
    expect(await call('usage.status')).toMatchObject({
      providers: [
        {
          displayName: 'Budgets',
          windows: [
            {
              label: 'budgets.sender.tokensPerDay telegram:42',
              usedPercent: 25,
              resetAt: 1_700_006_400_000,
            },
          ],
        },
      ],
    });
  });
});

describe('commands and skills', () => {
  test('commands are those of a network; operator chat has none', async () => {
    const { commands } = await call('commands.list', { provider: 'telegram', scope: 'both' });
    expect(commands).toEqual([
      {
        name: 'help',
        textAliases: ['/help', '/start'],
        description: 'what you can do',
        source: 'native',
        scope: 'text',
        acceptsArgs: false,
      },
    ]);
    for (const params of [{}, { provider: 'slack' }, { provider: 'telegram', scope: 'native' }]) {
      expect(await call('commands.list', params)).toEqual({ commands: [] });
    }
  });

  test('skills are none, and the workspace is for admins', async () => {
    expect(await call('skills.status', { agentId: 'main' })).toEqual({
      workspaceDir: '/srv/workspace',
      managedSkillsDir: '',
      agentId: 'main',
      skills: [],
    });
    const reader = await openAuthed(bench, { scopes: ['operator.read'] });
    const { payload } = await reader.request('skills.status');
    expect(payload).toMatchObject({ workspaceDir: '', agentId: 'main' });
    expect((await fail('skills.status', { agentId: 'x' })).message).toBe('unknown agent id "x"');
  });
});
