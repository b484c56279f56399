/**
 * Health and status.
 *
 * @module
 */
import type { Health, MethodResult } from '@portcullis/protocol';

import type { Services, SessionSummary } from '../../services.ts';
import { holdsScope } from '../authority.ts';
import type { Handlers, MethodContext } from '../plane.ts';
import { sessionDefaults } from '../views.ts';
import { defaultAgentId } from './default-agent.ts';
import { channelLabel, channelSummaries } from './channels.ts';
import { configHealth, toConfigStatus } from './config/status.ts';

/** How old a snapshot may be. */
const HEALTH_TTL_MS = 1000;

/** Sessions named in a snapshot. */
const RECENT = 5;

interface Recent {
  key: string;
  updatedAt: number;
  age: number;
}

function recentOf(sessions: readonly SessionSummary[], now: number): Recent[] {
  return sessions
    .slice(0, RECENT)
    .map(({ key, updatedAt }) => ({ key, updatedAt, age: Math.max(0, now - updatedAt) }));
}

/**
 * The state of channels, agents and sessions. Session keys name people, so they are only in the
 * snapshot of callers who may read.
 */
export async function healthSnapshot(services: Services, withSessions: boolean): Promise<Health> {
  const startedAt = Date.now();
  const channels = services.channels();
  const order = [...new Set(channels.map(({ channel }) => channel))];
  const agents = services.agents();
  const counts = await Promise.all(
    agents.map(async ({ id }) => services.sessions.list({ agentIds: [id], limit: RECENT })),
  );
  const all = await services.sessions.list({ limit: RECENT });
  const recent = (sessions: readonly SessionSummary[]) =>
    withSessions ? recentOf(sessions, startedAt) : [];
  return {
    ok: true,
    ts: startedAt,
    durationMs: Date.now() - startedAt,
    channels: { ...channelSummaries(channels) },
    channelOrder: order,
    channelLabels: Object.fromEntries(order.map((id) => [id, channelLabel(id)])),
    heartbeatSeconds: 0,
    defaultAgentId: defaultAgentId(services),
    agents: agents.map((agent, index) => ({
      agentId: agent.id,
      isDefault: agent.isDefault,
      heartbeat: { enabled: false, every: 'off' },
      sessions: {
        path: '',
        count: counts[index]?.total ?? 0,
        recent: recent(counts[index]?.sessions ?? []),
      },
    })),
    sessions: { path: '', count: all.total, recent: recent(all.sessions) },
    config: configHealth(services.edits.report()),
  };
}

const NO_TASKS = {
  tasks: { total: 0, active: 0, terminal: 0, failures: 0, byStatus: {}, byRuntime: {} },
  taskAudit: { total: 0, warnings: 0, errors: 0, byCode: {} },
} as const;

async function status({ services, caller }: MethodContext): Promise<MethodResult<'status'>> {
  const isAdmin = holdsScope(caller.scopes, 'operator.admin');
  const { agents, sessions } = await healthSnapshot(services, isAdmin);
  const lockouts = services.attempts.lockouts();
  const audited = services.posture.report();
  const paths = isAdmin ? [services.paths.stateDbDir] : [];
  const { model, contextTokens } = sessionDefaults(services.models());
  return {
    runtimeVersion: services.version,
    pid: process.pid,
    uptimeMs: Math.max(0, Date.now() - services.startedAt),
    heartbeat: {
      defaultAgentId: defaultAgentId(services),
      agents: agents.map(({ agentId }) => ({
        agentId,
        enabled: false,
        every: 'off',
        everyMs: null,
      })),
    },
    channelSummary: services
      .channels()
      .map(({ channel, accountId, state }) => `${channelLabel(channel)} (${accountId}): ${state}`),
    config: toConfigStatus(services.edits.report()),
    queuedSystemEvents: [],
    ...NO_TASKS,
    lockouts: {
      count: lockouts.count,
      named: isAdmin ? lockouts.named.map((each) => ({ ...each })) : [],
    },
    audit: {
      at: audited?.at ?? null,
      critical: audited?.critical.length ?? 0,
      named: isAdmin ? (audited?.critical ?? []).map((found) => ({ ...found })) : [],
    },
    sessions: {
      paths,
      count: sessions.count,
      defaults: { model, contextTokens },
      recent: sessions.recent,
      byAgent: agents.map((agent) => ({
        agentId: agent.agentId,
        path: paths[0] ?? '',
        count: agent.sessions.count,
        recent: agent.sessions.recent,
      })),
    },
  };
}

/** Health and status. */
export const healthHandlers: Handlers<'health' | 'status'> = {
  health: (_params, { plane, services, caller }) => {
    const withSessions = holdsScope(caller.scopes, 'operator.read');
    return plane.answers.get(`health ${withSessions}`, HEALTH_TTL_MS, () =>
      healthSnapshot(services, withSessions),
    );
  },
  status: (_params, context) => status(context),
};
