/**
 * What a gateway answers to the commands that ask how it is.
 *
 * @module
 */

/** What is said in a log, and must not be said in a report. */
export type Veiled = readonly [what: string, text: string];

const ACCOUNT = {
  accountId: 'default',
  name: '@the_bot',
  enabled: true,
  configured: true,
  installed: true,
  healthState: 'connected',
  lastTransportActivityAt: null,
  lastError: null,
};

/** A gateway with one network. */
export const ANSWERS: Readonly<Record<string, unknown>> = {
  health: { ok: true, durationMs: 2, channels: {}, channelOrder: [], config: 'in-force' },
  status: {
    lockouts: { count: 0, named: [] },
    audit: { at: 1, critical: 0, named: [] },
    runtimeVersion: '1.2.3',
    pid: 42,
    uptimeMs: 7_200_000,
    sessions: { count: 3 },
    config: { mode: 'hybrid', at: 0, restartNeeded: [], failed: [] },
  },
  'models.list': { models: [] },
  'channels.status': { channelOrder: ['telegram'], channelAccounts: { telegram: [ACCOUNT] } },
  'channels.pairing.list': { requests: [], allowed: [], broken: [] },
  'outbox.list': { items: [] },
  'mcp.list': { servers: [] },
};

/** The same, where the network was asked and takes our login or not. */
export function withNetwork(ok: boolean): Readonly<Record<string, unknown>> {
  const said = ok ? { identity: '@the_bot' } : { error: 'no such bot' };
  const account = { ...ACCOUNT, probe: { ok, elapsedMs: 12, ...said } };
  return {
    ...ANSWERS,
    'channels.status': { channelOrder: ['telegram'], channelAccounts: { telegram: [account] } },
  };
}
