/**
 * Methods on chat networks and on who may write to us.
 *
 * @module
 */
import { type Decision, isAllowed } from '@portcullis/core';
import { CODE_TTL_MS } from '@portcullis/policy/pairing';
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import { getPath } from '../../config/index.ts';
import type { AccountWanted, ChannelReport, ProbeReport, Services } from '../../services.ts';
import { holdsScope } from '../authority.ts';
import type { Handlers, MethodContext } from '../plane.ts';
import { invalidRequest, missingScope } from '../refusal.ts';

/** Names of networks as people write them; another network is named by its id. */
const LABELS: Readonly<Record<string, string>> = {
  telegram: 'Telegram',
  whatsapp: 'WhatsApp',
  slack: 'Slack',
  discord: 'Discord',
};

/** Requests an account may have waiting unless configured otherwise. */
const MAX_PENDING = 3;

/** The name of a network. */
export function channelLabel(channel: string): string {
  return Object.hasOwn(LABELS, channel) ? (LABELS[channel] ?? channel) : channel;
}

/** Whether a network works at all, over its accounts. */
export function channelSummaries(
  reports: readonly ChannelReport[],
): Record<string, { configured: boolean; running: boolean; connected: boolean }> {
  const summaries: Record<string, { configured: boolean; running: boolean; connected: boolean }> =
    Object.create(null);
  for (const { channel, configured, state } of reports) {
    const before = summaries[channel];
    summaries[channel] = {
      configured: configured || before?.configured === true,
      running: isRunning(state) || before?.running === true,
      connected: state === 'connected' || before?.connected === true,
    };
  }
  return summaries;
}

function isRunning(state: ChannelReport['state']): boolean {
  return state !== 'stopped' && state !== 'failed';
}

function accountView(
  report: ChannelReport,
  probe: ProbeReport | undefined,
): MethodResult<'channels.status'>['channelAccounts'][string][number] {
  return {
    accountId: report.accountId,
    ...(report.identity !== undefined && { name: report.identity }),
    enabled: report.enabled,
    configured: report.configured,
    installed: report.installed,
    running: isRunning(report.state),
    connected: report.state === 'connected',
    reconnectAttempts: report.restarts,
    lastTransportActivityAt: report.lastContactAt ?? null,
    lastError: report.lastError ?? null,
    ...(probe !== undefined && {
      probe: {
        ok: probe.ok,
        elapsedMs: probe.elapsedMs,
        ...(probe.identity !== undefined && { identity: probe.identity }),
        ...(probe.error !== undefined && { error: probe.error }),
      },
      lastProbeAt: probe.at,
    }),
    healthState: report.state,
  };
}

/** How long a network may take to answer, in milliseconds. */
const PROBE = { usual: 10_000, least: 1000, most: 30_000 } as const;

async function probes(
  { probe, timeoutMs = PROBE.usual, channel }: MethodParams<'channels.status'>,
  { channelControl }: Services,
): Promise<readonly ProbeReport[]> {
  if (probe !== true) return [];
  return await channelControl.probe({
    timeoutMs: Math.min(Math.max(timeoutMs, PROBE.least), PROBE.most),
    ...(channel !== undefined && { channel }),
  });
}

async function channelStatus(
  params: MethodParams<'channels.status'>,
  services: Services,
): Promise<MethodResult<'channels.status'>> {
  const { channel: wanted } = params;
  const asked = await probes(params, services);
  const reports = services
    .channels()
    .filter(({ channel }) => wanted === undefined || channel === wanted);
  const byChannel = Map.groupBy(reports, ({ channel }) => channel);
  const order = [...byChannel.keys()];
  const labelled = order.map((id) => ({
    id,
    label: channelLabel(id),
    detailLabel: channelLabel(id),
  }));
  return {
    ts: Date.now(),
    channelOrder: order,
    channelLabels: Object.fromEntries(labelled.map(({ id, label }) => [id, label])),
    channelMeta: labelled,
    channels: { ...channelSummaries(reports) },
    channelAccounts: Object.fromEntries(
      [...byChannel].map(([id, accounts]) => [
        id,
        accounts.map((each) => accountView(each, probeOf(asked, each))),
      ]),
    ),
    channelDefaultAccountId: Object.fromEntries(
      [...byChannel].map(([id, accounts]) => [id, accounts[0]?.accountId ?? 'default']),
    ),
  };
}

function probeOf(
  asked: readonly ProbeReport[],
  { channel, accountId }: ChannelReport,
): ProbeReport | undefined {
  return asked.find((each) => each.channel === channel && each.accountId === accountId);
}

function wantedOf({ channel, accountId }: MethodParams<'channels.stop'>): AccountWanted {
  return { channel, ...(accountId !== undefined && { accountId }) };
}

async function startChannel(
  params: MethodParams<'channels.start'>,
  { services, caller }: MethodContext,
): Promise<MethodResult<'channels.start'>> {
  const report = await services.channelControl.start(caller, wantedOf(params));
  const { channel, accountId, state, lastError } = report;
  const started = isRunning(state);
  return { channel, accountId, started, healthState: state, lastError: lastError ?? null };
}

