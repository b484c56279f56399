/**
 * The audit log as runs and tool calls.
 *
 * @module
 */
import type { PortcullisError } from '@portcullis/core';
import type { Activity, MethodParams, MethodResult } from '@portcullis/protocol';

import type { AuditLine, Services } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

type Params = MethodParams<'audit.activity.list'>;

/** Events on a page when the client names no number. */
const DEFAULT_PAGE = 100;

/** Lines read at once, and lines looked at for one page. */
const STRIDE = 500;
const MAX_LOOKED_AT = 50_000;

/** What the lines about turns mean. */
const RUNS: Readonly<Record<string, Pick<Activity, 'status'> & { readonly errorCode?: string }>> = {
  'turn.begun': { status: 'started' },
  'turn.resumed': { status: 'started' },
  'turn.answered': { status: 'succeeded' },
  'turn.failed': { status: 'failed', errorCode: 'run_failed' },
  'turn.aborted': { status: 'cancelled', errorCode: 'run_cancelled' },
  'turn.revoked': { status: 'blocked', errorCode: 'run_blocked' },
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What all events have, or undefined for a line about no run. */
function common({ seq, at, entry }: AuditLine) {
  const runId = text(entry['runId']);
  const sessionKey = text(entry['sessionKey']);
  const agentId = sessionKey?.split(':')[1];
  if (runId === undefined || sessionKey === undefined || !agentId) return undefined;
  return {
    schemaVersion: 1 as const,
    eventId: `audit:${seq}`,
    sequence: seq,
    sourceSequence: seq,
    occurredAt: at,
    redaction: 'metadata_only' as const,
    actor: { type: 'agent' as const, id: agentId },
    agentId,
    sessionKey,
    runId,
  };
}

type Common = NonNullable<ReturnType<typeof common>>;

function runEvent(base: Common, { entry }: AuditLine): Activity | undefined {
  const code = text(entry['code']) ?? '';
  const found = Object.hasOwn(RUNS, code) ? RUNS[code] : undefined;
  if (found === undefined) return undefined;
  const isLate = entry['cause'] === 'turn.timeout';
  const ended = isLate ? { status: 'timed_out', errorCode: 'run_timed_out' } : found;
  const action = ended.status === 'started' ? 'agent.run.started' : 'agent.run.finished';
  return { ...base, ...ended, eventType: 'agent_run', kind: 'agent_run', action } as Activity;
}

function toolEvent(base: Common, { entry }: AuditLine): Activity | undefined {
  const toolName = text(entry['tool']);
  const code = text(entry['code']);
  if (toolName === undefined || code === 'tool.secret_hidden') return undefined;
  const shared = { ...base, eventType: 'tool_action', kind: 'tool_action', toolName } as const;
  const finished = { ...shared, action: 'tool.action.finished' } as const;
  if (code === 'tool.done') return { ...finished, status: 'succeeded' };
  if (code === 'tool.failed') return { ...finished, status: 'failed', errorCode: 'tool_failed' };
  return entry['effect'] === 'allow'
    ? { ...shared, action: 'tool.action.started', status: 'started' }
    : { ...finished, status: 'blocked', errorCode: 'tool_blocked' };
}

/** A line as an event, or undefined for one that is about neither a run nor a tool call. */
function toActivity(line: AuditLine): Activity | undefined {
  const base = common(line);
  if (base === undefined) return undefined;
  if (line.kind === 'turn') return runEvent(base, line);
  return line.kind === 'tool' ? toolEvent(base, line) : undefined;
}

function isWanted(event: Activity, params: Params): boolean {
  const { agentId, sessionKey, runId, kind, status, after, before } = params;
  return (
    (agentId === undefined || event.agentId === agentId) &&
    (sessionKey === undefined || event.sessionKey === sessionKey) &&
    (runId === undefined || event.runId === runId) &&
    (kind === undefined || event.kind === kind) &&
    (status === undefined || event.status === status) &&
    (after === undefined || event.occurredAt >= after) &&
    (before === undefined || event.occurredAt < before)
  );
}

/** The line a page begins below. */
async function startOf(params: Params, services: Services): Promise<number> {
  const { cursor, after, before } = params;
  if (after !== undefined && before !== undefined && after >= before) throw invalidCursor();
  if (cursor === undefined) {
    const [newest] = await services.audit.log({ last: true, limit: 1 });
    return (newest?.seq ?? 0) + 1;
  }
  const seq = Number(cursor);
  if (!/^[1-9]\d{0,14}$/u.test(cursor) || !Number.isSafeInteger(seq)) throw invalidCursor();
  return seq;
}

function invalidCursor(): PortcullisError {
  return invalidRequest('invalid audit.activity.list range or cursor');
}

/** Lines below `seq`, newest first. */
async function* linesBelow(services: Services, seq: number): AsyncGenerator<AuditLine> {
  for (let end = seq - 1; end > 0; end -= STRIDE) {
    const after = Math.max(0, end - STRIDE);
    const lines = await services.audit.log({ after, limit: end - after });
    yield* lines.toReversed();
  }
}

async function list(
  params: Params,
  services: Services,
): Promise<MethodResult<'audit.activity.list'>> {
  const { limit = DEFAULT_PAGE, direction, channel, kind, after } = params;
  const start = await startOf(params, services);
  if (kind === 'message' || direction !== undefined || channel !== undefined) return { events: [] };
  const events: Activity[] = [];
  for await (const line of linesBelow(services, start)) {
    // Lines are in the order of time: what comes now is older still.
    if (after !== undefined && line.at < after) return { events };
    if (events.length === limit || start - line.seq > MAX_LOOKED_AT) {
      return { events, nextCursor: String(line.seq + 1) };
    }
    const event = toActivity(line);
    if (event !== undefined && isWanted(event, params)) events.push(event);
  }
  return { events };
}

/** Methods on what agents did. */
export const activityHandlers: Handlers<'audit.activity.list' | 'audit.list'> = {
  'audit.activity.list': (params, { services }) => list(params, services),
  'audit.list': async (params, { services }) => {
    const { events, nextCursor } = await list(params, services);
    return {
      events: events.map(({ schemaVersion: _version, eventType: _type, ...event }) => event),
      ...(nextCursor !== undefined && { nextCursor }),
    };
  },
};
