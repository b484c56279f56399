/**
 * What the gateway says of itself, for a report.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import type { Invocation } from '../../command.ts';
import { isNotRunning, withOperator } from '../operator-session.ts';

/** One of our accounts on a network. Nobody's name is in it. */
export interface ChannelState {
  readonly channel: string;
  readonly accountId: string;
  readonly enabled: boolean;
  readonly configured: boolean;
  readonly state: string;
  readonly error?: string;
  /** What the network said, where it was asked. */
  readonly probe?: { readonly ok: boolean; readonly elapsedMs: number; readonly error?: string };
}

/** What a gateway that was asked said; or why it said nothing. */
export interface GatewayAnswer {
  readonly running: boolean;
  /** True where the gateway of another machine was asked. */
  readonly elsewhere: boolean;
  readonly version?: string;
  readonly uptimeMs?: number;
  /** From the question for its health to the answer. */
  readonly latencyMs?: number;
  /** Its health: what counts of the config. */
  readonly config?: string;
  readonly sessions?: number;
  readonly channels?: readonly ChannelState[];
  /** Why it was not heard. None where no gateway runs, which is no error. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Asks the gateway of the call.
 *
 * @param deep asks each network too.
 */
export async function askGateway(invocation: Invocation, deep: boolean): Promise<GatewayAnswer> {
  try {
    return await withOperator(
      invocation,
      async ({ ask, elsewhere }) => {
        const asked = performance.now();
        const health = await ask('health', {});
        const latencyMs = Math.round(performance.now() - asked);
        const [status, channels] = await Promise.all([
          ask('status', {}),
          ask('channels.status', deep ? { probe: true } : {}),
        ]);
        return {
          running: true,
          elsewhere: elsewhere !== undefined,
          version: status.runtimeVersion,
          uptimeMs: status.uptimeMs,
          latencyMs,
          config: health.config,
          sessions: status.sessions.count,
          channels: channelStates(channels),
        };
      },
      { live: true },
    );
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    const none = { running: false, elsewhere: false };
    if (isNotRunning(error)) return none;
    return { ...none, error: { code: error.code, message: error.message } };
  }
}

function channelStates({
  channelOrder,
  channelAccounts,
}: MethodResult<'channels.status'>): readonly ChannelState[] {
  return channelOrder.flatMap((channel) =>
    (channelAccounts[channel] ?? []).map((account) => {
      const { accountId, enabled, configured, healthState, lastError, probe } = account;
      return {
        channel,
        accountId,
        enabled,
        configured,
        state: healthState,
        ...(lastError !== null && { error: lastError }),
        ...(probe !== undefined && {
          probe: {
            ok: probe.ok,
            elapsedMs: probe.elapsedMs,
            ...(probe.error !== undefined && { error: probe.error }),
          },
        }),
      };
    }),
  );
}