async function stopChannel(
  params: MethodParams<'channels.stop'>,
  { services, caller }: MethodContext,
): Promise<MethodResult<'channels.stop'>> {
  const report = await services.channelControl.stop(caller, wantedOf(params));
  const { channel, accountId, state } = report;
  return { channel, accountId, stopped: !isRunning(state) };
}

async function logOutOfChannel(
  params: MethodParams<'channels.logout'>,
  { services, caller }: MethodContext,
): Promise<MethodResult<'channels.logout'>> {
  const done = await services.channelControl.logout(caller, wantedOf(params));
  const { channel, accountId } = done.report;
  const { cleared, network, secretLeft } = done;
  return { channel, accountId, cleared, loggedOut: !secretLeft, network };
}

function ownerConfigured(services: Services): boolean {
  const owners = getPath(services.config().value, 'commands.ownerAllowFrom');
  return Array.isArray(owners) && owners.length > 0;
}

function maxPending(services: Services): number {
  const wanted = getPath(services.config().value, 'pairing.maxPending');
  return typeof wanted === 'number' ? wanted : MAX_PENDING;
}

async function listPairing(
  { channel, accountId }: MethodParams<'channels.pairing.list'>,
  services: Services,
): Promise<MethodResult<'channels.pairing.list'>> {
  const { pending, allowed, broken } = await services.pairing.list(channel);
  const isMeant = (each: { readonly accountId: string }) =>
    accountId === undefined || each.accountId === accountId;
  return {
    accounts: services
      .channels()
      .filter((each) => (channel === undefined || each.channel === channel) && isMeant(each))
      .map((each) => ({
        channel: each.channel,
        channelLabel: channelLabel(each.channel),
        accountId: each.accountId,
        notifySupported: false,
      })),
    requests: pending.filter(isMeant).map((request) => ({
      requestId: request.code,
      channel: request.channel,
      channelLabel: channelLabel(request.channel),
      accountId: request.accountId,
      senderId: request.senderId,
      senderLabel: request.senderId,
      createdAt: new Date(request.createdAt).toISOString(),
      lastSeenAt: new Date(request.lastSeenAt).toISOString(),
      expiresAt: new Date(request.expiresAt).toISOString(),
      notifySupported: false,
    })),
    allowed: allowed.filter(isMeant).map((each) => ({
      channel: each.channel,
      accountId: each.accountId,
      senderId: each.senderId,
    })),
    broken: [...broken],
    commandOwnerConfigured: ownerConfigured(services),
    limits: { pendingPerAccount: maxPending(services), ttlMs: CODE_TTL_MS },
  };
}

function requireAllowed(decision: Decision): void {
  if (isAllowed(decision)) return;
  throw invalidRequest(decision.reason, { code: decision.code, path: decision.path });
}

async function approvePairing(
  params: MethodParams<'channels.pairing.approve'>,
  { services, caller }: MethodContext,
): Promise<MethodResult<'channels.pairing.approve'>> {
  const { channel, accountId, requestId, bootstrapCommandOwner: bootstrapOwner = false } = params;
  // Making somebody the owner hands out more than the right to pair.
  if (bootstrapOwner && !holdsScope(caller.scopes, 'operator.admin')) {
    throw missingScope('operator.admin');
  }
  const decision = await services.pairing.approve(caller, {
    channel,
    accountId,
    code: requestId,
    bootstrapOwner,
  });
  requireAllowed(decision);
  const madeOwner = decision.obligations?.some((each) => each.startsWith('set_owner:')) === true;
  return {
    requestId,
    senderId: decision.senderId ?? '',
    notification: params.notify === true ? 'unsupported' : 'not-requested',
    commandOwnerBootstrap: bootstrapOwner
      ? madeOwner
        ? 'configured'
        : 'already-configured'
      : 'not-requested',
  };
}

/** Methods on chat networks. */
export const channelHandlers: Handlers<
  | 'channels.status'
  | 'channels.start'
  | 'channels.stop'
  | 'channels.logout'
  | 'channels.pairing.list'
  | 'channels.pairing.approve'
  | 'channels.pairing.dismiss'
  | 'channels.pairing.revoke'
> = {
  'channels.status': (params, { services }) => channelStatus(params, services),
  'channels.start': startChannel,
  'channels.stop': stopChannel,
  'channels.logout': logOutOfChannel,
  'channels.pairing.list': (params, { services }) => listPairing(params, services),
  'channels.pairing.approve': approvePairing,
  'channels.pairing.dismiss': async ({ channel, accountId, requestId }, { services, caller }) => {
    const { pending } = await services.pairing.list(channel);
    const request = pending.find((each) => each.accountId === accountId && each.code === requestId);
    if (request === undefined) throw invalidRequest('unknown requestId');
    const { senderId } = request;
    requireAllowed(await services.pairing.reject(caller, { channel, accountId, senderId }));
    return { requestId, senderId };
  },
  'channels.pairing.revoke': async ({ channel, accountId, senderId }, { services, caller }) => {
    const decision = await services.pairing.revoke(caller, { channel, accountId, senderId });
    requireAllowed(decision);
    return { senderId, code: decision.code };
  },
};
